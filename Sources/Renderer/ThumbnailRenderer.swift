import COpenGL
import Geometry
import Scene

/// Draws many small pictures in one call, from a texture with a slot for each that was drawn lately.
final class ThumbnailRenderer {
  static let side = 2048

  private let program: ShaderProgram
  private let uniforms: (windowSize: GLint, ground: GLint, slotSize: GLint)
  private let buffer = QuadBuffer<TextVertex>(attributes: [(4, 0), (2, 16), (2, 24)])
  private var vertices: [TextVertex] = []
  private var texture: Texture?
  private var ground = SIMD4<Float>(0, 0, 0, 1)
  /// What the slots hold: pictures of this revision and size.
  private var held: (revision: Int, width: Int, height: Int)?
  private var slots: [Int32: Slot] = [:]
  private var free: [Int] = []
  private var frame = 0

  private struct Slot {
    let place: Int
    var lastFrame: Int
  }

  init() throws(RendererError) {
    program = try ShaderProgram(.thumbnail)
    uniforms = (program.location("windowSize"), program.location("ground"), program.location("slotSize"))
  }

  /// Number of quadrilaterals recorded so far in this frame.
  var quadCount: Int { vertices.count / 4 }

  /// How many pictures the texture holds: for tests of the cache.
  var heldCount: Int { slots.count }

  func beginFrame() {
    frame += 1
    vertices.removeAll(keepingCapacity: true)
  }

  func record(_ pictures: Thumbnails, visible: PixelRect) {
    let (width, height) = (pictures.width, pictures.height)
    guard width > 0, height > 0, width <= Self.side, height <= Self.side, pictures.side >= 1, pictures.side.isFinite, prepare(pictures)
    else {
      return
    }
    ground = pictures.ground.premultiplied
    let columns = Self.side / width
    let bounds = visible.rect
    for mark in pictures.marks {
      let (left, top) = ((mark.centre.x - pictures.side / 2).rounded(), (mark.centre.y - pictures.side / 2).rounded())
      let (right, bottom) = (left + pictures.side.rounded(), top + pictures.side.rounded())
      // False for positions that are not numbers, too.
      guard left < bounds.maxX, right > bounds.minX, top < bounds.maxY, bottom > bounds.minY, Int(mark.color) < pictures.palette.count,
        mark.opacity > 0, let place = slot(of: mark.index, pictures)
      else { continue }
      let color = pictures.palette[Int(mark.color)]
      let ink = SIMD4(color.red, color.green, color.blue, min(mark.opacity, 1))
      let (u, v) = (place % columns * width, place / columns * height)
      for (x, y, s, t) in [
        (left, top, u, v), (right, top, u + width, v), (left, bottom, u, v + height), (right, bottom, u + width, v + height),
      ] {
        vertices.append(TextVertex(color: ink, position: SIMD2(Float(x), Float(y)), texel: SIMD2(Float(s), Float(t))))
      }
    }
  }

  func upload(window: PixelRect) {
    guard !vertices.isEmpty else { return }
    buffer.upload(vertices)
    program.use()
    glUniform2f(uniforms.windowSize, Float(window.width), Float(window.height))
    glUniform3f(uniforms.ground, ground.x, ground.y, ground.z)
    glUniform2i(uniforms.slotSize, GLint(held?.width ?? 1), GLint(held?.height ?? 1))
  }

  func draw(_ quads: Range<Int>) {
    program.use()
    texture?.bind()
    buffer.draw(quads)
  }

  /// An empty texture for pictures of another collection or size; false where there is none to be had.
  private func prepare(_ pictures: Thumbnails) -> Bool {
    if texture == nil { texture = Texture(format: .coverage, width: Self.side, height: Self.side) }
    guard texture != nil else { return false }
    let wanted = (pictures.picturesRevision, pictures.width, pictures.height)
    if let held, held == wanted { return true }
    held = wanted
    slots = [:]
    free = Array((0..<(Self.side / pictures.width) * (Self.side / pictures.height)).reversed())
    return true
  }

  /// Where a picture lies in the texture; nil where all slots are taken by this frame's.
  private func slot(of index: Int32, _ pictures: Thumbnails) -> Int? {
    if let known = slots[index] {
      slots[index]?.lastFrame = frame
      return known.place
    }
    if free.isEmpty {
      for (other, slot) in slots where slot.lastFrame < frame - 1 {
        slots[other] = nil
        free.append(slot.place)
      }
    }
    let size = pictures.width * pictures.height
    let start = Int(index) * size
    guard index >= 0, start + size <= pictures.pictures.count, let place = free.popLast() else { return nil }
    let columns = Self.side / pictures.width
    texture?.upload(
      Array(pictures.pictures[start..<start + size]), x: place % columns * pictures.width, y: place / columns * pictures.height,
      width: pictures.width, height: pictures.height)
    slots[index] = Slot(place: place, lastFrame: frame)
    return place
  }
}
