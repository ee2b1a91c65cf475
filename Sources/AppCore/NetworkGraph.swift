import Networks

/// The network as people read it: blocks with a shortcut are one node each, other linear and pooling layers one node each;
/// activations and reshapes belong to the node before them.
struct NetworkGraph: Sendable {
  enum Shortcut: Sendable { case identity, projection }

  struct Node: Sendable {
    let name: String
    /// The operation, or "block".
    let kind: String
    var layers: [Int]
    /// The layer whose output is the node's.
    var outputLayer: Int
    var shape: [Int]
    var shortcut: Shortcut?
    /// Nodes it reads, each once.
    var inputs: [Int]
    /// The operator that cannot run, and why.
    var problem: String?
  }

  let nodes: [Node]

  init(_ network: Network) {
    let layers = network.layers
    let blocks = Set(
      layers.compactMap { layer in
        if case .add = layer.operation { Self.parent(of: layer.name) } else { nil }
      })
    let unsupported = Set(network.unsupported.map(\.name))
    var nodes: [Node] = []
    var nodeOfLayer = [Int](repeating: 0, count: layers.count)
    var nodeOfBlock: [String: Int] = [:]

    for (index, layer) in layers.enumerated() {
      let block = Self.ancestors(of: layer.name).first { blocks.contains($0) }
      let isOwnNode: Bool
      switch layer.operation {
      case .input, .convolution, .dense, .maxPool, .averagePool, .add, .concatenate, .unsupported: isOwnNode = true
      case .affine, .relu, .leakyRelu, .clip, .pad, .reshape: isOwnNode = layer.inputs.isEmpty
      }
      let node: Int
      if let block, let known = nodeOfBlock[block] {
        node = known
      } else if block == nil, !isOwnNode {
        node = nodeOfLayer[layer.inputs[0]]
      } else {
        node = nodes.count
        if let block { nodeOfBlock[block] = node }
        nodes.append(
          Node(
            name: block ?? layer.name, kind: block == nil ? layer.operation.kind : "block", layers: [], outputLayer: index,
            shape: layer.outputShape, shortcut: nil, inputs: []))
      }
      nodeOfLayer[index] = node
      nodes[node].layers.append(index)
      if case .unsupported(let operation, let reason) = layer.operation, unsupported.contains(layer.name), nodes[node].problem == nil {
        nodes[node].problem = "\(operation): \(reason)"
      }
      if case .reshape = layer.operation, !nodes[node].layers.dropLast().isEmpty {
      } else {
        nodes[node].outputLayer = index
        nodes[node].shape = layer.outputShape
      }
      for input in layer.inputs where nodeOfLayer[input] != node && !nodes[node].inputs.contains(nodeOfLayer[input]) {
        nodes[node].inputs.append(nodeOfLayer[input])
      }
      if case .add = layer.operation, block != nil {
        let readsOutside = layer.inputs.contains { nodeOfLayer[$0] != node }
        nodes[node].shortcut = readsOutside ? .identity : .projection
      }
    }
    self.nodes = nodes
  }

  func index(ofNodeNamed name: String) -> Int? { nodes.firstIndex { $0.name == name } }

  private static func parent(of name: String) -> String? {
    name.lastIndex(of: ".").map { String(name[..<$0]) }
  }

  /// "a.b.c": "a.b", then "a".
  private static func ancestors(of name: String) -> [String] {
    var result: [String] = []
    var rest = name
    while let shorter = parent(of: rest) {
      result.append(shorter)
      rest = shorter
    }
    return result
  }
}
