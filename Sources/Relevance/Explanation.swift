import Foundation
import Networks
import Tensors

/// A prediction with what speaks for one target, for one picture.
public struct Explanation: Sendable {
  public let logits: [Float]
  public let probabilities: [Float]
  public let attribution: Attribution
  public let target: Target
  /// The class that the target is about: of a contrast the first, of a channel the predicted one.
  public let targetClass: Int
  /// `[C, H, W]`, the network's input after preprocessing.
  public let input: Tensor
  /// `[C, H, W]`: relevance of the input, or what another attribution says of it; one channel where all channels have the same.
  public let relevance: Tensor
  /// What was explained: the target's value, which is what relevance starts with.
  public let start: Double
  /// One entry per layer of the network, in its order; empty where the attribution knows nothing of layers, or they were not asked for.
  public let layers: [LayerRelevance]
  /// What a reader should know before trusting it.
  public let warnings: [Warning]
  /// Integrated gradients: how far the sum is from f(input) - f(baseline).
  public let completenessError: Double?
  /// Grad-CAM: the map before it was enlarged.
  public struct CoarseMap: Sendable {
    /// The layer whose activations it is made of.
    public let layer: String
    /// `[1, H, W]`, of the layer's size.
    public let map: Tensor
  }
  public let coarseMap: CoarseMap?

  public init(
    logits: [Float], probabilities: [Float], attribution: Attribution = .standard, target: Target, targetClass: Int, input: Tensor,
    relevance: Tensor, start: Double, layers: [LayerRelevance], warnings: [Warning] = [], completenessError: Double? = nil,
    coarseMap: CoarseMap? = nil
  ) {
    self.logits = logits
    self.probabilities = probabilities
    self.attribution = attribution
    self.target = target
    self.targetClass = targetClass
    self.input = input
    self.relevance = relevance
    self.start = start
    self.layers = layers
    self.warnings = warnings
    self.completenessError = completenessError
    self.coarseMap = coarseMap
  }

  public var prediction: Int { logits.indexOfLargest }

  /// What makes numbers of an explanation doubtful.
  public enum Warning: Sendable, Hashable, CustomStringConvertible {
    /// |sum of relevance| at this layer, the one where it is largest, is more than 100 times what it started with.
    case blowUp(layer: String, sum: Double, start: Double)
    /// Numbers of the relevance of this layer, the first met, are not finite.
    case notFinite(layer: String, count: Int)

    /// How many times its start relevance may grow before that is reported.
    public static let largestGrowth = 100.0

    public var description: String {
      switch self {
      case .blowUp(let layer, let sum, let start):
        "relevance blows up: its sum is \(String(format: "%.4g", sum)) at \(layer), from \(String(format: "%.4g", start)) at the start"
      case .notFinite(let layer, let count): "relevance has \(count) numbers at \(layer) that are not finite"
      }
    }
  }
}

/// What a layer hands to one of its inputs.
public struct InputRelevance: Sendable, Equatable {
  /// Sum of the relevance.
  public let sum: Double
  /// Sum of its magnitudes |R|.
  public let magnitude: Double

  public init(sum: Double, magnitude: Double) {
    self.sum = sum
    self.magnitude = magnitude
  }
}

/// A layer's part in an explanation.
public struct LayerRelevance: Sendable {
  public let name: String
  public let kind: String
  /// The rule that was applied, as users know it (`z-plus`, `pass`, ...).
  public let rule: String
  /// The same with its numbers; nil where only its name is known.
  public let applied: AppliedRule?
  /// Sum of the relevance that arrives at the layer's output.
  public let relevanceIn: Double
  /// Sum of |R| that arrives there.
  public let magnitude: Double
  /// Sum of the relevance that the layer hands to its inputs.
  public let relevanceOut: Double
  /// The same for each of them, in the operation's order; all zero where no relevance arrives.
  public let inputs: [InputRelevance]
  /// What its bias takes. relevanceIn = relevanceOut + absorbedByBias + absorbedByStabilizer, but for rounding.
  public let absorbedByBias: Double
  /// What its stabilizer takes; also what a denominator of zero lets nobody have.
  public let absorbedByStabilizer: Double
  /// Largest |R| that arrives.
  public let largestMagnitude: Float
  /// How many numbers that arrive are not finite.
  public let nonFiniteCount: Int
  let activationMaps: FeatureMaps
  /// nil where no relevance arrives.
  let relevanceMaps: FeatureMaps?

