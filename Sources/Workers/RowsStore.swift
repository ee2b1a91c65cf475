import Embedding
import Files
import Foundation

/// What maps are made of, as it was computed: the last few in memory, those that took a network in the cache folder too.
///
/// Safe to share: what is in memory is guarded by a lock.
final class RowsStore: Sendable {
  /// A network's stages, and one more.
  private static let mostInMemory = 8

  private let folder: String?
  private let known = Locked<[(key: RepresentationKey, rows: ProjectedRows)]>([])

  init(folder: String?) { self.folder = folder }

  func rows(for key: RepresentationKey, count: Int) -> ProjectedRows? {
    if let found = known.withLock({ $0.first { $0.key == key }?.rows }) { return found }
    guard let folder, let rows = try? RowsFile.read("\(folder)/\(Self.fileName(key))", key: key, count: count) else { return nil }
    remember(rows, for: key)
    return rows
  }

  /// - Parameter onDisk: whether it took long enough to be kept for the next start. A cache that cannot be written costs time then.
  func keep(_ rows: ProjectedRows, for key: RepresentationKey, onDisk: Bool) {
    remember(rows, for: key)
    guard onDisk, let folder else { return }
    try? createFolder(folder)
    try? RowsFile.write(rows, key: key, to: "\(folder)/\(Self.fileName(key))")
  }

  private func remember(_ rows: ProjectedRows, for key: RepresentationKey) {
    known.withLock { known in
      known.removeAll { $0.key == key }
      known.append((key, rows))
      if known.count > Self.mostInMemory { known.removeFirst() }
    }
  }

  private static func fileName(_ key: RepresentationKey) -> String { "rows-\(key.digest.prefix(16)).rows" }
}
