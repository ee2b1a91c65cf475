/// What a layer computes.
public enum Operation: Sendable {
  case input
  case convolution(Convolution)
  case dense(Dense)
  /// y = scale * x + shift: a batch normalization that no convolution precedes, or arithmetic with constants. One number for each channel,
  /// or one for each output, position by position with the channel innermost.
  case affine(scale: [Float], shift: [Float])
  case relu
  /// y = x where x > 0, slope * x elsewhere.
  case leakyRelu(slope: Float)
  /// y = min(max(x, low), high).
  case clip(low: Float, high: Float)
  /// The sum of two inputs or more of one shape.
  case add
  /// Inputs side by side: their channels in turn.
  case concatenate
  case maxPool(Pooling)
  case averagePool(Pooling)
  /// Rows and columns of one number around the picture.
  case pad(Padding, value: Float)
  /// The same numbers in the order of `[C, H, W]`, under another shape.
  case reshape
  /// An operator of the file, by its name there, that cannot be computed here: the network can be shown and not run.
  /// `reason` is a clause: "no such operator is known", "both of its inputs are computed".
  case unsupported(name: String, reason: String)

  /// The word users see: "convolution", "dense", ...
  public var kind: String {
    switch self {
    case .input: "input"
    case .convolution: "convolution"
    case .dense: "dense"
    case .affine: "affine"
    case .relu: "relu"
    case .leakyRelu: "leaky-relu"
    case .clip: "clip"
    case .add: "add"
    case .concatenate: "concatenate"
    case .maxPool: "max-pool"
    case .averagePool: "average-pool"
    case .pad: "pad"
    case .reshape: "reshape"
    case .unsupported: "unsupported"
    }
  }

  /// Its weights and biases, or scales and shifts.
  var numberCount: Int {
    switch self {
    case .convolution(let convolution): convolution.weights.count + convolution.bias.count
    case .dense(let dense): dense.weights.count + dense.bias.count
    case .affine(let scale, let shift): scale.count + shift.count
    default: 0
    }
  }

  /// Why a layer cannot run that would run if those before it did.
  static let unknownShape = "the shape of its input is unknown"

  /// Every word that `kind` can be.
  public static let kinds = [
    "input", "convolution", "dense", "affine", "relu", "leaky-relu", "clip", "add", "concatenate", "max-pool", "average-pool", "pad",
    "reshape", "unsupported",
  ]
}

/// y[o] = sum over i, r, s of weight[o, i, r, s] * x[i, ...] + bias[o] (cross-correlation, as in every framework).
public struct Convolution: Sendable {
  public let geometry: ConvolutionGeometry
  /// `[O, I / groups, kernelHeight, kernelWidth]`.
  public let weights: [Float]
  /// `[O]`; zeros where the file has none.
  public let bias: [Float]
  /// Where weights came in half precision and a normalization was merged: weights[o, ...] divided by rowFactors[o] are what came, so that
  /// kernels can keep them in half the memory.
  public let rowFactors: [Float]?

  public init(geometry: ConvolutionGeometry, weights: [Float], bias: [Float], rowFactors: [Float]? = nil) {
    precondition(weights.count == geometry.weightCount, "weights must fit the convolution's geometry")
    precondition(bias.count == geometry.outputChannels, "one bias per output channel")
    precondition(rowFactors.map { $0.count == bias.count } ?? true, "one factor per output channel")
    self.rowFactors = rowFactors
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

/// Max or average pooling.
public struct Pooling: Sendable, Hashable {
  public let window: SlidingWindow
  /// Whether a last window that only partly fits counts.
  public let ceilMode: Bool
  /// Whether average pooling divides by positions of the padding too.
  public let countsPadding: Bool

  public init(window: SlidingWindow, ceilMode: Bool = false, countsPadding: Bool = false) {
    self.window = window
    self.ceilMode = ceilMode
    self.countsPadding = countsPadding
  }

  public init(
    kernelHeight: Int, kernelWidth: Int, stride: Int, padding: Int = 0, ceilMode: Bool = false, countsPadding: Bool = false
  ) {
    self.init(
      window: SlidingWindow(kernelHeight: kernelHeight, kernelWidth: kernelWidth, stride: stride, padding: padding),
      ceilMode: ceilMode, countsPadding: countsPadding)
  }

  /// `[C, H, W]` of what comes of a picture `[C, H, W]`.
  public func outputShape(of shape: [Int]) -> [Int] {
    [shape[0], window.outputHeight(of: shape[1], roundingUp: ceilMode), window.outputWidth(of: shape[2], roundingUp: ceilMode)]
  }
}

extension Layer {
  /// Convolutions and dense layers alike.
  public var linear: Convolution? {
    switch operation {
    case .convolution(let convolution): convolution
    case .dense(let dense):
      Convolution(geometry: .dense(inputs: dense.inputs, outputs: dense.outputs), weights: dense.weights, bias: dense.bias)
    default: nil
    }
  }
}
