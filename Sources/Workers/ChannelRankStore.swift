import Files
import Foundation
import Networks

/// The pictures in which channels are strongest, on disk, complete or as far as they are known.
///
/// A file: "HEATCHN1", the key (64 hexadecimal digits), how many pictures there are, how many were looked at, how many lists there are, and
/// whether they are of relevance too (64 bits each); then for relevance, where it is there, and for what is given out the values (Float) and
/// the pictures (32 bits), twelve for each list; then the SHA-256 of all of this. Numbers are little endian. One that is cut, changed or of
/// other data is as good as none.
struct ChannelRankStore: Sendable {
  /// A file of the shipped network has 14 MB: those that were used longest ago go.
  static let mostFiles = 8
  private static let magic = "HEATCHN1"
  private static let prefix = "channels-"
  private static let numbersLength = 32

  private let folder: String?

  init(folder: String?) { self.folder = folder }

  func ranks(for key: RankingKey, _ network: Network, count: Int, ranksRelevance: Bool) -> ChannelRanks? {
    guard let folder else { return nil }
    let path = "\(folder)/\(Self.fileName(key))"
    guard let found = try? Self.read(path, key: key, network, count: count, ranksRelevance: ranksRelevance) else { return nil }
    // So that those that are used stay.
    try? FileManager.default.setAttributes([.modificationDate: Date()], ofItemAtPath: path)
    return found
  }

  /// Keeps them for the next start. A cache that cannot be written costs time then, nothing else.
  func keep(_ ranks: ChannelRanks, for key: RankingKey) {
    guard let folder else { return }
    try? createFolder(folder)
    try? Self.write(ranks, key: key, to: "\(folder)/\(Self.fileName(key))")
    removeOldest(in: folder)
  }

  static func fileName(_ key: RankingKey) -> String { "\(prefix)\(key.digest.prefix(16)).bin" }

  private func removeOldest(in folder: String) {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    let files = names.filter { $0.hasPrefix(Self.prefix) && $0.hasSuffix(".bin") }.map { "\(folder)/\($0)" }
    guard files.count > Self.mostFiles else { return }
    let dated = files.map { path in
      (path, ((try? FileManager.default.attributesOfItem(atPath: path))?[.modificationDate] as? Date) ?? .distantPast)
    }
    for (path, _) in dated.sorted(by: { ($1.1, $1.0) < ($0.1, $0.0) }).dropFirst(Self.mostFiles) {
      try? FileManager.default.removeItem(atPath: path)
    }
  }

  static func write(_ ranks: ChannelRanks, key: RankingKey, to path: String) throws(FileError) {
    let kinds = [ranks.relevance, ranks.activation].compactMap { $0 }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(length(lists: ranks.activation.lists, kinds: kinds.count))
    for number in [ranks.count, ranks.seen, ranks.activation.lists, kinds.count - 1] { KeyedFile.append(UInt64(number), to: &bytes) }
    for kind in kinds {
      kind.values.withUnsafeBytes { bytes.append(contentsOf: $0) }
      kind.pictures.withUnsafeBytes { bytes.append(contentsOf: $0) }
    }
    try KeyedFile.write(magic, key: key.digest, bytes, to: path)
  }

  static func read(
    _ path: String, key: RankingKey, _ network: Network, count: Int, ranksRelevance: Bool
  ) throws(FileError) -> ChannelRanks {
    func wrong(_ found: String) -> FileError { FileError(.badData, path: path, format: "channels", found: found) }
    let kinds = ranksRelevance ? 2 : 1
    let empty = ChannelRanks(network, count: count, ranksRelevance: ranksRelevance)
    let lists = empty.activation.lists
    let bytes = try KeyedFile.read(
      path, magic: magic, key: key.digest, format: "channels", limit: length(lists: lists, kinds: kinds))
    guard bytes.count == KeyedFile.headerLength + length(lists: lists, kinds: kinds) else { throw wrong("was cut") }
    let numbers = (0..<4).map { KeyedFile.integer(bytes, at: KeyedFile.headerLength + 8 * $0, as: UInt64.self) }
    guard numbers[0] == UInt64(count), numbers[2] == UInt64(lists), numbers[3] == UInt64(kinds - 1),
      let seen = Int(exactly: numbers[1])
    else { throw wrong("has other sizes") }
    let size = lists * ChannelRanks.most
    func array<Element: BitwiseCopyable>(_ place: Int, zero: Element) -> [Element] {
      var result = [Element](repeating: zero, count: size)
      let start = KeyedFile.headerLength + numbersLength + 4 * size * place
      result.withUnsafeMutableBytes { result in
        bytes.withUnsafeBytes { result.copyMemory(from: UnsafeRawBufferPointer(rebasing: $0[start..<start + 4 * size])) }
      }
      return result
    }
    let found = (0..<kinds).map {
      StrongestPictures(values: array(2 * $0, zero: Float(0)), pictures: array(2 * $0 + 1, zero: UInt32(0)), count: count)
    }
    guard let first = found[0], let activation = found[kinds - 1],
      let ranks = ChannelRanks(network, count: count, seen: seen, relevance: ranksRelevance ? first : nil, activation: activation)
    else { throw wrong("has lists that are none") }
    return ranks
  }

  /// Of a file's body.
  private static func length(lists: Int, kinds: Int) -> Int { numbersLength + 8 * kinds * lists * ChannelRanks.most }
}
