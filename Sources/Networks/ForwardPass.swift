import Tensors

/// A network whose weights are packed for a kind of kernels: computes what every layer gives out.
///
/// Not for use by two threads at once.
public final class ForwardPass {
  public let network: Network
  private let maps: [(any LinearMap)?]

  /// Packs all weights. Cost: about one copy of them.
  public init(_ network: Network, kernels: any Kernels) {
    self.network = network
    maps = network.layers.map { layer in
      layer.linear.map { kernels.prepareForward($0.geometry, weights: $0.weights) }
    }
  }

  /// The map of a linear layer without its bias.
  public func linearMap(ofLayer index: Int) -> (any LinearMap)? { maps[index] }

  /// The output of every layer for inputs `[N, C, H, W]`, each with the batch first; nil when cancelled between two layers.
  public func activations(of input: Tensor, isCancelled: () -> Bool = { false }) -> [Tensor]? {
    let batch = input.shape[0]
    precondition(
      Array(input.shape.dropFirst()) == network.layers[0].outputShape, "the input must be [N] + \(network.layers[0].outputShape)")
    var outputs: [Tensor] = []
    outputs.reserveCapacity(network.layers.count)
    for (index, layer) in network.layers.enumerated() {
      if isCancelled() { return nil }
      outputs.append(output(of: layer, index, reading: layer.inputs.map { outputs[$0] }, input: input, batch: batch))
    }
    return outputs
  }

  /// The logits `[N, classes]` only: outputs are let go of as soon as nobody reads them any more.
  public func logits(of input: Tensor) -> Tensor {
    let batch = input.shape[0]
    precondition(
      Array(input.shape.dropFirst()) == network.layers[0].outputShape, "the input must be [N] + \(network.layers[0].outputShape)")
    var readers = network.consumers.map(\.count)
    var outputs = [Tensor?](repeating: nil, count: network.layers.count)
    for (index, layer) in network.layers.enumerated() {
      let inputs = layer.inputs.map { source -> Tensor in
        guard let tensor = outputs[source] else { preconditionFailure("\(layer.name) reads a layer that comes after it") }
        return tensor
      }
      outputs[index] = output(of: layer, index, reading: inputs, input: input, batch: batch)
      for source in layer.inputs {
        readers[source] -= 1
        if readers[source] == 0 { outputs[source] = nil }
      }
    }
    guard let logits = outputs[network.layers.count - 1] else { preconditionFailure("a network has at least one layer") }
    return logits
  }

  private func output(of layer: Layer, _ index: Int, reading inputs: [Tensor], input: Tensor, batch: Int) -> Tensor {
    let shape = [batch] + layer.outputShape
    switch layer.operation {
    case .input: return input
    case .convolution(let convolution): return apply(maps[index], inputs[0], shape: shape, bias: convolution.bias)
    case .dense(let dense): return apply(maps[index], inputs[0], shape: shape, bias: dense.bias)
    case .affine(let scale, let shift): return LayerArithmetic.affine(inputs[0], scale: scale, shift: shift)
    case .relu: return LayerArithmetic.relu(inputs[0])
    case .add: return LayerArithmetic.sum(inputs[0], inputs[1])
    case .maxPool(let pooling): return LayerArithmetic.maxPool(inputs[0], pooling, shape: shape)
    case .averagePool(let pooling): return LayerArithmetic.averagePool(inputs[0], pooling, shape: shape)
    case .flatten: return inputs[0].reshaped(shape)
    }
  }

  private func apply(_ map: (any LinearMap)?, _ input: Tensor, shape: [Int], bias: [Float]) -> Tensor {
    guard let map else { preconditionFailure("a linear layer has its map") }
    let batch = shape[0]
    let values = [Float](unsafeUninitializedCapacity: shape.reduce(1, *)) { buffer, count in
      count = buffer.count
      guard let output = buffer.baseAddress, count > 0 else { return }
      input.values.withUnsafeBufferPointer { source in
        guard let source = source.baseAddress else { return }
        map.apply(source, batch: batch, into: output)
      }
      LayerArithmetic.addBias(bias, to: buffer, batch: batch)
    }
    return Tensor(shape: shape, values: values)
  }
}

extension Layer {
  /// Convolutions and dense layers alike, as the geometry of a convolution with its weights and bias.
  public var linear: (geometry: ConvolutionGeometry, weights: [Float], bias: [Float])? {
    switch operation {
    case .convolution(let convolution): (convolution.geometry, convolution.weights, convolution.bias)
    case .dense(let dense): (.dense(inputs: dense.inputs, outputs: dense.outputs), dense.weights, dense.bias)
    default: nil
    }
  }
}
