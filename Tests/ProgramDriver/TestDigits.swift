import Foundation

/// MNIST where `HEATLENS_MNIST` names its folder, read here independently of the program.
package struct TestDigits {
  package let labels: [UInt8]
  /// 28 x 28 bytes each.
  package let pictures: [[UInt8]]

  package static var mnistFolder: String? {
    ProcessInfo.processInfo.environment["HEATLENS_MNIST"].flatMap { $0.isEmpty ? nil : $0 }
  }

  /// How many digits the program shows when it is told nothing: MNIST's, or the built-in ones.
  package static func countOfDefaultData() throws -> Int {
    guard let folder = mnistFolder else { return 10_000 }
    return try ["train", "t10k"].reduce(0) { try $0 + bytes(of: "\($1)-labels-idx1-ubyte", in: folder).count - 8 }
  }

  /// The first digits of MNIST's test split; nil where there is no MNIST.
  package init?(firstOfTestSplit count: Int) throws {
    guard let folder = Self.mnistFolder else { return nil }
    labels = Array(try Self.bytes(of: "t10k-labels-idx1-ubyte", in: folder).dropFirst(8).prefix(count))
    let pixels = try Self.bytes(of: "t10k-images-idx3-ubyte", in: folder).dropFirst(16).prefix(784 * labels.count)
    pictures = stride(from: 0, to: pixels.count, by: 784).map { Array(pixels.dropFirst($0).prefix(784)) }
  }

  /// As a table that the program reads: label, then pixels.
  package var table: String {
    zip(labels, pictures).map { label, picture in ([label] + picture).map(String.init).joined(separator: ",") + "\n" }.joined()
  }

  private static func bytes(of name: String, in folder: String) throws -> Data {
    if FileManager.default.fileExists(atPath: "\(folder)/\(name)") {
      return try Data(contentsOf: URL(fileURLWithPath: "\(folder)/\(name)"))
    }
    let scratch = try TemporaryFolder()
    let outcome = try runTool(
      "gzip", ["-dc", "\(folder)/\(name).gz"], environment: ProcessInfo.processInfo.environment, in: scratch)
    guard outcome.status == 0 else { throw DriverFailure("\(folder)/\(name).gz: \(outcome.errors)") }
    return outcome.output
  }
}

/// Few digits, so that a map of them takes a moment. One table and one cache for all tests of a process.
package struct SmallData: Sendable {
  package static let shared = Result { try SmallData() }

  package static let count = 500
  /// Keeps the table and the cache of maps until the process ends.
  package let folder: TemporaryFolder
  /// Nil without MNIST: the built-in digits are used then.
  package let path: String?
  package let points: Int

  private init() throws {
    folder = try TemporaryFolder()
    // What is shared is never released: the end of the process removes it.
    atexit { if let shared = try? SmallData.shared.get() { try? FileManager.default.removeItem(atPath: shared.folder.path) } }
    if let digits = try TestDigits(firstOfTestSplit: Self.count) {
      path = try folder.write("digits.csv", digits.table.utf8)
      points = digits.labels.count
    } else {
      path = nil
      points = 10_000
    }
  }

  /// `--data FILE`, or nothing.
  package var arguments: [String] { path.map { ["--data", $0] } ?? [] }
}
