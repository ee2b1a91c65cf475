import COpenGL
import Geometry

/// Whole pixels of the window, origin top left.
struct PixelRect: Equatable {
  var x: Int
  var y: Int
  var width: Int
  var height: Int

  var isEmpty: Bool { width <= 0 || height <= 0 }
  var rect: Rect { Rect(Double(x), Double(y), Double(width), Double(height)) }

  /// The pixels of `bounds` whose centres lie in `rect`. Rectangles that share an edge share no pixel.
  /// Empty where `rect` is not made of numbers.
  init(centresIn rect: Rect, within bounds: PixelRect) {
    func first(_ edge: Double, _ low: Int, _ high: Int) -> Int {
      Int(min(max((edge - 0.5).rounded(.up), Double(low)), Double(high)))
    }
    guard rect.minX.isFinite, rect.minY.isFinite, !rect.width.isNaN, !rect.height.isNaN else {
      self.init(x: 0, y: 0, width: 0, height: 0)
      return
    }
    let right = bounds.x + bounds.width
    let bottom = bounds.y + bounds.height
    let left = first(rect.minX, bounds.x, right)
    let top = first(rect.minY, bounds.y, bottom)
    self.init(
      x: left, y: top, width: first(rect.maxX, bounds.x, right) - left, height: first(rect.maxY, bounds.y, bottom) - top)
  }

  init(x: Int, y: Int, width: Int, height: Int) {
    self.x = x
    self.y = y
    self.width = width
    self.height = height
  }

  /// Restricts drawing to these pixels; OpenGL counts rows from the bottom.
  func applyAsScissor(windowHeight: Int) {
    glScissor(GLint(x), GLint(windowHeight - y - height), GLsizei(width), GLsizei(height))
  }
}

extension Rect {
  var isFinite: Bool { x.isFinite && y.isFinite && width.isFinite && height.isFinite }
}
