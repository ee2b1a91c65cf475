/// Counts where vertical pieces of edges cross strips that pass.
///
/// An edge between strips X and Y has a vertical piece in one gap; it crosses each strip that passes that gap between X and Y.
struct Crossings {
  private struct Link: Hashable {
    var gap: Int
    var other: Int
  }

  private let strips: [Strip]
  /// By strip.
  private let links: [[Link]]
  /// By strip: its number from below.
  private var height: [Int]

  init(_ request: LayoutRequest, _ strips: Strips, _ columns: Columns, isCancelled: () -> Bool) throws(Cancelled) {
    var links = [[Link]](repeating: [], count: strips.all.count)
    var seen = links.map { _ in Set<Link>() }
    func connect(_ a: Int, _ b: Int, gap: Int) {
      guard seen[a].insert(Link(gap: gap, other: b)).inserted else { return }
      links[a].append(Link(gap: gap, other: b))
      guard seen[b].insert(Link(gap: gap, other: a)).inserted else { return }
      links[b].append(Link(gap: gap, other: a))
    }
    for (index, edge) in request.edges.enumerated() {
      try proceed(isCancelled, round: index)
      let (source, target) = (strips.stripOf[edge.source], strips.stripOf[edge.target])
      let (start, end) = (2 * columns.column[edge.source] + 2, 2 * columns.column[edge.target])
      switch strips.routes[index] {
      case .straight: break
      case .head, .step: connect(source, target, gap: start)
      case .tail: connect(source, target, gap: end)
      case .lane(let lane):
        connect(source, lane, gap: start)
        connect(lane, target, gap: end)
      }
    }
    self.strips = strips.all
    self.links = links
    height = [Int](repeating: 0, count: strips.all.count)
  }

  /// Takes over an order, from below; the spine is under all.
  mutating func number(_ order: [Int]) {
    for (index, strip) in order.enumerated() { height[strip] = index + 1 }
  }

  /// How many crossings come or go when `item` moves from right below `other` to right above it; all else stays, but for what `item` has
  /// already passed.
  func change(raising item: Sequences.Item, over other: Sequences.Item) -> Int {
    guard item.places.overlaps(other.places) else { return 0 }
    return change(lower: item, upper: other)
  }

  /// The same for the move from right above `other` to right below it.
  func change(lowering item: Sequences.Item, under other: Sequences.Item) -> Int {
    guard item.places.overlaps(other.places) else { return 0 }
    return -change(lower: item, upper: other)
  }

  /// Crossings with `lower` above `upper` less those with it below.
  private func change(lower: Sequences.Item, upper: Sequences.Item) -> Int {
    var change = 0
    for a in lower.strips {
      for b in upper.strips {
        // What hangs on one crosses the other if its far end lies beyond that one.
        for link in links[a] where link.other != b && passes(b, link.gap) { change += height[link.other] > height[b] ? -1 : 1 }
        for link in links[b] where link.other != a && passes(a, link.gap) { change += height[link.other] < height[b] ? -1 : 1 }
      }
    }
    return change
  }

  private func passes(_ strip: Int, _ gap: Int) -> Bool {
    strips[strip].places.lowerBound < gap && gap < strips[strip].places.upperBound
  }
}
