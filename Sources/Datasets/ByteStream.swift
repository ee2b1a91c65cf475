import CZlib
import Files

/// The bytes of a file in turn, inflated if its first bytes are those of gzip, whatever its name says.
///
/// Memory: 64 KiB, however much the file inflates to; it gives what is asked for and no more. Not thread-safe.
final class ByteStream {
  private let file: InputFile
  private let inflater: GzipInflater?
  private var start: [UInt8]
  /// The bytes given so far, counted after inflating.
  private(set) var offset = 0

  init(_ path: String) throws(FileError) {
    file = try InputFile(path)
    start = try file.read(2)
    if start == [0x1f, 0x8b] {
      try file.seek(to: 0)
      start = []
      inflater = try GzipInflater(file)
    } else {
      inflater = nil
    }
  }

  var path: String { file.path }
  var isCompressed: Bool { inflater != nil }

  /// The most bytes that can still come: exact for a plain file; for gzip, by deflate's largest ratio of 1,032 to 1.
  var largestRest: Int {
    (isCompressed ? min(file.size, 1 << 50) * 1032 : file.size) - offset
  }

  /// Fills the buffer; fewer bytes than asked for mean the end.
  func read(into buffer: UnsafeMutableRawBufferPointer) throws(FileError) -> Int {
    var filled = 0
    if let inflater {
      filled = try inflater.read(into: buffer)
    } else {
      while filled < buffer.count, let byte = start.first {
        buffer[filled] = byte
        start.removeFirst()
        filled += 1
      }
      filled += try file.read(into: UnsafeMutableRawBufferPointer(rebasing: buffer[filled...]))
    }
    offset += filled
    return filled
  }

  /// At most `count` bytes, fewer at the end; the caller has compared `count` with a limit.
  func read(_ count: Int) throws(FileError) -> [UInt8] {
    var failure: FileError?
    let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
      do throws(FileError) {
        filled = try read(into: UnsafeMutableRawBufferPointer(buffer))
      } catch { failure = error }
    }
    if let failure { throw failure }
    return bytes
  }

  /// Whether nothing follows. Of gzip this checks the sums at its end, so ask it before the bytes are trusted.
  func isAtEnd() throws(FileError) -> Bool { try read(1).isEmpty }

  /// What is odd about the file though it could be read.
  var warnings: [String] {
    guard let inflater, inflater.trailingZeros > 0 else { return [] }
    return ["\(displayText(path, limit: 110, keepingEnd: true)): \(inflater.trailingZeros) zero bytes follow the compressed data"]
  }
}
