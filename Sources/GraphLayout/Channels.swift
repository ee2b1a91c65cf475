import Geometry

/// Where columns stand, and the vertical pieces of edges in the gaps between them.
///
/// In a gap, what leaves a node to other heights shares one trunk, and so does what arrives at a node. Trunks of sources stand left, those
/// of targets right, steps between them: then two edges that use the same height in one gap never lie on each other. Gaps grow with the
/// number of vertical pieces that stand beside each other (the left-edge algorithm of channel routing: Hashimoto and Stevens 1971).
struct Channels {
  /// x of each column's left and right side.
  private(set) var left: [Double] = []
  private(set) var right: [Double] = []
  /// x of the trunk on which edges leave a node, by node; zero where there is none.
  private(set) var sourceTrunks: [Double]
  /// x of the trunk on which edges arrive at a node, by node; zero where there is none.
  private(set) var targetTrunks: [Double]
  /// x of a step, by edge; zero for what is no step.
  private(set) var steps: [Double]

  init(
    _ request: LayoutRequest, _ strips: Strips, _ groups: GroupTree, _ columns: Columns, _ heights: Heights,
    isCancelled: () -> Bool
  ) throws(Cancelled) {
    sourceTrunks = [Double](repeating: 0, count: request.nodes.count)
    targetTrunks = sourceTrunks
    steps = [Double](repeating: 0, count: request.edges.count)
    var widths = [Double](repeating: 0, count: columns.count)
    for (node, column) in columns.column.enumerated() { widths[column] = max(widths[column], request.nodes[node].size.width) }
    let pieces = try Self.pieces(request, strips, columns, heights, isCancelled: isCancelled)
    let (ending, beginning) = Self.frameRoom(request, groups, columns)
    var x = 0.0
    for column in 0..<columns.count {
      left.append(x)
      x += widths[column]
      right.append(x)
      guard column + 1 < columns.count else { break }
      x += ending[column]
      let placed = try Self.places(of: pieces[column], clearance: request.gap.height / 2, isCancelled: isCancelled)
      let count = (placed.map(\.place).max() ?? -1) + 1
      let width = max(request.gap.width, request.gap.width / 2 * Double(count + 1))
      for (piece, place) in placed {
        let position = x + width * Double(place + 1) / Double(count + 1)
        switch piece.owner {
        case .source(let node): sourceTrunks[node] = position
        case .target(let node): targetTrunks[node] = position
        case .step(let edge): steps[edge] = position
        }
      }
      x += width + beginning[column + 1]
    }
  }

  /// By column: room that the frames need which end there, and those which begin there.
  private static func frameRoom(_ request: LayoutRequest, _ groups: GroupTree, _ columns: Columns) -> ([Double], [Double]) {
    var ending = [Double](repeating: 0, count: columns.count)
    var beginning = ending
    for (group, span) in columns.spans.enumerated() {
      guard let span else { continue }
      let room = request.framePadding * Double(groups.nesting[group])
      ending[span.upperBound] = max(ending[span.upperBound], room)
      beginning[span.lowerBound] = max(beginning[span.lowerBound], room)
    }
    return (ending, beginning)
  }
}

/// Vertical pieces of edges that stand at one x.
private struct VerticalPiece {
  enum Owner {
    case source(Int)
    case target(Int)
    case step(Int)
  }

  var owner: Owner
  /// Heights of what comes from the left, and of what goes on to the right.
  var fromLeft: [Double]
  var toRight: [Double]
  /// For steps: the strips they come from and go to.
  var ends = (from: -1, to: -1)

  var span: ClosedRange<Double> {
    let all = fromLeft + toRight
    return (all.min() ?? 0)...(all.max() ?? 0)
  }
}

