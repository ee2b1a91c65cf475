import Files
import Foundation
import TestSupport
import Testing

@testable import Networks

private func changed(_ title: String, _ parts: [String], _ change: (inout ONNXFile) -> Void) -> Hostile {
  Hostile(title, tinyONNX().changed(change).bytes, parts)
}

/// A model whose first fields are these.
private func model(_ write: (inout Wire) -> Void) -> [UInt8] {
  var wire = Wire()
  wire.whole(1, 8)
  write(&wire)
  return wire.bytes
}

/// A graph in an attribute of a node of a graph, so deep.
private func nested(_ depth: Int) -> [UInt8] {
  var inner: [UInt8] = []
  for _ in 0..<depth {
    var (attribute, node, graph) = (Wire(), Wire(), Wire())
    attribute.data(6, inner)
    node.data(5, attribute.bytes)
    graph.data(1, node.bytes)
    inner = graph.bytes
  }
  return inner
}

extension Hostile {
  static let onnx: [Hostile] =
    [
      Hostile("wire type 3", model { $0.bytes += [0x3B] }, ["field 7 of the model", "wire type 3"]),
      Hostile("wire type 7", model { $0.bytes += [0x3F] }, ["field 7 of the model", "wire type 7"]),
      Hostile("field 0", model { $0.bytes += [0x00, 0x00] }, ["a tag of the model (offset 2) is 0"]),
      Hostile("the graph a number", model { $0.whole(7, 5) }, ["field 7 of the model", "a whole number", "text or message"]),
      Hostile("the graph cut", model { $0.bytes += [0x3A, 100, 1, 2] }, ["field 7 of the model", "100 bytes long", "2 bytes are left"]),
      Hostile(
        "a length of 2^64 - 1", model { $0.bytes += [0x3A] + [UInt8](repeating: 0xFF, count: 9) + [1] },
        ["18446744073709551615 bytes long"]),
      Hostile(
        "a number of 11 bytes", model { $0.bytes += [0x28] + [UInt8](repeating: 0xFF, count: 10) + [1] }, ["longer than 64 bits"]),
      Hostile("no graph", model { $0.text(2, "nothing") }, ["no ONNX model"]),
      Hostile("two graphs", tinyONNX().bytes + tinyONNX().bytes, ["the graph", "there twice"]),
      changed("opset 8", ["opset_import is 8", "9 to 21"]) { $0.opset = 8 },
      changed("opset 22", ["opset_import is 22", "9 to 21"]) { $0.opset = 22 },
      Hostile("metadata not UTF-8", model { $0.message(14) { $0.data(1, [0xFF]) } }, ["metadata_props", "not UTF-8"]),
      Hostile(
        "a depth bomb",
        tinyONNX().changed { $0.nodes[1].attributes = [("body", .raw(nested(200).withField(6)))] }.bytes, ["depth of messages", "64"]),
      changed("a cycle", ["node", "cycle"]) { $0.nodes[0].inputs[0] = "r" },
      changed("a node that reads itself", ["cycle"]) { $0.nodes[1].inputs = ["r"] },
      changed("two producers", ["said to make a", "node 0, which makes a"]) { $0.node("Relu", ["r"], ["a"]) },
      changed("an initializer made again", ["said to make w", "already"]) { $0.node("Relu", ["r"], ["w"]) },
      changed("two initializers of a name", ["initializer w", "twice"]) { $0.initializers.append($0.initializers[0]) },
      changed("an input nobody makes", ["said to read nowhere", "nothing"]) { $0.nodes[1].inputs = ["nowhere"] },
      changed("an output nobody makes", ["output z", "not made"]) { $0.outputs = ["z"] },
      changed("no output", ["number of outputs is 0"]) { $0.outputs = [] },
      changed("an output that is a constant", ["output w", "constant"]) { $0.outputs = ["w"] },
      changed("no logits", ["output r", "[N, 4, 4, 4]", "[N, classes]"]) { $0.outputs = ["r"] },
      changed("two inputs", ["number of inputs (offset", "is 2;"]) { $0.inputs = ["x", "z"] },
      changed("no inputs", ["number of inputs is 0"]) { $0.inputs = [] },
      changed("an input of INT64", ["input x", "of type 7"]) { $0.inputType = 7 },
      changed("an input of rank 3", ["input x", "of rank 3"]) { $0.inputShape = [nil, 4, 4] },
      changed("open channels", ["input x", "open number of channels"]) { $0.inputShape = [nil, nil, 4, 4] },
      changed("5 channels", ["input x", "5 channels"]) { $0.inputShape = [nil, 5, 4, 4] },
      changed("a picture of 2^40 rows", ["input x", "16384"]) { $0.inputShape = [nil, 2, 1 << 40, 4] },
      changed("no op_type", ["node 1", "without an op_type"]) { $0.nodes[1].type = "" },
      changed("an input too many", ["LeakyRelu at node 1", "given 2 inputs", "at most 1"]) { $0.nodes[1].inputs = ["a", "x"] },
      changed("a missing input", ["Conv at node 0", "without input 1"]) { $0.nodes[0].inputs = ["x"] },
      changed("group a float", ["attribute group", "2.0", "whole number"]) { $0.nodes[0].attributes[2].1 = .float(2) },
      changed("pads one number", ["attribute pads", "is 1", "whole numbers"]) { $0.nodes[0].attributes[1].1 = .whole(1) },
      changed("alpha whole", ["attribute alpha", "is 1", "a number"]) { $0.nodes[1].attributes[0].1 = .whole(1) },
      changed("auto_pad a number", ["attribute auto_pad", "a text"]) { $0.nodes[0].attributes.append(("auto_pad", .whole(1))) },
      changed("auto_pad unknown", ["auto_pad", "SAME_UPPER"]) { $0.nodes[0].attributes.append(("auto_pad", .text("EQUAL"))) },
      changed("an attribute of unknown type", ["type of attribute alpha (offset", "is 77;"]) {
        $0.nodes[1].attributes = [("alpha", .raw([0xA0, 0x01, 77]))]
      },
      changed("an attribute of another type than it says", ["type of attribute alpha (offset", "is 7;"]) {
        $0.nodes[1].attributes = [("alpha", .raw([0x18, 1, 0xA0, 0x01, 7]))]
      },
      changed("an attribute twice", ["attribute alpha", "twice"]) { $0.nodes[1].attributes.append(("alpha", .float(1))) },
      changed("negative pads", ["attribute pads", "0 to 65536"]) { $0.nodes[0].attributes[1].1 = .wholes([-1, 0, 0, 0]) },
      changed("huge pads", ["attribute pads"]) { $0.nodes[0].attributes[1].1 = .wholes([.max, .max, .max, .max]) },
      changed("three pads", ["attribute pads", "4 whole numbers"]) { $0.nodes[0].attributes[1].1 = .wholes([1, 1, 1]) },
      changed("stride 0", ["attribute strides", "1 to 65536"]) { $0.nodes[0].attributes.append(("strides", .wholes([0, 1]))) },
      changed("dilation 2^62", ["attribute dilations"]) { $0.nodes[0].attributes.append(("dilations", .wholes([1 << 62, 1]))) },
      changed("group 0", ["attribute group"]) { $0.nodes[0].attributes[2].1 = .whole(0) },
      changed("group 3", ["Conv", "in 3 groups", "divide the 4"]) { $0.nodes[0].attributes[2].1 = .whole(3) },
      changed("group 2 of weights for 1", ["Conv", "read 4 channels; the input has 2"]) { $0.nodes[0].attributes[2].1 = .whole(2) },
      changed("another kernel_shape", ["Conv", "kernel of [5, 3]"]) { $0.nodes[0].attributes[0].1 = .wholes([5, 3]) },
      changed("a kernel larger than the picture", ["Conv", "output of [4, 0, 0]"]) {
        $0.nodes[0].attributes = [("dilations", .wholes([9, 9]))]
      },
      changed("outputs beyond 4 GiB", ["output of", "1073741824"]) {
        $0.inputShape = [nil, 2, 1024, 1024]
        $0.nodes[0].attributes[1].1 = .wholes([8000, 8000, 8000, 8000])
      },
      changed("a bias of another shape", ["Conv", "bias of shape [2, 2]", "[4]"]) { $0.change("b") { $0.shape = [2, 2] } },
      changed("a matrix of another width", ["Gemm", "its input has 4 numbers"]) { $0.change("m") { $0.shape = [4, 3] } },
      changed("reshaped to another count", ["Reshape", "[3]", "4 numbers"]) { $0.change("shape") { $0.wholes = [0, 3] } },
      changed("reshaped with two open lengths", ["Reshape", "two open"]) { $0.change("shape") { $0.wholes = [-1, -1] } },
      changed("data twice", ["initializer b", "two kinds"]) { $0.change("b") { $0.floats = [1, 2, 3, 4] } },
      changed("no data", ["initializer b", "without data"]) { $0.change("b") { $0.raw = nil } },
      changed("raw data too short", ["initializer b", "12 bytes long", "[4] of FLOAT takes 16"]) {
        $0.change("b") { $0.raw?.removeLast(4) }
      },
      changed("typed data too short", ["initializer b", "3 numbers long"]) {
        $0.change("b") {
          $0.raw = nil
          $0.floats = [1, 2, 3]
        }
      },
      changed("typed data of another type", ["initializer b", "another type"]) {
        $0.change("b") {
          $0.raw = nil
          $0.wholes = [1, 2, 3, 4]
        }
      },
      changed("a negative length", ["initializer b", "[-4]", "negative"]) { $0.change("b") { $0.shape = [-4] } },
      changed("a shape whose product wraps", ["initializer b", "larger than any file"]) {
        $0.change("b") { $0.shape = [1 << 32, 1 << 32, 4] }
      },
      changed("rank 9", ["initializer b", "rank 9"]) { $0.change("b") { $0.shape = [4, 1, 1, 1, 1, 1, 1, 1, 1] } },
      changed("weights of INT32", ["initializer b", "INT32", "FLOAT"]) { $0.change("b") { $0.type = 6 } },
      changed("weights of an unknown type", ["initializer b", "of type unknown"]) { $0.change("b") { $0.type = 99 } },
      changed("shape with too few numbers", ["initializer shape", "1 bytes long"]) {
        $0.change("shape") {
          $0.shape = [2]
          $0.wholes = [0]
        }
      },
      changed("mean of one number", ["metadata mean"]) { $0.metadata["mean"] = "[0]" },
      changed("size against the graph", ["metadata input_size", "the network reads 4 x 4"]) { $0.metadata["input_size"] = "[2, 5, 4]" },
      changed("two class names", ["metadata classes", "3 classes"]) { $0.metadata["classes"] = "[\"a\", \"b\"]" },
    ]
    + [Float.nan, .infinity, -.infinity].map { value in
      changed("a weight that is \(value)", ["element 5 of initializer w (offset", "is \(value);"]) {
        $0.change("w") { $0.raw?.replaceSubrange(20..<24, with: littleEndian([value.bitPattern])) }
      }
    }
}

