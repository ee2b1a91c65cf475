/// Who reads whom, and which layers are on a way from the input to the output.
struct OutlineGraph {
  let sketch: [LayerSketch]
  /// For each layer those that read it, ascending; one that reads it twice is in it twice.
  let consumers: [[Int]]
  /// Whether a way from the first layer to the last passes the layer.
  let isOnWay: [Bool]
  /// What is compared of layers.
  let tokens: [OutlineToken]
  /// How many layers before each one are on no way.
  private let asideBefore: [Int]

  init(_ sketch: [LayerSketch]) {
    self.sketch = sketch
    var consumers = [[Int]](repeating: [], count: sketch.count)
    var isReached = [Bool](repeating: false, count: sketch.count)
    for (index, layer) in sketch.enumerated() {
      isReached[index] = index == 0
      for input in layer.inputs {
        precondition((0..<index).contains(input), "a layer stands after those it reads")
        consumers[input].append(index)
        if isReached[input] { isReached[index] = true }
      }
    }
    var isOnWay = [Bool](repeating: false, count: sketch.count)
    for index in sketch.indices.reversed() where isReached[index] {
      isOnWay[index] = index == sketch.count - 1 || consumers[index].contains { isOnWay[$0] }
    }
    var asideBefore = [0]
    for isOnWay in isOnWay { asideBefore.append(asideBefore[asideBefore.count - 1] + (isOnWay ? 0 : 1)) }
    self.consumers = consumers
    self.isOnWay = isOnWay
    self.asideBefore = asideBefore
    tokens = sketch.map { OutlineToken($0) }
  }

  /// Whether a layer that is on no way stands among these indices.
  func hasAside(in indices: ClosedRange<Int>) -> Bool { asideBefore[indices.upperBound + 1] > asideBefore[indices.lowerBound] }

  /// Layers on no way among these indices.
  func aside(in indices: Range<Int>) -> [Int] { indices.filter { !isOnWay[$0] } }

  /// The whole network in groups.
  ///
  /// A layer that is on no way (nobody reads it, or it reads nothing) belongs to the group in whose midst it stands, else to none.
  var roots: [OutlineNode] {
    let onWay = sketch.indices.filter { isOnWay[$0] }
    let nodes = OutlineLevel(self, onWay, entry: nil, depth: 0).nodes(asUnits: true).map { node in
      guard case .group(var group) = node, hasAside(in: node.firstLayer...node.lastLayer) else { return node }
      let aside = aside(in: node.firstLayer..<node.lastLayer).map { OutlineNode.layer($0) }
      group = OutlineGroup(group.kind, group.children + aside, core: group.core, output: group.output, residual: group.residual)
      return .group(group)
    }
    let staged = inStages(nodes)
    var result: [OutlineNode] = []
    var next = 0
    for node in staged {
      result += aside(in: next..<node.firstLayer).map { .layer($0) }
      result.append(node)
      next = node.lastLayer + 1
    }
    return result + aside(in: next..<sketch.count).map { .layer($0) }
  }
}

/// What two layers must share to be taken for the same: stride and channels may differ.
struct OutlineToken: Hashable {
  let kind: String
  let kernelHeight: Int
  let kernelWidth: Int
  let isGrouped: Bool

  init(_ layer: LayerSketch) {
    kind = layer.kind
    // A pooling over the whole picture has another kernel at each size.
    let window = layer.hasWeights ? layer.window : nil
    kernelHeight = window?.kernelHeight ?? 0
    kernelWidth = window?.kernelWidth ?? 0
    isGrouped = layer.groups > 1
  }
}

/// What a layer is to those before and after it in a chain.
enum OutlineRole {
  /// Begins a unit.
  case head
  /// Belongs to what is before it.
  case follower
  /// Belongs to the layer with weights before it; after a block it is what comes first in the next (He et al. 2016, "Identity mappings").
  case affine
  /// Belongs to what it feeds.
  case pad
  /// An operator of one input that cannot run: it belongs to what is before it, as most are activation functions.
  case unknown

  init(_ layer: LayerSketch) {
    switch layer.kind {
    case "unsupported" where layer.inputs.count == 1: self = .unknown
    case "relu", "leaky-relu", "clip", "reshape": self = .follower
    case "affine": self = .affine
    case "pad": self = .pad
    default: self = .head
    }
  }
}
