/// What is drawn at one height: a path of nodes with what leads to it and from it, or the long piece of an edge.
///
/// Places along the drawing are numbered 0, 1, 2, ...: column `c` is place `2 c + 1`, the gaps beside it `2 c` and `2 c + 2`.
struct Strip {
  /// From left to right; none in a lane.
  var nodes: [Int]
  /// Where nothing else may stand at the same height.
  var places: ClosedRange<Int>
  /// The innermost group whose strips are kept together and that this strip belongs to.
  var block: Int?
  /// The strips where it begins and ends; none for the spine.
  var hangsOn: [Int] = []

  var isLane: Bool { nodes.isEmpty }
}

/// How an edge gets from its source to its target.
enum Route {
  /// Along its strip.
  case straight
  /// From the source up or down to the target's strip, then along that.
  case head
  /// Along the source's strip, then up or down to the target.
  case tail
  /// To a lane and back.
  case lane(Int)
  /// Up or down at once, between neighbouring columns.
  case step
}

/// The graph taken apart into strips: an ear decomposition (Whitney 1932) of a directed graph, the spine first.
struct Strips {
  /// The spine is the first.
  private(set) var all: [Strip] = []
  /// By edge.
  private(set) var routes: [Route]
  /// By node.
  private(set) var stripOf: [Int]
  /// Indices of edges, in an order that does not depend on that of the request.
  let sortedEdges: [Int]
  /// By group: whether it holds a node of the spine.
  let holdsSpine: [Bool]
  /// By group: whether it spans several strips or holds a part of the spine. What is around a block is a block.
  let isBlock: [Bool]

  /// Sources with more long edges than this send them along one common lane.
  static let mostLanesFromOneSource = 3

  init(
    _ request: LayoutRequest, _ graph: LayeredGraph, _ groups: GroupTree, _ columns: Columns, isCancelled: () -> Bool
  ) throws(Cancelled) {
    let paths = Paths(request, graph, groups)
    try proceed(isCancelled)
    sortedEdges = graph.sortedEdges
    holdsSpine = paths.holdsSpine
    isBlock = paths.isBlock
    routes = [Route](repeating: .step, count: request.edges.count)
    stripOf = paths.pathOf
    for (index, nodes) in paths.all.enumerated() {
      let first = 2 * columns.column[nodes[0]]
      let last = 2 * columns.column[nodes[nodes.count - 1]] + 2
      let block = index == 0 ? nil : Self.block(around: nodes[0], groups, isBlock)
      all.append(Strip(nodes: nodes, places: first...last, block: block))
    }
    let free = attachPaths(request, graph, columns)
    try addLanes(free, request, groups, columns, isCancelled)
  }

  /// The innermost block around a node.
  private static func block(around node: Int, _ groups: GroupTree, _ isBlock: [Bool]) -> Int? {
    groups.groups(around: node).first { isBlock[$0] }
  }

  /// Gives each path its inner edges, the nearest way to it and the nearest way from it. The rest is returned in order.
  private mutating func attachPaths(_ request: LayoutRequest, _ graph: LayeredGraph, _ columns: Columns) -> [Int] {
    var isFree = [Bool](repeating: true, count: request.edges.count)
    var entering = [[Int]](repeating: [], count: graph.nodeCount)
    var leaving = entering
    for edge in graph.sortedEdges {
      entering[request.edges[edge].target].append(edge)
      leaving[request.edges[edge].source].append(edge)
    }
    for strip in all {
      for (node, next) in zip(strip.nodes, strip.nodes.dropFirst()) {
        guard let edge = leaving[node].first(where: { request.edges[$0].target == next }) else { continue }
        routes[edge] = .straight
        isFree[edge] = false
      }
    }
    for index in all.indices.dropFirst() {
      let nodes = all[index].nodes
      let (first, last) = (nodes[0], nodes[nodes.count - 1])
      var places = all[index].places
      let heads = entering[first].filter { isFree[$0] }
      if let head = heads.max(by: { columns.column[request.edges[$0].source] < columns.column[request.edges[$1].source] }) {
        routes[head] = .head
        isFree[head] = false
        all[index].hangsOn.append(stripOf[request.edges[head].source])
        places = (2 * columns.column[request.edges[head].source] + 2)...places.upperBound
      }
      let tails = leaving[last].filter { isFree[$0] }
      if let tail = tails.min(by: { columns.column[request.edges[$0].target] < columns.column[request.edges[$1].target] }) {
        routes[tail] = .tail
        isFree[tail] = false
        all[index].hangsOn.append(stripOf[request.edges[tail].target])
        places = places.lowerBound...(2 * columns.column[request.edges[tail].target])
      }
      all[index].places = places
    }
    return graph.sortedEdges.filter { isFree[$0] }
  }

