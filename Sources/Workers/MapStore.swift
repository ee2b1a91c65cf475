import Datasets
import Embedding
import Files

/// What a finished map belongs to: the pixels it was made of and the parameters it was made with.
public struct MapKey: Sendable, Equatable {
  /// SHA-256 in hexadecimal of everything that decides the map.
  public let digest: String

  public init(digits: DigitCollection, parameters: EmbeddingParameters) {
    var hash = SHA256()
    hash.update(
      Array(
        "\(digits.count) \(digits.width) \(digits.height) \(parameters.perplexity) \(parameters.earlyIterations) \(parameters.iterations) \(parameters.exaggeration) \(parameters.components) \(parameters.seed)"
          .utf8))
    digits.pixels.withUnsafeBytes { hash.update($0) }
    digest = hash.finalized()
  }
}

/// Finished maps on disk: those that are shipped, and those that were computed here before.
///
/// A file that is cut, changed, of another version or of other data is as good as none: the map is computed again.
public struct MapStore: Sendable {
  /// Folders with maps, the first one that can be written is where new ones go.
  private let cacheFolder: String?
  private let shippedFolder: String?

  public init(cacheFolder: String?, shippedFolder: String?) {
    self.cacheFolder = cacheFolder
    self.shippedFolder = shippedFolder
  }

  /// Positions, x and y in turn, or nil where no folder has this map.
  public func map(for key: MapKey, count: Int) -> [Float]? {
    for folder in [shippedFolder, cacheFolder] {
      guard let folder, let positions = try? MapFile.read("\(folder)/\(Self.fileName(key))", key: key, count: count) else { continue }
      return positions
    }
    return nil
  }

  /// Keeps a map for the next start. A cache that cannot be written costs time then, nothing else.
  public func keep(_ positions: [Float], for key: MapKey) {
    guard let cacheFolder else { return }
    try? createFolder(cacheFolder)
    try? MapFile.write(positions, key: key, to: "\(cacheFolder)/\(Self.fileName(key))")
  }

  /// The name that a map's file has in every folder.
  public static func fileName(_ key: MapKey) -> String { "tsne-\(key.digest.prefix(16)).map" }
}
