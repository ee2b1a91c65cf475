/// Why there is no window, or no text.
public enum PlatformError: Error, Sendable, Equatable, CustomStringConvertible {
  /// No display could be opened; `driver` is what SDL fell back to, if anything.
  case noDisplay(reason: String)
  /// A window was possible, an OpenGL 3.3 context was not.
  case openGLUnavailable(reason: String)
  /// None of the files is there.
  case fontMissing(searched: [String])
  /// The font file is there but cannot be used.
  case fontUnreadable(path: String, reason: String)

  /// One sentence of at most 300 characters.
  public var description: String {
    let text =
      switch self {
      case .noDisplay(let reason):
        "no display: \(reason); set DISPLAY or WAYLAND_DISPLAY, or use a command that needs no window"
      case .openGLUnavailable(let reason): "no OpenGL 3.3: \(reason)"
      case .fontMissing(let searched):
        "no font: install fonts-dejavu-core or set HEATLENS_FONT to a font file; looked for \(searched.joined(separator: ", "))"
      case .fontUnreadable(let path, let reason): "the font cannot be used (\(reason)): \(path)"
      }
    let printable = text.unicodeScalars.map { $0.value < 32 || $0.value == 127 ? "\\u{\(String($0.value, radix: 16))}" : String($0) }
    return String(printable.joined().prefix(300))
  }

  /// The exit code of a program that cannot go on: 69, something the program needs is unavailable.
  public var exitCode: Int32 { 69 }
}
