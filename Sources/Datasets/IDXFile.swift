import Files

/// An IDX file (LeCun's format for MNIST) whose header has been read and checked, and whose numbers are still in the file.
final class IDXFile {
  /// What the numbers are meant to be.
  enum Kind {
    /// `count x rows x columns` bytes.
    case pictures
    /// `count` bytes of 0 to 9.
    case labels

    var rank: Int { self == .pictures ? 3 : 1 }
  }

  /// Payload of one file.
  static let mostBytes = 1 << 30
  static let largestSide = 16_384
  /// Up to this size a compressed payload is inflated into memory before its sums are known to be right.
  private static let trustedBytes = 64 << 20

  let path: String
  let dimensions: [Int]
  private let stream: ByteStream

  init(_ path: String, kind: Kind) throws(FileError) {
    self.path = path
    stream = try ByteStream(path)
    dimensions = try IDXFile.header(of: stream, kind: kind)
  }

  var payloadBytes: Int { dimensions.reduce(1, *) }
  private var headerBytes: Int { 4 + 4 * dimensions.count }

  /// The numbers, to be asked for once, with what is odd about them. Memory: the payload and 64 KiB; up to 64 MiB if it is refused.
  func payload() throws(FileError) -> (bytes: [UInt8], warnings: [String]) {
    let declared = payloadBytes
    // Before anything is allocated: a few bytes can declare a gigabyte.
    guard declared <= stream.largestRest else { throw short(present: stream.isCompressed ? nil : stream.largestRest) }
    if stream.isCompressed, declared > IDXFile.trustedBytes { try rehearse() }
    let bytes = try stream.read(declared)
    guard bytes.count == declared else { throw short(present: bytes.count) }
    guard try stream.isAtEnd() else { throw long() }
    return (bytes, stream.warnings)
  }

  /// Inflates a copy of the stream into nothing, so that a large damaged file is refused before memory is taken for it.
  private func rehearse() throws(FileError) {
    let copy = try ByteStream(path)
    var left = headerBytes + payloadBytes
    while left > 0 {
      let count = try copy.read(min(left, 1 << 20)).count
      guard count > 0 else { throw short(present: payloadBytes - left) }
      left -= count
    }
    guard try copy.isAtEnd() else { throw long() }
  }

  private func short(present: Int?) -> FileError {
    FileError(
      path: path, format: "IDX", field: "data", offset: headerBytes, found: present.map { "\($0) bytes long" } ?? "cut short",
      allowed: "\(payloadBytes) bytes are declared")
  }

  private func long() -> FileError {
    FileError(
      path: path, format: "IDX", field: "data", offset: headerBytes, found: "longer than declared",
      allowed: "exactly \(payloadBytes) bytes are declared")
  }

  // MARK: Header

  private static func header(of stream: ByteStream, kind: Kind) throws(FileError) -> [Int] {
    func refuse(_ field: String, _ offset: Int, _ found: String, _ allowed: String) -> FileError {
      FileError(path: stream.path, format: "IDX", field: field, offset: offset, found: found, allowed: allowed)
    }
    let magic = try stream.read(4)
    let expected = "0 0 8 \(kind.rank) is expected"
    guard !magic.isEmpty else { throw refuse("magic", 0, "missing: the file is empty", expected) }
    if magic.count == 4, magic[0] != 0 || magic[1] != 0 {
      throw refuse("magic", 0, name(ofMagic: magic), expected)
    }
    guard magic.count == 4 else { throw refuse("magic", 0, "cut short after \(magic.count) bytes", expected) }
    guard magic[2] == 8 else {
      throw refuse("type", 2, name(ofType: magic[2]), "0x08 (unsigned bytes) is allowed")
    }
    let rank = Int(magic[3])
    guard rank == kind.rank else {
      let meaning = rank == 1 ? "1 (labels)" : rank == 3 ? "3 (pictures)" : "\(rank)"
      throw refuse("rank", 3, meaning, kind == .pictures ? "pictures have 3" : "labels have 1")
    }
    var dimensions: [Int] = []
    for axis in 0..<rank {
      let bytes = try stream.read(4)
      guard bytes.count == 4 else {
        throw refuse("dimension \(axis)", 4 + 4 * axis, "cut short after \(bytes.count) bytes", "4 bytes are needed")
      }
      dimensions.append(bytes.reduce(0) { $0 << 8 | Int($1) })
    }
    // The sides first: they bound the number of pictures.
    var product = 1
    for axis in Array(1..<rank) + [0] {
      let size = dimensions[axis]
      let most = axis == 0 ? mostBytes / product : largestSide
      guard size > 0 else { throw refuse("dimension \(axis)", 4 + 4 * axis, "0", "at least 1 is allowed") }
      let (next, overflow) = product.multipliedReportingOverflow(by: size)
      guard size <= most, !overflow else { throw refuse("dimension \(axis)", 4 + 4 * axis, "\(size)", "at most \(most) is allowed") }
      product = next
    }
    return dimensions
  }

  private static func name(ofMagic magic: [UInt8]) -> String {
    let start = String(decoding: magic, as: UTF8.self).lowercased()
    if start.hasPrefix("<") { return "that of a web page" }
    if start == "vers" { return "that of a git-lfs pointer" }
    if start.hasPrefix("pk") { return "that of a zip archive" }
    if magic[0] == 0x1f, magic[1] == 0x8b { return "that of gzip inside gzip" }
    if magic[2] == 0, magic[3] == 0 { return "byte-swapped" }
    return magic.map { String($0) }.joined(separator: " ")
  }

  private static func name(ofType type: UInt8) -> String {
    switch type {
    case 0x09: "0x09 (signed bytes)"
    case 0x0b: "0x0b (16-bit integers)"
    case 0x0c: "0x0c (32-bit integers)"
    case 0x0d: "0x0d (float32)"
    case 0x0e: "0x0e (float64)"
    default: "unknown (0x" + String(type, radix: 16) + ")"
    }
  }
}
