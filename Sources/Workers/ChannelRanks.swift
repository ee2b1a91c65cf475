import AppCore
import Networks
import Relevance

/// For every channel of every layer the pictures in which it is strongest, among those that were looked at.
struct ChannelRanks: Sendable, Equatable {
  /// How many pictures a channel has.
  static let most = 12
  /// A layer with more channels, a long vector behind a reshape, has no lists.
  private static let mostChannels = 1 << 15

  /// How many pictures there are.
  let count: Int
  /// How many were looked at, in the order of `MixedOrder`.
  private(set) var seen: Int
  /// nil where the attribution knows nothing of layers.
  private(set) var relevance: StrongestPictures?
  private(set) var activation: StrongestPictures
  /// For each layer which lists are those of its channels.
  private let lists: [Range<Int>]

  /// Nothing is known yet.
  init(_ network: Network, count: Int, ranksRelevance: Bool) {
    lists = Self.lists(network)
    let empty = StrongestPictures(lists: lists.last?.upperBound ?? 0)
    self.count = count
    seen = 0
    relevance = ranksRelevance ? empty : nil
    activation = empty
  }

  /// What was found before; nil where it is of other layers.
  init?(_ network: Network, count: Int, seen: Int, relevance: StrongestPictures?, activation: StrongestPictures) {
    lists = Self.lists(network)
    let size = lists.last?.upperBound ?? 0
    guard (0...count).contains(seen), activation.lists == size, relevance.map({ $0.lists == size }) ?? true else { return nil }
    self.count = count
    self.seen = seen
    self.relevance = relevance
    self.activation = activation
  }

  private static func lists(_ network: Network) -> [Range<Int>] {
    var next = 0
    return network.layers.map { layer in
      let channels = layer.outputShape.first ?? 0
      let first = next
      next += channels <= mostChannels ? channels : 0
      return first..<next
    }
  }

  var isComplete: Bool { seen == count }

  /// The next pictures in order.
  mutating func add(_ strengths: ChannelStrengths, of pictures: [Int]) {
    for (layer, lists) in lists.enumerated() where !lists.isEmpty {
      for (row, picture) in pictures.enumerated() {
        let values = row * lists.count..<(row + 1) * lists.count
        if let found = strengths.relevance?[layer] { relevance?.add(found[values], to: lists.lowerBound, of: UInt32(picture)) }
        activation.add(strengths.activation[layer][values], to: lists.lowerBound, of: UInt32(picture))
      }
    }
    seen += pictures.count
  }

  /// Of one channel; of one that is not there, or has no lists, none.
  func pictures(layer: Int, channel: Int, most: Int) -> ChannelPictures {
    func entries(_ all: StrongestPictures?) -> [ChannelPictures.Entry] {
      guard let all, lists.indices.contains(layer), (0..<lists[layer].count).contains(channel) else { return [] }
      return Array(all.entries(of: lists[layer].lowerBound + channel).prefix(max(0, most)))
    }
    return ChannelPictures(
      layer: layer, channel: channel, byRelevance: entries(relevance), byActivation: entries(activation), seen: seen, of: count)
  }
}

/// Lists of the pictures with the largest values: strongest first, on ties the smaller index first. In which order pictures come makes no
/// difference.
struct StrongestPictures: Sendable, Equatable {
  /// `[lists, most]`; -infinity behind the last.
  private(set) var values: [Float]
  /// `[lists, most]`; behind the last what no picture is.
  private(set) var pictures: [UInt32]
  /// The last value of each list: most numbers are refused by looking at this one alone.
  private var weakest: [Float]

  private static let most = ChannelRanks.most

  init(lists: Int) {
    values = [Float](repeating: -.infinity, count: lists * Self.most)
    pictures = [UInt32](repeating: .max, count: lists * Self.most)
    weakest = [Float](repeating: -.infinity, count: lists)
  }

  /// Lists as they were; nil where they are none.
  ///
  /// - Parameter count: how many pictures there are.
  init?(values: [Float], pictures: [UInt32], count: Int) {
    guard values.count == pictures.count, values.count % Self.most == 0,
      zip(values, pictures).allSatisfy({ $1 == .max ? $0 == -.infinity : $0.isFinite && $1 < count })
    else { return nil }
    self.values = values
    self.pictures = pictures
    weakest = stride(from: Self.most - 1, to: values.count, by: Self.most).map { values[$0] }
  }

  var lists: Int { weakest.count }

  /// Puts what channels are in a picture, in turn, into lists from `first` on; what is not finite is left out.
  mutating func add(_ strengths: ArraySlice<Float>, to first: Int, of picture: UInt32) {
    for (channel, value) in strengths.enumerated() where value >= weakest[first + channel] {
      insert(value, picture, into: first + channel)
    }
  }

  private mutating func insert(_ value: Float, _ picture: UInt32, into list: Int) {
    func isBefore(_ place: Int) -> Bool { value > values[place] || (value == values[place] && picture < pictures[place]) }
    let (start, last) = (list * Self.most, (list + 1) * Self.most - 1)
    guard value.isFinite, isBefore(last) else { return }
    var place = last
    while place > start, isBefore(place - 1) {
      values[place] = values[place - 1]
      pictures[place] = pictures[place - 1]
      place -= 1
    }
    values[place] = value
    pictures[place] = picture
    weakest[list] = values[last]
  }

  func entries(of list: Int) -> [ChannelPictures.Entry] {
    (list * Self.most..<(list + 1) * Self.most).filter { pictures[$0] != .max }
      .map { ChannelPictures.Entry(digit: Int(pictures[$0]), value: values[$0]) }
  }
}

/// Every index of a collection once, in an order in which any beginning is spread over all of it: steps of a golden section, so that data
/// that is sorted is mixed.
struct MixedOrder {
  private let count: Int
  private let step: Int

  init(_ count: Int) {
    func divisor(_ a: Int, _ b: Int) -> Int { b == 0 ? a : divisor(b, a % b) }
    self.count = count
    var step = max(1, Int((Double(count) * 0.618_033_988_75).rounded()))
    while count > 0, divisor(step, count) != 1 { step += 1 }
    self.step = step
  }

  subscript(place: Int) -> Int { place * step % count }
}
