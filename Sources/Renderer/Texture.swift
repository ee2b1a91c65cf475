import COpenGL

/// A two-dimensional texture of bytes, read texel by texel. Made and released while its context is current.
final class Texture {
  enum Format {
    case rgba, coverage

    var channels: Int { self == .rgba ? 4 : 1 }
    var pixelFormat: GLenum { GLenum(self == .rgba ? GL_RGBA : GL_RED) }
    var storageFormat: GLint { self == .rgba ? GL_RGBA8 : GL_R8 }
  }

  let format: Format
  let width: Int
  let height: Int
  private(set) var name: GLuint = 0

  /// Nil where a side is zero or beyond what the driver allows.
  init?(format: Format, width: Int, height: Int) {
    var limit: GLint = 0
    glGetIntegerv(GLenum(GL_MAX_TEXTURE_SIZE), &limit)
    guard width > 0, height > 0, width <= Int(limit), height <= Int(limit) else { return nil }
    self.format = format
    self.width = width
    self.height = height
    glGenTextures(1, &name)
    bind()
    for (parameter, value) in [
      (GL_TEXTURE_MIN_FILTER, GL_NEAREST), (GL_TEXTURE_MAG_FILTER, GL_NEAREST), (GL_TEXTURE_WRAP_S, GL_CLAMP_TO_EDGE),
      (GL_TEXTURE_WRAP_T, GL_CLAMP_TO_EDGE), (GL_TEXTURE_MAX_LEVEL, 0),
    ] {
      glTexParameteri(GLenum(GL_TEXTURE_2D), GLenum(parameter), value)
    }
    glTexImage2D(
      GLenum(GL_TEXTURE_2D), 0, format.storageFormat, GLsizei(width), GLsizei(height), 0, format.pixelFormat,
      GLenum(GL_UNSIGNED_BYTE), nil)
  }

  deinit { glDeleteTextures(1, &name) }

  func bind() {
    glActiveTexture(GLenum(GL_TEXTURE0))
    glBindTexture(GLenum(GL_TEXTURE_2D), name)
  }

  func upload(_ bytes: [UInt8]) { upload(bytes, x: 0, y: 0, width: width, height: height) }

  /// Replaces a rectangle of texels.
  func upload(_ bytes: [UInt8], x: Int, y: Int, width: Int, height: Int) {
    precondition(x >= 0 && y >= 0 && x + width <= self.width && y + height <= self.height, "the rectangle leaves the texture")
    precondition(bytes.count == width * height * format.channels, "\(bytes.count) bytes for \(width) x \(height) texels")
    bind()
    glPixelStorei(GLenum(GL_UNPACK_ALIGNMENT), 1)
    glTexSubImage2D(
      GLenum(GL_TEXTURE_2D), 0, GLint(x), GLint(y), GLsizei(width), GLsizei(height), format.pixelFormat,
      GLenum(GL_UNSIGNED_BYTE), bytes)
  }
}
