import Datasets
import Scene

/// The pad's picture on screen. Finished strokes are kept as ink and the growing one as what it covers so far, so a move of the pen costs
/// what it adds, and the same strokes give the same bytes whether they were drawn live or replayed.
struct PadCanvas: Sendable {
  static let side = 336

  private var finished = PenRasterizer(width: side, height: side, scale: Double(side))
  private var growing: PenTrail?

  /// Follows a stroke that has got more points.
  mutating func grow(_ stroke: Stroke) {
    var trail = growing ?? finished.trail(of: stroke)
    growing = nil
    trail.follow(stroke)
    growing = trail
  }

  /// Keeps what has grown.
  mutating func finish() {
    guard let trail = growing else { return }
    growing = nil
    finished.draw(trail)
  }

  var pixels: PixelBuffer {
    var canvas = finished
    if let growing { canvas.draw(growing) }
    let rgba = [UInt8](unsafeUninitializedCapacity: 4 * canvas.ink.count) { bytes, count in
      for (index, ink) in canvas.ink.enumerated() {
        let value = UInt8(max(0, min(1, ink)) * 255)
        bytes[4 * index] = value
        bytes[4 * index + 1] = value
        bytes[4 * index + 2] = value
        bytes[4 * index + 3] = 255
      }
      count = bytes.count
    }
    return PixelBuffer(width: Self.side, height: Self.side, rgba: rgba)
  }
}
