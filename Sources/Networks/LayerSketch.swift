/// A layer without its numbers: what is needed to draw a network and to find its parts.
public struct LayerSketch: Sendable, Hashable {
  public let name: String
  /// One of `Operation.kinds`.
  public let kind: String
  /// Indices of the layers it reads, all of which stand before it.
  public let inputs: [Int]
  /// Of its output, without the batch: `[C, H, W]` or `[F]`; empty where it is unknown.
  public let shape: [Int]
  /// Of convolutions and poolings; nil for others.
  public let window: SlidingWindow?
  /// Of a convolution's channels; 1 for everything else.
  public let groups: Int

  public init(name: String, kind: String, inputs: [Int], shape: [Int], window: SlidingWindow? = nil, groups: Int = 1) {
    self.name = name
    self.kind = kind
    self.inputs = inputs
    self.shape = shape
    self.window = window
    self.groups = groups
  }

  /// Whether it is a convolution or a dense layer.
  public var hasWeights: Bool { kind == "convolution" || kind == "dense" }
}

extension Network {
  /// Its layers without their numbers, in the same order.
  public var sketch: [LayerSketch] {
    layers.map { layer in
      LayerSketch(
        name: layer.name, kind: layer.operation.kind, inputs: layer.inputs, shape: layer.outputShape, window: layer.window,
        groups: layer.groups)
    }
  }
}

extension Layer {
  /// Of a convolution or pooling; nil for others.
  public var window: SlidingWindow? {
    switch operation {
    case .convolution(let convolution): convolution.geometry.window
    case .maxPool(let pooling), .averagePool(let pooling): pooling.window
    default: nil
    }
  }

  /// How many groups of channels know nothing of each other; 1 but for convolutions.
  public var groups: Int { if case .convolution(let convolution) = operation { convolution.geometry.groups } else { 1 } }
}
