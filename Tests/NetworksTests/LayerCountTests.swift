import Files
import Foundation
import TestSupport
import Testing

@testable import Networks

/// Parameters and operations, as counters of other programs count them.
@Suite struct LayerCountTests {
  private struct Golden: Decodable {
    struct Layer: Decodable {
      let parameters: Int
      let macs: Int
    }
    let parameters: Int
    let macs: Int
    let layers: [String: Layer]
  }

  /// A ResNet50 as torchvision names it, all of whose numbers are 0.
  private func resNet50(classes: Int, side: Int) throws -> Network {
    var tensors = NamedTensors(path: "zeros.safetensors")
    func add(_ name: String, _ shape: [Int]) {
      tensors.add(name, shape: shape) { [Float](repeating: 0, count: shape.reduce(1, *)) }
    }
    func convolution(_ name: String, _ norm: String, _ shape: [Int]) {
      add("\(name).weight", shape)
      for part in ["weight", "bias", "running_mean", "running_var"] { add("\(norm).\(part)", [shape[0]]) }
    }
    convolution("conv1", "bn1", [64, 3, 7, 7])
    var channels = 64
    for (stage, blocks) in zip(1..., [3, 4, 6, 3]) {
      let width = 32 << stage
      for block in 0..<blocks {
        let name = "layer\(stage).\(block)"
        convolution("\(name).conv1", "\(name).bn1", [width, channels, 1, 1])
        convolution("\(name).conv2", "\(name).bn2", [width, width, 3, 3])
        convolution("\(name).conv3", "\(name).bn3", [4 * width, width, 1, 1])
        if block == 0 { convolution("\(name).downsample.0", "\(name).downsample.1", [4 * width, channels, 1, 1]) }
        channels = 4 * width
      }
    }
    add("fc.weight", [classes, channels])
    add("fc.bias", [classes])
    let metadata = NetworkMetadata(
      path: tensors.path, format: "safetensors", metadata: ["input_size": "[3, \(side), \(side)]"], override: nil)
    return try ResNetBuilder.build(from: &tensors, metadata: metadata)
  }

  @Test("Every layer of a ResNet50 has the parameters and operations that PyTorch counts")
  func resNet50() throws {
    let golden = try JSONDecoder().decode(Golden.self, from: Data(contentsOf: URL(fileURLWithPath: golden("resnet50-counts.json"))))
    #expect(golden.parameters == 25_557_032 && golden.layers.count == 54, "as torchvision publishes")
    let network = try resNet50(classes: 1_000, side: 224)
    for layer in network.layers {
      let expected = golden.layers[layer.name]
      #expect((layer.linear == nil) == (expected == nil), "\(layer.name)")
      #expect(layer.parameterCount == expected?.parameters ?? 0, "\(layer.name)")
      #expect(layer.multiplyAccumulates == expected?.macs ?? 0, "\(layer.name)")
    }
    #expect(network.layers.reduce(0) { $0 + $1.parameterCount } == golden.parameters)
    #expect(network.layers.reduce(0) { $0 + $1.multiplyAccumulates } == golden.macs)
  }

  @Test(
    "Of an ONNX file those numbers count that it has",
    arguments: [
      // The shapes that Scripts/golden_onnx.py gives the initializers; a normalization of 3 channels has 3 gammas and 3 betas.
      ("conv-plain", ["convolution": 3 * 2 * 2 * 3]), ("conv-norm", ["convolution": 3 * 2 * 3 * 3 + 6]),
      ("conv-norm-shared", ["convolution": 3 * 2 * 3 * 3, "affine": 6]), ("norm-first", ["affine": 6, "convolution": 2 * 3 * 3 * 3]),
      ("conv-scaled", ["convolution": 3 * 2 * 3 * 3 + 3 + 3]), ("gemm", ["dense": 84 * 4 + 4]), ("gemm-no-bias", ["dense": 84 * 4]),
      ("gemm-transposed", ["dense": 4 * 84 + 1]), ("matmul-add", ["dense": 84 * 4 + 4]), ("matmul-transposed", ["dense": 3 * 84]),
      ("prelu", ["leaky-relu": 1]), ("leaky-relu", [:]), ("clip-inputs", [:]), ("add-positions", ["affine": 2 * 6 * 7]),
      ("mul-rows", ["affine": 6]),
    ])
  func onnx(name: String, expected: [String: Int]) throws {
    let network = try readNetwork(from: golden("operator-\(name).onnx"))
    let counted = network.layers.filter { $0.parameterCount > 0 }
    #expect(Dictionary(uniqueKeysWithValues: counted.map { ($0.operation.kind, $0.parameterCount) }) == expected)
  }

  @Test("An initializer that two layers read counts once")
  func shared() throws {
    let folder = try TemporaryFolder()
    let file = tinyONNX().changed { file in
      var again = file.nodes[0]
      again.outputs = ["c"]
      file.nodes[1] = .init(type: "Add", inputs: ["a", "c"], outputs: ["r"])
      file.nodes.insert(again, at: 1)
    }
    let network = try readNetwork(from: folder.file("net.onnx", file.bytes))
    #expect(network.layers.filter { $0.linear != nil }.map(\.parameterCount) == [4 * 2 * 3 * 3 + 4, 0, 3 * 4])
  }

  @Test("A layer that no file tells about has as many parameters as numbers; behind unknown sizes nothing is multiplied")
  func built() {
    let dense = Operation.dense(Dense(inputs: 3, outputs: 2, weights: [Float](repeating: 1, count: 6), bias: [0, 0]))
    let known = Layer(name: "fc", operation: dense, inputs: [0], outputShape: [2])
    #expect(known.parameterCount == 8 && known.multiplyAccumulates == 6)
    let unknown = Layer(name: "fc", operation: dense, inputs: [0], outputShape: [])
    #expect(unknown.parameterCount == 8 && unknown.multiplyAccumulates == 0)
    let scaled = Layer(
      name: "scale", operation: .affine(scale: [1, 2], shift: [0, 0]), inputs: [0], outputShape: [2, 4, 4], parameterCount: 2)
    #expect(scaled.parameterCount == 2 && scaled.multiplyAccumulates == 0)
  }
}
