import Datasets
import Scene

/// The pad's picture on screen. Finished strokes are kept as ink; only the growing one is drawn anew, so the same strokes give the
/// same bytes whether they were drawn live or replayed.
struct PadCanvas: Sendable {
  static let side = 336

  private var finished = PenRasterizer(width: side, height: side, scale: Double(side))

  /// Adds a stroke that will not change any more.
  mutating func finish(_ stroke: Stroke) { finished.draw(stroke) }

  /// With the stroke that still grows, if there is one.
  func pixels(with growing: Stroke?) -> PixelBuffer {
    var canvas = finished
    if let growing { canvas.draw(growing) }
    var rgba = [UInt8](repeating: 255, count: 4 * Self.side * Self.side)
    for (index, ink) in canvas.ink.enumerated() where ink < 1 {
      let value = UInt8(max(0, ink) * 255)
      rgba[4 * index] = value
      rgba[4 * index + 1] = value
      rgba[4 * index + 2] = value
    }
    return PixelBuffer(width: Self.side, height: Self.side, rgba: rgba)
  }
}
