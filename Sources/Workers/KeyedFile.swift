import Files

/// What files share that belong to something with a key: eight letters that say what they are and the key (64 hexadecimal digits) in front, and
/// behind the SHA-256 of all that. One that is cut, changed, or of something else is refused.
enum KeyedFile {
  static let headerLength = 8 + 64
  private static let digestLength = 64

  static func write(_ magic: String, key: String, _ body: [UInt8], to path: String) throws(FileError) {
    var bytes = Array(magic.utf8) + Array(key.utf8) + body
    bytes += Array(SHA256.hexDigest(of: bytes).utf8)
    try writeFileAtomically(bytes, to: path)
  }

  /// The file without its digest; what it is about begins at `headerLength`.
  ///
  /// - Parameter limit: of the body's length.
  static func read(_ path: String, magic: String, key: String, format: String, limit: Int) throws(FileError) -> [UInt8] {
    func wrong(_ found: String) -> FileError { FileError(.badData, path: path, format: format, found: found) }
    var bytes = try readFile(path, limit: headerLength + limit + digestLength)
    guard bytes.count >= headerLength + digestLength, bytes.starts(with: magic.utf8) else { throw wrong("is no file of ours") }
    guard bytes[8..<headerLength].elementsEqual(key.utf8) else { throw wrong("is of other data") }
    let digest = Array(bytes.suffix(digestLength))
    bytes.removeLast(digestLength)
    guard digest == Array(SHA256.hexDigest(of: bytes).utf8) else { throw wrong("was changed or cut") }
    return bytes
  }

  static func append(_ value: some FixedWidthInteger, to bytes: inout [UInt8]) {
    withUnsafeBytes(of: value.littleEndian) { bytes.append(contentsOf: $0) }
  }

  static func integer<Integer: FixedWidthInteger>(_ bytes: [UInt8], at offset: Int, as type: Integer.Type) -> Integer {
    bytes.withUnsafeBytes { Integer(littleEndian: $0.loadUnaligned(fromByteOffset: offset, as: type)) }
  }
}