extension Channels {
  /// By the column left of the gap: trunks of sources, steps, trunks of targets.
  private static func pieces(
    _ request: LayoutRequest, _ strips: Strips, _ columns: Columns, _ heights: Heights, isCancelled: () -> Bool
  ) throws(Cancelled) -> [(sources: [VerticalPiece], steps: [VerticalPiece], targets: [VerticalPiece])] {
    var upFrom = [Int: Set<Double>]()
    var downTo = [Int: Set<Double>]()
    func height(_ node: Int) -> Double { heights.ofStrips[strips.stripOf[node]] }
    var result = [(sources: [VerticalPiece], steps: [VerticalPiece], targets: [VerticalPiece])](
      repeating: ([], [], []), count: columns.count)
    for (round, index) in strips.sortedEdges.enumerated() {
      try proceed(isCancelled, round: round)
      let edge = request.edges[index]
      switch strips.routes[index] {
      case .straight: break
      case .head: upFrom[edge.source, default: []].insert(height(edge.target))
      case .tail: downTo[edge.target, default: []].insert(height(edge.source))
      case .lane(let lane):
        upFrom[edge.source, default: []].insert(heights.ofStrips[lane])
        downTo[edge.target, default: []].insert(heights.ofStrips[lane])
      case .step:
        result[columns.column[edge.source]].steps.append(
          VerticalPiece(
            owner: .step(index), fromLeft: [height(edge.source)], toRight: [height(edge.target)],
            ends: (strips.stripOf[edge.source], strips.stripOf[edge.target])))
      }
    }
    for (node, levels) in upFrom.sorted(by: { $0.key < $1.key }) {
      result[columns.column[node]].sources.append(
        VerticalPiece(owner: .source(node), fromLeft: [height(node)], toRight: levels.sorted()))
    }
    try proceed(isCancelled)
    for (node, levels) in downTo.sorted(by: { $0.key < $1.key }) {
      result[columns.column[node] - 1].targets.append(
        VerticalPiece(owner: .target(node), fromLeft: levels.sorted(), toRight: [height(node)]))
    }
    return result
  }

  /// Numbers the pieces of a gap from the left so that those at one number keep `clearance` from each other.
  private static func places(
    of pieces: (sources: [VerticalPiece], steps: [VerticalPiece], targets: [VerticalPiece]), clearance: Double,
    isCancelled: () -> Bool
  ) throws(Cancelled) -> [(piece: VerticalPiece, place: Int)] {
    try proceed(isCancelled)
    let ordered = uncrossed(pieces.sources) + sorted(pieces.steps) + uncrossed(pieces.targets)
    let spans = ordered.map(\.span)
    var places = [Int](repeating: 0, count: ordered.count)
    for index in ordered.indices {
      try proceed(isCancelled)
      for earlier in 0..<index
      where spans[earlier].lowerBound < spans[index].upperBound + clearance
        && spans[index].lowerBound < spans[earlier].upperBound + clearance
      {
        places[index] = max(places[index], places[earlier] + 1)
      }
    }
    return Array(zip(ordered, places))
  }

  /// Exchanges neighbours as long as that makes crossings fewer.
  private static func uncrossed(_ pieces: [VerticalPiece]) -> [VerticalPiece] {
    guard pieces.count > 1, pieces.count <= 64 else { return pieces }
    func crossings(_ a: VerticalPiece, _ b: VerticalPiece) -> Int {
      func inside(_ levels: [Double], _ span: ClosedRange<Double>) -> Int {
        levels.count { span.lowerBound < $0 && $0 < span.upperBound }
      }
      return inside(a.toRight, b.span) + inside(b.fromLeft, a.span)
    }
    var pieces = pieces
    for _ in pieces.indices {
      var hasImproved = false
      for index in pieces.indices.dropLast()
      where crossings(pieces[index + 1], pieces[index]) < crossings(pieces[index], pieces[index + 1]) {
        pieces.swapAt(index, index + 1)
        hasImproved = true
      }
      if !hasImproved { break }
    }
    return pieces
  }

  /// A step from a strip stands left of those that lead to that strip.
  private static func sorted(_ steps: [VerticalPiece]) -> [VerticalPiece] {
    guard steps.count > 1 else { return steps }
    var leading: [Int: [Int]] = [:]
    for (index, step) in steps.enumerated() { leading[step.ends.to, default: []].append(index) }
    var constraints: [GroupTree.Constraint] = []
    for (index, step) in steps.enumerated() {
      for other in leading[step.ends.from] ?? [] { constraints.append(GroupTree.Constraint(from: index, to: other, length: 1)) }
    }
    guard let order = topologicalOrder(constraints, count: steps.count) else { preconditionFailure("steps form a cycle") }
    return order.map { steps[$0] }
  }
}
