import Files

/// Protocol buffers' wire format, read field by field straight from a file.
///
/// Why not swift-protobuf: it would build the whole message tree with every weight in memory before a size could be questioned, and it
/// would be the largest dependency of all. ONNX needs four wire types and a dozen messages; here a length is compared with the file
/// before anything is made of it, weights stay in the file until they are asked for, and memory has a budget.
/// Format: https://protobuf.dev/programming-guides/encoding
final class ProtobufSource {
  let file: InputFile
  /// How much memory what is kept of the file may still take, by a rough count.
  private var budget = largestDescription
  private var window: [UInt8] = []
  private var windowStart = 0

  static let largestDescription = 48 << 20
  private static let windowLength = 1 << 16

  init(_ file: InputFile) { self.file = file }

  func error(_ field: String?, _ offset: Int?, found: String, allowed: String? = nil) -> FileError {
    FileError(.badData, path: file.path, format: "onnx", field: field, offset: offset, found: found, allowed: allowed)
  }

  /// Asks for memory to keep something that the file describes.
  func charge(_ bytes: Int, at offset: Int) throws(FileError) {
    guard bytes <= budget else {
      throw error(
        "description of the graph", offset, found: "too long", allowed: "without weights it may take \(Self.largestDescription) bytes")
    }
    budget -= bytes
  }

  /// The byte at a position before the file's end.
  func byte(at position: Int) throws(FileError) -> UInt8 {
    if position < windowStart || position >= windowStart + window.count {
      try file.seek(to: position)
      window = try file.read(Self.windowLength)
      windowStart = position
      guard !window.isEmpty else { throw shortened() }
    }
    return window[position - windowStart]
  }

  func bytes(_ range: Range<Int>) throws(FileError) -> [UInt8] {
    if range.lowerBound >= windowStart && range.upperBound <= windowStart + window.count {
      return Array(window[range.lowerBound - windowStart..<range.upperBound - windowStart])
    }
    try file.seek(to: range.lowerBound)
    let bytes = try file.read(range.count)
    guard bytes.count == range.count else { throw shortened() }
    return bytes
  }

  private func shortened() -> FileError {
    FileError(.inputOutput, path: file.path, format: "onnx", found: "became shorter while it was read")
  }
}
