import COpenGL
import Scene

struct TextVertex {
  var color: SIMD4<Float>
  var position: SIMD2<Float>
  var texel: SIMD2<Float>
}

/// Draws lines of text from the atlas, a quadrilateral a line, on whole pixels so that letters stay as sharp as they were made.
final class TextRenderer {
  private let program: ShaderProgram
  private let windowSize: GLint
  private let buffer: QuadBuffer<TextVertex>
  private let atlas: TextAtlas
  private var vertices: [TextVertex] = []

  init(bitmaps: any TextBitmaps) throws(RendererError) {
    program = try ShaderProgram(.text)
    windowSize = program.location("windowSize")
    buffer = QuadBuffer(attributes: [(4, 0), (2, 16), (2, 24)])
    atlas = try TextAtlas(bitmaps: bitmaps)
  }

  /// Number of quadrilaterals recorded so far in this frame.
  var quadCount: Int { vertices.count / 4 }

  /// Brings all lines of the scene into the atlas: their places are fixed before the first is recorded.
  func beginFrame(_ scene: Scene) {
    vertices.removeAll(keepingCapacity: true)
    atlas.prepare(
      scene.items.compactMap { item in
        if case .text(let text) = item.primitive { atlas.key(for: text) } else { nil }
      })
  }

  func record(_ text: Text, visible: PixelRect) {
    guard let key = atlas.key(for: text), let slot = atlas.slot(key) else { return }
    let left =
      switch text.alignment {
      case .left: text.anchor.x.rounded()
      case .center: (text.anchor.x - Double(slot.width) / 2).rounded()
      case .right: (text.anchor.x - Double(slot.width)).rounded()
      }
    let top = (text.anchor.y - Double(slot.height) / 2).rounded()
    let (right, bottom) = (left + Double(slot.width), top + Double(slot.height))
    let bounds = visible.rect
    // False for positions that are not numbers, too.
    guard left < bounds.maxX, right > bounds.minX, top < bounds.maxY, bottom > bounds.minY else { return }
    let color = text.color.premultiplied
    for (x, y, u, v) in [
      (left, top, slot.x, slot.y), (right, top, slot.x + slot.width, slot.y), (left, bottom, slot.x, slot.y + slot.height),
      (right, bottom, slot.x + slot.width, slot.y + slot.height),
    ] {
      vertices.append(
        TextVertex(color: color, position: SIMD2(Float(x), Float(y)), texel: SIMD2(Float(u), Float(v))))
    }
  }

  func upload(window: PixelRect) {
    buffer.upload(vertices)
    program.use()
    glUniform2f(windowSize, Float(window.width), Float(window.height))
  }

  func draw(_ quads: Range<Int>) {
    program.use()
    atlas.texture.bind()
    buffer.draw(quads)
  }
}
