/// Why nothing can be drawn.
public enum RendererError: Error, Sendable, Equatable, CustomStringConvertible {
  /// No OpenGL context is current on this thread, or it is older than 3.3; `found` is the driver's version text.
  case unsupportedOpenGL(found: String)
  /// The driver did not compile or link a shader of the program called `name`.
  case shaderRejected(name: String, stage: String, log: String)

  /// One sentence of at most 300 characters.
  public var description: String {
    switch self {
    case .unsupportedOpenGL(let found):
      "OpenGL 3.3 is needed, the driver offers \(Self.printable(found, limit: 120))"
    case .shaderRejected(let name, let stage, let log):
      "the \(stage) of the shader \(Self.printable(name, limit: 40)) was rejected: \(Self.printable(log, limit: 200))"
    }
  }

  /// The exit code of a program that cannot go on: 69, no display or OpenGL.
  public var exitCode: Int32 { 69 }

  private static func printable(_ text: String, limit: Int) -> String {
    String(String.UnicodeScalarView(text.unicodeScalars.prefix(limit).map { $0.value < 32 || $0.value == 127 ? " " : $0 }))
  }
}
