import Files
import Foundation
import Tensors
import TestSupport
import Testing

@testable import Networks

/// The names of golden files that start so.
private func goldenNames(_ prefix: String) -> [String] {
  guard let folder = Bundle.module.url(forResource: "Golden", withExtension: nil),
    let names = try? FileManager.default.contentsOfDirectory(atPath: folder.path)
  else { return [] }
  return names.filter { $0.hasPrefix(prefix) && $0.hasSuffix(".onnx") }.sorted()
}

/// A tensor of the file that nothing in its graph reads.
private func kept(_ name: String, of path: String) throws -> Tensor {
  let (model, weights) = try ONNXModelReader.read(InputFile(path))
  let tensor = try #require(model.graph.initializers[name])
  return Tensor(shape: tensor.shape, values: try weights.floats(tensor))
}

@Suite struct ONNXGoldenTests {
  private func check(_ name: String) throws -> Network {
    let path = try golden(name)
    let network = try readNetwork(from: path)
    #expect(network.unsupported.map(\.name) == [])
    for (index, layer) in network.layers.enumerated() { #expect(layer.inputs.allSatisfy { $0 < index }, "\(layer.name)") }
    #expect(Set(network.layers.map(\.name)).count == network.layers.count, "names are unique")
    let (input, expected) = (try kept("golden.input", of: path), try kept("golden.logits", of: path))
    try #require(input.shape.dropFirst() == network.layers[0].outputShape[...])
    let logits = ForwardPass(network, kernels: ReferenceKernels()).logits(of: input)
    #expect(logits.shape == expected.shape)
    #expect(relativeDifference(logits.values, expected.values) < 1e-5)
    return network
  }

  @Test("Each operator gives what the reference implementation of ONNX gives", arguments: goldenNames("operator-"))
  func operators(name: String) throws { _ = try check(name) }

  @Test(
    "Networks from both of PyTorch's exporters give PyTorch's logits",
    arguments: ["resnet", "vgg", "squeezenet", "densenet", "mobilenet", "inception"])
  func networks(name: String) throws {
    let script = try check("script-\(name).onnx")
    let dynamo = try check("dynamo-\(name).onnx")
    #expect(script.preprocessing.mean == [0.485, 0.456, 0.406] && script.preprocessing.std == [0.229, 0.224, 0.225])
    #expect(script.classNames.first == "class 0")
    #expect(dynamo.preprocessing.mean == [0, 0, 0] && dynamo.preprocessing.std == [1, 1, 1])
    #expect(dynamo.classNames.first == "0")
    let linear = { (network: Network) in network.layers.filter { $0.linear != nil }.map(\.name) }
    #expect(linear(script) == linear(dynamo), "both exporters tell the same modules")
    #expect(script.layers.map(\.operation.kind) == dynamo.layers.map(\.operation.kind))
  }

  @Test("A residual network has its modules' names, whoever exported it", arguments: ["script", "dynamo"])
  func names(exporter: String) throws {
    let network = try readNetwork(from: golden("\(exporter)-resnet.onnx"))
    let flatten = network.layers[network.layers.count - 2].name
    #expect(
      network.layers.map(\.name) == [
        "input", "conv1", "relu", "maxpool", "layer1.0.conv1", "layer1.0.relu", "layer1.0.conv2", "layer1.0.add", "layer1.0.relu_1",
        "layer2.0.conv1", "layer2.0.relu", "layer2.0.conv2", "layer2.0.downsample.0", "layer2.0.add", "layer2.0.relu_1", "avgpool", flatten,
        "fc",
      ])
    #expect(["flatten", "reshape"].contains(flatten))
  }

  @Test("Batch normalization disappears into the convolution before it, unless something else reads that")
  func merging() throws {
    #expect(try readNetwork(from: golden("operator-conv-norm.onnx")).layers.map(\.operation.kind) == ["input", "convolution", "reshape"])
    #expect(
      try readNetwork(from: golden("operator-conv-norm-shared.onnx")).layers.map(\.operation.kind) == [
        "input", "convolution", "affine", "add", "reshape",
      ])
    #expect(try readNetwork(from: golden("operator-matmul-add.onnx")).layers.map(\.operation.kind) == ["input", "reshape", "dense"])
    #expect(
      try readNetwork(from: golden("operator-normalized-input.onnx")).layers.map(\.operation.kind) == [
        "input", "affine", "convolution", "reshape",
      ])
    #expect(
      try readNetwork(from: golden("script-densenet.onnx")).layers.filter { $0.operation.kind == "affine" }.map(\.name) == [
        "layers.0.norm1", "layers.1.norm1", "transition.0", "norm5",
      ])
  }
}
