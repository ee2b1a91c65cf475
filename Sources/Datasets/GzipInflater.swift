import CZlib
import Files

/// Inflates the gzip members of a file (RFC 1952), as much as is asked for at a time; checks the CRC-32 and the length of each.
final class GzipInflater {
  /// Zero bytes that pad a file (tapes and some downloads do) are passed over; more of them than this are refused.
  static let mostTrailingZeros = 1 << 20
  /// Bounds the time that empty members can cost.
  static let mostMembers = 10_000

  private let file: InputFile
  /// On the heap, since zlib keeps its address.
  private let stream: UnsafeMutablePointer<z_stream>
  private let input: UnsafeMutableRawBufferPointer
  private var members = 1
  private var isFinished = false
  private(set) var trailingZeros = 0

  init(_ file: InputFile) throws(FileError) {
    self.file = file
    stream = .allocate(capacity: 1)
    stream.initialize(to: z_stream())
    input = .allocate(byteCount: 65_536, alignment: 16)
    // 15 is the largest window of deflate; 16 more asks for the gzip wrapper and for no other.
    guard inflateInit2_(stream, 15 + 16, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK else {
      throw FileError(.inputOutput, path: file.path, format: "gzip", found: "cannot be inflated: zlib does not start")
    }
  }

  deinit {
    inflateEnd(stream)
    stream.deallocate()
    input.deallocate()
  }

  /// Fills the buffer; fewer bytes than asked for mean that the last member has ended, with its sums checked.
  func read(into buffer: UnsafeMutableRawBufferPointer) throws(FileError) -> Int {
    var filled = 0
    while filled < buffer.count, !isFinished {
      if stream.pointee.avail_in == 0, try !refill() { throw cut() }
      let room = min(buffer.count - filled, 1 << 30)
      stream.pointee.next_out = buffer.baseAddress.map { $0.assumingMemoryBound(to: UInt8.self) + filled }
      stream.pointee.avail_out = UInt32(room)
      let code = inflate(stream, Z_NO_FLUSH)
      filled += room - Int(stream.pointee.avail_out)
      switch code {
      case Z_OK, Z_BUF_ERROR: continue
      case Z_STREAM_END: try beginNextMember()
      default: throw damage()
      }
    }
    return filled
  }

  /// Where in the file the next byte to be inflated stands.
  private var position: Int { file.offset - Int(stream.pointee.avail_in) }

  private func refill() throws(FileError) -> Bool {
    let count = try file.read(into: input)
    stream.pointee.next_in = input.baseAddress?.assumingMemoryBound(to: UInt8.self)
    stream.pointee.avail_in = UInt32(count)
    return count > 0
  }

  /// The next byte of the file, not yet taken; nil at its end.
  private func peek() throws(FileError) -> UInt8? {
    if stream.pointee.avail_in == 0, try !refill() { return nil }
    return stream.pointee.next_in.pointee
  }

  private func beginNextMember() throws(FileError) {
    guard let next = try peek() else {
      isFinished = true
      return
    }
    if next == 0x1f {
      members += 1
      guard members <= GzipInflater.mostMembers else {
        throw FileError(
          path: file.path, format: "gzip", field: "number of members", offset: position, found: "\(members)",
          allowed: "at most \(GzipInflater.mostMembers) is allowed")
      }
      inflateReset(stream)
      return
    }
    while let byte = try peek() {
      guard byte == 0 else {
        throw FileError(
          path: file.path, format: "gzip", field: "trailing data", offset: position, found: "0x" + String(byte, radix: 16),
          allowed: "after the compressed data only zero bytes or another gzip member are allowed")
      }
      trailingZeros += 1
      guard trailingZeros <= GzipInflater.mostTrailingZeros else {
        throw FileError(
          path: file.path, format: "gzip", field: "trailing zeros", offset: position, found: "longer than \(trailingZeros - 1) bytes",
          allowed: "at most \(GzipInflater.mostTrailingZeros) are allowed")
      }
      stream.pointee.next_in += 1
      stream.pointee.avail_in -= 1
    }
    isFinished = true
  }

  private func cut() -> FileError {
    FileError(
      path: file.path, format: "gzip", field: "compressed data", offset: position, found: "cut short",
      allowed: "the file must be whole, with its sums at the end")
  }

  /// zlib says in English which part is wrong; these are the parts of RFC 1952 it means.
  private func damage() -> FileError {
    let message = stream.pointee.msg.map { String(cString: $0) } ?? "damaged"
    let (field, allowed) =
      switch message {
      case "unknown compression method": ("compression method", "8 (deflate) is allowed")
      case "unknown header flags set": ("flags", "the reserved bits must be 0")
      case "header crc mismatch": ("header CRC", "it must be that of the header")
      case "incorrect data check": ("CRC-32", "it must be that of the inflated data")
      case "incorrect length check": ("length", "it must be that of the inflated data")
      case "incorrect header check": ("magic", "1f 8b is expected")
      default: ("compressed data", "a whole deflate stream is needed")
      }
    return FileError(
      path: file.path, format: "gzip", field: field, offset: position, found: "wrong (\(message))", allowed: allowed)
  }
}
