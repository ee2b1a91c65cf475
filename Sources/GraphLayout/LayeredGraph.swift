/// The graph of a request with neighbours at hand, in an order that does not depend on that of the request's edges.
struct LayeredGraph {
  let nodeCount: Int
  /// Indices of the request's edges by source, then target, then index.
  let sortedEdges: [Int]
  /// By node, ascending, each once.
  let successors: [[Int]]
  /// By node, ascending, each once.
  let predecessors: [[Int]]
  /// By node, each edge counted.
  let inDegrees: [Int]
  /// By node, each edge counted.
  let outDegrees: [Int]

  init(_ request: LayoutRequest, isCancelled: () -> Bool) throws(Cancelled) {
    let edges = request.edges
    let count = request.nodes.count
    for edge in edges {
      precondition(edge.source >= 0 && edge.target < count, "edge \(edge) leaves the graph of \(count) nodes")
      precondition(edge.source < edge.target, "edge \(edge) does not lead to a later node")
    }
    nodeCount = count
    sortedEdges = edges.indices.sorted {
      (edges[$0].source, edges[$0].target, $0) < (edges[$1].source, edges[$1].target, $1)
    }
    var successors = [[Int]](repeating: [], count: count)
    var predecessors = successors
    var inDegrees = [Int](repeating: 0, count: count)
    var outDegrees = inDegrees
    for (round, index) in sortedEdges.enumerated() {
      try proceed(isCancelled, round: round)
      let edge = edges[index]
      outDegrees[edge.source] += 1
      inDegrees[edge.target] += 1
      if successors[edge.source].last != edge.target {
        successors[edge.source].append(edge.target)
        predecessors[edge.target].append(edge.source)
      }
    }
    self.successors = successors
    self.predecessors = predecessors
    self.inDegrees = inDegrees
    self.outDegrees = outDegrees
  }
}
