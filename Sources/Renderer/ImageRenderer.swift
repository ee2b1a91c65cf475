import COpenGL
import Geometry
import Scene

/// Draws pictures enlarged by nearest neighbour, from textures that are kept by key and sent again only for a new revision.
final class ImageRenderer {
  /// Frames for which a texture that nobody asks for is kept: a picture hidden for a moment comes back at no cost.
  private static let framesKept = 120

  private struct Entry {
    let texture: Texture
    var revision: Int
    var lastFrame: Int
  }

  private let program: ShaderProgram
  private let uniforms: (windowSize: GLint, quad: GLint, frame: GLint, opacity: GLint)
  private var vertexArray: GLuint = 0
  private var entries: [String: Entry] = [:]
  private var frame = 0

  init() throws(RendererError) {
    program = try ShaderProgram(.image)
    uniforms = (
      program.location("windowSize"), program.location("quad"), program.location("frame"), program.location("opacity")
    )
    glGenVertexArrays(1, &vertexArray)
  }

  deinit { glDeleteVertexArrays(1, &vertexArray) }

  /// Number of textures kept: for tests of the cache.
  var textureCount: Int { entries.count }

  /// Pictures of the scene stay, whether they are drawn anew or not.
  func beginFrame(_ scene: Scene, window: PixelRect) {
    frame += 1
    for item in scene.items {
      if case .image(let image) = item.primitive { entries[image.key]?.lastFrame = frame }
    }
    entries = entries.filter { frame - $0.value.lastFrame <= Self.framesKept }
    program.use()
    glUniform2f(uniforms.windowSize, Float(window.width), Float(window.height))
  }

  func draw(_ image: Image, visible: PixelRect) {
    guard image.opacity > 0, let texture = texture(of: image) else { return }
    draw(texture, in: image.frame, visible: visible, opacity: min(image.opacity, 1))
  }

  /// Stretches a texture of premultiplied colours over `frame` and draws the part that lies in `visible`.
  func draw(_ texture: Texture, in frame: Rect, visible: PixelRect, opacity: Double) {
    guard frame.isFinite, !frame.isEmpty else { return }
    let quad = frame.intersection(visible.rect)
    guard !quad.isEmpty else { return }
    program.use()
    texture.bind()
    glUniform4f(uniforms.quad, Float(quad.minX), Float(quad.minY), Float(quad.maxX), Float(quad.maxY))
    glUniform4f(uniforms.frame, Float(frame.x), Float(frame.y), Float(frame.width), Float(frame.height))
    glUniform1f(uniforms.opacity, Float(opacity))
    glBindVertexArray(vertexArray)
    glDrawArrays(GLenum(GL_TRIANGLE_STRIP), 0, 4)
  }

  private func texture(of image: Image) -> Texture? {
    let pixels = image.pixels
    // The bytes of a pixel buffer can be replaced after its check.
    guard pixels.width > 0, pixels.height > 0, pixels.rgba.count == 4 * pixels.width * pixels.height else { return nil }
    if var entry = entries[image.key], entry.texture.width == pixels.width, entry.texture.height == pixels.height {
      if entry.revision != image.revision {
        entry.texture.upload(Self.premultiplied(pixels.rgba))
        entry.revision = image.revision
      }
      entry.lastFrame = frame
      entries[image.key] = entry
      return entry.texture
    }
    guard let texture = Texture(format: .rgba, width: pixels.width, height: pixels.height) else { return nil }
    texture.upload(Self.premultiplied(pixels.rgba))
    entries[image.key] = Entry(texture: texture, revision: image.revision, lastFrame: frame)
    return texture
  }

  /// Colours times alpha, rounded to the nearest byte.
  private static func premultiplied(_ straight: [UInt8]) -> [UInt8] {
    var alphas: UInt8 = 255
    for alpha in stride(from: 3, to: straight.count, by: 4) { alphas &= straight[alpha] }
    guard alphas < 255 else { return straight }
    var rgba = straight
    for alpha in stride(from: 3, to: rgba.count, by: 4) where rgba[alpha] < 255 {
      for channel in alpha - 3..<alpha { rgba[channel] = UInt8((Int(rgba[channel]) * Int(rgba[alpha]) + 127) / 255) }
    }
    return rgba
  }
}
