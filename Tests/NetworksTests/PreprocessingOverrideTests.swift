import Files
import Testing

@testable import Networks

@Suite struct PreprocessingOverrideTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  @Test("All of it is optional, in a file or in the argument itself")
  func accepted() throws {
    #expect(try PreprocessingOverride(argument: "{}") == PreprocessingOverride(source: "--preprocess"))
    let text = #" {"size": [48, 64], "mean": [0.5], "std": [0.25], "classes": ["a", "b", "c"]}"#
    let expected = PreprocessingOverride(source: "--preprocess", size: [48, 64], mean: [0.5], std: [0.25], classes: ["a", "b", "c"])
    #expect(try PreprocessingOverride(argument: text) == expected)
    let path = try folder.file("pre.json", Array(text.utf8))
    let read = try PreprocessingOverride(argument: path)
    #expect(read.source == path && read.size == [48, 64] && read.classes == ["a", "b", "c"])
  }

  @Test(
    "Whatever does not belong is refused by name",
    arguments: [
      ("{", "text"), ("{} x", "text"), (#"{"mean": [0], "mean": [0]}"#, "appears twice"), (#"{"scale": [1]}"#, "scale is unknown"),
      (#"{"size": 224}"#, "size is not a list"), (#"{"size": [224]}"#, "size is not two lengths"), (#"{"size": [0, 5]}"#, "size"),
      (#"{"size": [1.5, 5]}"#, "size"), (#"{"size": [99999, 5]}"#, "size"), (#"{"mean": []}"#, "mean"), (#"{"mean": ["0"]}"#, "mean"),
      (#"{"mean": [1e999]}"#, "mean"), (#"{"mean": [1e39]}"#, "mean"), (#"{"std": [0]}"#, "std is [0.0]"), (#"{"std": [-1]}"#, "std"),
      (#"{"std": null}"#, "std"), (#"{"classes": [1]}"#, "classes"), (#"{"classes": []}"#, "classes"), (#"{"classes": "abc"}"#, "classes"),
    ])
  func refused(text: String, part: String) {
    expectBadData(fileError { try PreprocessingOverride(argument: text) }, naming: ["--preprocess: ", part])
  }

  @Test("A file that is missing, too long or no JSON is named")
  func files() throws {
    #expect(fileError { try PreprocessingOverride(argument: folder.path + "/absent.json") }?.category == .noInput)
    let long = try folder.file("long.json", [UInt8](repeating: 0x20, count: 1 << 20 + 1))
    expectBadData(fileError { try PreprocessingOverride(argument: long) }, naming: ["long.json: length"])
    let list = try folder.file("list.json", Array("[]".utf8))
    expectBadData(fileError { try PreprocessingOverride(argument: list) }, naming: ["list.json: is not a JSON object"])
  }

  @Test("It goes before a safetensors file's metadata")
  func safetensors() throws {
    var file = tinyResNet(averaging: false)
    file.metadata["mean"] = "[0.1]"
    file.metadata["std"] = "[0.2]"
    let path = try folder.file("net.safetensors", file.bytes)
    let override = PreprocessingOverride(size: [40, 48], mean: [0.5], classes: ["x", "y", "z"])
    let network = try readNetwork(from: path, preprocessing: override)
    #expect(network.preprocessing == Preprocessing(channels: 1, height: 40, width: 48, mean: [0.5], std: [0.2]))
    #expect(network.layers[0].outputShape == [1, 40, 48])
    #expect(network.classNames == ["x", "y", "z"])
  }

  @Test("It goes before an ONNX file's metadata, but cannot change a size that the graph fixes")
  func onnx() throws {
    let open = try folder.file("open.onnx", tinyONNX().changed { $0.inputShape = [nil, 2, nil, nil] }.bytes)
    let override = PreprocessingOverride(source: "pre.json", size: [10, 20], mean: [1, 2], std: [3, 4], classes: ["x", "y", "z"])
    let network = try readNetwork(from: open, preprocessing: override)
    #expect(network.preprocessing == Preprocessing(channels: 2, height: 10, width: 20, mean: [1, 2], std: [3, 4]))
    #expect(network.classNames == ["x", "y", "z"])
    let fixed = try folder.file("fixed.onnx", tinyONNX().bytes)
    expectBadData(
      fileError { try readNetwork(from: fixed, preprocessing: override) }, naming: ["pre.json: size is [10, 20]", "reads 4 x 4"])
    for wrong in [
      PreprocessingOverride(source: "pre.json", mean: [1]), PreprocessingOverride(source: "pre.json", std: [1, 1, 1]),
      PreprocessingOverride(source: "pre.json", classes: ["x"]), PreprocessingOverride(source: "pre.json", size: [5, 20000]),
      PreprocessingOverride(source: "pre.json", channels: 3),
    ] {
      expectBadData(fileError { try readNetwork(from: open, preprocessing: wrong) }, naming: ["pre.json: "])
    }
  }
}
