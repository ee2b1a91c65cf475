/// The groups of a request, and which of them can get columns of their own.
///
/// A group is framed when it can have its columns so that everything before it stands to the left and everything behind it to the right.
/// That fails where a path leaves a group and comes back, or where two groups are each before the other; then the later one is left out.
struct GroupTree {
  /// An arrow of the constraint graph: `to` stands at least `length` columns right of `from`.
  struct Constraint {
    var from: Int
    var to: Int
    var length: Int
  }

  let members: [[Int]]
  /// By group: whether it is framed.
  let isFramed: [Bool]
  /// By group: the innermost framed one around it.
  let parents: [Int?]
  /// By group: framed ones directly within.
  let children: [[Int]]
  /// By node: the innermost framed one it is in.
  let innermost: [Int?]
  /// By group: 1 without groups inside, otherwise one more than the deepest of them.
  let nesting: [Int]
  /// What `Columns` must obey. Nodes have their indices; the left side of group `g` follows as `nodeCount + 2 g`, its right side as one more.
  let constraints: [Constraint]

  init(_ request: LayoutRequest, _ graph: LayeredGraph, isCancelled: () -> Bool) throws(Cancelled) {
    let members = request.groups.map { Array(Set($0.nodes)).sorted() }
    var framed = members.map { !$0.isEmpty }
    var shape = Shape(members, framed, nodeCount: graph.nodeCount)
    var constraints = Self.constraints(graph, shape, framed)
    let vertexCount = graph.nodeCount + 2 * members.count
    if !members.isEmpty && topologicalOrder(constraints, count: vertexCount) == nil {
      framed = members.map { _ in false }
      for group in members.indices where !members[group].isEmpty {
        try proceed(isCancelled)
        framed[group] = true
        shape = Shape(members, framed, nodeCount: graph.nodeCount)
        if topologicalOrder(Self.constraints(graph, shape, framed), count: vertexCount) == nil { framed[group] = false }
      }
      shape = Shape(members, framed, nodeCount: graph.nodeCount)
      constraints = Self.constraints(graph, shape, framed)
    }
    self.members = members
    self.constraints = constraints
    isFramed = framed
    parents = shape.parents
    innermost = shape.innermost
    var children = [[Int]](repeating: [], count: members.count)
    var nesting = [Int](repeating: 1, count: members.count)
    for group in members.indices.reversed() {
      guard framed[group], let parent = shape.parents[group] else { continue }
      children[parent].insert(group, at: 0)
      nesting[parent] = max(nesting[parent], nesting[group] + 1)
    }
    self.children = children
    self.nesting = nesting
  }

  /// The groups around `node`, from the innermost outwards.
  func groups(around node: Int) -> some Sequence<Int> {
    sequence(state: innermost[node]) { next in
      defer { next = next.flatMap { parents[$0] } }
      return next
    }
  }

  private struct Shape {
    var parents: [Int?]
    var innermost: [Int?]

    init(_ members: [[Int]], _ framed: [Bool], nodeCount: Int) {
      parents = [Int?](repeating: nil, count: members.count)
      innermost = [Int?](repeating: nil, count: nodeCount)
      for group in members.indices where framed[group] {
        parents[group] = members[group].first.flatMap { innermost[$0] }
        for node in members[group] {
          precondition(innermost[node] == parents[group], "groups must be nested or disjoint, outer before inner")
          innermost[node] = group
        }
      }
    }
  }

  private static func constraints(_ graph: LayeredGraph, _ shape: Shape, _ framed: [Bool]) -> [Constraint] {
    func left(_ group: Int) -> Int { graph.nodeCount + 2 * group }
    func right(_ group: Int) -> Int { graph.nodeCount + 2 * group + 1 }
    var result: [Constraint] = []
    for node in 0..<graph.nodeCount {
      guard let group = shape.innermost[node] else { continue }
      result.append(Constraint(from: left(group), to: node, length: 0))
      result.append(Constraint(from: node, to: right(group), length: 0))
    }
    for group in framed.indices where framed[group] {
      guard let parent = shape.parents[group] else { continue }
      result.append(Constraint(from: left(parent), to: left(group), length: 0))
      result.append(Constraint(from: right(group), to: right(parent), length: 0))
    }
    func around(_ node: Int) -> [Int] {
      var chain: [Int] = []
      var next = shape.innermost[node]
      while let group = next {
        chain.append(group)
        next = shape.parents[group]
      }
      return chain
    }
    for source in 0..<graph.nodeCount {
      let ofSource = around(source)
      for target in graph.successors[source] {
        var (from, to) = (source, target)
        let ofTarget = around(target)
        // The outermost border that the edge crosses on either side.
        let common = zip(ofSource.reversed(), ofTarget.reversed()).prefix { $0 == $1 }.count
        if ofSource.count > common { from = right(ofSource[ofSource.count - common - 1]) }
        if ofTarget.count > common { to = left(ofTarget[ofTarget.count - common - 1]) }
        result.append(Constraint(from: from, to: to, length: 1))
      }
    }
    return result
  }
}

/// An order of 0..<count in which no constraint points backwards; nil where they form a cycle (Kahn 1962).
func topologicalOrder(_ constraints: [GroupTree.Constraint], count: Int) -> [Int]? {
  var waiting = [Int](repeating: 0, count: count)
  var next = [[Int]](repeating: [], count: count)
  for constraint in constraints {
    waiting[constraint.to] += 1
    next[constraint.from].append(constraint.to)
  }
  var order = (0..<count).filter { waiting[$0] == 0 }
  var done = 0
  while done < order.count {
    for vertex in next[order[done]] {
      waiting[vertex] -= 1
      if waiting[vertex] == 0 { order.append(vertex) }
    }
    done += 1
  }
  return order.count == count ? order : nil
}
