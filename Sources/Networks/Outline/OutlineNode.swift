/// A layer, or a group that has no number and no name yet.
indirect enum OutlineNode {
  case layer(Int)
  case group(OutlineGroup)

  /// Of lowest index.
  var firstLayer: Int {
    switch self {
    case .layer(let layer): layer
    case .group(let group): group.layers[0]
    }
  }

  /// Of highest index.
  var lastLayer: Int {
    switch self {
    case .layer(let layer): layer
    case .group(let group): group.layers[group.layers.count - 1]
    }
  }

  var layers: [Int] {
    switch self {
    case .layer(let layer): [layer]
    case .group(let group): group.layers
    }
  }

  /// The layer whose output goes on.
  var output: Int {
    switch self {
    case .layer(let layer): layer
    case .group(let group): group.output
    }
  }
}

struct OutlineGroup {
  let kind: NetworkOutline.Kind
  /// In topological order.
  var children: [OutlineNode]
  /// All beneath it, ascending.
  let layers: [Int]
  /// Those that tell its name: without the activations that only follow.
  let core: [Int]
  let output: Int
  var residual: NetworkOutline.Residual?

  /// - Parameter children: of which none reads one that starts at a higher index.
  init(
    _ kind: NetworkOutline.Kind, _ children: [OutlineNode], core: [Int], output: Int, residual: NetworkOutline.Residual? = nil
  ) {
    self.kind = kind
    self.children = children.sorted { $0.firstLayer < $1.firstLayer }
    layers = children.flatMap(\.layers).sorted()
    self.core = core
    self.output = output
    self.residual = residual
  }
}