extension [UInt8] {
  /// As a field that holds bytes.
  fileprivate func withField(_ number: Int) -> [UInt8] {
    var wire = Wire()
    wire.data(number, self)
    return wire.bytes
  }
}

@Suite struct ONNXHostileTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  @Test("Every hostile file is refused by a message with the file and the field", arguments: Hostile.onnx)
  func refused(hostile: Hostile) throws {
    let path = try folder.file("net.onnx", hostile.bytes)
    let error = fileError { try readNetwork(from: path) }
    expectBadData(error, naming: ["net.onnx: "] + hostile.parts)
    #expect(error?.format == "onnx")
    #expect(fileError { try readNetwork(from: path) } == error, "the same input gives the same message")
  }

  @Test("A file cut anywhere is refused")
  func truncated() throws {
    let bytes = tinyONNX().bytes
    let path = try folder.file("whole.onnx", bytes)
    _ = try readNetwork(from: path)
    for length in 0..<bytes.count {
      let path = try folder.file("net.onnx", Array(bytes.prefix(length)))
      expectBadData(fileError { try readNetwork(from: path) }, naming: ["net.onnx: "])
    }
  }

  @Test("A file with bytes changed at random is read or refused, and nothing else", arguments: 0..<8)
  func flipped(seed: UInt64) throws {
    var numbers = SeededNumbers(seed: seed)
    let sources = try [tinyONNX().bytes, [UInt8](Data(contentsOf: URL(fileURLWithPath: golden("operator-view-product.onnx"))))]
    for round in 0..<250 {
      var bytes = sources[round % sources.count]
      for _ in 0..<Int.random(in: 1...4, using: &numbers) {
        let place = Int.random(in: 0..<bytes.count, using: &numbers)
        bytes[place] =
          Bool.random(using: &numbers)
          ? UInt8.random(in: 0...255, using: &numbers) : bytes[place] ^ (1 << UInt8.random(in: 0...7, using: &numbers))
      }
      let path = try folder.file("net.onnx", bytes)
      let error = fileError { try readNetwork(from: path) }
      if let error { #expect(error.description.unicodeScalars.count <= 300) }
    }
  }

  @Test("100,000 nodes are read, one more is refused")
  func manyNodes() throws {
    var file = ONNXFile()
    file.nodes = (0..<99_999).map { .init(type: "Identity", inputs: [$0 == 0 ? "x" : "v\($0 - 1)"], outputs: ["v\($0)"]) }
    file.node("Flatten", ["v99998"], ["y"])
    #expect(try readNetwork(from: folder.file("net.onnx", file.bytes)).layers.map(\.name) == ["input", "flatten_99999"])
    file.node("Relu", ["y"], ["z"])
    let path = try folder.file("net.onnx", file.bytes)
    expectBadData(fileError { try readNetwork(from: path) }, naming: ["number of nodes", "more than 100000"])
  }

  @Test("A file beyond 2 GiB - 1 is refused at once")
  func giant() throws {
    let path = try folder.file("net.onnx", tinyONNX().bytes)
    let handle = try FileHandle(forWritingTo: URL(fileURLWithPath: path))
    try handle.truncate(atOffset: 1 << 31)
    try handle.close()
    expectBadData(fileError { try readNetwork(from: path) }, naming: ["net.onnx: length is 2147483648 bytes", "2147483647"])
  }

  @Test("One tensor that many nodes read does not become more memory than the file")
  func sharedWeights() throws {
    var file = ONNXFile()
    file.inputShape = [nil, 2, 1, 1]
    file.initializers = [.init("m", [1024, 1024], []), .init("w", [1024, 2], [Float](repeating: 1, count: 2048))]
    file.change("m") { $0.raw = [UInt8](repeating: 0, count: 4 << 20) }
    file.node("Flatten", ["x"], ["f"])
    file.node("Gemm", ["f", "w"], ["v0"], [("transB", .whole(1))])
    for index in 0..<100 { file.node("MatMul", ["v\(index)", "m"], ["v\(index + 1)"]) }
    file.outputs = ["v100"]
    let path = try folder.file("net.onnx", file.bytes)
    expectBadData(fileError { try readNetwork(from: path) }, naming: ["sum of all layers' weights", "numbers"])
  }

  @Test("A shape so large that counting it twice overflows is no harm where nothing reads it")
  func unreadGiants() throws {
    let file = tinyONNX().changed {
      for name in ["a giant", "another"] {
        $0.initializers.append(.init(name, [1 << 62], []))
        $0.change(name) {
          $0.type = 99
          $0.raw = nil
        }
      }
    }
    #expect(try readNetwork(from: folder.file("net.onnx", file.bytes)).layers.count == 6)
  }

  @Test("Pictures, padding, classes and constants that would take gigabytes are refused before they do")
  func giants() throws {
    func expect(_ part: String, _ change: (inout ONNXFile) -> Void) throws {
      let path = try folder.file("net.onnx", tinyONNX().changed(change).bytes)
      expectBadData(fileError { try readNetwork(from: path) }, naming: [part])
    }
    try expect("padded to [2, 40004, 40004]") {
      $0.nodes[0].attributes = [("pads", .wholes([20000, 20000, 20000, 20000])), ("strides", .wholes([20000, 20000]))]
    }
    try expect("number of classes is 2097152") {
      $0.inputShape = [nil, 2, 1024, 1024]
      $0.nodes = [.init(type: "Flatten", inputs: ["x"], outputs: ["y"])]
    }
    try expect("description of the graph") {
      $0.initializers.append(.init("many", wholes: [Int](repeating: 1, count: 4096)))
      $0.inputs = ["x"]
      for index in 0..<1000 { $0.node("Add", ["many", "many"], ["sum\(index)"]) }
      $0.node("Concat", (0..<1000).map { "sum\($0)" }, ["all"], [("axis", .whole(0))])
      $0.node("Reshape", ["p", "all"], ["z"])
      $0.outputs = ["z"]
    }
  }

  @Test("A name of half a million modules takes no time")
  func deepName() throws {
    let file = tinyONNX().changed { $0.nodes[1].name = "/" + String(repeating: "a.", count: 500_000) + "/LeakyRelu" }
    #expect(try readNetwork(from: folder.file("net.onnx", file.bytes)).layers[2].name.count == 160)
  }

  @Test("A description longer than its limit is refused")
  func longDescription() throws {
    var file = tinyONNX()
    // Whole numbers of one byte each, packed into one field.
    file.nodes[1].attributes = [("alpha", .raw([UInt8](repeating: 0, count: 7_000_000).withField(8) + [0xA0, 0x01, 7]))]
    let path = try folder.file("net.onnx", file.bytes)
    expectBadData(fileError { try readNetwork(from: path) }, naming: ["description of the graph", "too long"])
  }
}
