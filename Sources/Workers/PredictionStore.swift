import AppCore
import Files

/// What a network takes all digits of a collection for, on disk: shipped, or computed here before.
///
/// A file: "HEATPRE1", the key (64 hexadecimal digits), the count (64 bits), for each digit the class and the confidence in steps of 1/65535
/// (16 bits each), then the SHA-256 of all of this. Numbers are little endian. One that is cut, changed or of other data is as good as none.
public struct PredictionStore: Sendable {
  private static let magic = "HEATPRE1"
  private static let headerLength = KeyedFile.headerLength + 8

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
    var bytes: [UInt8] = []
    bytes.reserveCapacity(8 + 4 * predictions.count)
    KeyedFile.append(UInt64(predictions.count), to: &bytes)
    for prediction in predictions {
      KeyedFile.append(UInt16(clamping: prediction.number), to: &bytes)
      KeyedFile.append(UInt16((min(max(prediction.confidence, 0), 1) * 65535).rounded()), to: &bytes)
    }
    try KeyedFile.write(magic, key: key.digest, bytes, to: path)
  }

  static func read(_ path: String, key: PredictionKey, count: Int) throws(FileError) -> [Prediction] {
    let bytes = try KeyedFile.read(path, magic: magic, key: key.digest, format: "predictions", limit: 8 + 4 * count)
    guard bytes.count == headerLength + 4 * count, KeyedFile.integer(bytes, at: KeyedFile.headerLength, as: UInt64.self) == UInt64(count)
    else {
      throw FileError(.badData, path: path, format: "predictions", found: "are not of \(count) digits")
    }
    return (0..<count).map { index in
      let at = headerLength + 4 * index
      return Prediction(
        number: Int(KeyedFile.integer(bytes, at: at, as: UInt16.self)),
        confidence: Float(KeyedFile.integer(bytes, at: at + 2, as: UInt16.self)) / 65535)
    }
  }
}
