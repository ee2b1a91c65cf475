/// What lies above what.
///
/// Short strips lie under long ones, so that nested shortcuts do not cross, and above those they hang on. Then strips are moved one by one
/// to where they cause the fewest crossings, as long as that helps (sifting: Matuszewski, Schönfeld and Molitor 1999). A strip only ever
/// moves to a better place, so the last order is the best one found. The spine stays at the bottom, and what is in a block stays together.
struct StripOrder {
  enum Step: Equatable {
    case strip(Int)
    /// Now come the strips of a block that does not stand on the spine.
    case open(Int)
    case close(Int)
  }

  /// From below; the spine, strip 0, comes before all and is not named.
  let steps: [Step]

  /// Rounds of sifting, and how many pairs may be weighed in all.
  private static let mostRounds = 6
  private static let mostPairs = 30_000_000

  init(
    _ request: LayoutRequest, _ strips: Strips, _ groups: GroupTree, _ columns: Columns, isCancelled: () -> Bool
  ) throws(Cancelled) {
    var sequences = Sequences(strips, groups, columns)
    try proceed(isCancelled)
    var crossings = try Crossings(request, strips, columns, isCancelled: isCancelled)
    crossings.number(sequences.strips())
    var pairs = Self.mostPairs
    for _ in 0..<Self.mostRounds {
      var hasImproved = false
      for key in sequences.keys {
        if try Self.sift(&sequences, key, &crossings, &pairs, isCancelled) { hasImproved = true }
      }
      if !hasImproved || pairs <= 0 { break }
    }
    steps = sequences.steps()
  }

  /// Moves each item of one sequence to its best place; whether any moved.
  private static func sift(
    _ sequences: inout Sequences, _ key: Int, _ crossings: inout Crossings, _ pairs: inout Int, _ isCancelled: () -> Bool
  ) throws(Cancelled) -> Bool {
    let sequence = sequences.items[key] ?? []
    let first = sequence.prefix { $0.standsOnSpine }.count
    guard sequence.count - first > 1 else { return false }
    var hasImproved = false
    for item in sequence.dropFirst(first) {
      try proceed(isCancelled)
      guard pairs > 0 else { break }
      var items = sequences.items[key] ?? []
      guard let index = items.firstIndex(where: { $0.step == item.step }) else { continue }
      var best = (gain: 0, index: index)
      var gain = 0
      for other in items.indices.dropFirst(index + 1) {
        try proceed(isCancelled, round: other)
        gain -= crossings.change(raising: item, over: items[other])
        if gain > best.gain { best = (gain, other) }
      }
      gain = 0
      for other in items.indices[first..<index].reversed() {
        try proceed(isCancelled, round: other)
        gain -= crossings.change(lowering: item, under: items[other])
        if gain > best.gain { best = (gain, other) }
      }
      pairs -= items.count
      guard best.gain > 0 else { continue }
      items.insert(items.remove(at: index), at: best.index)
      sequences.items[key] = items
      crossings.number(sequences.strips())
      hasImproved = true
    }
    return hasImproved
  }
}
