import Datasets
import Embedding
import Networks

/// A map that is wanted.
public struct MapRequest: Sendable {
  public var id: RequestID
  public var digits: DigitCollection
  /// What layers and relevance come of; nil where only pixels are asked for.
  public var network: Network?
  public var representation: Representation
  public var parameters: EmbeddingParameters
  /// Whether a map that was computed before will do; otherwise the run is done, and seen, again.
  public var takesKnownMap: Bool

  public init(
    id: RequestID, digits: DigitCollection, network: Network? = nil, representation: Representation = .pixels,
    parameters: EmbeddingParameters, takesKnownMap: Bool = true
  ) {
    self.id = id
    self.digits = digits
    self.network = network
    self.representation = representation
    self.parameters = parameters
    self.takesKnownMap = takesKnownMap
  }
}

/// A map that was computed elsewhere, to be judged by what is near in the pixels.
public struct MapJudgement: Sendable {
  public let id: RequestID
  public let digits: DigitCollection
  public let positions: [Float]
  public let perplexity: Double

  public init(id: RequestID, digits: DigitCollection, positions: [Float], perplexity: Double) {
    self.id = id
    self.digits = digits
    self.positions = positions
    self.perplexity = perplexity
  }
}

/// Maps of successive layers, each started from the one before and turned to lie like it.
public struct StagesRequest: Sendable {
  public var id: RequestID
  public var digits: DigitCollection
  public var network: Network
  public var representations: [Representation]
  public var parameters: EmbeddingParameters
}

/// A map as a worker hands it over.
public struct EmbeddedMap: Sendable {
  /// x and y in turn, in the order of the digits.
  public var positions: [Float]
  /// In nats; nil where it is not known.
  public var divergence: Double?
  /// Shares, 0...1, at k = 10; nil where they are not known.
  public var neighboursKept: Double?
  public var labelAgreement: Double?
  /// False for the map of a run that was stopped.
  public var isComplete: Bool
  /// What its reader should know, such as a lowered perplexity.
  public var messages: [String]

  public init(
    positions: [Float], divergence: Double? = nil, neighboursKept: Double? = nil, labelAgreement: Double? = nil, isComplete: Bool = true,
    messages: [String] = []
  ) {
    self.positions = positions
    self.divergence = divergence
    self.neighboursKept = neighboursKept
    self.labelAgreement = labelAgreement
    self.isComplete = isComplete
    self.messages = messages
  }
}

/// A new picture whose place in the map is wanted.
public struct PlacementRequest: Sendable {
  public var id: RequestID
  public var picture: GrayPicture
  public var digits: DigitCollection
  public var network: Network?
  public var representation: Representation
  public var positions: [Float]
  /// How many components are compared.
  public var components: Int
  /// New whenever the positions are.
  public var revision: Int
}

/// A map as a file for other programs.
public struct MapExport: Sendable {
  public enum Format: String, Sendable, Hashable { case npy, csv }

  public var format: Format
  /// What the file is called, without its ending.
  public var name: String
  public var positions: [Float]
  public var labels: [UInt8]
  /// By digit, as far as the network was asked.
  public var predictions: [Int: Int]

  public init(format: Format, name: String, positions: [Float], labels: [UInt8], predictions: [Int: Int]) {
    self.format = format
    self.name = name
    self.positions = positions
    self.labels = labels
    self.predictions = predictions
  }
}
