import Embedding
import Geometry

/// The map and how it is looked at.
struct MapState: Sendable {
  /// On screen, x and y in turn.
  var positions: [Float] = []
  var positionsRevision = 0
  var grid: SpatialGrid?
  var camera = Camera(centre: .zero, scale: 1)
  /// The view on its way.
  var glide: CameraGlide?
  /// The scale at which the whole map fits.
  var fittingScale = 1.0
  /// Until a person moves the view it follows the map.
  var followsMap = true
  /// What the positions are of; nil before there are any.
  var source: MapSource?
  /// The order that they answer.
  var shown: RequestID?
  /// Turns what comes of that order so that it lies like the map before it.
  var alignment: Procrustes?
  var quality = Quality()
  var morph: Morph?
  var run = MapRun()
  /// How its points look.
  var look = PointLook(.label)
  /// Which of them are pictures.
  var thumbnails = ThumbnailState()
  /// Maps of successive layers, where they were asked for.
  var stages: MapStages?

  /// How good the map on screen is, as far as it is known.
  struct Quality: Sendable, Equatable {
    /// Kullback-Leibler divergence in nats.
    var divergence: Double?
    /// Shares, 0...1, at k = 10.
    var neighboursKept: Double?
    var labelAgreement: Double?
  }

  /// Where the points stand, or are on their way to.
  var settledPositions: [Float] { morph?.to ?? positions }
}

/// Points on their way from one map to another; the other one may move meanwhile.
struct Morph: Sendable {
  static let duration = Duration.seconds(1)

  let from: [Float]
  var to: [Float]
  /// The first clock event after it was asked for.
  var since: Duration?

  func isOver(at now: Duration) -> Bool { since.map { now - $0 >= Self.duration } ?? false }

  /// Between the two, slow at both ends: 3 t^2 - 2 t^3.
  func positions(at now: Duration) -> [Float] {
    guard let since else { return from }
    let time = min(1, max(0, (now - since).inSeconds / Self.duration.inSeconds))
    return mixed(from, to, Float(time * time * (3 - 2 * time)))
  }
}

/// `(1 - share) a + share b`, number by number.
func mixed(_ a: [Float], _ b: [Float], _ share: Float) -> [Float] {
  precondition(a.count == b.count, "maps of \(a.count) and \(b.count) coordinates cannot be mixed")
  return [Float](unsafeUninitializedCapacity: a.count) { result, count in
    for index in a.indices { result[index] = a[index] + share * (b[index] - a[index]) }
    count = a.count
  }
}
