import AppCore
import Files

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

  /// The map, or nil where no folder has it.
  public func map(for key: MapKey, count: Int) -> EmbeddedMap? {
    for folder in [shippedFolder, cacheFolder] {
      guard let folder, let map = try? MapFile.read("\(folder)/\(Self.fileName(key))", key: key, count: count) else { continue }
      return map
    }
    return nil
  }

  /// Keeps a map for the next start. A cache that cannot be written costs time then, nothing else.
  public func keep(_ map: EmbeddedMap, for key: MapKey) {
    guard let cacheFolder else { return }
    try? createFolder(cacheFolder)
    try? MapFile.write(map, key: key, to: "\(cacheFolder)/\(Self.fileName(key))")
  }

  /// The name that a map's file has in every folder.
  public static func fileName(_ key: MapKey) -> String { "tsne-\(key.digest.prefix(16)).map" }
}
