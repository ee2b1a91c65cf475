import Geometry
import Platform
import Scene
import Testing

@testable import Renderer

/// All tests that need an OpenGL context: one at a time, as a context belongs to the thread that made it. Where no context can be had
/// they fail.
@Suite("Drawing offscreen", .serialized)
struct Drawing {
  /// Runs `body` with a renderer whose window is made and released on this thread.
  func withRenderer<Result>(
    _ width: Int, _ height: Int, points: PointDrawing? = nil, _ body: (Renderer) throws -> Result
  ) throws -> Result {
    let window = try Window(offscreenSize: Size(Double(width), Double(height)))
    defer { withExtendedLifetime(window) {} }
    return try body(try Renderer(text: TextRasterizer(), pointDrawing: points))
  }

  /// The picture of a scene.
  func picture(of scene: Scene, points: PointDrawing? = nil) throws -> PixelBuffer {
    try withRenderer(Int(scene.size.width), Int(scene.size.height), points: points) { renderer in
      renderer.draw(scene)
      return renderer.readPixels()
    }
  }
}

let black = Color(0, 0, 0)
let white = Color(1, 1, 1)
let red = Color(1, 0, 0)
let green = Color(0, 1, 0)
let blue = Color(0, 0, 1)

func scene(_ width: Double, _ height: Double, background: Color = black, _ items: [Scene.Item]) -> Scene {
  Scene(size: Size(width, height), background: background, items: items)
}

extension PixelBuffer {
  /// Red, green and blue of a pixel.
  subscript(_ x: Int, _ y: Int) -> [UInt8] {
    let start = 4 * (y * width + x)
    return Array(rgba[start..<start + 3])
  }

  /// The smallest rectangle that holds all pixels unlike the top left one: left, top, right, bottom (half open).
  var inkBounds: (left: Int, top: Int, right: Int, bottom: Int)? {
    var bounds: (left: Int, top: Int, right: Int, bottom: Int)?
    for y in 0..<height {
      for x in 0..<width where self[x, y] != self[0, 0] {
        let old = bounds ?? (x, y, x + 1, y + 1)
        bounds = (min(old.left, x), min(old.top, y), max(old.right, x + 1), max(old.bottom, y + 1))
      }
    }
    return bounds
  }
}
