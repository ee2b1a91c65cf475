import Networks

/// What an explanation is about: where relevance, or a gradient, starts.
public enum Target: Sendable, Hashable {
  /// The logit of the predicted class.
  case predicted
  /// The logit of the class with the second largest logit.
  case runnerUp
  /// The logit of a class.
  case `class`(Int)
  /// The difference of two logits: why the first and not the second.
  case contrast(Int, Int)
  /// A channel of a layer: its outputs at all positions, or at one.
  case channel(layer: String, channel: Int, position: Position? = nil)

  public struct Position: Sendable, Hashable {
    public var row: Int
    public var column: Int

    public init(row: Int, column: Int) {
      self.row = row
      self.column = column
    }
  }
}

/// At a layer only these channels hand relevance on: channel-conditional relevance (Achtibat et al. 2023, "From attribution maps to
/// human-understandable explanations through concept relevance propagation", eq. 4).
public struct ChannelCondition: Sendable, Hashable {
  public var layer: String
  public var channels: [Int]

  public init(layer: String, channels: [Int]) {
    self.layer = layer
    self.channels = channels
  }
}

/// A target in one network: the layer that is started from, and for one picture the factor of each of the layer's outputs, so that what
/// is explained is the sum of factors times outputs.
struct ResolvedTarget {
  let layer: Int
  /// Classes that the target names, for the picture at hand.
  let classes: [Int]
  private let selection: Selection

  private enum Selection {
    case logits([Int: Float])
    case channel(Int, positions: Range<Int>)
  }

  /// - Parameter logits: of the picture.
  init(_ target: Target, network: Network, logits: [Float]) throws(RelevanceError) {
    func checked(_ index: Int) throws(RelevanceError) -> Int {
      guard logits.indices.contains(index) else { throw .noSuchClass(index, classes: logits.count) }
      return index
    }
    layer = if case .channel(let name, _, _) = target { try network.layer(named: name) } else { network.layers.count - 1 }
    switch target {
    case .predicted, .runnerUp, .class:
      let index =
        switch target {
        case .class(let index): try checked(index)
        case .runnerUp: logits.indexOfSecondLargest
        default: logits.indexOfLargest
        }
      classes = [index]
      selection = .logits([index: 1])
    case .contrast(let a, let b):
      classes = [try checked(a), try checked(b)]
      selection = .logits(a == b ? [:] : [a: 1, b: -1])
    case .channel(let name, let channel, let position):
      let shape = network.layers[layer].outputShape
      let (height, width) = shape.count == 3 ? (shape[1], shape[2]) : (1, 1)
      guard (0..<shape[0]).contains(channel) else { throw .noSuchChannel(channel, layer: name, channels: shape[0]) }
      if let position {
        guard (0..<height).contains(position.row), (0..<width).contains(position.column) else {
          throw .noSuchPosition(row: position.row, column: position.column, layer: name, shape: shape)
        }
        let index = position.row * width + position.column
        selection = .channel(channel, positions: index..<index + 1)
      } else {
        selection = .channel(channel, positions: 0..<height * width)
      }
      classes = [logits.indexOfLargest]
    }
  }

  /// Writes the factors of one picture's outputs of `layer`, channel innermost; the rest stays as it is.
  func writeFactors(into factors: UnsafeMutablePointer<Float>, channels: Int) {
    switch selection {
    case .logits(let chosen): for (index, factor) in chosen { factors[index] = factor }
    case .channel(let channel, let positions): for position in positions { factors[position * channels + channel] = 1 }
    }
  }
}

extension Network {
  func layer(named name: String) throws(RelevanceError) -> Int {
    guard let index = index(ofLayerNamed: name) else { throw .noSuchLayer(name) }
    return index
  }

  /// Whether relevance that starts at a layer arrives at another one, or starts there.
  public func isReached(layer: Int, from start: Int) -> Bool {
    guard layer <= start else { return false }
    var reached: Set = [start]
    // A layer reads only layers before it.
    for index in stride(from: start, through: layer, by: -1) where reached.contains(index) { reached.formUnion(layers[index].inputs) }
    return reached.contains(layer)
  }
}

extension [Float] {
  /// The first one on ties; 0 for an empty array.
  public var indexOfLargest: Int {
    var best = 0
    for index in indices where self[index] > self[best] { best = index }
    return best
  }

  /// The largest but for the first largest; 0 where there is only one.
  public var indexOfSecondLargest: Int {
    let largest = indexOfLargest
    var best = largest == 0 && count > 1 ? 1 : 0
    for index in indices where index != largest && self[index] > self[best] { best = index }
    return best
  }
}
