import Networks
import Relevance

/// What becomes of relevance in one layer: in = out + absorbed by the bias + absorbed by the stabilizer.
struct LayerSum: Sendable, Equatable {
  let layer: Int
  let name: String
  let rule: String
  let relevanceIn: Double
  let relevanceOut: Double
  let absorbedByBias: Double
  let absorbedByStabilizer: Double
  let largest: Float
  /// Whether a warning names this layer.
  let isWarned: Bool

  /// The layers that can change the sum, in the network's order: those with weights, and sums.
  static func all(of explanation: Explanation, network: LoadedNetwork) -> [LayerSum] {
    let warned = Set(explanation.warnings.map(\.layer))
    return network.network.layers.indices.compactMap { index in
      let layer = network.network.layers[index]
      let isSum = if case .add = layer.operation { true } else { false }
      let found = explanation.layers[index]
      // A warning is never left out, whatever the layer computes.
      guard layer.hasWeights || isSum || warned.contains(layer.name) else { return nil }
      return LayerSum(
        layer: index, name: found.name, rule: found.rule, relevanceIn: found.relevanceIn,
        relevanceOut: found.relevanceOut, absorbedByBias: found.absorbedByBias, absorbedByStabilizer: found.absorbedByStabilizer,
        largest: found.largestMagnitude, isWarned: warned.contains(layer.name) || found.nonFiniteCount > 0)
    }
  }
}

extension Explanation.Warning {
  var layer: String {
    switch self {
    case .blowUp(let layer, _, _): layer
    case .notFinite(let layer, _): layer
    }
  }

  /// For a line of the panel.
  var sentence: String {
    switch self {
    case .blowUp(let layer, let sum, let start):
      "Relevance blows up: from \(Numbers.significant(start)) to \(Numbers.significant(sum)) at \(layer)"
    case .notFinite(let layer, let count):
      "\(count) number\(count == 1 ? "" : "s") of relevance at \(layer) \(count == 1 ? "is" : "are") not finite"
    }
  }
}
