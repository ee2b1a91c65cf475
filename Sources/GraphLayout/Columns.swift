/// The column of each node: edges lead to columns further right.
///
/// First the longest path from the sources. Then whatever has room moves rightwards: chains from which more edges leave than enter go as far
/// as they can, chains with as many in as out stand in the middle of their way.
struct Columns {
  let count: Int
  /// By node.
  let column: [Int]
  /// By group: first and last column of its nodes; nil for an empty group.
  let spans: [ClosedRange<Int>?]

  init(
    _ request: LayoutRequest, _ graph: LayeredGraph, _ groups: GroupTree, isCancelled: () -> Bool
  ) throws(Cancelled) {
    let count = graph.nodeCount + 2 * groups.members.count
    guard let order = topologicalOrder(groups.constraints, count: count) else {
      preconditionFailure("the constraints form a cycle")
    }
    var outgoing = [[GroupTree.Constraint]](repeating: [], count: count)
    for constraint in groups.constraints { outgoing[constraint.from].append(constraint) }
    var ranks = [Int](repeating: 0, count: count)
    for vertex in order {
      for constraint in outgoing[vertex] { ranks[constraint.to] = max(ranks[constraint.to], ranks[vertex] + constraint.length) }
    }
    try proceed(isCancelled)
    Self.shift(&ranks, order, outgoing, graph, groups)

    // Columns without a node vanish.
    let used = Set(ranks.prefix(graph.nodeCount)).sorted()
    var place = [Int](repeating: 0, count: (used.last ?? 0) + 1)
    for (index, rank) in used.enumerated() { place[rank] = index }
    let column = ranks.prefix(graph.nodeCount).map { place[$0] }
    self.column = column
    self.count = used.count
    spans = groups.members.map { nodes in
      let columns = nodes.map { column[$0] }
      guard let first = columns.min(), let last = columns.max() else { return nil }
      return first...last
    }
  }

  private static func shift(
    _ ranks: inout [Int], _ order: [Int], _ outgoing: [[GroupTree.Constraint]], _ graph: LayeredGraph, _ groups: GroupTree
  ) {
    var isDone = [Bool](repeating: false, count: ranks.count)
    for vertex in order.reversed() where !isDone[vertex] {
      guard vertex < graph.nodeCount else {
        // The side of a group: as far right as what is behind it allows.
        if let limit = outgoing[vertex].map({ ranks[$0.to] - $0.length }).min() { ranks[vertex] = max(ranks[vertex], limit) }
        continue
      }
      let chain = self.chain(endingAt: vertex, graph, groups)
      for node in chain { isDone[node] = true }
      let inside = Set(chain)
      var room = Int.max
      for node in chain {
        for constraint in outgoing[node] where !inside.contains(constraint.to) {
          room = min(room, ranks[constraint.to] - constraint.length - ranks[node])
        }
      }
      let (entering, leaving) = (graph.inDegrees[chain[0]], graph.outDegrees[vertex])
      guard leaving > 0, leaving >= entering, room > 0, room < Int.max else { continue }
      let move = leaving > entering ? room : (room + 1) / 2
      for node in chain { ranks[node] += move }
    }
  }

  /// The nodes of one group that follow each other without a fork or a join, up to `last`.
  private static func chain(endingAt last: Int, _ graph: LayeredGraph, _ groups: GroupTree) -> [Int] {
    var chain = [last]
    while let first = chain.last, graph.predecessors[first].count == 1, let before = graph.predecessors[first].first,
      graph.successors[before].count == 1, groups.innermost[before] == groups.innermost[first]
    {
      chain.append(before)
    }
    return chain.reversed()
  }
}
