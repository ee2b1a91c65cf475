import Files
import Tensors
import TestSupport
import Testing

@testable import Networks

@Suite struct GoldenNetworkTests {
  @Test("A file from PyTorch gives PyTorch's logits", arguments: ["plain", "averaging"])
  func logits(name: String) throws {
    let network = try readNetwork(from: golden("\(name).safetensors"))
    let input = try readNPY(golden("\(name)-input.npy"))
    let expected = try readNPY(golden("\(name)-logits.npy"))
    let logits = ForwardPass(network, kernels: ReferenceKernels()).logits(of: input)
    #expect(logits.shape == expected.shape)
    #expect(relativeDifference(logits.values, expected.values) < 1e-5)
  }

  @Test("Metadata and layers are what the file says")
  func description() throws {
    let plain = try readNetwork(from: golden("plain.safetensors"))
    #expect(plain.preprocessing.channels == 3 && plain.preprocessing.height == 45 && plain.preprocessing.width == 52)
    #expect(plain.preprocessing.mean == [0.1, 0.2, 0.3].map { Float($0) })
    #expect(plain.preprocessing.std == [0.5, 0.6, 0.7].map { Float($0) })
    #expect(plain.classNames == ["zero", "one", "two"])
    #expect(plain.index(ofLayerNamed: "layer2.0.downsample.1") == nil)
    let averaging = try readNetwork(from: golden("averaging.safetensors"))
    #expect(averaging.index(ofLayerNamed: "layer1.0.downsample.0") == nil, "stage 1 does not stride, so nothing is averaged")
    let pool = averaging.layers[try #require(averaging.index(ofLayerNamed: "layer2.0.downsample.0"))]
    #expect(pool.operation.kind == "average-pool" && pool.outputShape == [6, 10, 9])
    for network in [plain, averaging] {
      // Two blocks in stages 1 and 3, one in the others.
      #expect(
        network.layers.filter { $0.operation.kind == "add" }.map(\.name) == [
          "layer1.0.add", "layer1.1.add", "layer2.0.add", "layer3.0.add", "layer3.1.add", "layer4.0.add",
        ])
      for (index, layer) in network.layers.enumerated() { #expect(layer.inputs.allSatisfy { $0 < index }, "\(layer.name)") }
    }
  }

  @Test("Logits alone are the last of all activations, and cancelling gives nothing")
  func activations() throws {
    let network = try readNetwork(from: golden("averaging.safetensors"))
    let input = try readNPY(golden("averaging-input.npy"))
    let pass = ForwardPass(network, kernels: ReferenceKernels())
    let maps = FeatureMaps(input)
    let trace = try #require(pass.trace(of: maps))
    #expect(trace.logits.tensor == pass.logits(of: input))
    #expect(zip(trace.outputs, network.layers).allSatisfy { $0.batch == 2 && $0.shape == $1.outputShape })
    var asked = 0
    let cancelled = pass.trace(
      of: maps,
      isCancelled: {
        asked += 1
        return asked == 5
      })
    #expect(cancelled == nil && asked == 5)
  }

  @Test("A picture's logits do not depend on the batch it is in")
  func batches() throws {
    let network = try readNetwork(from: golden("averaging.safetensors"))
    let input = try readNPY(golden("averaging-input.npy"))
    let pass = ForwardPass(network, kernels: ReferenceKernels())
    let both = pass.logits(of: input)
    for picture in 0..<2 {
      let one = pass.logits(of: input.element(picture).reshaped([1, 1, 75, 67]))
      #expect(one.values == both.element(picture).values)
    }
    #expect(relativeDifference(both.element(0).values, both.element(1).values) > 0.01, "the pictures differ")
  }

  @Test("Consumers are the inputs turned round")
  func consumers() throws {
    let network = try readNetwork(from: golden("plain.safetensors"))
    let edges = Set(network.layers.enumerated().flatMap { index, layer in layer.inputs.map { [$0, index] } })
    #expect(Set(network.consumers.enumerated().flatMap { source, targets in targets.map { [source, $0] } }) == edges)
    #expect(network.consumers.last == [])
  }
}
