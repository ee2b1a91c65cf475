import Tensors
import TestSupport
import Testing

@testable import Networks

@Suite struct ForwardPassTests {
  /// A layer and a sum that two ReLUs and another layer read, with 1, -2 and 3 as the first layer's output.
  private func network() -> Network {
    var layers = [Layer(name: "input", operation: .input, inputs: [], outputShape: [2])]
    func add(_ name: String, _ operation: Operation, _ inputs: [Int]) -> Int {
      layers.append(Layer(name: name, operation: operation, inputs: inputs, outputShape: [3]))
      return layers.count - 1
    }
    let first = add("first", .dense(Dense(inputs: 2, outputs: 3, weights: [1, 0, 0, -1, 1, 0], bias: [0, 0, 2])), [0])
    let relu = add("relu", .relu, [first])
    let again = add("again", .relu, [first])
    let sum = add("sum", .add, [first, relu, again])
    let rectified = add("rectified", .relu, [sum])
    let twice = add("twice", .relu, [sum])
    let leaky = add("leaky", .leakyRelu(slope: 0.5), [sum])
    let clip = add("clip", .clip(low: -1, high: 4), [sum])
    let all = add("all", .add, [rectified, twice, leaky, clip])
    layers.append(
      Layer(name: "fc", operation: .dense(Dense(inputs: 3, outputs: 1, weights: [1, 1, 1], bias: [0])), inputs: [all], outputShape: [1]))
    return Network(
      layers: layers, preprocessing: Preprocessing(channels: 2, height: 1, width: 1, mean: [0, 0], std: [1, 1]), classNames: ["a"])
  }

  @Test("ReLUs are computed the same alone, beside another one and along with what they read", arguments: [0, 1, 2])
  func rectifiers(wanted: Int) throws {
    let network = network()
    let parts: [Int: Trace.WantedParts] = [[:], [1: .positive], [1: .both]][wanted]
    let trace = try #require(
      ForwardPass(network, kernels: ReferenceKernels()).trace(of: FeatureMaps(batch: 1, shape: [2], values: [1, 2]), parts: parts))
    let outputs = Dictionary(uniqueKeysWithValues: zip(network.layers.map(\.name), trace.outputs.map(\.values)))
    #expect(outputs["first"] == [1, -2, 3])
    #expect(outputs["relu"] == [1, 0, 3])
    #expect(outputs["again"] == [1, 0, 3])
    #expect(outputs["sum"] == [3, -2, 9])
    #expect(outputs["rectified"] == [3, 0, 9])
    #expect(outputs["twice"] == [3, 0, 9])
    #expect(outputs["leaky"] == [3, -1, 9])
    #expect(outputs["clip"] == [3, -1, 4])
    #expect(outputs["all"] == [12, -2, 31])
    #expect(trace.parts[1]?.positive.values == (wanted == 0 ? nil : [1, 0, 1]))
    #expect(trace.parts[1]?.negative?.values == (wanted == 2 ? [0, -2, 0] : nil))
    #expect(ForwardPass(network, kernels: ReferenceKernels()).logits(of: Tensor(shape: [1, 2], values: [1, 2])).values == [41])
  }
}
