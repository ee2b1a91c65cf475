import Datasets
import Geometry
import Scene

/// Find the digits whose pictures are nearest to one digit's: by the Euclidean distance of their pixels, 0...255 each.
public struct NeighbourRequest: Sendable {
  public let id: RequestID
  public let index: Int
  public let digits: DigitCollection
  /// How many are wanted.
  public let count: Int
}

/// A digit near another one.
public struct DigitNeighbour: Sendable, Equatable {
  public let index: Int
  public let distance: Float

  public init(index: Int, distance: Float) {
    self.index = index
    self.distance = distance
  }
}

/// The digits that are nearest to the selected one.
struct DigitNeighbours: Sendable {
  static let count = 10

  /// Whether they are wanted.
  var isShown = true
  /// Whose they are, or will be.
  var of: Int?
  var outstanding: RequestID?
  var found: [DigitNeighbour] = []
  /// One for each.
  var pictures: [ImageAsset] = []
}

extension AppState {
  /// Asks for the neighbours of the selected digit once its heatmap is there.
  mutating func tendNeighbours() -> [Effect] {
    guard neighbours.isShown, tab == .explanation, let selected, let data, neighbours.of != selected, digit.outstanding.isEmpty,
      selected < data.collection.count
    else { return [] }
    lastRequestNumber += 1
    neighbours.of = selected
    neighbours.outstanding = RequestID(lastRequestNumber)
    return [
      .findNeighbours(
        NeighbourRequest(id: RequestID(lastRequestNumber), index: selected, digits: data.collection, count: DigitNeighbours.count))
    ]
  }

  mutating func neighboursFound(_ id: RequestID, _ found: [DigitNeighbour]) {
    guard neighbours.outstanding == id, let data, found.allSatisfy({ $0.index < data.collection.count }) else { return }
    neighbours.outstanding = nil
    neighbours.found = found
    neighbours.pictures = found.enumerated().map { asset("neighbour.\($0)", Pictures.gray(data.picture($1.index))) }
  }

  /// Those of the selected digit, as long as it is selected.
  var shownNeighbours: DigitNeighbours? {
    guard neighbours.isShown, tab == .explanation, let selected, neighbours.of == selected, neighbours.outstanding == nil else {
      return nil
    }
    return neighbours
  }

  /// Other digits are there.
  mutating func forgetNeighbours() {
    neighbours = DigitNeighbours(isShown: neighbours.isShown)
  }
}
