import CZlib
import Datasets
import Files
import Foundation

/// A folder of this test's own, removed with it.
final class TemporaryFolder {
  let path: String

  init() throws {
    path = FileManager.default.temporaryDirectory.appending(path: "heatlens-datasets-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  @discardableResult
  func file(_ name: String, _ bytes: [UInt8]) throws -> String {
    let path = path + "/" + name
    try Data(bytes).write(to: URL(fileURLWithPath: path))
    return path
  }

  /// Writes the two files of the training split.
  func split(pictures: [UInt8], labels: [UInt8], suffix: String = "") throws {
    try file("train-images-idx3-ubyte" + suffix, pictures)
    try file("train-labels-idx1-ubyte" + suffix, labels)
  }
}

/// The error that the body throws; nil if it throws none.
func fileError(_ body: () throws -> Void) -> FileError? {
  do {
    try body()
    return nil
  } catch { return error as? FileError }
}

func bigEndian(_ number: Int) -> [UInt8] { (0..<4).map { UInt8(truncatingIfNeeded: number >> (24 - 8 * $0)) } }

/// An IDX file of unsigned bytes.
func idx(_ dimensions: [Int], _ data: [UInt8]) -> [UInt8] {
  [0, 0, 8, UInt8(dimensions.count)] + dimensions.flatMap(bigEndian) + data
}

/// Three pictures of 2 x 2 and their labels.
let pictureFile = idx([3, 2, 2], [0, 1, 2, 3, 10, 20, 30, 40, 255, 254, 253, 252])
let labelFile = idx([3], [7, 0, 9])

/// Deflates with zlib itself; 31 asks for a gzip member, -15 for bare deflate.
func deflated(_ bytes: [UInt8], windowBits: Int32 = 31, flush: Int32 = Z_FINISH) -> [UInt8] {
  var stream = z_stream()
  precondition(
    deflateInit2_(&stream, 6, Z_DEFLATED, windowBits, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK)
  defer { deflateEnd(&stream) }
  var input = bytes
  var output = [UInt8](repeating: 0, count: Int(deflateBound(&stream, UInt(bytes.count))) + 64)
  let capacity = output.count
  input.withUnsafeMutableBufferPointer { input in
    output.withUnsafeMutableBufferPointer { output in
      stream.next_in = input.baseAddress
      stream.avail_in = UInt32(input.count)
      stream.next_out = output.baseAddress
      stream.avail_out = UInt32(capacity)
      _ = deflate(&stream, flush)
    }
  }
  return Array(output.prefix(capacity - Int(stream.avail_out)))
}

func gzipped(_ bytes: [UInt8]) -> [UInt8] { deflated(bytes) }

/// Reproducible bytes without pattern, so that they do not compress.
func noise(_ count: Int) -> [UInt8] {
  var state: UInt32 = 12345
  return (0..<count).map { _ in
    state = state &* 1_664_525 &+ 1_013_904_223
    return UInt8(state >> 24)
  }
}
