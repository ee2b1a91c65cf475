import COpenGL
import ShaderSources

/// A linked pair of shaders. Made and released while its context is current.
final class ShaderProgram {
  private let name: GLuint

  init(_ source: ShaderSource) throws(RendererError) {
    let vertex = try Self.compile(source.vertex, GLenum(GL_VERTEX_SHADER), of: source, stage: "vertex stage")
    defer { glDeleteShader(vertex) }
    let fragment = try Self.compile(source.fragment, GLenum(GL_FRAGMENT_SHADER), of: source, stage: "fragment stage")
    defer { glDeleteShader(fragment) }
    name = glCreateProgram()
    glAttachShader(name, vertex)
    glAttachShader(name, fragment)
    glLinkProgram(name)
    var isLinked: GLint = 0
    glGetProgramiv(name, GLenum(GL_LINK_STATUS), &isLinked)
    if isLinked == 0 {
      let program = name
      let log = Self.log { glGetProgramInfoLog(program, $0, nil, $1) }
      throw .shaderRejected(name: source.rawValue, stage: "linking", log: log)
    }
  }

  deinit { glDeleteProgram(name) }

  func use() { glUseProgram(name) }

  /// Where a uniform is set; -1, which OpenGL ignores, where the compiler found it unused.
  func location(_ uniform: String) -> GLint { glGetUniformLocation(name, uniform) }

  private static func compile(
    _ text: String, _ kind: GLenum, of source: ShaderSource, stage: String
  ) throws(RendererError) -> GLuint {
    let shader = glCreateShader(kind)
    text.withCString { characters in
      var pointer: UnsafePointer<GLchar>? = characters
      glShaderSource(shader, 1, &pointer, nil)
    }
    glCompileShader(shader)
    var isCompiled: GLint = 0
    glGetShaderiv(shader, GLenum(GL_COMPILE_STATUS), &isCompiled)
    if isCompiled == 0 {
      let log = log { glGetShaderInfoLog(shader, $0, nil, $1) }
      glDeleteShader(shader)
      throw .shaderRejected(name: source.rawValue, stage: stage, log: log)
    }
    return shader
  }

  private static func log(_ read: (GLsizei, UnsafeMutablePointer<GLchar>?) -> Void) -> String {
    var characters = [GLchar](repeating: 0, count: 1024)
    characters.withUnsafeMutableBufferPointer { read(GLsizei($0.count), $0.baseAddress) }
    return String(decoding: characters.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }
}
