import Files
import TestSupport
import Testing

@testable import Networks

/// A ResNet of a few channels with random weights, of basic blocks or bottlenecks in groups.
private func tinyFamily(isDeep: Bool, groups: Int = 1, blocks: [Int] = [2, 1, 1, 1], channels: Int = 3) -> TensorFile {
  var numbers = SeededNumbers(seed: 4)
  var file = TensorFile()
  func layer(_ convolution: String, _ norm: String, _ shape: [Int]) {
    let count = shape.reduce(1, *)
    let fanIn = Float(count / shape[0])
    file.add("\(convolution).weight", shape, numbers.floats(count).map { $0 * (3 / fanIn).squareRoot() })
    for part in ["weight", "bias", "running_mean"] { file.add("\(norm).\(part)", [shape[0]], numbers.floats(shape[0])) }
    file.add("\(norm).running_var", [shape[0]], numbers.floats(shape[0], in: 0.5...2))
  }
  layer("conv1", "bn1", [4, channels, 7, 7])
  var inputs = 4
  for (stage, count) in zip(1..., blocks) {
    let (width, outputs) = (4 * stage, isDeep ? 6 * stage : 4 * stage)
    for block in 0..<count {
      let name = "layer\(stage).\(block)"
      if isDeep {
        layer("\(name).conv1", "\(name).bn1", [width, inputs, 1, 1])
        layer("\(name).conv2", "\(name).bn2", [width, width / groups, 3, 3])
        layer("\(name).conv3", "\(name).bn3", [outputs, width, 1, 1])
      } else {
        layer("\(name).conv1", "\(name).bn1", [width, inputs, 3, 3])
        layer("\(name).conv2", "\(name).bn2", [width, width, 3, 3])
      }
      if block == 0 && (inputs != outputs || stage > 1) {
        layer("\(name).downsample.0", "\(name).downsample.1", [outputs, inputs, 1, 1])
      }
      inputs = outputs
    }
  }
  file.add("fc.weight", [5, inputs], numbers.floats(5 * inputs))
  file.add("fc.bias", [5], numbers.floats(5))
  file.metadata["input_size"] = "[\(channels), 32, 40]"
  return file
}

/// The names of Hugging Face's `ResNetForImageClassification`, written out by its modules.
private func huggingFaceName(_ name: String) -> String {
  let words = name.split(separator: ".").map(String.init)
  let part = words[words.count - 1]
  func kind(_ word: String) -> String { word.hasPrefix("conv") ? "convolution" : "normalization" }
  if words[0] == "fc" { return "classifier.1.\(part)" }
  if words.count == 2 { return "resnet.embedder.embedder.\(kind(words[0])).\(part)" }
  let place = "resnet.encoder.stages.\(Int(words[0].dropFirst(5))! - 1).layers.\(words[1])"
  if words[2] == "downsample" { return "\(place).shortcut.\(words[3] == "0" ? "convolution" : "normalization").\(part)" }
  return "\(place).layer.\(Int(words[2].suffix(1))! - 1).\(kind(words[2])).\(part)"
}

extension TensorFile {
  fileprivate func renamed(_ rename: (String) -> String) -> TensorFile {
    var result = self
    for index in items.indices { result.items[index].name = rename(items[index].name) }
    return result
  }
}

