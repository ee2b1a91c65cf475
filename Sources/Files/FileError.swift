/// What is wrong with a file, or with reaching it: one sentence that names the file, the field, what was found and what is allowed.
///
/// `train-images-idx3-ubyte.gz: dimension 1 (offset 8) is 4294967295; at most 16384 is allowed`
public struct FileError: Error, Sendable, Equatable, CustomStringConvertible {
  /// Which kind of failure it is; a command line ends with `exitCode`.
  public enum Category: Sendable, Equatable {
    /// The file does not exist, or cannot be opened.
    case noInput
    /// The file was read, and what it holds is wrong.
    case badData
    /// A file or folder cannot be made or replaced.
    case cannotCreate
    /// Reading or writing failed midway.
    case inputOutput

    /// The exit code of `sysexits.h` for this kind of failure.
    public var exitCode: Int32 {
      switch self {
      case .noInput: 66
      case .badData: 65
      case .cannotCreate: 73
      case .inputOutput: 74
      }
    }
  }

  public let category: Category
  public let path: String
  /// The format that was being read: "IDX", "gzip", "npy"; empty where only the file itself matters.
  public let format: String
  /// The part of the file: "dimension 1", "label 17", "chunk IHDR".
  public let field: String?
  /// Counted in bytes from the start of the file (of the inflated bytes, where the file is compressed).
  public let offset: Int?
  public let found: String?
  public let allowed: String?

  /// - Parameters:
  ///   - found: with a field, what follows "is" ("dimension 1 is *0*"); without one, a whole clause ("*cannot be opened*").
  ///   - allowed: a whole clause: "at most 16384 is allowed".
  public init(
    _ category: Category = .badData, path: String, format: String = "", field: String? = nil, offset: Int? = nil,
    found: String? = nil, allowed: String? = nil
  ) {
    self.category = category
    self.path = path
    self.format = format
    self.field = field
    self.offset = offset
    self.found = found
    self.allowed = allowed
  }

  /// One line of at most 300 characters without control characters. Long parts are cut, the path at its start.
  public var description: String {
    var text = displayText(path, limit: 110, keepingEnd: true) + ": "
    if let field {
      text += displayText(field, limit: 90)
      if let offset { text += " (offset \(offset))" }
      if let found { text += " is " + displayText(found, limit: 60) }
    } else {
      text += displayText(found ?? "cannot be used", limit: 110)
      if let offset { text += " (offset \(offset))" }
    }
    if let allowed { text += "; " + displayText(allowed, limit: 130) }
    return displayText(text, limit: 300)
  }
}

/// Text from a file or a path, made fit for a message: control, formatting and separator characters escaped, cut to `limit` characters.
public func displayText(_ text: some StringProtocol, limit: Int, keepingEnd: Bool = false) -> String {
  // Twice the limit is enough to know that it is too long: a message about a huge field must not cost what the field costs.
  let scalars = text.unicodeScalars
  let window = keepingEnd ? Array(scalars.suffix(2 * limit)) : Array(scalars.prefix(2 * limit))
  var pieces = window.map(escaped)
  if !keepingEnd { pieces.reverse() }
  var kept: [String] = []
  var length = 0
  while let piece = pieces.last, length + piece.unicodeScalars.count <= limit {
    kept.append(piece)
    length += piece.unicodeScalars.count
    pieces.removeLast()
  }
  if pieces.isEmpty { return (keepingEnd ? kept.reversed() : kept).joined() }
  while length > limit - 3, let removed = kept.popLast() { length -= removed.unicodeScalars.count }
  return keepingEnd ? "..." + kept.reversed().joined() : kept.joined() + "..."
}

private func escaped(_ scalar: Unicode.Scalar) -> String {
  switch scalar {
  case "\n": return "\\n"
  case "\r": return "\\r"
  case "\t": return "\\t"
  default: break
  }
  switch scalar.properties.generalCategory {
  case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .unassigned:
    return "\\u{\(String(scalar.value, radix: 16))}"
  default: return String(Character(scalar))
  }
}
