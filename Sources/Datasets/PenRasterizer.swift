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

  /// Adds a stroke, or takes its area away if it erases. Points that are not finite are passed over.
  ///
  /// A pixel is covered by how far its centre lies inside the edge (half a pixel on either side), the distance being that to the
  /// nearest place of the line. Cost: the area around each segment; segments shorter than half a pixel are joined.
  public mutating func draw(_ stroke: Stroke) {
    guard stroke.radius > 0, stroke.radius.isFinite else { return }
    let radius = Float(stroke.radius * scale)
    let limit = 1e6
    let path = stroke.points.lazy
      .filter { $0.x.isFinite && $0.y.isFinite }
      .map { [scale, originX, originY] in (x: ($0.x - originX) * scale, y: ($0.y - originY) * scale) }
      // Far outside the canvas, and still exact enough as Float inside it.
      .map { (x: Float(max(-limit, min(limit, $0.x))), y: Float(max(-limit, min(limit, $0.y)))) }
    // An eraser's segments overlap at their joints: what it takes is gathered first and taken once.
    var taken = stroke.isErasing ? [Float](repeating: 0, count: ink.count) : []
    var last: (x: Float, y: Float)?
    var skipped: (x: Float, y: Float)?
    func mark(_ a: (x: Float, y: Float), _ b: (x: Float, y: Float)) {
      if stroke.isErasing {
        PenRasterizer.cover(&taken, width, height, from: a, to: b, radius: radius)
      } else {
        PenRasterizer.cover(&ink, width, height, from: a, to: b, radius: radius)
      }
    }
    for point in path {
      guard let start = last else {
        last = point
        skipped = point
        continue
      }
      if abs(point.x - start.x) + abs(point.y - start.y) < 0.5 {
        skipped = point
        continue
      }
      mark(start, point)
      last = point
      skipped = nil
    }
    if let start = last, let end = skipped { mark(start, end) }
    if stroke.isErasing { for index in ink.indices { ink[index] *= 1 - taken[index] } }
  }

  /// Raises each pixel to its coverage by the segment with round ends.
  private static func cover(
    _ ink: inout [Float], _ width: Int, _ height: Int, from a: (x: Float, y: Float), to b: (x: Float, y: Float), radius: Float
  ) {
    let reach = radius + 0.5
    let firstRow = max(0, Int((min(a.y, b.y) - reach).rounded(.down)))
    let lastRow = min(height - 1, Int((max(a.y, b.y) + reach).rounded(.up)))
    let firstColumn = max(0, Int((min(a.x, b.x) - reach).rounded(.down)))
    let lastColumn = min(width - 1, Int((max(a.x, b.x) + reach).rounded(.up)))
    guard firstRow <= lastRow, firstColumn <= lastColumn else { return }
    let (alongX, alongY) = (b.x - a.x, b.y - a.y)
    let squared = alongX * alongX + alongY * alongY
    let endColumn = lastColumn + 1
    let inverse = squared > 0 ? 1 / squared : 0
    ink.withUnsafeMutableBufferPointer { ink in
      for row in firstRow...lastRow {
        let y = Float(row) + 0.5 - a.y
        let alongRow = y * alongY
        guard let line = ink.baseAddress.map({ $0 + row * width }) else { return }
        // No branch, no check, no call: so the compiler makes vector instructions of it.
        var column = firstColumn
        while column < endColumn {
          let x = Float(Int32(truncatingIfNeeded: column)) + (0.5 - a.x)
          var t = (x * alongX + alongRow) * inverse
          t = t > 0 ? t : 0
          t = t < 1 ? t : 1
          let (restX, restY) = (x - t * alongX, y - t * alongY)
          var coverage = reach - (restX * restX + restY * restY).squareRoot()
          coverage = coverage < 1 ? coverage : 1
          let old = line[column]
          line[column] = coverage > old ? coverage : old
          column &+= 1
        }
      }
    }
  }
}
