import Tensors

/// A prediction with the relevance of every layer for one target, for one picture.
public struct Explanation: Sendable {
  public let logits: [Float]
  public let probabilities: [Float]
  public let target: Target
  /// The class or classes that relevance started from, e.g. the predicted one.
  public let targetClass: Int
  /// `[C, H, W]`, the network's input after preprocessing.
  public let input: Tensor
  /// `[C, H, W]`, relevance of the input.
  public let relevance: Tensor
  /// One entry per layer of the network, in its order.
  public let layers: [LayerRelevance]

  public init(
    logits: [Float], probabilities: [Float], target: Target, targetClass: Int, input: Tensor, relevance: Tensor,
    layers: [LayerRelevance]
  ) {
    self.logits = logits
    self.probabilities = probabilities
    self.target = target
    self.targetClass = targetClass
    self.input = input
    self.relevance = relevance
    self.layers = layers
  }

  public var prediction: Int { logits.indexOfLargest }
}

/// What relevance starts from.
public enum Target: Sendable, Hashable {
  case predicted
  case `class`(Int)
}

/// A layer's part in an explanation.
public struct LayerRelevance: Sendable {
  public let name: String
  public let kind: String
  /// The rule that was applied, as users know it (`zPlus`, `pass`, ...).
  public let rule: String
  /// Sum of the relevance that arrives at the layer's output.
  public let relevanceIn: Double
  /// Sum of the relevance that the layer hands to its inputs.
  public let relevanceOut: Double
  /// Output of the layer, without the batch dimension.
  public let activation: Tensor
  /// Relevance at the layer's output, of the same shape.
  public let relevance: Tensor

  public init(
    name: String, kind: String, rule: String, relevanceIn: Double, relevanceOut: Double, activation: Tensor, relevance: Tensor
  ) {
    self.name = name
    self.kind = kind
    self.rule = rule
    self.relevanceIn = relevanceIn
    self.relevanceOut = relevanceOut
    self.activation = activation
    self.relevance = relevance
  }
}
