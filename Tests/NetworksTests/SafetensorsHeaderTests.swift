import Files
import Foundation
import Testing

@testable import Networks

/// A tensor of one F32, with one of its fields replaced.
private func header(_ fields: String) -> [UInt8] { file(header: "{\"a\": {\(fields)}}", payload: [0, 0, 0, 0]) }
private let dtype = "\"dtype\": \"F32\""
private let shape = "\"shape\": [1]"
private let offsets = "\"data_offsets\": [0, 4]"
private func two(_ first: String, _ second: String, payload: Int = 8) -> [UInt8] {
  file(
    header: "{\"a\": {\(dtype), \(shape), \"data_offsets\": \(first)}, \"b\": {\(dtype), \(shape), \"data_offsets\": \(second)}}",
    payload: [UInt8](repeating: 0, count: payload))
}

struct Hostile: CustomTestStringConvertible, Sendable {
  let testDescription: String
  let bytes: [UInt8]
  let parts: [String]

  init(_ description: String, _ bytes: [UInt8], _ parts: String...) { self.init(description, bytes, parts) }

  init(_ description: String, _ bytes: [UInt8], _ parts: [String]) {
    testDescription = description
    self.bytes = bytes
    self.parts = parts
  }

  static let all: [Hostile] =
    (0...7).map { Hostile("\($0) bytes", [UInt8](repeating: 7, count: $0), "is only \($0) bytes long") } + [
      Hostile("header length 0", littleEndian([UInt64(0)]), "header length (offset 0) is 0"),
      Hostile("header length 2^63 - 1", littleEndian([UInt64.max >> 1]), "header length (offset 0) is 9223372036854775807"),
      Hostile("header length 2^63", littleEndian([UInt64(1) << 63]), "header length (offset 0) is 9223372036854775808"),
      Hostile("header length 2^64 - 1", littleEndian([UInt64.max]), "header length (offset 0) is 18446744073709551615"),
      Hostile("header above the limit", littleEndian([UInt64(16 << 20 + 1)]), "header length (offset 0) is 16777217", "16777216"),
      Hostile(
        "header past the end", littleEndian([UInt64(11)]) + Array("{\"a\": 1}  ".utf8), "header length (offset 0) is 11", "only 10 bytes"),
      Hostile("header one short", littleEndian([UInt64(7)]) + Array("{\"a\": 1}".utf8), "header (offset 15)", "JSON"),
      Hostile("header one long", littleEndian([UInt64(3)]) + Array("{}x".utf8), "header (offset 10)", "text after the end"),
      Hostile("not UTF-8", file(header: [0x7B, 0x22, 0xFF, 0x22, 0x3A, 0x31, 0x7D]), "header (offset", "UTF-8"),
      Hostile("not JSON", file(header: "<!DOCTYPE html>"), "header (offset 8)", "not valid JSON"),
      Hostile("trailing comma", file(header: "{\"a\": 1,}"), "header (offset 16)", "not valid JSON"),
      Hostile("not an object", file(header: "[1, 2]"), "header (offset 8)", "not a JSON object"),
      Hostile("duplicate tensor", file(header: "{\"a\": 1, \"a\": 1}"), "header (offset", "\"a\" appears twice"),
      Hostile("duplicate field", header("\(dtype), \(shape), \(shape), \(offsets)"), "header (offset", "\"shape\" appears twice"),
      Hostile("tensor not an object", file(header: "{\"a\": 1}"), "tensor a", "not an object"),
      Hostile("unknown field", header("\(dtype), \(shape), \(offsets), \"x\": 1"), "tensor a", "unknown field x"),
      Hostile("no dtype", header("\(shape), \(offsets)"), "tensor a", "dtype"),
      Hostile("dtype a number", header("\"dtype\": 32, \(shape), \(offsets)"), "tensor a", "dtype"),
      Hostile("unknown dtype", header("\"dtype\": \"Q4\", \(shape), \(offsets)"), "tensor a is of type Q4", "F32"),
      Hostile("integers", header("\"dtype\": \"U8\", \(shape), \(offsets)"), "tensor a is of type U8", "F32"),
      Hostile("no shape", header("\(dtype), \(offsets)"), "tensor a", "shape"),
      Hostile("shape a number", header("\(dtype), \"shape\": 1, \(offsets)"), "tensor a", "shape"),
      Hostile("negative dimension", header("\(dtype), \"shape\": [-1], \(offsets)"), "tensor a", "dimension 0"),
      Hostile("fractional dimension", header("\(dtype), \"shape\": [1, 1.5], \(offsets)"), "tensor a", "dimension 1"),
      Hostile("exponent dimension", header("\(dtype), \"shape\": [1e0], \(offsets)"), "tensor a", "dimension 0"),
      Hostile("dimension a text", header("\(dtype), \"shape\": [\"1\"], \(offsets)"), "tensor a", "dimension 0"),
      Hostile("huge dimension", header("\(dtype), \"shape\": [99999999999999999999], \(offsets)"), "tensor a", "dimension 0"),
      Hostile("product overflow", header("\(dtype), \"shape\": [4294967296, 4294967296], \(offsets)"), "tensor a", "larger than any file"),
      Hostile("product wraps to fit", header("\(dtype), \"shape\": [4611686018427387, 4001], \(offsets)"), "tensor a"),
      Hostile("rank 9", header("\(dtype), \"shape\": [1,1,1,1,1,1,1,1,1], \(offsets)"), "tensor a is of rank 9", "8"),
      Hostile("no offsets", header("\(dtype), \(shape)"), "tensor a", "data_offsets"),
      Hostile("three offsets", header("\(dtype), \(shape), \"data_offsets\": [0, 2, 4]"), "tensor a", "data_offsets"),
      Hostile("negative offset", header("\(dtype), \(shape), \"data_offsets\": [-4, 0]"), "tensor a", "data_offsets"),
      Hostile("fractional offset", header("\(dtype), \(shape), \"data_offsets\": [0, 4.0]"), "tensor a", "data_offsets"),
      Hostile("offsets reversed", header("\(dtype), \(shape), \"data_offsets\": [4, 0]"), "tensor a", "wrong order"),
      Hostile("size is not the shape's", header("\(dtype), \"shape\": [2], \(offsets)"), "tensor a is 4 bytes long", "[2] of F32 takes 8"),
      Hostile("overlapping", two("[0, 4]", "[2, 6]"), "data_offsets of b is 2", "4"),
      Hostile("twice the same bytes", two("[0, 4]", "[0, 4]", payload: 4), "data_offsets of", "is 0"),
      Hostile("a hole", two("[0, 4]", "[5, 9]", payload: 9), "data_offsets of b is 5", "4"),
      Hostile("a hole at the start", two("[1, 5]", "[5, 9]", payload: 9), "data_offsets of a is 1", "0"),
      Hostile("past the end", two("[0, 4]", "[4, 8]", payload: 7), "data_offsets of b is 8", "only 7 bytes"),
      Hostile("far past the end", header("\(dtype), \"shape\": [249999999999], \"data_offsets\": [0, 999999999996]"), "data_offsets of a"),
      Hostile("not covering the file", two("[0, 4]", "[4, 8]", payload: 11), "3 bytes that belong to no tensor"),
      Hostile("metadata not an object", file(header: "{\"__metadata__\": []}"), "__metadata__"),
      Hostile("metadata not text", file(header: "{\"__metadata__\": {\"classes\": [1]}}"), "__metadata__.classes", "not a text"),
      Hostile("a pickle", [0x80, 2, 0x8A, 0x0A, 0x6C, 0xFC, 0x9C, 0x46, 0xF9, 0x20], "PyTorch pickle", "torch.load", "save_file"),
      Hostile("a zip", Array("PK".utf8) + [3, 4, 0, 0, 8, 8, 0, 0, 0, 0], "PyTorch pickle", "torch.load", "save_file"),
      Hostile("an HTML page", Array("<!DOCTYPE html><html></html>".utf8), "is an HTML page"),
      Hostile("a git-lfs pointer", Array("version https://git-lfs.github.com/spec/v1\n".utf8), "git-lfs", "git lfs pull"),
      Hostile("a text", Array("epoch,loss\n1,0.5\n".utf8), "is a text"),
      Hostile("a NumPy array", [0x93] + Array("NUMPY".utf8) + [1, 0, 0x76, 0], "is a NumPy array"),
      Hostile("control characters in a name", file(header: "{\"a\\u001b[31m\\n\": 1}"), "tensor a\\u{1b}[31m\\n"),
      Hostile("a name of a megabyte", file(header: "{\"\(String(repeating: "x", count: 1 << 20))\": 1}"), "tensor xxx"),
    ]
}

