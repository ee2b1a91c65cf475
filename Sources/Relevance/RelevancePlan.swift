import Networks
import Tensors

/// A network with a composite applied: what to do at each layer, decided once, used for every picture.
public final class RelevancePlan {
  public let network: Network
  public let composite: Composite
  /// The rule of each layer.
  public let rules: [Rule]
  private let linear: [LinearRelevance?]

  /// - Parameter weights: packed weights of the network, shared by all its plans.
  public init(composite: Composite, weights: PackedWeights) throws(RelevanceError) {
    network = weights.network
    self.composite = composite
    let first = network.firstLinearLayers
    let nonnegative = network.layersWithoutNegativeOutput
    var rules: [Rule] = []
    var linear: [LinearRelevance?] = []
    for (index, layer) in network.layers.enumerated() {
      let rule = try composite.rule(for: layer, isFirst: first.contains(index), preprocessing: network.preprocessing)
      rules.append(rule)
      if let parts = layer.linear, let terms = rule.terms {
        linear.append(
          LinearRelevance(
            rule: rule, terms: terms, layer: parts, inputIsNonnegative: nonnegative.contains(layer.inputs[0]),
            maps: weights.forms(ofLayer: index)))
      } else {
        linear.append(nil)
      }
    }
    self.rules = rules
    self.linear = linear
  }

  /// Relevance at the output of every layer, and the sum that each layer handed on for each picture; nil when cancelled between two layers.
  ///
  /// - Parameters:
  ///   - activations: the output of every layer, `[N, ...]` each.
  ///   - start: relevance of the last layer's output, e.g. the target's logit and zero elsewhere.
  public func relevance(
    activations: [Tensor], start: Tensor, isCancelled: () -> Bool = { false }
  ) -> (layers: [Tensor], handedOn: [[Double]])? {
    var relevance = [Tensor?](repeating: nil, count: network.layers.count)
    let batch = start.shape[0]
    var handedOn = [[Double]](repeating: [Double](repeating: 0, count: batch), count: network.layers.count)
    relevance[network.layers.count - 1] = start
    for index in stride(from: network.layers.count - 1, through: 0, by: -1) {
      if isCancelled() { return nil }
      let layer = network.layers[index]
      let arriving = relevance[index] ?? Tensor(zeros: activations[index].shape)
      relevance[index] = arriving
      let inputs = layer.inputs.map { activations[$0] }
      for (source, part) in zip(layer.inputs, parts(index, layer, inputs: inputs, output: activations[index], relevance: arriving)) {
        for row in 0..<batch { handedOn[index][row] += part.sum(ofElement: row) }
        if let already = relevance[source] {
          relevance[source] = already.adding(part)
        } else {
          relevance[source] = part
        }
      }
    }
    return (relevance.compactMap { $0 }, handedOn)
  }

  private func parts(_ index: Int, _ layer: Layer, inputs: [Tensor], output: Tensor, relevance: Tensor) -> [Tensor] {
    switch layer.operation {
    case .input: return []
    case .convolution, .dense:
      guard let linear = linear[index] else { preconditionFailure("\(layer.name) has a rule for linear layers") }
      return [linear.relevance(input: inputs[0], output: output, relevance: relevance)]
    case .relu, .affine: return [relevance]
    case .flatten: return [relevance.reshaped(inputs[0].shape)]
    case .add:
      let (a, b) = UnweightedRelevance.sum(inputs[0], inputs[1], output: output, relevance: relevance)
      return [a, b]
    case .maxPool(let pooling): return [UnweightedRelevance.maxPool(pooling, input: inputs[0], output: output, relevance: relevance)]
    case .averagePool(let pooling):
      return [UnweightedRelevance.averagePool(pooling, input: inputs[0], output: output, relevance: relevance)]
    }
  }
}

/// A network's weights in all the forms that plans have asked for so far. Not for use by two threads at once.
public final class PackedWeights {
  public let network: Network
  public let forward: ForwardPass
  private let kernels: any Kernels
  private var forms: [Int: PackedForms] = [:]

  public init(_ network: Network, kernels: any Kernels) {
    self.network = network
    self.kernels = kernels
    forward = ForwardPass(network, kernels: kernels)
  }

  func forms(ofLayer index: Int) -> PackedForms {
    if let known = forms[index] { return known }
    guard let parts = network.layers[index].linear else { preconditionFailure("\(network.layers[index].name) has weights") }
    let made = PackedForms(parts, forward: forward.linearMap(ofLayer: index), kernels: kernels)
    forms[index] = made
    return made
  }
}

extension Tensor {
  fileprivate func adding(_ other: Tensor) -> Tensor {
    var result = self
    result.values.withUnsafeMutableBufferPointer { result in
      other.values.withUnsafeBufferPointer { other in
        for index in 0..<result.count { result[index] += other[index] }
      }
    }
    return result
  }
}
