/// The blocks as a tree of sequences, each from below.
struct Sequences {
  struct Item {
    var step: StripOrder.Step
    /// The strips in it.
    var strips: [Int]
    var places: ClosedRange<Int>
    var standsOnSpine: Bool
  }

  /// By block; -1 for what is in none.
  var items: [Int: [Item]] = [:]
  /// Outer before inner.
  let keys: [Int]

  private static let root = -1

  init(_ strips: Strips, _ groups: GroupTree, _ columns: Columns) {
    let blocks = groups.members.indices.filter { strips.isBlock[$0] }
    keys = [Self.root] + blocks
    for (index, strip) in strips.all.enumerated().dropFirst() {
      let item = Item(step: .strip(index), strips: [index], places: strip.places, standsOnSpine: false)
      items[strip.block ?? Self.root, default: []].append(item)
    }
    let depths = Self.depths(strips)
    func rank(_ item: Item) -> (Int, Int, Int, Int, Int, Int) {
      guard case .strip(let index) = item.step else { return (item.places.count, 0, item.places.count, 0, item.places.lowerBound, -1) }
      let (length, depth) = depths[index]
      return (length, depth, item.places.count, strips.all[index].isLane ? 1 : 0, item.places.lowerBound, index)
    }
    for block in keys.reversed() {
      items[block, default: []].sort { a, b in
        a.standsOnSpine != b.standsOnSpine ? a.standsOnSpine : rank(a) < rank(b)
      }
      guard block != Self.root, let span = columns.spans[block] else { continue }
      let inside = items[block, default: []].flatMap(\.strips)
      let around = (2 * span.lowerBound + 1)...(2 * span.upperBound + 1)
      let item = Item(step: .close(block), strips: inside, places: around, standsOnSpine: strips.holdsSpine[block])
      items[groups.parents[block] ?? Self.root, default: []].append(item)
    }
  }

  /// By strip: the largest length of itself and what it hangs on, and how many strips it hangs on one after the other. Sorted by these,
  /// a strip lies above what it hangs on.
  private static func depths(_ strips: Strips) -> [(length: Int, depth: Int)] {
    var result = strips.all.map { (length: $0.places.count, depth: 0) }
    for (index, strip) in strips.all.enumerated() {
      for other in strip.hangsOn where other != 0 {
        result[index].length = max(result[index].length, result[other].length)
        result[index].depth = max(result[index].depth, result[other].depth + 1)
      }
    }
    return result
  }

  /// All strips but the spine, from below.
  func strips() -> [Int] {
    steps().compactMap { step in
      if case .strip(let index) = step { index } else { nil }
    }
  }

  func steps() -> [StripOrder.Step] {
    var result: [StripOrder.Step] = []
    func append(_ key: Int) {
      for item in items[key] ?? [] {
        if case .close(let block) = item.step {
          if !item.standsOnSpine { result.append(.open(block)) }
          append(block)
        }
        result.append(item.step)
      }
    }
    append(Self.root)
    return result
  }
}
