import Datasets
import Scene

/// The pad's picture on screen. Finished strokes are kept as ink and the growing one as what it covers so far, so a move of the pen costs
/// what it adds, and the same strokes give the same bytes whether they were drawn live or replayed.
struct PadCanvas: Sendable {
  static let side = 336

  private var finished = PenRasterizer(width: side, height: side, scale: Double(side))
  private var growing: PenTrail?

  init(on picture: GrayPicture? = nil) {
    if let picture { finished.lay(picture) }
  }

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
      bytes.withMemoryRebound(to: UInt32.self) { pixels in
        canvas.ink.withUnsafeBufferPointer { ink in
          // Added to 2^23 a number has its nearest whole number in its last bits: without a check, so vector instructions are made of it.
          for index in ink.indices {
            let level = (max(0, min(1, ink[index])) * 255 + 0x1p23).bitPattern & 255
            pixels[index] = (0xFF00_0000 | level &* 0x01_0101).littleEndian
          }
        }
      }
      count = bytes.count
    }
    return PixelBuffer(width: Self.side, height: Self.side, rgba: rgba)
  }
}
