import Networks
import OneDNNKernels
import Tensors
import TestSupport
import Testing

@testable import Relevance

@Suite("Explainer") struct ExplainerTests {
  private let network = tinyNetwork(seed: 3)

  private func input(seed: UInt64) -> Tensor {
    var numbers = SeededNumbers(seed: seed)
    return Tensor(shape: [1, 8, 8], values: numbers.floats(64))
  }

  @Test("oneDNN and the plain loops explain alike", arguments: Composite.builtIn)
  func kernelsAgree(composite: Composite) throws {
    for seed in UInt64(1)...5 {
      let fast = try #require(
        try Explainer(network, kernels: OneDNNKernels()).explain(input(seed: seed), composite: composite, target: .class(1)))
      let slow = try #require(
        try Explainer(network, kernels: ReferenceKernels()).explain(input(seed: seed), composite: composite, target: .class(1)))
      for (a, b) in zip(fast.layers, slow.layers) {
        let largest = max(b.relevance.largestMagnitude, 1e-6)
        for (x, y) in zip(a.relevance.values, b.relevance.values) { #expect(abs(x - y) <= 1e-4 * largest, "\(a.name)") }
      }
    }
  }

  @Test("What a layer hands on is what arrives at the layers it reads")
  func sumsConnect() throws {
    let explanation = try #require(
      try Explainer(network, kernels: OneDNNKernels()).explain(input(seed: 2), composite: .epsilonPlusFlat, target: .predicted))
    for (index, layer) in explanation.layers.enumerated() where index > 0 {
      let readers = network.consumers[index - 1]
      // Where one layer alone reads one other, all of its relevance goes there.
      if readers == [index], network.layers[index].inputs == [index - 1] {
        #expect(abs(layer.relevanceOut - explanation.layers[index - 1].relevanceIn) <= 1e-5 * max(1, abs(layer.relevanceOut)))
      }
    }
    #expect(explanation.layers.last?.relevanceIn == Double(explanation.logits[explanation.targetClass]))
  }

  @Test("Rules without bias in them lose nothing", arguments: ["relu", "maxpool", "layer1.0.add", "avgpool", "flatten", "conv1"])
  func conservation(name: String) throws {
    let explainer = Explainer(network, kernels: OneDNNKernels())
    for seed in UInt64(1)...4 {
      let explanation = try #require(try explainer.explain(input(seed: seed), composite: .epsilonPlusFlat, target: .predicted))
      let layer = try #require(explanation.layers.first { $0.name == name })
      let scale = Double(layer.relevance.values.reduce(0) { $0 + abs($1) })
      #expect(abs(layer.relevanceIn - layer.relevanceOut) <= 1e-4 * max(scale, 1e-3), "\(name)")
    }
  }

  @Test("A batch explains each picture as it would be explained alone")
  func batch() throws {
    let explainer = Explainer(network, kernels: OneDNNKernels())
    let inputs = (1...3).map { input(seed: $0) }
    let together = try #require(
      try explainer.explain(
        batch: Tensor(shape: [3, 1, 8, 8], values: inputs.flatMap(\.values)), composite: .epsilonAlpha2Beta1,
        targets: [.predicted, .class(2), .class(0)]))
    for (index, target) in [Target.predicted, .class(2), .class(0)].enumerated() {
      let alone = try #require(try explainer.explain(inputs[index], composite: .epsilonAlpha2Beta1, target: target))
      #expect(together[index].targetClass == alone.targetClass)
      let largest = alone.relevance.largestMagnitude
      for (a, b) in zip(together[index].relevance.values, alone.relevance.values) { #expect(abs(a - b) <= 1e-4 * largest) }
    }
  }

  @Test("A target that is no class, and a layer that no row matches, are errors that say which")
  func errors() {
    let explainer = Explainer(network, kernels: ReferenceKernels())
    #expect(throws: RelevanceError.noSuchClass(3, classes: 3)) {
      try explainer.explain(input(seed: 1), composite: .standard, target: .class(3))
    }
    let partial = Composite(name: "partial", summary: "", rows: [.init(.convolution, .rule(.zPlus))])
    #expect(throws: RelevanceError.layerWithoutRule(layer: "fc", kind: "dense", composite: "partial")) {
      try explainer.prepare(partial)
    }
  }

  @Test("A cancelled explanation is none")
  func cancellation() throws {
    let explainer = Explainer(network, kernels: ReferenceKernels())
    let cancelledAtOnce = try explainer.explain(input(seed: 1), composite: .standard, target: .predicted) { true }
    #expect(cancelledAtOnce == nil)
    var calls = 0
    let cancelledMidway = try explainer.explain(input(seed: 1), composite: .standard, target: .predicted) {
      calls += 1
      return calls > 15
    }
    #expect(cancelledMidway == nil)
  }

  @Test("An input of zeros has finite relevance")
  func zeros() throws {
    for composite in Composite.builtIn {
      let explanation = try #require(
        try Explainer(network, kernels: OneDNNKernels()).explain(Tensor(zeros: [1, 8, 8]), composite: composite, target: .predicted))
      let isFinite = explanation.relevance.values.allSatisfy { $0.isFinite }
      #expect(isFinite)
    }
  }

  @Test("Probabilities are the softmax of the logits and survive large ones")
  func probabilities() {
    #expect(softmax([0, 0]) == [0.5, 0.5])
    let large = softmax([1000, 1001])
    #expect(abs(large[1] - 0.7310586) <= 1e-6)
    #expect(softmax([]).isEmpty)
  }
}
