import Tensors

/// What a forward pass leaves behind: all that explaining a prediction needs.
public struct Trace: Sendable {
  /// The output of every layer.
  public var outputs: [FeatureMaps]
  /// For the linear layers that were asked for: the parts that their output without bias is the sum of.
  public var parts: [Int: Parts]

  /// p_k = sum_i (x_i w_ik)+ and n_k = sum_i (x_i w_ik)-, the latter where it is wanted.
  public struct Parts: Sendable {
    public var positive: FeatureMaps
    public var negative: FeatureMaps?

    public init(positive: FeatureMaps, negative: FeatureMaps?) {
      self.positive = positive
      self.negative = negative
    }
  }

  /// What is wanted of a linear layer besides its output.
  public enum WantedParts: Sendable { case positive, both }

  public var batch: Int { outputs[0].batch }
  public var logits: FeatureMaps { outputs[outputs.count - 1] }

  /// Every picture `count` times in a row, to explain it for `count` targets at once.
  public func repeated(_ count: Int) -> Trace {
    Trace(
      outputs: outputs.map { $0.repeated(count) },
      parts: parts.mapValues { Parts(positive: $0.positive.repeated(count), negative: $0.negative?.repeated(count)) })
  }
}

/// A network whose weights are packed for a kind of kernels: computes what every layer gives out.
///
/// Not for use by two threads at once.
public final class ForwardPass {
  public let network: Network
  private let kernels: any Kernels
  private let maps: [(any LinearMap)?]
  private let nonnegative: Set<Int>
  /// For linear layers and sums that a ReLU reads: the index of the ReLU. It is computed along with what it reads.
  private let rectifiers: [Int: Int]

  /// Packs all weights. Cost: about one or two copies of them.
  public init(_ network: Network, kernels: any Kernels) {
    self.network = network
    self.kernels = kernels
    nonnegative = network.layersWithoutNegativeOutput
    rectifiers = network.layers.enumerated().reduce(into: [:]) { result, layer in
      guard case .relu = layer.element.operation else { return }
      switch network.layers[layer.element.inputs[0]].operation {
      case .convolution, .dense, .add: result[layer.element.inputs[0]] = layer.offset
      default: break
      }
    }
    maps = network.layers.map { layer in
      layer.linear.map { kernels.prepare($0.geometry, weights: $0.weights, rowFactors: $0.rowFactors) }
    }
  }

  /// The map of a linear layer without its bias.
  public func linearMap(ofLayer index: Int) -> (any LinearMap)? { maps[index] }

  /// The output of every layer; nil when cancelled between two layers.
  ///
  /// - Parameter parts: what is wanted of linear layers besides their output.
  public func trace(
    of input: FeatureMaps, parts: [Int: Trace.WantedParts] = [:], isCancelled: () -> Bool = { false }
  ) -> Trace? {
    check(input)
    var found: [Int: Trace.Parts] = [:]
    var outputs = [FeatureMaps?](repeating: nil, count: network.layers.count)
    for (index, layer) in network.layers.enumerated() {
      if isCancelled() { return nil }
      found[index] = compute(index, layer, input: input, wanted: parts[index], outputs: &outputs)
    }
    return Trace(outputs: outputs.compactMap { $0 }, parts: found)
  }

  /// The logits `[N, classes]` only: outputs are let go of as soon as nobody reads them any more.
  public func logits(of input: Tensor) -> Tensor {
    let input = FeatureMaps(input)
    check(input)
    var readers = network.consumers.map(\.count)
    var outputs = [FeatureMaps?](repeating: nil, count: network.layers.count)
    for (index, layer) in network.layers.enumerated() {
      _ = compute(index, layer, input: input, wanted: nil, outputs: &outputs)
      for source in layer.inputs {
        readers[source] -= 1
        if readers[source] == 0 { outputs[source] = nil }
      }
    }
    guard let logits = outputs[network.layers.count - 1] else { preconditionFailure("a network has at least one layer") }
    return logits.tensor
  }

  private func check(_ input: FeatureMaps) {
    precondition(input.shape == network.layers[0].outputShape, "the input must be [N] + \(network.layers[0].outputShape)")
  }