@Suite struct SafetensorsHeaderTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  @Test("Every hostile header is refused by a message with the file and the field", arguments: Hostile.all)
  func refused(hostile: Hostile) throws {
    let path = try folder.file("net.safetensors", hostile.bytes)
    let error = fileError { try SafetensorsFile(path) }
    expectBadData(error, naming: ["net.safetensors: "] + hostile.parts)
    #expect(fileError { try readNetwork(from: path) } == error, "the same input gives the same message")
  }

  @Test("65,536 tensors are read, 65,537 are refused")
  func manyTensors() throws {
    // Names with what would be counted if they were no texts.
    func file(_ count: Int) -> [UInt8] {
      let tensors = (0..<count).map { "\"t,{\\\"\($0)\":{\"dtype\":\"F16\",\"shape\":[0],\"data_offsets\":[0,0]}" }
      let members = tensors + [#""__metadata__":{"a":",","b":"c"}"#]
      return NetworksTests.file(header: "{" + members.joined(separator: ",") + "}")
    }
    #expect(try SafetensorsFile(folder.file("most.safetensors", file(65_536))).entries.count == 65_536)
    let path = try folder.file("net.safetensors", file(65_537))
    expectBadData(fileError { try SafetensorsFile(path) }, naming: ["net.safetensors: ", "number of tensors", "65536"])
  }

  @Test("A file cut anywhere is refused, though all before the cut is right")
  func truncated() throws {
    let bytes = tinyResNet(averaging: true).bytes
    for length in stride(from: 0, to: bytes.count, by: 601) {
      let path = try folder.file("net.safetensors", Array(bytes.prefix(length)))
      expectBadData(fileError { try readNetwork(from: path) }, naming: ["net.safetensors: "])
    }
    let path = try folder.file("net.safetensors", bytes.dropLast())
    expectBadData(fileError { try readNetwork(from: path) }, naming: ["data_offsets of fc.bias", "the file has only"])
  }

  @Test("A file of more numbers than 2 GiB is refused before any is read")
  func sparseGiant() throws {
    let length = 3 << 30
    let header = Array("{\"fc.weight\": {\(dtype), \"shape\": [\(length / 4)], \"data_offsets\": [0, \(length)]}}".utf8)
    let path = try folder.file("net.safetensors", file(header: header))
    let handle = try FileHandle(forWritingTo: URL(fileURLWithPath: path))
    try handle.truncate(atOffset: UInt64(8 + header.count + length))
    try handle.close()
    expectBadData(
      fileError { try readNetwork(from: path) }, naming: ["net.safetensors: length of the numbers is 3221225472 bytes", "2147483648"])
  }

  @Test("A missing file, a folder and an empty path are no input")
  func noInput() {
    for path in [folder.path + "/absent.safetensors", folder.path, ""] {
      let error = fileError { try readNetwork(from: path) }
      #expect(error?.category == .noInput, "\(path)")
    }
    #expect(fileError { try readNetwork(from: folder.path + "/absent.safetensors") }?.description.contains("absent.safetensors: ") == true)
  }

  @Test("Spaces, empty tensors and tensors out of order are no fault")
  func unusual() throws {
    let text = """
       { "b" : {"data_offsets":[4,8],"shape":[1,1],"dtype":"F32"},
      "empty": {"dtype":"F64","shape":[3,0],"data_offsets":[4,4]}, "a": {"dtype":"F32","shape":[],"data_offsets":[0,4]}}   
      """
    let payload = littleEndian([Float(1.5).bitPattern, Float(-2).bitPattern])
    let file = try SafetensorsFile(folder.file("a.safetensors", NetworksTests.file(header: text, payload: payload)))
    #expect(file.entries.map(\.name) == ["b", "empty", "a"])
    #expect(try file.entries.map { try file.floats(of: $0) } == [[-2], [], [1.5]])
    #expect(try SafetensorsFile(folder.file("none.safetensors", NetworksTests.file(header: "{}"))).entries.isEmpty)
  }
}
