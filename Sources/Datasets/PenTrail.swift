/// What a stroke covers of a canvas, followed while it grows.
public struct PenTrail: Sendable {
  typealias Place = (x: Float, y: Float)

  public let isErasing: Bool
  private let width: Int
  private let height: Int
  private let scale: Double
  private let origin: (x: Double, y: Double)
  private let radius: Float
  /// Coverage by the segments up to `last`.
  private var coverage: [Float]
  /// How many of the stroke's points were seen.
  private var seen = 0
  /// Where the next segment starts.
  private var last: Place?
  /// The stroke's end, where it is too near to `last` for a segment of its own. What it covers is not kept: the next segment leaves `last`.
  private var skipped: Place?

  init(width: Int, height: Int, scale: Double, origin: (x: Double, y: Double), radius: Double, isErasing: Bool) {
    (self.width, self.height, self.scale, self.origin, self.isErasing) = (width, height, scale, origin, isErasing)
    self.radius = radius > 0 && radius.isFinite ? Float(radius * scale) : 0
    coverage = [Float](repeating: 0, count: width * height)
  }

  /// Adds the points that the stroke has got since. Cost: the area around each new segment.
  public mutating func follow(_ stroke: Stroke) {
    guard radius > 0 else { return }
    for point in stroke.points[seen...] where point.x.isFinite && point.y.isFinite {
      let place = place(of: point)
      guard let start = last else {
        (last, skipped) = (place, place)
        continue
      }
      if abs(place.x - start.x) + abs(place.y - start.y) < 0.5 {
        skipped = place
      } else {
        cover(&coverage, from: start, to: place)
        (last, skipped) = (place, nil)
      }
    }
    seen = stroke.points.count
  }

  /// Coverage up to the stroke's last point: rows from the top, 1 is all of a pixel.
  var coverageToEnd: [Float] {
    guard let last, let skipped else { return coverage }
    var all = coverage
    cover(&all, from: last, to: skipped)
    return all
  }

  /// Far outside the canvas it ends, where it is still exact enough as Float inside it.
  private func place(of point: Stroke.Point) -> Place {
    let limit = 1e6
    return (
      Float(max(-limit, min(limit, (point.x - origin.x) * scale))), Float(max(-limit, min(limit, (point.y - origin.y) * scale)))
    )
  }

  /// Raises each pixel to its coverage by the segment with round ends.
  private func cover(_ ink: inout [Float], from a: Place, to b: Place) {
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
