import Networks

/// Derivatives of a target by every layer's output.
final class GradientPass {
  /// What a ReLU does to the gradient that comes back.
  enum Activations { case derivative, guided, deconvnet }

  private let weights: PackedWeights
  private var network: Network { weights.network }
  private var kernels: any Kernels { weights.kernels }

  init(_ weights: PackedWeights) { self.weights = weights }

  /// Gradients by the output of every layer from which `start` is reached; nil when cancelled.
  func gradients(
    _ trace: Trace, start: (layer: Int, factors: FeatureMaps), activations: Activations = .derivative,
    isCancelled: () -> Bool = { false }
  ) -> [FeatureMaps?]? {
    var result = [FeatureMaps?](repeating: nil, count: network.layers.count)
    result[start.layer] = start.factors
    for index in stride(from: start.layer, through: 1, by: -1) {
      if isCancelled() { return nil }
      guard let arriving = result[index] else { continue }
      let layer = network.layers[index]
      for (source, part) in zip(layer.inputs, parts(index, layer, trace, arriving, activations)) {
        if result[source] == nil { result[source] = part } else { result[source] = result[source]?.adding(part, kernels) }
      }
    }
    return result
  }

  private func parts(
    _ index: Int, _ layer: Layer, _ trace: Trace, _ gradient: FeatureMaps, _ activations: Activations
  ) -> [FeatureMaps] {
    let inputs = layer.inputs.map { trace.outputs[$0] }
    switch layer.operation {
    case .input: return []
    case .convolution, .dense: return [weights.weights(ofLayer: index).transposed(gradient)]
    case .affine(let scale, _): return [gradient.scaled(byEach: scale, kernels)]
    case .relu: return [throughReLU(inputs[0], gradient, activations, slope: 0)]
    case .leakyRelu(let slope): return [throughReLU(inputs[0], gradient, activations, slope: slope)]
    case .clip(let low, let high):
      // A ReLU with an upper bound is one too.
      if low == 0 && activations == .deconvnet { return [throughReLU(inputs[0], gradient, activations, slope: 0)] }
      let gradient = low == 0 && activations == .guided ? LayerArithmetic.map(gradient, kernels) { $0.positivePart } : gradient
      return [inputs[0].combined(with: gradient, kernels) { x, g in g.replacing(with: 0, where: (x .<= low) .| (x .>= high)) }]
    case .add: return inputs.map { _ in gradient }
    case .concatenate: return UnweightedRelevance.concatenate(inputs, relevance: gradient)
    case .maxPool(let pooling): return [UnweightedRelevance.maxPool(pooling, input: inputs[0], relevance: gradient, kernels)]
    case .averagePool(let pooling): return [UnweightedRelevance.gradient(ofAverage: pooling, input: inputs[0], gradient, kernels)]
    case .pad(let padding, _): return [UnweightedRelevance.pad(padding, input: inputs[0], relevance: gradient).0]
    case .reshape: return [gradient.reshaped(inputs[0].shape)]
    case .unsupported: preconditionFailure("a network that cannot run has no gradient")
    }
  }

  private func throughReLU(_ x: FeatureMaps, _ gradient: FeatureMaps, _ activations: Activations, slope: Float) -> FeatureMaps {
    switch activations {
    case .derivative: x.combined(with: gradient, kernels) { x, g in g.replacing(with: g * slope, where: x .<= 0) }
    case .guided: x.combined(with: gradient, kernels) { x, g in g.positivePart.replacing(with: 0, where: x .<= 0) }
    case .deconvnet: x.combined(with: gradient, kernels) { _, g in g.positivePart }
    }
  }
}
