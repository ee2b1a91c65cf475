import Files
import Tensors
import TestSupport
import Testing

@testable import Networks

@Suite struct ResNetReadingTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func error(_ file: TensorFile) throws -> FileError? {
    let path = try folder.file("net.safetensors", file.bytes)
    return fileError { try readNetwork(from: path) }
  }

  @Test("Both forms of the shortcut are read, with numbers for class names", arguments: [false, true])
  func accepted(averaging: Bool) throws {
    let network = try readNetwork(from: folder.file("net.safetensors", tinyResNet(averaging: averaging).bytes))
    #expect(network.classNames == ["0", "1", "2"])
    #expect(network.layers[0].outputShape == [1, 32, 32])
    #expect(network.layers.last?.outputShape == [3])
    #expect(network.layers.filter { $0.operation.kind == "convolution" }.count == 20)
    #expect(network.layers.filter { $0.operation.kind == "average-pool" }.count == (averaging ? 4 : 1))
  }

  @Test("A network of 16-bit numbers gives the logits of the network of the same numbers in 32 bits", arguments: ["F16", "BF16", "F64"])
  func types(type: String) throws {
    // Weights of few bits, which all types hold exactly; the four batch normalization tensors likewise.
    var plain = tinyResNet(averaging: true)
    for index in plain.items.indices where plain.items[index].type == "F32" {
      let count = plain.items[index].shape.reduce(1, *)
      let isVariance = plain.items[index].name.hasSuffix("running_var")
      let values = (0..<count).map { Float(($0 * 37 + index * 11) % 15 - (isVariance ? -1 : 7)) / 8 }
      plain.items[index].bytes = littleEndian(values.map(\.bitPattern))
    }
    var other = plain
    for index in other.items.indices where other.items[index].type == "F32" {
      let bits = stride(from: 0, to: other.items[index].bytes.count, by: 4).map { at in
        (0..<4).reduce(UInt32(0)) { $0 | UInt32(other.items[index].bytes[at + $1]) << (8 * $1) }
      }
      other.items[index].type = type
      other.items[index].bytes =
        switch type {
        case "F16": littleEndian(bits.map { Float16(Float(bitPattern: $0)).bitPattern })
        case "BF16": littleEndian(bits.map { UInt16($0 >> 16) })
        default: littleEndian(bits.map { Double(Float(bitPattern: $0)).bitPattern })
        }
    }
    var numbers = SeededNumbers(seed: 5)
    let input = Tensor(shape: [1, 1, 32, 32], values: numbers.floats(1024))
    let logits = try [plain, other].map { file in
      ForwardPass(try readNetwork(from: folder.file("net.safetensors", file.bytes)), kernels: ReferenceKernels()).logits(of: input)
    }
    #expect(logits[0] == logits[1])
    #expect(logits[0].largestMagnitude > 0)
  }

  @Test("Each missing tensor is named, with the shape that is expected", arguments: [false, true])
  func missing(averaging: Bool) throws {
    let whole = tinyResNet(averaging: averaging)
    for item in whole.items where item.type == "F32" {
      var file = whole
      file.remove(item.name)
      var expected = "\(item.shape)"
      // What the tensors themselves decide may be any length: output channels of a convolution and the number of classes.
      if item.shape.count == 4 && !item.name.contains("downsample") {
        expected = "[any, \(item.shape.dropFirst().map(String.init).joined(separator: ", "))]"
      }
      if item.name == "fc.weight" { expected = "[any, \(item.shape[1])]" }
      if item.name == "conv1.weight" { expected = "[width, 1 to 4, 7, 7]" }
      // Without any of its tensors a block ends its stage; without one of them it is still there.
      expectBadData(try error(file), naming: ["net.safetensors: tensor \(item.name) is missing", expected])
    }
  }

  @Test("Each tensor of another shape is named, with the shape that is expected", arguments: [false, true])
  func misshapen(averaging: Bool) throws {
    let whole = tinyResNet(averaging: averaging)
    for item in whole.items where item.type == "F32" {
      var file = whole
      file.change(item.name) {
        $0.shape[$0.shape.count - 1] += 1
        $0.bytes = [UInt8](repeating: 0, count: 4 * $0.shape.reduce(1, *))
      }
      let wrong = item.shape.dropLast() + [(item.shape.last ?? 0) + 1]
      let problem = try error(file)
      if item.name == "fc.bias" || item.shape.count > 1 || item.name.contains("bn") || item.name.contains("downsample") {
        expectBadData(problem, naming: ["net.safetensors: tensor \(item.name) is of shape \(Array(wrong))"])
      } else {
        expectBadData(problem, naming: ["net.safetensors: "])
      }
    }
  }

  @Test("Tensors of length 0, and of another rank, are refused")
  func empty() throws {
    for shape in [[0, 1, 7, 7], [4, 0, 7, 7], [4, 5, 7, 7], [4, 49], [196]] {
      var file = tinyResNet(averaging: false)
      file.change("conv1.weight") {
        $0.shape = shape
        $0.bytes = [UInt8](repeating: 0, count: 4 * shape.reduce(1, *))
      }
      expectBadData(try error(file), naming: ["tensor conv1.weight is of shape \(shape)"])
    }
    var file = tinyResNet(averaging: false)
    file.change("fc.weight") {
      $0.shape[0] = 0
      $0.bytes = []
    }
    expectBadData(try error(file), naming: ["tensor fc.weight is of shape [0, 12]", "[any, 12]"])
  }

  @Test("An extra tensor is named; so is a whole network of another kind")
  func extra() throws {
    var file = tinyResNet(averaging: true)
    file.add("layer1.7.conv1.weight", [2, 6, 1, 1], [Float](repeating: 0, count: 12))
    expectBadData(try error(file), naming: ["tensor layer1.7.conv1.weight is unknown", "1 tensor does not belong"])
    file.add("conv1.bias", [4], [0, 0, 0, 0])
    expectBadData(try error(file), naming: ["tensor conv1.bias is unknown", "2 tensors do not belong"])
    var other = TensorFile()
    other.add("features.0.weight", [1], [1])
    expectBadData(try error(other), naming: ["tensor conv1.weight is missing"])
    expectBadData(try error(TensorFile()), naming: ["tensor conv1.weight is missing"])
  }

  @Test("A shortcut that is missing as a whole is noticed where the shapes cannot be added")
  func noShortcut() throws {
    var file = tinyResNet(averaging: false)
    file.items.removeAll { $0.name.hasPrefix("layer2.0.downsample") }
    expectBadData(try error(file), naming: ["tensor layer2.0.conv3.weight", "[8, 4, 4]", "[6, 8, 8]"])
  }

  @Test("A number that is not finite is named in each kind of tensor", arguments: [Float.nan, .infinity])
  func notFinite(value: Float) throws {
    for name in [
      "conv1.weight", "bn1.weight", "bn1.bias", "bn1.running_mean", "bn1.running_var", "layer1.1.conv2.weight",
      "layer2.0.downsample.1.weight",
      "layer4.0.downsample.2.running_var", "fc.weight", "fc.bias",
    ] {
      var file = tinyResNet(averaging: true)
      file.setFirst(of: name, to: value)
      expectBadData(try error(file), naming: ["net.safetensors: element 0 of tensor \(name) is \(value)"])
    }
  }

  @Test("A negative variance is named with its channel; a negative zero is none")
  func variance() throws {
    var file = tinyResNet(averaging: false)
    file.setFirst(of: "layer3.0.bn2.running_var", to: -0.0)
    #expect(try error(file) == nil)
    file.setFirst(of: "layer3.0.bn2.running_var", to: -0.25)
    expectBadData(try error(file), naming: ["tensor layer3.0.bn2.running_var is -0.25 in channel 0", "never negative"])
  }

  @Test("Weights that overflow when a normalization is merged are refused")
  func overflow() throws {
    var file = tinyResNet(averaging: false)
    file.setFirst(of: "layer1.0.bn1.weight", to: 3e38)
    file.setFirst(of: "layer1.0.bn1.running_var", to: 0)
    expectBadData(try error(file), naming: ["tensor layer1.0.bn1.weight is too large", "finite"])
  }

  @Test("Whole numbers are no weights")
  func integers() throws {
    var file = tinyResNet(averaging: false)
    file.change("fc.bias") {
      $0.type = "I64"
      $0.bytes = [UInt8](repeating: 0, count: 24)
    }
    expectBadData(try error(file), naming: ["tensor fc.bias is of type I64", "F32"])
  }

  @Test("Layers that would give out more than 4 GiB are refused before anything is read")
  func giantLayers() throws {
    var file = tinyResNet(averaging: false, side: 1024)
    let width = 6000
    file.change("conv1.weight") {
      $0.shape = [width, 1, 7, 7]
      $0.bytes = [UInt8](repeating: 0, count: 4 * width * 49)
    }
    for part in ["weight", "bias", "running_mean", "running_var"] {
      file.change("bn1.\(part)") {
        $0.shape = [width]
        $0.bytes = [UInt8](repeating: 0, count: 4 * width)
      }
    }
    for (name, outputs) in [("conv1", 2), ("downsample.0", 6)] {
      file.change("layer1.0.\(name).weight") {
        $0.shape = [outputs, width, 1, 1]
        $0.bytes = [UInt8](repeating: 0, count: 4 * outputs * width)
      }
    }
    expectBadData(try error(file), naming: ["sum of all layers' outputs", "at most 1073741824"])
  }

  @Test(
    "Metadata that does not fit is named",
    arguments: [
      ("input_size", "[1, 32"), ("input_size", "[1, 32]"), ("input_size", "[1, 32, 32, \"x\"]"), ("input_size", "[3, 32, 32]"),
      ("input_size", "[1, 31, 32]"), ("input_size", "[1, 32, 16385]"), ("input_size", "[1, 32.5, 32]"), ("input_size", "[1, -32, 32]"),
      ("input_size", "[1, 1e999, 32]"), ("input_size", "\"1x32x32\""), ("mean", "[0, 0]"), ("mean", "[]"), ("mean", "[null]"),
      ("mean", "[1e39]"),
      ("mean", "[0, null]"), ("std", "[0]"), ("std", "[-1]"), ("std", "[1e-60]"), ("std", "{}"), ("classes", "[\"a\", \"b\"]"),
      ("classes", "[\"a\", \"b\", \"c\", 4]"), ("classes", "[1, 2, 3]"), ("classes", "\"abc\""), ("classes", "[\"a\", \"b\", \"c\",]"),
      ("classes", ""),
    ])
  func metadata(key: String, text: String) throws {
    var file = tinyResNet(averaging: false)
    file.metadata[key] = text
    expectBadData(try error(file), naming: ["net.safetensors: metadata \(key) is"])
  }
}
