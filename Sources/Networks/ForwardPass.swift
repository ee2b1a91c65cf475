import Tensors

/// What a forward pass leaves behind: all that explaining a prediction needs.
public struct Trace: Sendable {
  /// The output of every layer.
  public var outputs: [FeatureMaps]
  /// For the linear layers that were asked for: the two parts that their output without bias is the sum of.
  public var parts: [Int: Parts]

  /// p_k = sum_i (x_i w_ik)+ and n_k = sum_i (x_i w_ik)-.
  public struct Parts: Sendable {
    public var positive: FeatureMaps
    public var negative: FeatureMaps
  }

  public var batch: Int { outputs[0].batch }
  public var logits: FeatureMaps { outputs[outputs.count - 1] }

  /// Every picture `count` times in a row, to explain it for `count` targets at once.
  public func repeated(_ count: Int) -> Trace {
    Trace(
      outputs: outputs.map { $0.repeated(count) },
      parts: parts.mapValues { Parts(positive: $0.positive.repeated(count), negative: $0.negative.repeated(count)) })
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

  /// Packs all weights. Cost: about one or two copies of them.
  public init(_ network: Network, kernels: any Kernels) {
    self.network = network
    self.kernels = kernels
    nonnegative = network.layersWithoutNegativeOutput
    maps = network.layers.map { layer in
      layer.linear.map { kernels.prepare($0.geometry, weights: $0.weights, rowFactors: $0.rowFactors) }
    }
  }

  /// The map of a linear layer without its bias.
  public func linearMap(ofLayer index: Int) -> (any LinearMap)? { maps[index] }

  /// The output of every layer; nil when cancelled between two layers.
  ///
  /// - Parameter splitting: linear layers whose output is wanted as the sum of its positive and negative part too.
  public func trace(of input: FeatureMaps, splitting: Set<Int> = [], isCancelled: () -> Bool = { false }) -> Trace? {
    check(input)
    var trace = Trace(outputs: [], parts: [:])
    trace.outputs.reserveCapacity(network.layers.count)
    for (index, layer) in network.layers.enumerated() {
      if isCancelled() { return nil }
      let inputs = layer.inputs.map { trace.outputs[$0] }
      if splitting.contains(index), let linear = layer.linear {
        let parts = split(index, layer, inputs[0])
        trace.outputs.append(parts.sum(bias: linear.bias, kernels))
        trace.parts[index] = parts
      } else {
        trace.outputs.append(output(of: layer, index, reading: inputs, input: input))
      }
    }
    return trace
  }

  /// The logits `[N, classes]` only: outputs are let go of as soon as nobody reads them any more.
  public func logits(of input: Tensor) -> Tensor {
    let input = FeatureMaps(input)
    check(input)
    var readers = network.consumers.map(\.count)
    var outputs = [FeatureMaps?](repeating: nil, count: network.layers.count)
    for (index, layer) in network.layers.enumerated() {
      let inputs = layer.inputs.map { source -> FeatureMaps in
        guard let maps = outputs[source] else { preconditionFailure("\(layer.name) reads a layer that comes after it") }
        return maps
      }
      outputs[index] = output(of: layer, index, reading: inputs, input: input)
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

  private func output(of layer: Layer, _ index: Int, reading inputs: [FeatureMaps], input: FeatureMaps) -> FeatureMaps {
    let shape = layer.outputShape
    switch layer.operation {
    case .input: return input
    case .convolution(let convolution): return product(index, inputs[0], shape: shape, bias: convolution.bias)
    case .dense(let dense): return product(index, inputs[0], shape: shape, bias: dense.bias)
    case .affine(let scale, let shift): return LayerArithmetic.affine(inputs[0], scale: scale, shift: shift, kernels)
    case .relu: return LayerArithmetic.map(inputs[0], kernels) { $0 > 0 ? $0 : 0 }
    case .leakyRelu(let slope): return LayerArithmetic.map(inputs[0], kernels) { $0 > 0 ? $0 : slope * $0 }
    case .clip(let low, let high): return LayerArithmetic.map(inputs[0], kernels) { $0 < low ? low : $0 > high ? high : $0 }
    case .add: return LayerArithmetic.sum(inputs, kernels)
    case .concatenate: return LayerArithmetic.concatenate(inputs, shape: shape)
    case .maxPool(let pooling): return LayerArithmetic.maxPool(inputs[0], pooling, shape: shape)
    case .averagePool(let pooling): return LayerArithmetic.averagePool(inputs[0], pooling, shape: shape)
    case .pad(let padding, let value): return LayerArithmetic.pad(inputs[0], padding, value: value, shape: shape)
    case .reshape: return inputs[0].reshaped(shape)
    case .unsupported: preconditionFailure("cannot run")
    }
  }

  private func product(_ index: Int, _ input: FeatureMaps, shape: [Int], bias: [Float]) -> FeatureMaps {
    guard let map = maps[index] else { preconditionFailure("a linear layer has its map") }
    let product = FeatureMaps(batch: input.batch, shape: shape) { result in
      input.withPointer { map.product($0, batch: input.batch, into: result) }
    }
    return product.adding(perChannel: bias, kernels)
  }

  private func split(_ index: Int, _ layer: Layer, _ input: FeatureMaps) -> Trace.Parts {
    guard let map = maps[index] else { preconditionFailure("a linear layer has its map") }
    return map.parts(input, nonnegative.contains(layer.inputs[0]) ? .weights : .products, shape: layer.outputShape)
  }
}

extension LinearMap {
  /// The two parts of the product with outputs of this shape.
  public func parts(_ x: FeatureMaps, _ split: Split, shape: [Int]) -> Trace.Parts {
    var negative = FeatureMaps(zeros: [], batch: 1)
    let positive = FeatureMaps(batch: x.batch, shape: shape) { positive in
      negative = FeatureMaps(batch: x.batch, shape: shape) { negative in
        x.withPointer { parts($0, split, batch: x.batch, positive: positive, negative: negative) }
      }
    }
    return Trace.Parts(positive: positive, negative: negative)
  }
}

extension Trace.Parts {
  /// p + n + b: what the layer gives out.
  fileprivate func sum(bias: [Float], _ kernels: any Kernels) -> FeatureMaps {
    FeatureMaps(batch: positive.batch, shape: positive.shape) { result in
      positive.withPointer { p in
        negative.withPointer { n in
          bias.withUnsafeBufferPointer { bias in
            kernels.forEachPart(of: positive.values.count, unit: bias.count) { part in
              for start in stride(from: part.lowerBound, to: part.upperBound, by: bias.count) {
                for channel in 0..<bias.count { result[start + channel] = p[start + channel] + n[start + channel] + bias[channel] }
              }
            }
          }
        }
      }
    }
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
