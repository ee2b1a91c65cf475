import Files
import Foundation
import Testing

@testable import Networks

@Suite struct ONNXExternalDataTests {
  let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
    for name in ["inside", "outside"] {
      try FileManager.default.createDirectory(atPath: folder.path + "/" + name, withIntermediateDirectories: true)
    }
  }

  /// A model in the inner folder whose bias lies elsewhere.
  private func model(_ external: [(String, String)], _ change: (inout ONNXFile) -> Void = { _ in }) throws -> String {
    var file = tinyONNX()
    file.change("b") {
      $0.raw = nil
      $0.external = external
    }
    change(&file)
    return try folder.file("inside/net.onnx", file.bytes)
  }

  private let numbers = littleEndian([Float(9), 1, 2, 3, 4].map(\.bitPattern))

  private func bias(_ path: String) throws -> [Float]? {
    let network = try readNetwork(from: path)
    return network.layers.first { $0.name == "conv_0" }?.linear?.bias
  }

  @Test("Weights in another file of the folder are read, from any place in it")
  func accepted() throws {
    _ = try folder.file("inside/weights.bin", numbers)
    try FileManager.default.createDirectory(atPath: folder.path + "/inside/deeper", withIntermediateDirectories: true)
    _ = try folder.file("inside/deeper/weights.bin", numbers)
    #expect(try bias(model([("location", "weights.bin"), ("offset", "4"), ("length", "16")])) == [1, 2, 3, 4])
    #expect(try bias(model([("location", "weights.bin")])) == [9, 1, 2, 3])
    #expect(try bias(model([("location", "deeper/weights.bin"), ("offset", "4")])) == [1, 2, 3, 4])
    // A link within the folder leads nowhere else.
    try FileManager.default.createSymbolicLink(atPath: folder.path + "/inside/link.bin", withDestinationPath: "deeper/weights.bin")
    #expect(try bias(model([("location", "link.bin"), ("offset", "4")])) == [1, 2, 3, 4])
    // So does a folder that is itself reached by a link.
    try FileManager.default.createSymbolicLink(atPath: folder.path + "/way", withDestinationPath: "inside")
    _ = try model([("location", "weights.bin")])
    #expect(try bias(folder.path + "/way/net.onnx") == [9, 1, 2, 3])
  }

  @Test(
    "Whatever leads out of the folder is refused",
    arguments: [
      "../outside/weights.bin", "../inside/weights.bin", "deeper/../../outside/weights.bin", "link.bin", "linked/weights.bin", "loop",
    ])
  func outside(location: String) throws {
    _ = try folder.file("outside/weights.bin", numbers)
    _ = try folder.file("inside/weights.bin", numbers)
    let inside = folder.path + "/inside"
    try FileManager.default.createSymbolicLink(atPath: inside + "/link.bin", withDestinationPath: "../outside/weights.bin")
    try FileManager.default.createSymbolicLink(atPath: inside + "/linked", withDestinationPath: "../outside")
    try FileManager.default.createSymbolicLink(atPath: inside + "/loop", withDestinationPath: "loop")
    let path = try model([("location", location)])
    expectBadData(
      fileError { try readNetwork(from: path) }, naming: ["net.onnx: location of initializer b", location, "in the model's folder"])
  }

  @Test("An absolute path is refused, even into the folder")
  func absolute() throws {
    let weights = try folder.file("inside/weights.bin", numbers)
    let path = try model([("location", weights)])
    expectBadData(fileError { try readNetwork(from: path) }, naming: ["location of initializer b", "in the model's folder"])
  }

  @Test("Parts that do not fit are refused")
  func parts() throws {
    _ = try folder.file("inside/weights.bin", numbers)
    let cases: [([(String, String)], [String])] = [
      ([("offset", "0")], ["location of initializer b (offset", "is missing"]),
      ([("location", "")], ["location of initializer b (offset", "is missing"]),
      ([("location", "weights.bin"), ("offset", "8")], ["external data of initializer b", "16 bytes at 8", "only 20 bytes"]),
      ([("location", "weights.bin"), ("offset", "21")], ["external data of initializer b"]),
      ([("location", "weights.bin"), ("offset", "-4")], ["offset of initializer b", "\"-4\"", "whole number"]),
      ([("location", "weights.bin"), ("offset", "999999999999999999999")], ["offset of initializer b"]),
      ([("location", "weights.bin"), ("offset", "")], ["offset of initializer b"]),
      ([("location", "weights.bin"), ("length", "12")], ["length of initializer b (offset", "is 12;", "16 bytes"]),
      ([("location", "weights.bin"), ("length", "x")], ["length of initializer b"]),
    ]
    for (external, parts) in cases {
      let path = try model(external)
      expectBadData(fileError { try readNetwork(from: path) }, naming: ["net.onnx: "] + parts)
    }
    let both = try model([("location", "weights.bin")]) { $0.change("b") { $0.raw = [0, 0, 0, 0] } }
    expectBadData(fileError { try readNetwork(from: both) }, naming: ["initializer b", "in the file and outside"])
  }

  @Test("A file that is missing, or is a folder or a pipe, is no input, and named")
  func missing() throws {
    let absent = try model([("location", "absent.bin")])
    let error = fileError { try readNetwork(from: absent) }
    #expect(error?.category == .noInput)
    // The model is named too, which says where it is looked for.
    for part in ["net.onnx: external data of initializer b", "\"absent.bin\", which cannot be opened"] {
      #expect(error?.description.contains(part) == true, "\(part)")
    }
    try FileManager.default.createDirectory(atPath: folder.path + "/inside/deeper", withIntermediateDirectories: true)
    let isFolder = try model([("location", "deeper")])
    #expect(fileError { try readNetwork(from: isFolder) }?.description.contains("a folder") == true)
    mkfifo(folder.path + "/inside/pipe", 0o600)
    let isPipe = try model([("location", "pipe")])
    #expect(fileError { try readNetwork(from: isPipe) }?.description.contains("a pipe") == true)
  }

  @Test("External data may be no larger than the model could be")
  func giant() throws {
    let weights = try folder.file("inside/weights.bin", [])
    let handle = try FileHandle(forWritingTo: URL(fileURLWithPath: weights))
    try handle.truncate(atOffset: 1 << 40)
    try handle.close()
    let path = try model([("location", "weights.bin")]) { $0.change("b") { $0.shape = [1 << 38] } }
    expectBadData(fileError { try readNetwork(from: path) }, naming: ["length of initializer b", "1099511627776", "2147483647"])
  }

  @Test("A number that is not finite is named with its initializer")
  func notFinite() throws {
    _ = try folder.file("inside/weights.bin", littleEndian([Float(1), 2, .nan, 3].map(\.bitPattern)))
    let path = try model([("location", "weights.bin")])
    expectBadData(fileError { try readNetwork(from: path) }, naming: ["element 2 of initializer b (offset", "is nan"])
  }
}
