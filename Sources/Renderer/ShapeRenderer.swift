import COpenGL
import Scene

/// Draws rectangles, discs and polylines: coverage is computed from distances in the fragment shader, one indexed draw a run.
final class ShapeRenderer {
  private let program: ShaderProgram
  private let windowSize: GLint
  private let buffer: QuadBuffer<ShapeVertex>
  private var shapes = ShapeVertices()

  init() throws(RendererError) {
    program = try ShaderProgram(.shapes)
    windowSize = program.location("windowSize")
    buffer = QuadBuffer(attributes: [(4, 0), (4, 16), (4, 32), (4, 48), (2, 64)])
  }

  func beginFrame() { shapes.removeAll() }

  /// Number of quadrilaterals recorded so far in this frame.
  var quadCount: Int { shapes.quadCount }

  func record(_ rectangle: Rectangle, visible: PixelRect) { shapes.append(rectangle, visible: visible) }
  func record(_ disc: Disc, visible: PixelRect) { shapes.append(disc, visible: visible) }
  func record(_ line: Polyline, visible: PixelRect) { shapes.append(line, visible: visible) }

  func upload(window: PixelRect) {
    buffer.upload(shapes.vertices)
    program.use()
    glUniform2f(windowSize, Float(window.width), Float(window.height))
  }

  func draw(_ quads: Range<Int>) {
    program.use()
    buffer.draw(quads)
  }
}
