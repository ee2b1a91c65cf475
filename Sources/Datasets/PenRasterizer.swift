/// Draws strokes of a round pen, with smooth edges, onto a canvas of ink between 0 and 1.
public struct PenRasterizer: Sendable {
  public let width: Int
  public let height: Int
  /// Rows from the top; 1 is full ink.
  public private(set) var ink: [Float]
  private let scale: Double
  private let originX: Double
  private let originY: Double

  /// - Parameters:
  ///   - scale: canvas pixels for one unit of the pad.
  ///   - originX, originY: the place of the pad that lies at the canvas' upper left corner.
  public init(width: Int, height: Int, scale: Double = 1, originX: Double = 0, originY: Double = 0) {
    precondition(width > 0 && height > 0 && scale > 0 && scale.isFinite, "a canvas needs a size and a scale")
    self.width = width
    self.height = height
    self.scale = scale
    self.originX = originX
    self.originY = originY
    ink = [Float](repeating: 0, count: width * height)
  }

  mutating func set(_ index: Int, _ value: Float) { ink[index] = value }

  /// Adds a stroke, or takes its area away if it erases. Points that are not finite are passed over.
  ///
  /// A pixel is covered by how far its centre lies inside the edge (half a pixel on either side), the distance being that to the
  /// nearest place of the line. Cost: the area around each segment; segments shorter than half a pixel are joined.
  public mutating func draw(_ stroke: Stroke) {
    var trail = trail(of: stroke)
    trail.follow(stroke)
    draw(trail)
  }

  /// Adds what a stroke has covered so far. Cost: one pass over the canvas.
  public mutating func draw(_ trail: PenTrail) {
    let coverage = trail.coverageToEnd
    guard !trail.isErasing else {
      for index in ink.indices { ink[index] *= 1 - coverage[index] }
      return
    }
    for index in ink.indices { ink[index] = max(ink[index], coverage[index]) }
  }

  /// What a stroke covers of this canvas, before its first point.
  public func trail(of stroke: Stroke) -> PenTrail {
    PenTrail(
      width: width, height: height, scale: scale, origin: (originX, originY), radius: stroke.radius, isErasing: stroke.isErasing)
  }
}