  /// `[C, H, W]` or `[F]`.
  public var shape: [Int] { activationMaps.shape }
  /// The smallest and the largest number of the output; what is not finite does not count. Cost: one pass.
  public var activationRange: ClosedRange<Float> { activationMaps.range }

  /// Output of the layer, without the batch dimension. Cost: one copy.
  public var activation: Tensor { activationMaps.picture(0) }
  /// Relevance at the layer's output, of the same shape. Cost: one copy.
  public var relevance: Tensor { relevanceMaps?.picture(0) ?? Tensor(zeros: activationMaps.shape) }

  init(
    _ layer: Layer, applied: AppliedRule, statistics: FeatureMaps.Statistics, handedOn: [FeatureMaps.Statistics], absorbed: Absorbed,
    activation: FeatureMaps, relevance: FeatureMaps?
  ) {
    name = layer.name
    kind = layer.operation.kind
    rule = applied.rule.name
    self.applied = applied
    relevanceIn = statistics.sum
    magnitude = statistics.magnitude
    relevanceOut = handedOn.reduce(0) { $0 + $1.sum }
    inputs = handedOn.map { InputRelevance(sum: $0.sum, magnitude: $0.magnitude) }
    absorbedByBias = absorbed.byBias
    absorbedByStabilizer = absorbed.byStabilizer
    largestMagnitude = statistics.largestMagnitude
    nonFiniteCount = statistics.nonFiniteCount
    activationMaps = activation
    relevanceMaps = relevance
  }

  public init(
    name: String, kind: String, rule: String, relevanceIn: Double, relevanceOut: Double, inputs: [InputRelevance] = [],
    absorbedByBias: Double = 0, absorbedByStabilizer: Double = 0, activation: Tensor, relevance: Tensor
  ) {
    self.name = name
    self.kind = kind
    self.rule = rule
    applied = nil
    self.relevanceIn = relevanceIn
    self.relevanceOut = relevanceOut
    self.inputs = inputs
    magnitude = relevance.values.reduce(0) { $0 + ($1.isFinite ? Double(abs($1)) : 0) }
    self.absorbedByBias = absorbedByBias
    self.absorbedByStabilizer = absorbedByStabilizer
    largestMagnitude = relevance.largestMagnitude
    nonFiniteCount = relevance.values.count { !$0.isFinite }
    activationMaps = FeatureMaps(activation.reshaped([1] + activation.shape))
    relevanceMaps = FeatureMaps(relevance.reshaped([1] + relevance.shape))
  }
}

extension LayerRelevance {
  /// For each channel the sum of its relevance over all positions. Cost: one pass.
  public func relevanceByChannel() -> [Double] {
    relevanceMaps?.sumsByChannel(ofPicture: 0) ?? [Double](repeating: 0, count: activationMaps.channels)
  }

  /// For each channel the sum of what it gives out at all positions. Cost: one pass.
  public func activationByChannel() -> [Double] { activationMaps.sumsByChannel(ofPicture: 0) }

  /// The relevance of one channel, `[H, W]` row by row; one number where the layer gives out `[F]`.
  public func relevance(ofChannel channel: Int) -> [Float] {
    relevanceMaps?.plane(ofChannel: channel, picture: 0) ?? [Float](repeating: 0, count: activationMaps.area)
  }

  /// What one channel gives out, as `relevance(ofChannel:)`.
  public func activation(ofChannel channel: Int) -> [Float] { activationMaps.plane(ofChannel: channel, picture: 0) }
}
