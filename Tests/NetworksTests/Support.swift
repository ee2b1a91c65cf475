import Files
import Foundation
import Tensors
import Testing

/// A folder of this test's own, removed with it.
final class TemporaryFolder {
  let path: String

  init() throws {
    path = FileManager.default.temporaryDirectory.appending(path: "heatlens-networks-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  func file(_ name: String, _ bytes: [UInt8]) throws -> String {
    let path = path + "/" + name
    try Data(bytes).write(to: URL(fileURLWithPath: path))
    return path
  }
}

/// The error that the body throws; nil if it throws none.
func fileError<Result>(_ body: () throws -> Result) -> FileError? {
  do {
    _ = try body()
    return nil
  } catch { return error as? FileError }
}

/// Bad data, told in one line of at most 300 characters that has all these parts in it.
func expectBadData(_ error: FileError?, naming parts: [String], sourceLocation: SourceLocation = #_sourceLocation) {
  guard let error else {
    Issue.record("no error, though \(parts) is wrong", sourceLocation: sourceLocation)
    return
  }
  let message = error.description
  #expect(error.category == .badData, "\(message)", sourceLocation: sourceLocation)
  #expect(message.unicodeScalars.count <= 300, "\(message)", sourceLocation: sourceLocation)
  #expect(!message.unicodeScalars.contains { $0.properties.generalCategory == .control }, "\(message)", sourceLocation: sourceLocation)
  for part in parts { #expect(message.contains(part), "\(message)", sourceLocation: sourceLocation) }
}

func golden(_ name: String) throws -> String {
  try #require(Bundle.module.url(forResource: "Golden/" + name, withExtension: nil)).path
}

/// The largest difference, as a share of the largest magnitude of `expected`.
func relativeDifference(_ found: [Float], _ expected: [Float]) -> Float {
  guard found.count == expected.count else { return .infinity }
  let largest = expected.reduce(0) { max($0, abs($1)) }
  return zip(found, expected).reduce(0) { max($0, abs($1.0 - $1.1)) } / largest
}

/// The network that comes with the program; nil where the checkout lacks it.
let shippedNetwork: String? = {
  let path = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    .appendingPathComponent("Assets/resnet50-mnist.safetensors").path
  return FileManager.default.fileExists(atPath: path) ? path : nil
}()
