import Datasets
import Networks
import Relevance

/// Find the digits that speak most for a channel of a layer, in the background: by its relevance for the predicted class (Achtibat et al.
/// 2023, "From attribution maps to human-understandable explanations through concept relevance propagation": relevance maximization), and
/// by its largest activation.
public struct ChannelRequest: Sendable {
  public var id: RequestID
  public var digits: DigitCollection
  public var network: Network
  /// Its attribution counts: relevance is always that for the predicted class, through all channels.
  public var query: Query
  public var layer: Int
  public var channel: Int
  /// How many digits are wanted of each kind; there are 12 at most.
  public var count: Int

  public init(
    id: RequestID, digits: DigitCollection, network: Network, query: Query, layer: Int, channel: Int, count: Int = 12
  ) {
    self.id = id
    self.digits = digits
    self.network = network
    self.query = query
    self.layer = layer
    self.channel = channel
    self.count = count
  }
}

/// The digits that speak most for a channel among those that were looked at so far.
public struct ChannelPictures: Sendable, Equatable {
  public struct Entry: Sendable, Equatable {
    /// Its index in the collection.
    public var digit: Int
    public var value: Float

    public init(digit: Int, value: Float) {
      self.digit = digit
      self.value = value
    }
  }

  public var layer: Int
  public var channel: Int
  /// By the sum of the channel's relevance over all positions, strongest first, on ties the smaller index first. Values can be zero or below
  /// where nothing speaks for the channel; none where the attribution knows nothing of layers.
  public var byRelevance: [Entry]
  /// By the largest number that the channel gives out, in the same order.
  public var byActivation: [Entry]
  /// How many digits were looked at, of how many.
  public var seen: Int
  public var of: Int

  public init(layer: Int, channel: Int, byRelevance: [Entry], byActivation: [Entry], seen: Int, of: Int) {
    self.layer = layer
    self.channel = channel
    self.byRelevance = byRelevance
    self.byActivation = byActivation
    self.seen = seen
    self.of = of
  }
}
