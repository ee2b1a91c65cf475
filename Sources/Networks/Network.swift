import Tensors

/// A feed-forward network as data: layers in topological order, each naming the layers it reads.
public struct Network: Sendable {
  /// Layer 0 is the input; the last layer gives the logits.
  public let layers: [Layer]
  public let preprocessing: Preprocessing
  public let classNames: [String]
  /// The metadata of the file it was read from.
  public let metadata: [String: String]

  public init(layers: [Layer], preprocessing: Preprocessing, classNames: [String], metadata: [String: String] = [:]) {
    self.layers = layers
    self.preprocessing = preprocessing
    self.classNames = classNames
    self.metadata = metadata
  }

  public var classCount: Int { classNames.count }

  /// For each layer the layers that read its output.
  public var consumers: [[Int]] {
    var result = [[Int]](repeating: [], count: layers.count)
    for (index, layer) in layers.enumerated() {
      for input in layer.inputs { result[input].append(index) }
    }
    return result
  }

  public func index(ofLayerNamed name: String) -> Int? { layers.firstIndex { $0.name == name } }
}

/// One operation with its weights. Shapes leave the batch dimension out: `[C, H, W]` or `[F]`.
public struct Layer: Sendable {
  public let name: String
  public let operation: Operation
  /// Indices of the layers it reads, in the operation's order.
  public let inputs: [Int]
  public let outputShape: [Int]

  public init(name: String, operation: Operation, inputs: [Int], outputShape: [Int]) {
    self.name = name
    self.operation = operation
    self.inputs = inputs
    self.outputShape = outputShape
  }

  public var outputCount: Int { outputShape.reduce(1, *) }
}

public enum Operation: Sendable {
  case input
  case convolution(Convolution)
  case dense(Dense)
  /// y = scale * x + shift per channel: a batch normalization that no convolution precedes.
  case affine(scale: [Float], shift: [Float])
  case relu
  case add
  case maxPool(Pooling)
  case averagePool(Pooling)
  case flatten

  /// The word users see: "convolution", "dense", ...
  public var kind: String {
    switch self {
    case .input: "input"
    case .convolution: "convolution"
    case .dense: "dense"
    case .affine: "affine"
    case .relu: "relu"
    case .add: "add"
    case .maxPool: "max-pool"
    case .averagePool: "average-pool"
    case .flatten: "flatten"
    }
  }
}

/// y[o] = sum over i, r, s of weight[o, i, r, s] * x[i, ...] + bias[o] (cross-correlation, as in every framework).
public struct Convolution: Sendable {
  public let geometry: ConvolutionGeometry
  /// `[O, I / groups, kernelHeight, kernelWidth]`.
  public let weights: [Float]
  /// `[O]`; zeros where the file has none.
  public let bias: [Float]

  public init(geometry: ConvolutionGeometry, weights: [Float], bias: [Float]) {
    precondition(weights.count == geometry.weightCount, "weights must fit the convolution's geometry")
    precondition(bias.count == geometry.outputChannels, "one bias per output channel")
    self.geometry = geometry
    self.weights = weights
    self.bias = bias
  }
}

/// y = W x + b with `weights` `[O, I]`.
public struct Dense: Sendable {
  public let inputs: Int
  public let outputs: Int
  public let weights: [Float]
  public let bias: [Float]

  public init(inputs: Int, outputs: Int, weights: [Float], bias: [Float]) {
    precondition(weights.count == inputs * outputs && bias.count == outputs, "weights must be [outputs, inputs], one bias per output")
    self.inputs = inputs
    self.outputs = outputs
    self.weights = weights
    self.bias = bias
  }
}

public struct Pooling: Sendable, Hashable {
  public let kernelHeight: Int
  public let kernelWidth: Int
  public let stride: Int
  public let padding: Int
  /// Whether a last window that only partly fits counts.
  public let ceilMode: Bool
  /// Whether average pooling divides by positions of the padding too.
  public let countsPadding: Bool

  public init(
    kernelHeight: Int, kernelWidth: Int, stride: Int, padding: Int = 0, ceilMode: Bool = false, countsPadding: Bool = false
  ) {
    self.kernelHeight = kernelHeight
    self.kernelWidth = kernelWidth
    self.stride = stride
    self.padding = padding
    self.ceilMode = ceilMode
    self.countsPadding = countsPadding
  }

  /// PyTorch's rule: with `ceilMode` a window may not start past the padded input.
  public func outputLength(_ length: Int, kernel: Int) -> Int {
    let room = length + 2 * padding - kernel
    var count = (room + (ceilMode ? stride - 1 : 0)) / stride + 1
    if ceilMode && (count - 1) * stride >= length + padding { count -= 1 }
    return count
  }
}