  /// Computes the output of a layer whose inputs are there, unless it is there already, and what is wanted besides.
  private func compute(
    _ index: Int, _ layer: Layer, input: FeatureMaps, wanted: Trace.WantedParts?, outputs: inout [FeatureMaps?]
  ) -> Trace.Parts? {
    guard outputs[index] == nil else { return nil }
    let inputs = layer.inputs.map { source -> FeatureMaps in
      guard let maps = outputs[source] else { preconditionFailure("\(layer.name) reads a layer that comes after it") }
      return maps
    }
    if case .add = layer.operation {
      let sum = LayerArithmetic.sum(inputs, rectifies: rectifiers[index] != nil, kernels)
      outputs[index] = sum.sum
      if let rectifier = rectifiers[index] { outputs[rectifier] = sum.rectified }
      return nil
    }
    guard let linear = layer.linear else {
      outputs[index] = output(of: layer, reading: inputs, input: input)
      return nil
    }
    let product = product(index, layer, inputs[0], bias: linear.bias, wanted: wanted)
    outputs[index] = product.sum
    if let rectifier = rectifiers[index] { outputs[rectifier] = product.rectified }
    return product.positive.map { Trace.Parts(positive: $0, negative: product.negative) }
  }

  private func output(of layer: Layer, reading inputs: [FeatureMaps], input: FeatureMaps) -> FeatureMaps {
    let shape = layer.outputShape
    switch layer.operation {
    case .input: return input
    case .convolution, .dense, .add: preconditionFailure("computed with what reads it")
    case .affine(let scale, let shift): return LayerArithmetic.affine(inputs[0], scale: scale, shift: shift, kernels)
    case .relu: return LayerArithmetic.map(inputs[0], kernels) { LayerArithmetic.rectified($0) }
    case .leakyRelu(let slope): return LayerArithmetic.map(inputs[0], kernels) { $0.replacing(with: slope * $0, where: .!($0 .> 0)) }
    case .clip(let low, let high):
      return LayerArithmetic.map(inputs[0], kernels) {
        $0.replacing(with: Lanes(repeating: low), where: $0 .< low).replacing(with: Lanes(repeating: high), where: $0 .> high)
      }
    case .concatenate: return LayerArithmetic.concatenate(inputs, shape: shape)
    case .maxPool(let pooling): return LayerArithmetic.maxPool(inputs[0], pooling, shape: shape, kernels)
    case .averagePool(let pooling): return LayerArithmetic.averagePool(inputs[0], pooling, shape: shape, kernels)
    case .pad(let padding, let value): return LayerArithmetic.pad(inputs[0], padding, value: value, shape: shape)
    case .reshape: return inputs[0].reshaped(shape)
    case .unsupported: preconditionFailure("cannot run")
    }
  }

  private func product(
    _ index: Int, _ layer: Layer, _ input: FeatureMaps, bias: [Float], wanted: Trace.WantedParts?
  ) -> LinearOutputs {
    guard let map = maps[index] else { preconditionFailure("a linear layer has its map") }
    return LinearOutputs(
      of: map, input, nonnegative.contains(layer.inputs[0]) ? .weights : .products, shape: layer.outputShape, bias: bias, wanted: wanted,
      rectifies: rectifiers[index] != nil)
  }
}

extension FeatureMaps {
  /// The same numbers in the order of `[C, H, W]` under another shape.
  public func reshaped(_ shape: [Int]) -> FeatureMaps {
    let isSameOrder = (area == 1 || channels == 1) && shape.dropFirst().allSatisfy { $0 == 1 }
    return isSameOrder
      ? FeatureMaps(batch: batch, shape: shape, values: values) : FeatureMaps(Tensor(shape: [batch] + shape, values: valuesByChannel))
  }
}

extension Network {
  /// The layers whose output has no number below zero, whatever the input.
  public var layersWithoutNegativeOutput: Set<Int> {
    var result = Set<Int>()
    for (index, layer) in layers.enumerated() {
      let readsNone = layer.inputs.allSatisfy(result.contains) && !layer.inputs.isEmpty
      switch layer.operation {
      case .relu: result.insert(index)
      case .clip(let low, _): if low >= 0 { result.insert(index) }
      case .add, .maxPool, .averagePool, .reshape, .concatenate, .leakyRelu: if readsNone { result.insert(index) }
      case .pad(_, let value): if readsNone && value >= 0 { result.insert(index) }
      case .input, .convolution, .dense, .affine, .unsupported: break
      }
    }
    return result
  }
}
