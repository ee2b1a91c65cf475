import Networks

/// One layer or group of the network, as it can be chosen: by its name.
struct NetworkNode: Sendable, Equatable {
  let name: String
  /// The operation, or what kind of group it is.
  let kind: String
  let layers: [Int]
  /// The layer whose output is the node's.
  let outputLayer: Int
  let shape: [Int]
  /// Of a block around which a shortcut goes.
  let shortcut: Shortcut?
  /// The operator that cannot run, and why.
  let problem: String?

  enum Shortcut: Sendable { case identity, projection }
}

extension LoadedNetwork {
  /// A layer or group by its name; a group comes before a layer that is called the same.
  func node(named name: String) -> NetworkNode? {
    if let group = outline.group(named: name) { return node(ofGroup: group) }
    return network.index(ofLayerNamed: name).map { node(ofLayer: $0) }
  }

  func node(ofLayer layer: Int) -> NetworkNode {
    let found = network.layers[layer]
    return NetworkNode(
      name: found.name, kind: found.operation.kind, layers: [layer], outputLayer: layer, shape: found.outputShape, shortcut: nil,
      problem: problem(of: [layer]))
  }

  func node(ofGroup index: Int) -> NetworkNode {
    let group = outline.groups[index]
    let kind =
      switch group.kind {
      case .stage: "stage"
      case .block: "block"
      // What follows the first layer with an operation of its own only shapes what it gives out.
      case .unit: network.layers[outline.leadingLayer(of: group.layers)].operation.kind
      }
    return NetworkNode(
      name: group.name, kind: kind, layers: group.layers, outputLayer: group.output, shape: network.layers[group.output].outputShape,
      shortcut: group.residual.map { $0.shortcut.isEmpty ? .identity : .projection }, problem: problem(of: group.layers))
  }

  func node(of item: NetworkOutline.Item) -> NetworkNode {
    switch item {
    case .layer(let layer): node(ofLayer: layer)
    case .group(let group): node(ofGroup: group)
    }
  }

  /// What a node of the graph stands for; of a sum, the block that it ends.
  func node(of subject: VisibleGraph.Subject) -> NetworkNode {
    switch subject {
    case .layer(let layer): node(ofLayer: layer)
    case .group(let group), .sum(let group): node(ofGroup: group)
    }
  }

  /// The network in blocks: what is not in one stands for itself.
  var blocks: [NetworkNode] {
    outline.roots.flatMap { root -> [NetworkOutline.Item] in
      if case .group(let group) = root, outline.groups[group].kind == .stage { return outline.groups[group].children }
      return [root]
    }.map { node(of: $0) }
  }

  private func problem(of layers: [Int]) -> String? {
    for layer in layers {
      if case .unsupported(let operation, let reason) = network.layers[layer].operation, unsupported.contains(layer) {
        return "\(operation): \(reason)"
      }
    }
    return nil
  }
}

extension NetworkOutline {
  func group(named name: String) -> Int? { groups.firstIndex { $0.name == name } }

  /// The layer that some layers together are about: the first one with weights, else the first that is no passing on.
  func leadingLayer(of layers: [Int]) -> Int {
    layers.first { sketch[$0].hasWeights } ?? layers.first { !["pad", "reshape", "affine"].contains(sketch[$0].kind) } ?? layers[0]
  }

  /// The groups that a layer is in, the outermost first.
  func ancestors(ofLayer layer: Int) -> [Int] { chain(parent(ofLayer: layer)) }

  /// The groups that a group is in, the outermost first, and itself.
  func ancestors(ofGroup group: Int) -> [Int] { chain(group) }

  private func chain(_ innermost: Int?) -> [Int] {
    var result: [Int] = []
    var next = innermost
    while let group = next {
      result.append(group)
      next = parent(ofGroup: group)
    }
    return result.reversed()
  }
}
