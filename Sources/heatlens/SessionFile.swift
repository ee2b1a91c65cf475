import AppCore
import Files
import Foundation
import Workers

/// Keeps what a session is for the next start.
struct SessionFile {
  /// More than this is no session's file.
  private static let limit = 1 << 20
  /// How often it is kept while the window is open, where it changed.
  private static let period = 20.0

  let path: String?
  private var last: SavedSession?
  private var written = Date()

  init(path: String?) { self.path = path }

  /// What was kept; nil where nothing was, or nothing that can be read.
  static func read(_ path: String?) -> SavedSession? {
    guard let path, let bytes = try? readFile(path, limit: limit) else { return nil }
    if let saved = try? JSONDecoder().decode(SavedSession.self, from: Data(bytes)) { return saved }
    note("heatlens: \(path): is no session that can be read; the window begins anew")
    return nil
  }

  /// Writes it now and then.
  mutating func keep(_ session: @autoclosure () -> SavedSession) {
    guard Date().timeIntervalSince(written) > Self.period else { return }
    write(session())
  }

  /// Writes it where it changed. A session that cannot be kept is no reason to disturb anybody.
  mutating func write(_ session: SavedSession) {
    written = Date()
    guard let path, session != last else { return }
    last = session
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .prettyPrinted]
    guard let data = try? encoder.encode(session) else { return }
    try? createFolder(URL(fileURLWithPath: path).deletingLastPathComponent().path)
    try? writeFileAtomically(Array(data), to: path)
  }
}