@Suite struct ResNetFamilyTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func read(_ file: TensorFile) throws -> Network { try readNetwork(from: folder.file("net.safetensors", file.bytes)) }

  @Test("Basic blocks have two 3x3 convolutions, the first of which strides")
  func basicBlocks() throws {
    let network = try read(tinyFamily(isDeep: false))
    #expect(network.layers[0].outputShape == [3, 32, 40] && network.classNames.count == 5)
    let block = network.layers.filter { $0.name.hasPrefix("layer2.0") }
    #expect(
      block.map(\.name) == [
        "layer2.0.conv1", "layer2.0.relu1", "layer2.0.conv2", "layer2.0.downsample.0", "layer2.0.add", "layer2.0.relu2",
      ])
    #expect(block.compactMap(\.linear?.geometry.kernelHeight) == [3, 3, 1])
    #expect(block.compactMap(\.linear?.geometry.window.strideHeight) == [2, 1, 2])
    #expect(network.index(ofLayerNamed: "layer1.0.downsample.0") == nil)
  }

  @Test("Bottlenecks stride in the middle, where groups are too", arguments: [1, 2, 4])
  func bottlenecks(groups: Int) throws {
    let network = try read(tinyFamily(isDeep: true, groups: groups, channels: 1))
    #expect(network.layers[0].outputShape == [1, 32, 40])
    let geometries = network.layers.filter { $0.name.hasPrefix("layer2.0.conv") }.compactMap(\.linear?.geometry)
    #expect(geometries.map(\.groups) == [1, groups, 1])
    #expect(geometries.map(\.window.strideHeight) == [1, 2, 1])
  }

  @Test(
    "Names of other programs and wrappers give the same network", arguments: [false, true],
    ["hugging face", "hugging face, wrapped", "module.", "model.", "backbone.", "module.backbone.", "backbone and a classifier outside"])
  func names(isDeep: Bool, scheme: String) throws {
    let plain = tinyFamily(isDeep: isDeep)
    let other = plain.renamed { name in
      switch scheme {
      case "hugging face": huggingFaceName(name)
      case "hugging face, wrapped": "module." + huggingFaceName(name)
      case "backbone and a classifier outside": name.hasPrefix("fc") ? name : "backbone." + name
      default: scheme + name
      }
    }
    let (expected, found) = (try read(plain), try read(other))
    #expect(found.layers.map(\.name) == expected.layers.map(\.name))
    for (found, expected) in zip(found.layers, expected.layers) {
      #expect(found.linear?.weights == expected.linear?.weights && found.linear?.bias == expected.linear?.bias)
      #expect(found.inputs == expected.inputs && found.outputShape == expected.outputShape)
    }
  }

  @Test("Each missing tensor is named as the file would name it", arguments: [false, true])
  func missing(isDeep: Bool) throws {
    let whole = tinyFamily(isDeep: isDeep).renamed(huggingFaceName)
    for item in whole.items where !item.name.contains("embedder.convolution") {
      var file = whole
      file.remove(item.name)
      let path = try folder.file("net.safetensors", file.bytes)
      expectBadData(fileError { try readNetwork(from: path) }, naming: ["net.safetensors: tensor \(item.name) is missing"])
    }
  }

  @Test("An extra tensor is named as it is in the file, whatever its numbers")
  func extra() throws {
    for name in [
      "resnet.encoder.stages.9.layers.0.layer.0.convolution.weight", "resnet.encoder.stages.9223372036854775807.layers.0.shortcut.x",
      "resnet.encoder.stages.0.layers.0.layer.9223372036854775807.convolution.bias", "resnet.pooler.weight", "fc.weight", "x", ".", "",
    ] {
      var file = tinyFamily(isDeep: true).renamed(huggingFaceName)
      file.add(name, [1], [1])
      let path = try folder.file("net.safetensors", file.bytes)
      expectBadData(fileError { try readNetwork(from: path) }, naming: ["tensor \(name) is unknown"])
    }
  }

  @Test("Sizes from 32 up are read, odd ones too", arguments: [32, 33, 47, 224])
  func sizes(side: Int) throws {
    for isDeep in [false, true] {
      var file = tinyFamily(isDeep: isDeep)
      file.metadata["input_size"] = "[3, \(side), \(side + 5)]"
      #expect(try read(file).layers.last?.outputShape == [5])
    }
  }

  @Test(
    "The depths of the family",
    arguments: [
      ("18", false, [2, 2, 2, 2]), ("34", false, [3, 4, 6, 3]), ("50", true, [3, 4, 6, 3]), ("101", true, [3, 4, 23, 3]),
      ("152", true, [3, 8, 36, 3]),
    ])
  func depths(name: String, isDeep: Bool, blocks: [Int]) throws {
    let network = try read(tinyFamily(isDeep: isDeep, blocks: blocks))
    let weighted = network.layers.filter { $0.linear != nil && !$0.name.contains("downsample") }.count
    #expect("\(weighted)" == name)
    #expect(network.layers.filter { $0.operation.kind == "add" }.count == blocks.reduce(0, +))
  }
}
