import Files

/// The order in which nodes can be computed, and who reads what.
struct ONNXGraphOrder {
  /// Nodes that an output depends on, each after those it reads; otherwise as in the file.
  let nodes: [Int]
  /// How many times such nodes and outputs read a name.
  let readers: [String: Int]
  /// Which such nodes read a name.
  let consumers: [String: [Int]]

  /// Refuses names that two nodes make, inputs that nobody makes, and cycles. Cost: linear.
  init(_ graph: ONNXGraph, source: ProtobufSource) throws(FileError) {
    func wrong(_ node: ONNXNode, found: String, allowed: String? = nil) -> FileError {
      source.error(node.title, node.offset, found: found, allowed: allowed)
    }
    var producers: [String: Int] = [:]
    let given = Set(graph.inputs.map(\.name)).union(graph.initializers.keys)
    for (index, node) in graph.nodes.enumerated() {
      for name in node.outputs where !name.isEmpty {
        guard !given.contains(name) else {
          throw wrong(node, found: "said to make \(name)", allowed: "that is already an input or an initializer")
        }
        if let other = producers.updateValue(index, forKey: name) {
          throw wrong(node, found: "said to make \(name)", allowed: "\(graph.nodes[other].title) makes it already")
        }
      }
    }
    let sources: [[Int]] = graph.nodes.map { node in node.inputs.compactMap { producers[$0] } }
    for node in graph.nodes {
      for name in node.inputs where !name.isEmpty && !given.contains(name) && producers[name] == nil {
        throw wrong(node, found: "said to read \(name)", allowed: "nothing in the graph makes it")
      }
    }
    for output in graph.outputs where !given.contains(output.name) && producers[output.name] == nil {
      throw source.error("output \(output.name)", output.offset, found: "not made by anything")
    }
    let order = Self.sorted(sources)
    if order.count < graph.nodes.count {
      let done = Set(order)
      let first = graph.nodes[graph.nodes.indices.first { !done.contains($0) } ?? 0]
      throw wrong(first, found: "on a cycle, or behind one", allowed: "a network may not feed itself")
    }

    var isLive = [Bool](repeating: false, count: graph.nodes.count)
    for output in graph.outputs {
      if let producer = producers[output.name] { isLive[producer] = true }
    }
    for node in order.reversed() where isLive[node] {
      for producer in sources[node] { isLive[producer] = true }
    }
    nodes = order.filter { isLive[$0] }
    var readers: [String: Int] = [:]
    var consumers: [String: [Int]] = [:]
    for node in nodes {
      for name in graph.nodes[node].inputs where !name.isEmpty {
        readers[name, default: 0] += 1
        consumers[name, default: []].append(node)
      }
    }
    for output in graph.outputs { readers[output.name, default: 0] += 1 }
    self.readers = readers
    self.consumers = consumers
  }

  /// Nodes after their sources, as early as their number allows; what is on a cycle or behind one is missing.
  private static func sorted(_ sources: [[Int]]) -> [Int] {
    var waitsFor = sources.map(\.count)
    var waiting = [[Int]](repeating: [], count: sources.count)
    for (node, sources) in sources.enumerated() {
      for source in sources { waiting[source].append(node) }
    }
    var order: [Int] = []
    for start in sources.indices where waitsFor[start] == 0 {
      var ready = [start]
      while let node = ready.popLast() {
        guard waitsFor[node] == 0 else { continue }
        waitsFor[node] = -1
        order.append(node)
        for next in waiting[node] {
          waitsFor[next] -= 1
          // A node further down is reached by the outer loop, in the file's order.
          if waitsFor[next] == 0 && next < start { ready.append(next) }
        }
      }
    }
    return order
  }
}
