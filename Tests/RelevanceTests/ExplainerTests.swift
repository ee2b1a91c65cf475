import Networks
import OneDNNKernels
import Tensors
import TestSupport
import Testing

@testable import Relevance

@Suite("Explainer") struct ExplainerTests {
  private let network = tinyNetwork(seed: 3)
  private func input(_ seed: UInt64) -> Tensor { Small.input(of: network, seed: seed) }

  @Test("What arrives at a layer that one other reads is what that one hands on; relevance starts with the target's logit")
  func sumsConnect() throws {
    let explanation = try #require(
      try Explainer(network, kernels: OneDNNKernels()).explain(input(2), Query(.epsilonPlusFlat)))
    for (index, layer) in explanation.layers.enumerated() where index > 0 {
      if network.consumers[index - 1] == [index], network.layers[index].inputs == [index - 1] {
        #expect(abs(layer.relevanceOut - explanation.layers[index - 1].relevanceIn) <= 1e-5 * max(1, abs(layer.relevanceOut)))
      }
    }
    #expect(explanation.start == Double(explanation.logits[explanation.targetClass]))
    #expect(explanation.layers.last?.relevanceIn == explanation.start)
    #expect(explanation.prediction == explanation.targetClass)
  }

  @Test(
    "Relevance in is relevance out and what bias and stabilizer absorb, at every layer", arguments: Composite.builtIn, SumRule.allCases)
  func conservation(composite: Composite, sumRule: SumRule) throws {
    for (_, network) in Small.networks {
      let explainer = Explainer(network, kernels: OneDNNKernels())
      for seed in UInt64(1)...3 {
        for stabilizer in [nil, Stabilizer(epsilon: 0.1, clips: true)] {
          let settings = RelevanceSettings(composite: composite, sumRule: sumRule, stabilizer: stabilizer)
          let explanation = try #require(
            try explainer.explain(Small.input(of: network, seed: seed), Query(.relevance(settings))))
          Conservation.check(explanation, network)
        }
      }
    }
  }

  @Test("A batch explains each picture as it would be explained alone", arguments: Composite.builtIn)
  func batch(composite: Composite) throws {
    for (_, network) in Small.networks {
      let explainer = Explainer(network, kernels: OneDNNKernels())
      let query = Query(.relevance(RelevanceSettings(composite: composite, stabilizer: Stabilizer(epsilon: 0.01))))
      let together = try #require(try explainer.explain(batch: Small.batch(of: network, seeds: 1...3), query))
      #expect(together.count == 3)
      for (index, explanation) in together.enumerated() {
        let alone = try #require(try explainer.explain(Small.input(of: network, seed: UInt64(index) + 1), query))
        #expect(explanation.targetClass == alone.targetClass)
        #expect(explanation.input == alone.input)
        #expect(Small.difference(explanation.relevance, alone.relevance) <= 1e-4)
      }
    }
  }

  @Test("Several targets at once give what each gives alone", arguments: Composite.builtIn)
  func targets(composite: Composite) throws {
    let explainer = Explainer(network, kernels: OneDNNKernels())
    let targets: [Target] = [.predicted, .runnerUp, .class(0), .class(2), .contrast(2, 0)]
    let query = Query(.relevance(RelevanceSettings(composite: composite, stabilizer: Stabilizer(epsilon: 0.01))))
    let together = try #require(try explainer.explain(input(2), query, targets: targets))
    #expect(together.map(\.target) == targets)
    for (target, explanation) in zip(targets, together) {
      let alone = try #require(try explainer.explain(input(2), Query(query.attribution, target: target)))
      #expect(explanation.targetClass == alone.targetClass)
      #expect(abs(explanation.start - alone.start) <= 1e-6)
      #expect(Small.difference(explanation.relevance, alone.relevance) <= 1e-4)
      for (a, b) in zip(explanation.layers, alone.layers) { #expect(Small.difference(a.relevance, b.relevance) <= 1e-4, "\(a.name)") }
    }
  }

  @Test("Targets of different layers cannot be explained together")
  func targetsOfTwoLayers() {
    #expect(throws: RelevanceError.self) {
      try Explainer(network, kernels: OneDNNKernels()).explain(
        input(1), Query(), targets: [.predicted, .channel(layer: "relu", channel: 0)])
    }
  }

  @Test("Without layers an explanation has the same relevance and no layers")
  func withoutLayers() throws {
    let explainer = Explainer(network, kernels: OneDNNKernels())
    let full = try #require(try explainer.explain(input(1), Query()))
    let light = try #require(try explainer.explain(input(1), Query(), targets: [.predicted], keepsLayers: false)?.first)
    #expect(light.relevance == full.relevance)
    #expect(light.layers.isEmpty)
    #expect(full.layers.map(\.name) == network.layers.map(\.name))
  }

  @Test("What the network does not have is an error that says what it has")
  func errors() {
    let explainer = Explainer(network, kernels: ReferenceKernels())
    func error(_ query: Query) -> RelevanceError? {
      let result = Result { () throws(RelevanceError) in try explainer.explain(input(1), query) }
      guard case .failure(let error) = result else { return nil }
      return error
    }
    #expect(error(Query(target: .class(3))) == .noSuchClass(3, classes: 3))
    #expect(error(Query(target: .class(-1))) == .noSuchClass(-1, classes: 3))
    #expect(error(Query(target: .contrast(0, 7))) == .noSuchClass(7, classes: 3))
    #expect(error(Query(target: .channel(layer: "nowhere", channel: 0))) == .noSuchLayer("nowhere"))
    #expect(error(Query(target: .channel(layer: "relu", channel: 3))) == .noSuchChannel(3, layer: "relu", channels: 3))
    #expect(
      error(Query(target: .channel(layer: "relu", channel: 0, position: .init(row: 4, column: 0))))
        == .noSuchPosition(row: 4, column: 0, layer: "relu", shape: [3, 4, 4]))
    #expect(error(Query(through: [ChannelCondition(layer: "nowhere", channels: [0])])) == .noSuchLayer("nowhere"))
    #expect(
      error(Query(through: [ChannelCondition(layer: "relu", channels: [0, 5])])) == .noSuchChannel(5, layer: "relu", channels: 3))
    #expect(
      error(Query(.gradient(.raw), through: [ChannelCondition(layer: "relu", channels: [0])]))
        == .parameter("conditions on channels go with relevance, not with gradient"))
    #expect(
      error(Query(target: .channel(layer: "conv1", channel: 0), through: [ChannelCondition(layer: "relu", channels: [0])]))
        == .notReached(layer: "relu", start: "conv1"))
    let partial = Composite(name: "partial", rows: [.init(.kind("convolution"), .zPlus)])
    #expect(error(Query(partial)) == .layerWithoutRule(layer: "fc", kind: "dense", composite: "partial"))
    let misplaced = Composite(name: "misplaced", rows: [.init(.all, .norm)])
    #expect(error(Query(misplaced)) == .ruleDoesNotFit(rule: "norm", layer: "conv1", kind: "convolution"))
    let bounds = Composite(name: "bounds", rows: [.init(.all, .zBox(low: [0, 1], high: [2]))])
    #expect(error(Query(bounds)) == .boundsDoNotFit(count: 2, channels: 1))
  }

  @Test("A network with an operator that cannot run is an error that names the layer, the operator and the reason")
  func cannotRun() {
    let network = Network.chain(
      input: [2],
      [
        ("relu", .relu, [2]), ("odd", .unsupported(name: "Loop", reason: "no such operator is known"), []),
        ("after", .unsupported(name: "Relu", reason: "the shape of its input is unknown"), []),
      ])
    let explainer = Explainer(network, kernels: ReferenceKernels())
    let expected = RelevanceError.cannotRun(layer: "odd", operation: "Loop", reason: "no such operator is known")
    for query in [Query(), Query(.gradient(.raw)), Query(.occlusion(window: 1, stride: 1, baseline: .zero))] {
      #expect(throws: expected) { try explainer.explain(Tensor(zeros: [2]), query) }
    }
    #expect(throws: expected) { try explainer.prepare(RelevanceSettings()) }
    #expect(expected.description == "the network cannot run: no such operator is known, at layer odd (Loop)")
  }

  @Test("A cancelled explanation is none, wherever it is cancelled")
  func cancellation() throws {
    let explainer = Explainer(network, kernels: ReferenceKernels())
    var asked = 0
    _ = try explainer.explain(input(1), Query()) {
      asked += 1
      return false
    }
    #expect(asked >= 2 * network.layers.count)
    for limit in [0, 5, network.layers.count + 3, asked - 1] {
      var calls = 0
      let explanation = try explainer.explain(input(1), Query()) {
        calls += 1
        return calls > limit
      }
      #expect(explanation == nil, "cancelled after \(limit)")
    }
  }

  @Test("An input of zeros has finite relevance", arguments: Composite.builtIn)
  func zeros(composite: Composite) throws {
    for (_, network) in Small.networks {
      let explanation = try #require(
        try Explainer(network, kernels: OneDNNKernels()).explain(Tensor(zeros: network.layers[0].outputShape), Query(composite)))
      #expect(explanation.relevance.values.allSatisfy { $0.isFinite })
    }
  }

  @Test("More settings than an explainer keeps plans for are still explained, the first ones again alike")
  func plans() throws {
    let explainer = Explainer(network, kernels: OneDNNKernels())
    let first = try #require(try explainer.explain(input(1), Query(Composite.builtIn[0])))
    for composite in Composite.builtIn { try explainer.prepare(RelevanceSettings(composite: composite)) }
    let again = try #require(try explainer.explain(input(1), Query(Composite.builtIn[0])))
    #expect(first.relevance == again.relevance)
  }

  @Test("Probabilities are the softmax of the logits and survive large ones")
  func probabilities() {
    #expect(softmax([0, 0]) == [0.5, 0.5])
    let large = softmax([1000, 1001])
    #expect(abs(large[1] - 0.7310586) <= 1e-6)
    #expect(softmax([]).isEmpty)
  }

  @Test("The largest and second largest logit, the first ones on ties")
  func places() {
    #expect(([1, 3, 3, 2] as [Float]).indexOfLargest == 1)
    #expect(([1, 3, 3, 2] as [Float]).indexOfSecondLargest == 2)
    #expect(([5, 1, 2] as [Float]).indexOfSecondLargest == 2)
    #expect(([5, 5] as [Float]).indexOfSecondLargest == 1)
    #expect(([5] as [Float]).indexOfSecondLargest == 0)
  }
}

/// Conservation of relevance, as the engine reports it.
enum Conservation {
  /// At every layer relevance in is relevance out and what is absorbed, to 1e-5 of the sum of magnitudes that pass it.
  static func check(_ explanation: Explanation, _ network: Network, sourceLocation: SourceLocation = #_sourceLocation) {
    func magnitudes(_ layer: LayerRelevance) -> Double { layer.relevance.values.reduce(0) { $0 + Double(abs($1)) } }
    let sums = explanation.layers.map(magnitudes)
    for (index, layer) in explanation.layers.enumerated() where index > 0 {
      let scale = network.layers[index].inputs.reduce(sums[index]) { max($0, sums[$1]) }
      let kept = layer.relevanceOut + layer.absorbedByBias + layer.absorbedByStabilizer
      // What is absorbed can be many times what passes where denominators are tiny: rounding is in proportion to it.
      let absorbed = abs(layer.absorbedByBias) + abs(layer.absorbedByStabilizer)
      #expect(
        abs(layer.relevanceIn - kept) <= 1e-5 * max(scale, absorbed), "\(explanation.attribution.name), \(layer.name)",
        sourceLocation: sourceLocation)
    }
  }
}
