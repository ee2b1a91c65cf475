import Datasets
import Networks
import Relevance
import Scene

/// Explain many digits alike and take the mean of their relevance, in the background.
public struct AverageRequest: Sendable {
  public let id: RequestID
  public let digits: DigitCollection
  public let members: [Int]
  public let network: Network
  public let query: Query

  public init(id: RequestID, digits: DigitCollection, members: [Int], network: Network, query: Query) {
    self.id = id
    self.digits = digits
    self.members = members
    self.network = network
    self.query = query
  }
}

/// The mean of the relevance of some digits, pixel by pixel, summed over the input's channels.
public struct AverageRelevance: Sendable {
  /// How many of the digits that were asked for are in it.
  public let count: Int
  public let values: [Float]
  public let width: Int
  public let height: Int

  public init(count: Int, values: [Float], width: Int, height: Int) {
    self.count = count
    self.values = values
    self.width = width
    self.height = height
  }
}

/// What is known of the mean relevance of the chosen digits.
struct SelectionRelevance: Sendable {
  /// More digits than this are represented by so many of them, evenly taken.
  static let most = 512

  let id: RequestID
  let query: Query
  let networkRevision: Int
  /// How many digits are to be explained.
  let wanted: Int
  var count = 0
  var heat: HeatPlane?
  var image: ImageAsset?

  var isComplete: Bool { count >= wanted }
}

extension AppState {
  /// Asks for the mean relevance of what is chosen, where it is missing or is of another method.
  mutating func tendAverage() -> [Effect] {
    guard let chosen = selection, let network, network.problem == nil, network.isQuick, let data, !attribution.isSlow, !isMapRunning else {
      guard selection?.relevance?.isComplete == false || (selection == nil && isAveraging) else { return [] }
      selection?.relevance = nil
      isAveraging = false
      return [.stopAveraging]
    }
    let query = query(for: digit.target)
    if let known = chosen.relevance, known.query == query, known.networkRevision == network.revision { return [] }
    let members = chosen.members
    let wanted = min(members.count, SelectionRelevance.most)
    let sample = (0..<wanted).map { members[$0 * members.count / wanted] }
    lastRequestNumber += 1
    let id = RequestID(lastRequestNumber)
    selection?.relevance = SelectionRelevance(id: id, query: query, networkRevision: network.revision, wanted: wanted)
    isAveraging = true
    return [.average(AverageRequest(id: id, digits: data.collection, members: sample, network: network.network, query: query))]
  }

  mutating func averaged(_ id: RequestID, _ average: AverageRelevance) {
    guard selection?.relevance?.id == id, average.values.count == average.width * average.height else { return }
    let heat = HeatPlane(Pictures.Plane(values: average.values, width: average.width, height: average.height))
    selection?.relevance?.count = average.count
    selection?.relevance?.heat = heat
    recolourAverage()
    if selection?.relevance?.isComplete == true { isAveraging = false }
  }

  /// Always by its own largest: a mean has no scale in common with single heatmaps.
  mutating func recolourAverage() {
    guard let heat = selection?.relevance?.heat else { return }
    let pixels = Pictures.heatmap(heat.values, heat.width, heat.height, heat.largest, colormap)
    let image = asset("average.relevance", pixels)
    selection?.relevance?.image = image
  }
}
