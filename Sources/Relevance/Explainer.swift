import Foundation
import Networks
import Tensors

/// Explains predictions of one network: forward pass, relevance from a target, everything kept by layer.
///
/// Plans are made when a composite is first used and kept. Not for use by two threads at once.
public final class Explainer {
  public let network: Network
  private let weights: PackedWeights
  private var plans: [Composite: RelevancePlan] = [:]

  public init(_ network: Network, kernels: any Kernels) {
    self.network = network
    weights = PackedWeights(network, kernels: kernels)
  }

  /// Packs what a composite needs, so that the first picture does not wait for it.
  public func prepare(_ composite: Composite) throws(RelevanceError) { _ = try plan(composite) }

  public func logits(of input: Tensor) -> Tensor { weights.forward.logits(of: input) }

  /// Explains one input `[C, H, W]`; nil when cancelled.
  public func explain(
    _ input: Tensor, composite: Composite, target: Target, isCancelled: () -> Bool = { false }
  ) throws(RelevanceError) -> Explanation? {
    try explain(batch: input.reshaped([1] + input.shape), composite: composite, targets: [target], isCancelled: isCancelled)?.first
  }

  /// Explains inputs `[N, C, H, W]`, each for its own target; nil when cancelled.
  public func explain(
    batch input: Tensor, composite: Composite, targets: [Target], isCancelled: () -> Bool = { false }
  ) throws(RelevanceError) -> [Explanation]? {
    let batch = input.shape[0]
    precondition(targets.count == batch, "one target per picture")
    let classes = network.classCount
    for case .class(let target) in targets where !(0..<classes).contains(target) {
      throw .noSuchClass(target, classes: classes)
    }
    let plan = try plan(composite)
    guard let activations = weights.forward.activations(of: input, isCancelled: isCancelled), let logits = activations.last else {
      return nil
    }
    var start = Tensor(zeros: logits.shape)
    var targetClasses: [Int] = []
    for (row, target) in targets.enumerated() {
      let values = Array(logits.values[row * classes..<(row + 1) * classes])
      let targetClass =
        switch target {
        case .predicted: values.indexOfLargest
        case .class(let index): index
        }
      targetClasses.append(targetClass)
      start.values[row * classes + targetClass] = values[targetClass]
    }
    guard let (relevance, handedOn) = plan.relevance(activations: activations, start: start, isCancelled: isCancelled) else { return nil }
    return targets.indices.map { row in
      let values = logits.element(row).values
      let layers = network.layers.indices.map { index in
        let layer = network.layers[index]
        let arriving = relevance[index].picture(row)
        return LayerRelevance(
          name: layer.name, kind: layer.operation.kind, rule: plan.rules[index].name, relevanceIn: arriving.sum,
          relevanceOut: handedOn[index][row], activation: activations[index].picture(row), relevance: arriving)
      }
      return Explanation(
        logits: values, probabilities: softmax(values), target: targets[row], targetClass: targetClasses[row],
        input: activations[0].picture(row), relevance: relevance[0].picture(row), layers: layers)
    }
  }

  private func plan(_ composite: Composite) throws(RelevanceError) -> RelevancePlan {
    if let known = plans[composite] { return known }
    let made = try RelevancePlan(composite: composite, weights: weights)
    plans[composite] = made
    return made
  }
}

extension Tensor {
  /// Picture `index` of a batch; of a batch of one the tensor itself under another shape, which copies nothing.
  fileprivate func picture(_ index: Int) -> Tensor { shape[0] == 1 ? reshaped(Array(shape.dropFirst())) : element(index) }
}

/// exp(x_i) / sum of exp(x_j), computed so that no exponential overflows.
public func softmax(_ logits: [Float]) -> [Float] {
  guard let largest = logits.max() else { return [] }
  let exponentials = logits.map { exp(Double($0 - largest)) }
  let total = exponentials.reduce(0, +)
  return exponentials.map { Float($0 / total) }
}

extension [Float] {
  /// The first one on ties; 0 for an empty array.
  public var indexOfLargest: Int {
    var best = 0
    for index in indices where self[index] > self[best] { best = index }
    return best
  }
}
