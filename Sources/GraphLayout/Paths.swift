/// The nodes of a graph as paths: the spine, and paths that are as long as possible beside it.
///
/// A path beside the spine is cut where it enters or leaves a group that holds several paths, so that such a group can be kept together.
struct Paths {
  /// The spine is the first.
  private(set) var all: [[Int]]
  /// By node.
  private(set) var pathOf: [Int]
  /// By group.
  let holdsSpine: [Bool]
  /// By group: whether it holds several paths or a part of the spine.
  private(set) var isBlock: [Bool]

  init(_ request: LayoutRequest, _ graph: LayeredGraph, _ groups: GroupTree) {
    let spine = Spine.path(request, graph)
    var all = [spine]
    var pathOf = [Int](repeating: -1, count: graph.nodeCount)
    for node in spine { pathOf[node] = 0 }

    // Number of nodes of the longest path beside the spine.
    var length = [Int](repeating: 0, count: graph.nodeCount)
    for node in (0..<graph.nodeCount).reversed() where pathOf[node] != 0 {
      length[node] = 1 + (graph.successors[node].map { length[$0] }.max() ?? 0)
    }
    for start in 0..<graph.nodeCount where pathOf[start] < 0 {
      var path = [start]
      pathOf[start] = all.count
      while let last = path.last {
        let free = graph.successors[last].filter { pathOf[$0] < 0 }
        let next = free.min { a, b in
          (request.nodes[a].detour, -length[a], a) < (request.nodes[b].detour, -length[b], b)
        }
        guard let next else { break }
        path.append(next)
        pathOf[next] = all.count
      }
      all.append(path)
    }
    self.all = all
    self.pathOf = pathOf
    holdsSpine = groups.members.map { $0.contains { pathOf[$0] == 0 } }
    isBlock = []
    cut(groups)
  }

  private mutating func cut(_ groups: GroupTree) {
    while true {
      isBlock = groups.members.indices.map { group in
        groups.isFramed[group] && (holdsSpine[group] || Set(groups.members[group].map { pathOf[$0] }).count > 1)
      }
      func block(_ node: Int) -> Int? { groups.groups(around: node).first { isBlock[$0] } }
      var pieces = [all[0]]
      for path in all.dropFirst() {
        var piece: [Int] = []
        for node in path {
          if let last = piece.last, block(last) != block(node) {
            pieces.append(piece)
            piece = []
          }
          piece.append(node)
        }
        pieces.append(piece)
      }
      guard pieces.count > all.count else { return }
      all = pieces
      for (index, nodes) in all.enumerated() {
        for node in nodes { pathOf[node] = index }
      }
    }
  }
}
