/// The path that is drawn as a straight line at the bottom.
enum Spine {
  /// From a source to a sink: as many nodes of the smallest `detour` as possible, then as little detour as possible, then the lowest indices.
  static func path(_ request: LayoutRequest, _ graph: LayeredGraph) -> [Int] {
    let least = request.nodes.map(\.detour).min() ?? 0
    var best = [Length](repeating: Length(), count: graph.nodeCount)
    var next = [Int?](repeating: nil, count: graph.nodeCount)
    for node in (0..<graph.nodeCount).reversed() {
      for successor in graph.successors[node] where next[node].map({ best[$0] < best[successor] }) ?? true {
        next[node] = successor
      }
      let rest = next[node].map { best[$0] } ?? Length()
      let detour = request.nodes[node].detour
      best[node] = Length(direct: rest.direct + (detour == least ? 1 : 0), detour: rest.detour + detour)
    }
    var start: Int?
    for node in 0..<graph.nodeCount where graph.predecessors[node].isEmpty {
      if start.map({ best[$0] < best[node] }) ?? true { start = node }
    }
    return Array(sequence(first: start ?? 0) { next[$0] })
  }

  private struct Length: Comparable {
    var direct = 0
    var detour = 0

    static func < (a: Length, b: Length) -> Bool { (a.direct, -a.detour) < (b.direct, -b.detour) }
  }
}
