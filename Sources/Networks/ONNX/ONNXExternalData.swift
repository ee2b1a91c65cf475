import Files
import Glibc

/// Weights in other files beside the model's.
///
/// A model may only name files in its own folder or below: no absolute path, no `..`, and no link that leads out of it.
/// Format: https://github.com/onnx/onnx/blob/main/docs/ExternalData.md
struct ONNXExternalData {
  /// A tensor's bytes in another file.
  struct Part {
    let path: String
    let offset: Int
  }

  let modelPath: String
  private var sizes: [String: (path: String, size: Int)] = [:]
  private var opened: InputFile?
  static let mostFiles = 4_096

  init(modelPath: String) { self.modelPath = modelPath }

  /// Where the bytes of a tensor are, after all has been checked but their values.
  mutating func part(
    _ entries: [String: String], byteCount: Int, of title: String, source: ProtobufSource, at position: Int
  ) throws(FileError) -> Part {
    func wrong(_ what: String, found: String, allowed: String? = nil) -> FileError {
      source.error("\(what) of \(title)", position, found: found, allowed: allowed)
    }
    guard let location = entries["location"], !location.isEmpty else { throw wrong("location", found: "missing") }
    func number(_ key: String) throws(FileError) -> Int? {
      guard let text = entries[key] else { return nil }
      guard text.utf8.count <= 18, !text.isEmpty, text.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let number = Int(text) else {
        throw wrong(key, found: "\"\(text)\"", allowed: "a whole number is expected")
      }
      return number
    }
    let offset = try number("offset") ?? 0
    let length = try number("length") ?? byteCount
    guard byteCount <= ONNXModelReader.largestFile else {
      throw wrong("length", found: "\(byteCount)", allowed: "at most \(ONNXModelReader.largestFile) bytes are allowed")
    }
    guard length == byteCount else { throw wrong("length", found: "\(length)", allowed: "its shape takes \(byteCount) bytes") }
    let file: (path: String, size: Int)
    if let known = sizes[location] {
      file = known
    } else {
      guard sizes.count < Self.mostFiles else { throw wrong("location", found: "one of more than \(Self.mostFiles) files") }
      guard !location.hasPrefix("/"), !location.utf8.contains(0), !location.split(separator: "/").contains(".."),
        let path = resolve(location)
      else {
        throw wrong("location", found: "\"\(location)\"", allowed: "external data must lie in the model's folder")
      }
      do { file = (path, try InputFile(path).size) } catch {
        throw FileError(
          error.category, path: modelPath, format: "onnx", field: "external data of \(title)", offset: position,
          found: "\"\(location)\", which \(error.found ?? "cannot be read")")
      }
      sizes[location] = file
    }
    guard offset <= file.size, length <= file.size - offset else {
      throw wrong("external data", found: "\(length) bytes at \(offset)", allowed: "\(location) has only \(file.size) bytes")
    }
    return Part(path: file.path, offset: offset)
  }

  /// The true path of a file in the model's folder; nil where it lies elsewhere. A file that does not exist keeps its name.
  private func resolve(_ location: String) -> String? {
    let folder = modelPath.split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(separator: "/")
    let folderName = folder.isEmpty ? (modelPath.hasPrefix("/") ? "/" : ".") : folder
    let path = folderName + "/" + location
    guard let trueFolder = truePath(folderName) else { return nil }
    guard let found = truePath(path) else { return errno == ENOENT || errno == EACCES ? path : nil }
    return found.hasPrefix(trueFolder == "/" ? "/" : trueFolder + "/") ? found : nil
  }

  private func truePath(_ path: String) -> String? {
    guard let found = realpath(path, nil) else { return nil }
    defer { free(found) }
    return String(cString: found)
  }

  /// The file of a part. One is open at a time.
  mutating func open(_ part: Part) throws(FileError) -> InputFile {
    if let opened, opened.path == part.path { return opened }
    let file = try InputFile(part.path)
    opened = file
    return file
  }
}
