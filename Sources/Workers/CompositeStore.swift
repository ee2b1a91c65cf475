import Files
import Foundation
import Relevance

/// Composites of a person's own, one JSON file each, in the program's configuration folder.
public struct CompositeStore: Sendable {
  /// More than these are not read at the start: a folder is no list.
  static let most = 200

  private let folder: String?

  public init(folder: String?) { self.folder = folder }

  /// All that can be read, by the names of their files; what is no composite is passed over.
  public func all() -> [Composite] {
    guard let folder, let names = try? FileManager.default.contentsOfDirectory(atPath: folder) else { return [] }
    return names.filter { $0.hasSuffix(".json") }.sorted().prefix(Self.most).compactMap { try? Composite(fromFile: "\(folder)/\($0)") }
  }

  /// Writes a composite and gives it back as it is called now, with its file: a name that is taken by other rules gets a number.
  public func save(_ composite: Composite) throws(FileError) -> (composite: Composite, path: String) {
    guard let folder else {
      throw FileError(.cannotCreate, path: "$XDG_CONFIG_HOME", found: "is not an absolute path", allowed: "set HOME or XDG_CONFIG_HOME")
    }
    try createFolder(folder)
    var named = composite
    for number in 1...1000 {
      named.name = number == 1 ? composite.name : "\(composite.name)-\(number)"
      let path = "\(folder)/\(Self.fileName(named.name))"
      if FileManager.default.fileExists(atPath: path) {
        // The same rules once more need no second file.
        guard let there = try? Composite(fromFile: path), there.rows == named.rows else { continue }
        return (named, path)
      }
      try writeFileAtomically(Array(named.json.utf8), to: path)
      return (named, path)
    }
    throw FileError(.cannotCreate, path: folder, found: "has a thousand composites named \(composite.name)", allowed: "remove some")
  }

  /// Letters and digits of ASCII, dots, dashes and underscores stay; a name never leaves the folder.
  static func fileName(_ name: String) -> String {
    let safe = name.unicodeScalars.map { scalar -> Character in
      let isPlain =
        scalar.isASCII && (scalar.properties.isAlphabetic || scalar.properties.numericType != nil || "._-".unicodeScalars.contains(scalar))
      return isPlain ? Character(scalar) : "-"
    }
    return String(safe).drop { $0 == "." } + ".json"
  }
}