  /// Edges that belong to no path: steps where that is possible, otherwise lanes.
  private mutating func addLanes(
    _ edges: [Int], _ request: LayoutRequest, _ groups: GroupTree, _ columns: Columns, _ isCancelled: () -> Bool
  ) throws(Cancelled) {
    var steps: [Int: StepGraph] = [:]
    var ofLanes: [Int] = []
    var long: [Int: Int] = [:]
    for (round, edge) in edges.enumerated() {
      try proceed(isCancelled, round: round)
      let (source, target) = (request.edges[edge].source, request.edges[edge].target)
      if columns.column[target] > columns.column[source] + 1 {
        long[source, default: 0] += 1
      } else if steps[columns.column[source], default: StepGraph()].add(from: stripOf[source], to: stripOf[target]) {
        routes[edge] = .step
        continue
      }
      ofLanes.append(edge)
    }
    var common: [Int: Int] = [:]
    for edge in ofLanes {
      let (source, target) = (request.edges[edge].source, request.edges[edge].target)
      let places = (2 * columns.column[source] + 2)...(2 * columns.column[target])
      let isShared = places.count > 1 && long[source, default: 0] > Self.mostLanesFromOneSource
      if isShared, let lane = common[source] {
        routes[edge] = .lane(lane)
        all[lane].places = places.lowerBound...max(places.upperBound, all[lane].places.upperBound)
        all[lane].hangsOn.append(stripOf[target])
        all[lane].block = block(ofLaneFrom: source, to: target, all[lane].places, groups, columns)
      } else {
        routes[edge] = .lane(all.count)
        if isShared { common[source] = all.count }
        let block = block(ofLaneFrom: source, to: target, places, groups, columns)
        all.append(Strip(nodes: [], places: places, block: block, hangsOn: [stripOf[source], stripOf[target]]))
      }
    }
  }

  /// The innermost block that has one of the ends and all the columns between.
  private func block(
    ofLaneFrom source: Int, to target: Int, _ places: ClosedRange<Int>, _ groups: GroupTree, _ columns: Columns
  ) -> Int? {
    func holds(_ group: Int) -> Bool {
      guard isBlock[group], let span = columns.spans[group] else { return false }
      guard places.count > 1 else { return groups.groups(around: source).contains(group) }
      return span.lowerBound <= places.lowerBound / 2 && span.upperBound >= places.upperBound / 2 - 1
    }
    return groups.groups(around: target).first(where: holds) ?? groups.groups(around: source).first(where: holds)
  }
}

/// Steps in one gap. One from strip X to strip Y must stand left of all that end in X and right of all that begin in Y; that is possible as
/// long as they form no cycle.
private struct StepGraph {
  private var next: [Int: Set<Int>] = [:]

  /// False, and nothing is added, where that would close a cycle.
  mutating func add(from: Int, to: Int) -> Bool {
    guard from != to, !reaches(to, from) else { return false }
    next[from, default: []].insert(to)
    return true
  }

  private func reaches(_ start: Int, _ end: Int) -> Bool {
    var seen: Set<Int> = [start]
    var open = [start]
    while let strip = open.popLast() {
      if strip == end { return true }
      for other in next[strip] ?? [] where seen.insert(other).inserted { open.append(other) }
    }
    return false
  }
}
