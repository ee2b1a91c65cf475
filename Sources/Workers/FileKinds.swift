import AppCore
import Files
import Foundation

extension FileKind {
  /// What a file, or a folder, is by what it holds.
  ///
  /// A folder is a data set. Pictures, arrays, archives and tables are known by how they begin, safetensors by the length of their
  /// header, JSON by its brace; what is left is taken for ONNX where it begins as a protocol buffer's fields do, else for a table.
  static func identify(_ path: String) throws(FileError) -> FileKind {
    var isFolder: ObjCBool = false
    if FileManager.default.fileExists(atPath: path, isDirectory: &isFolder), isFolder.boolValue { return .data }
    let file = try InputFile(path)
    let start = try file.read(min(16, file.size))
    func begins(_ bytes: [UInt8]) -> Bool { start.starts(with: bytes) }
    if begins([0x89, 0x50, 0x4E, 0x47]) { return .picture }
    for (signature, name) in strangers where begins(signature) {
      throw FileError(path: path, found: "is \(name)", allowed: "pictures are read as PNG; data, networks and maps as README says")
    }
    if begins([0x93] + Array("NUMPY".utf8)) { return .map }
    if begins([0x1F, 0x8B]) || begins([0, 0, 8]) { return .data }
    if start.count > 8, start[8] == UInt8(ascii: "{"), start[4..<8].allSatisfy({ $0 == 0 }) { return .network }
    if let first = start.first(where: { ![0x20, 0x09, 0x0A, 0x0D].contains($0) }), first == UInt8(ascii: "{") { return .composite }
    let isText = start.allSatisfy { $0 == 0x09 || $0 == 0x0A || $0 == 0x0D || ($0 >= 0x20 && $0 < 0x7F) }
    if isText { return .data }
    // The fields of an ONNX model, by their numbers and types.
    guard let first = start.first, [0x08, 0x12, 0x1A, 0x22, 0x28, 0x32, 0x3A, 0x42, 0x72].contains(first) else {
      throw FileError(
        path: path, found: "is nothing that is known here",
        allowed: "MNIST's files, CSV, PNG, safetensors, ONNX, .npy and a composite's JSON can be opened")
    }
    return .network
  }

  /// What is often tried, and cannot be read.
  private static let strangers: [(signature: [UInt8], name: String)] = [
    ([0xFF, 0xD8, 0xFF], "a JPEG picture"), (Array("GIF8".utf8), "a GIF picture"), (Array("BM".utf8), "a BMP picture"),
    (Array("RIFF".utf8), "a WebP picture or another RIFF file"), (Array("%PDF".utf8), "a PDF"), ([0x50, 0x4B, 3, 4], "a zip archive"),
    (Array("II*".utf8), "a TIFF picture"), (Array("MM".utf8) + [0, 0x2A], "a TIFF picture"),
  ]
}

extension FolderListing {
  /// More entries than this are not listed.
  private static let most = 20_000

  /// A folder's entries, hidden ones left out; of a file, those of its folder.
  static func read(_ path: String?) throws(FileError) -> FolderListing {
    var folder = path.map { expanded($0) } ?? FileManager.default.currentDirectoryPath
    var isFolder: ObjCBool = false
    if FileManager.default.fileExists(atPath: folder, isDirectory: &isFolder), !isFolder.boolValue {
      folder = URL(fileURLWithPath: folder).deletingLastPathComponent().path
    }
    folder = URL(fileURLWithPath: folder).standardizedFileURL.path
    let names: [String]
    do { names = try FileManager.default.contentsOfDirectory(atPath: folder) } catch {
      throw FileError(.noInput, path: folder, found: "cannot be listed", allowed: "a folder that is there and may be read is needed")
    }
    let entries = names.filter { !$0.hasPrefix(".") }.sorted().prefix(most).map { name in
      var isFolder: ObjCBool = false
      let path = "\(folder)/\(name)"
      _ = FileManager.default.fileExists(atPath: path, isDirectory: &isFolder)
      let size = (try? FileManager.default.attributesOfItem(atPath: path)[.size] as? Int) ?? 0
      return Entry(name: name, isFolder: isFolder.boolValue, size: size)
    }
    return FolderListing(path: folder, entries: Array(entries))
  }

  /// `~` is the person's own folder.
  static func expanded(_ path: String) -> String {
    path.hasPrefix("~") ? (path as NSString).expandingTildeInPath : path
  }
}
