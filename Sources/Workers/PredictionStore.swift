import AppCore
import Files

/// What a network takes all digits of a collection for, on disk: shipped, or computed here before.
///
/// A file: "HEATPRE1", the key (64 hexadecimal digits), the count (64 bits), for each digit the class and the confidence in steps of 1/65535
/// (16 bits each), then the SHA-256 of all of this. Numbers are little endian. One that is cut, changed or of other data is as good as none.
public struct PredictionStore: Sendable {
  private static let magic = Array("HEATPRE1".utf8)
  private static let headerLength = 8 + 64 + 8
  private static let digestLength = 64

  private let cacheFolder: String?
  private let shippedFolder: String?

  public init(cacheFolder: String?, shippedFolder: String?) {
    self.cacheFolder = cacheFolder
    self.shippedFolder = shippedFolder
  }

  /// One for every digit, or nil where no folder has them.
  public func predictions(for key: PredictionKey, count: Int) -> [Prediction]? {
    for case let folder? in [shippedFolder, cacheFolder] {
      if let found = try? Self.read("\(folder)/\(Self.fileName(key))", key: key, count: count) { return found }
    }
    return nil
  }

  /// Keeps them for the next start. A cache that cannot be written costs time then, nothing else.
  public func keep(_ predictions: [Prediction], for key: PredictionKey) {
    guard let cacheFolder else { return }
    try? createFolder(cacheFolder)
    try? Self.write(predictions, key: key, to: "\(cacheFolder)/\(Self.fileName(key))")
  }

  static func fileName(_ key: PredictionKey) -> String { "predictions-\(key.digest.prefix(16)).bin" }

  static func write(_ predictions: [Prediction], key: PredictionKey, to path: String) throws(FileError) {
    var bytes = magic + Array(key.digest.utf8)
    bytes.reserveCapacity(headerLength + 4 * predictions.count + digestLength)
    func append(_ value: some FixedWidthInteger) { withUnsafeBytes(of: value.littleEndian) { bytes.append(contentsOf: $0) } }
    append(UInt64(predictions.count))
    for prediction in predictions {
      append(UInt16(clamping: prediction.number))
      append(UInt16((min(max(prediction.confidence, 0), 1) * 65535).rounded()))
    }
    bytes += Array(SHA256.hexDigest(of: bytes).utf8)
    try writeFileAtomically(bytes, to: path)
  }

  static func read(_ path: String, key: PredictionKey, count: Int) throws(FileError) -> [Prediction] {
    func wrong(_ found: String) -> FileError { FileError(.badData, path: path, format: "predictions", found: found) }
    let length = headerLength + 4 * count + digestLength
    let bytes = try readFile(path, limit: length)
    guard bytes.count == length, bytes.starts(with: magic) else { throw wrong("are not of \(count) digits") }
    guard bytes[8..<72].elementsEqual(key.digest.utf8) else { throw wrong("are of other data") }
    guard bytes.suffix(digestLength).elementsEqual(SHA256.hexDigest(of: Array(bytes.dropLast(digestLength))).utf8) else {
      throw wrong("were changed")
    }
    func integer<Integer: FixedWidthInteger>(_ offset: Int, _ type: Integer.Type) -> Integer {
      bytes.withUnsafeBytes { Integer(littleEndian: $0.loadUnaligned(fromByteOffset: offset, as: type)) }
    }
    guard integer(72, UInt64.self) == UInt64(count) else { throw wrong("are of another number of digits") }
    return (0..<count).map { index in
      let at = headerLength + 4 * index
      return Prediction(number: Int(integer(at, UInt16.self)), confidence: Float(integer(at + 2, UInt16.self)) / 65535)
    }
  }
}
