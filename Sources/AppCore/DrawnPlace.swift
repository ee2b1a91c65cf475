import Datasets
import Embedding

/// Where the drawing is in the map, and which digits are like it.
struct DrawnPlace: Sendable {
  /// As many neighbours as are looked for and shown.
  static let neighbours = 10

  /// A request that is under way, and what it asks about.
  var outstanding: RequestID?
  /// Whether the drawing or the map has changed since that request.
  var isBehind = false
  /// The map that a worker was asked about last.
  var preparedRevision: Int?
  var shown: Shown?

  struct Shown: Sendable {
    let placement: Placement
    /// The map it belongs to.
    let positionsRevision: Int
    /// One for every neighbour.
    let pictures: [ImageAsset]
  }

  /// Whether an answer is expected.
  var isWaited: Bool { outstanding != nil }
}

extension AppState {
  /// Whether new points can be placed: there is a map, and it stands still.
  private var isMapAtRest: Bool {
    map.grid != nil && map.run.phase != .running && !isMapMoving && map.stages.map { $0.place == $0.place.rounded() } ?? true
  }

  /// Whether a drawing is to be placed now.
  var isPlacementDue: Bool {
    drawnPlace.isBehind && drawnPlace.outstanding == nil && tab == .draw && isMapAtRest && data != nil && map.source != nil
  }

  /// Asks where the drawing is, one request at a time, while the pad is open and the map stands still.
  mutating func placeSketchIfFree() -> [Effect] {
    guard isPlacementDue, let data, let source = map.source else { return [] }
    drawnPlace.isBehind = false
    let picture = sketch.picture
    let representation = source.representation
    let isEmpty = !picture.pixels.contains { $0 > 0 }
    if isEmpty { drawnPlace.shown = nil }
    // Before anything is drawn the worker makes ready for this map, so that the first stroke does not wait for it.
    guard !isEmpty || drawnPlace.preparedRevision != map.positionsRevision, !representation.needsNetwork || network != nil,
      picture.width == data.collection.width, picture.height == data.collection.height
    else { return [] }
    drawnPlace.preparedRevision = map.positionsRevision
    lastRequestNumber += 1
    let id = RequestID(lastRequestNumber)
    drawnPlace.outstanding = id
    return [
      .place(
        PlacementRequest(
          id: id, picture: picture, digits: data.collection, network: network?.network, representation: representation,
          positions: map.positions,
          components: mapParameters.components, revision: map.positionsRevision))
    ]
  }

  /// A place that was asked for; nil where there is none, such as a map that is cut short.
  mutating func placed(_ id: RequestID, _ placement: Placement?) -> [Effect] {
    guard drawnPlace.outstanding == id else { return [] }
    drawnPlace.outstanding = nil
    guard let data, let placement, placement.neighbours.allSatisfy({ $0.index < data.collection.count }) else {
      drawnPlace.shown = nil
      return placeSketchIfFree()
    }
    var neighbours = Array(placement.neighbours.prefix(DrawnPlace.neighbours))
    if map.source?.representation == .pixels {
      // In the unit of a digit's neighbours, and the nearest by it first.
      neighbours = neighbours.map { Placement.Neighbour(index: $0.index, distance: pixelDistance(data, $0.index)) }
        .sorted { ($0.distance, $0.index) < ($1.distance, $1.index) }
    }
    let before = drawnPlace.shown
    let pictures = neighbours.enumerated().map { place, neighbour -> ImageAsset in
      // What stands where it stood needs no new texture.
      if let before, before.placement.neighbours.count > place, before.placement.neighbours[place].index == neighbour.index {
        return before.pictures[place]
      }
      return asset("drawn.neighbour.\(place)", Pictures.gray(data.picture(neighbour.index)))
    }
    drawnPlace.shown = DrawnPlace.Shown(
      placement: Placement(position: placement.position, neighbours: neighbours), positionsRevision: drawnPlace.preparedRevision ?? 0,
      pictures: pictures)
    return placeSketchIfFree()
  }

  /// Between the drawing and a digit, as between two digits: by their pixels, 0...255 each.
  private func pixelDistance(_ data: LoadedData, _ index: Int) -> Float {
    let square = zip(sketch.picture.pixels, data.collection.picture(index)).reduce(0) { sum, pair in
      let difference = Int(pair.0) - Int(pair.1)
      return sum + difference * difference
    }
    return Float(Double(square).squareRoot())
  }

  /// What is shown of the drawing in the map: nothing while the map it was placed in is gone.
  var shownDrawnPlace: DrawnPlace.Shown? {
    guard tab == .draw, let shown = drawnPlace.shown, shown.positionsRevision == map.positionsRevision, !sketch.isEmpty
    else { return nil }
    return shown
  }
}
