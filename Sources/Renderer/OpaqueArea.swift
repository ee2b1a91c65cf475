import Geometry
import Scene

/// The inside of a large opaque rectangle, which is cleared instead of shaded: what is left to the shader are its four rims.
///
/// Drivers without a graphics card spend most of a frame on the shader of large panels, though almost all of their pixels are one colour.
struct OpaqueArea {
  /// Pixels below which a separate draw call costs more than it saves.
  private static let leastPixels = 16384

  let color: SIMD4<Float>
  let pixels: PixelRect
  /// The rest of the visible pixels: above, below, left and right of the inside.
  let rims: [PixelRect]

  /// Nil where the rectangle is translucent, or has too small an inside.
  init?(of rectangle: Rectangle, visible: PixelRect) {
    guard rectangle.frame.isFinite, let fill = rectangle.fill?.premultiplied, fill.w == 1 else { return nil }
    let border = rectangle.border != nil && rectangle.borderWidth > 0 ? rectangle.borderWidth : 0
    // In the corners' squares, and a pixel around the border, coverage is partial.
    let rim = max(border, rectangle.cornerRadius > 0 ? rectangle.cornerRadius : 0) + 1
    guard rim < 1e4 else { return nil }
    let inside = PixelRect(centresIn: rectangle.frame.inset(by: rim), within: visible)
    guard inside.width * inside.height >= Self.leastPixels else { return nil }
    color = fill
    pixels = inside
    let (right, bottom) = (visible.x + visible.width, visible.y + visible.height)
    let (insideRight, insideBottom) = (inside.x + inside.width, inside.y + inside.height)
    rims = [
      PixelRect(x: visible.x, y: visible.y, width: visible.width, height: inside.y - visible.y),
      PixelRect(x: visible.x, y: insideBottom, width: visible.width, height: bottom - insideBottom),
      PixelRect(x: visible.x, y: inside.y, width: inside.x - visible.x, height: inside.height),
      PixelRect(x: insideRight, y: inside.y, width: right - insideRight, height: inside.height),
    ].filter { !$0.isEmpty }
  }
}
