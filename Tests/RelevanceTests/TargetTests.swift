import Networks
import OneDNNKernels
import Tensors
import TestSupport
import Testing

@testable import Relevance

@Suite("Targets, conditions and warnings") struct TargetTests {
  private let network = tinyNetwork(seed: 3)
  private var explainer: Explainer { Explainer(network, kernels: OneDNNKernels()) }

  private func explain(_ seed: UInt64, _ query: Query) throws -> Explanation {
    try #require(try explainer.explain(Small.input(of: network, seed: seed), query))
  }

  @Test("The predicted class and the runner-up are the classes with the largest logits", arguments: UInt64(1)...5)
  func classes(seed: UInt64) throws {
    let predicted = try explain(seed, Query(target: .predicted))
    let order = predicted.logits.indices.sorted { predicted.logits[$0] > predicted.logits[$1] }
    #expect(predicted.targetClass == order[0])
    let second = try explain(seed, Query(target: .runnerUp))
    #expect(second.targetClass == order[1])
    let asClass = try explain(seed, Query(target: .class(order[1])))
    #expect(second.relevance == asClass.relevance)
    #expect(second.start == Double(second.logits[order[1]]))
  }

  @Test("The gradient of a contrast is the difference of two gradients, and so is what lrp0 and epsilon say of it")
  func contrast() throws {
    let linear = Query(.relevance(RelevanceSettings(composite: .named("epsilon") ?? .standard)))
    for query in [Query(.gradient(.raw)), Query(.inputTimesGradient), linear] {
      var (both, first, second) = (query, query, query)
      both.target = .contrast(2, 0)
      first.target = .class(2)
      second.target = .class(0)
      let (a, b) = (try explain(1, first), try explain(1, second))
      let difference = zip(a.relevance.values, b.relevance.values).map { Double($0 - $1) }
      let explanation = try explain(1, both)
      #expect(Small.difference(explanation.relevance.values, difference) <= 1e-4, "\(query.attribution.name)")
      #expect(explanation.targetClass == 2)
      #expect(abs(explanation.start - Double(explanation.logits[2] - explanation.logits[0])) <= 1e-6)
    }
    let nothing = try explain(1, Query(target: .contrast(1, 1)))
    #expect(nothing.relevance.values.allSatisfy { $0 == 0 })
    #expect(nothing.start == 0)
  }

  @Test("A channel is explained from all its positions, and they add up from each one alone")
  func channel() throws {
    let composite = try #require(Composite.named("epsilon"))
    let name = "layer1.0.relu2"
    let whole = try explain(2, Query(composite, target: .channel(layer: name, channel: 1)))
    let layer = try #require(whole.layers.first { $0.name == name })
    let activation = layer.activation
    #expect(abs(whole.start - activation.element(1).sum) <= 1e-5)
    for channel in 0..<activation.shape[0] {
      let expected = channel == 1 ? activation.element(1).values : [Float](repeating: 0, count: 16)
      #expect(layer.relevance.element(channel).values == expected)
    }
    var sum = [Double](repeating: 0, count: whole.relevance.count)
    for row in 0..<4 {
      for column in 0..<4 {
        let one = try explain(2, Query(composite, target: .channel(layer: name, channel: 1, position: .init(row: row, column: column))))
        #expect(one.start == Double(activation.element(1).values[row * 4 + column]))
        for (index, value) in one.relevance.values.enumerated() { sum[index] += Double(value) }
      }
    }
    #expect(Small.difference(whole.relevance.values, sum) <= 1e-4)
    // Layers behind the start have no relevance.
    let behind = try #require(whole.layers.last)
    #expect(behind.relevance.values.allSatisfy { $0 == 0 } && behind.relevanceIn == 0)
  }

  @Test(
    "All channels of a layer together, one condition each, give the relevance without conditions",
    arguments: [
      "relu", "layer1.0.relu2", "layer1.0.conv1", "fc",
    ])
  func conditions(name: String) throws {
    let index = try #require(network.index(ofLayerNamed: name))
    let whole = try explain(1, Query())
    // What reaches the input past the layer goes on whatever the condition is.
    let allDropped = try explain(1, Query(through: [ChannelCondition(layer: name, channels: [])]))
    var sum = allDropped.relevance.values.map { Double($0) }
    for channel in 0..<network.layers[index].outputShape[0] {
      let one = try explain(1, Query(through: [ChannelCondition(layer: name, channels: [channel])]))
      let layer = one.layers[index]
      for other in 0..<network.layers[index].outputShape[0] where other != channel {
        #expect(layer.relevance.element(other).values.allSatisfy { $0 == 0 })
      }
      #expect(layer.relevance.element(channel) == whole.layers[index].relevance.element(channel))
      for at in sum.indices { sum[at] += Double(one.relevance.values[at] - allDropped.relevance.values[at]) }
    }
    #expect(Small.difference(whole.relevance.values, sum) <= 1e-4)
    let all = ChannelCondition(layer: name, channels: Array(0..<network.layers[index].outputShape[0]))
    let throughAll = try explain(1, Query(through: [all]))
    #expect(throughAll.relevance == whole.relevance)
  }

  @Test("Conditions at two layers hold both; two at one layer are one with the channels of both")
  func severalConditions() throws {
    let both = try explain(
      1,
      Query(through: [ChannelCondition(layer: "layer1.0.relu2", channels: [1, 2]), ChannelCondition(layer: "relu", channels: [0])]))
    let relu = try #require(both.layers.first { $0.name == "relu" })
    #expect(relu.relevance.element(1).values.allSatisfy { $0 == 0 } && relu.relevance.element(2).values.allSatisfy { $0 == 0 })
    let joined = try explain(1, Query(through: [ChannelCondition(layer: "relu", channels: [0, 2])]))
    let apart = try explain(
      1, Query(through: [ChannelCondition(layer: "relu", channels: [0]), ChannelCondition(layer: "relu", channels: [2])]))
    #expect(joined.relevance == apart.relevance)
  }

  /// y = x1 - 0.999 x2 + 1e-4: the output nearly cancels, so that epsilon hands back a thousand times what arrives; a second layer
  /// keeps only what came from x1.
  private func cancelling(_ second: Float) -> Network {
    .chain(
      input: [2],
      [
        ("apart", .dense(Dense(inputs: 2, outputs: 2, weights: [1, 0, 0, 1], bias: [0, 0])), [2]),
        ("cancelling", .dense(Dense(inputs: 2, outputs: 1, weights: [1, second], bias: [0])), [1]),
        ("scaled", .dense(Dense(inputs: 1, outputs: 1, weights: [1], bias: [0])), [1]),
      ])
  }

  @Test("A sum that grows more than a hundredfold is reported with its layer")
  func blowUp() throws {
    let explainer = Explainer(cancelling(-0.999), kernels: OneDNNKernels())
    let query = Query(
      .relevance(RelevanceSettings(composite: try #require(Composite.named("epsilon")))),
      through: [ChannelCondition(layer: "apart", channels: [0])])
    let explanation = try #require(try explainer.explain(Tensor(shape: [2], values: [1, 1]), query))
    let warning = try #require(explanation.warnings.first)
    guard case .blowUp(let layer, let sum, let start) = warning else {
      Issue.record("\(warning)")
      return
    }
    #expect(layer == "apart" || layer == "input")
    #expect(abs(start - 0.001) < 1e-6)
    #expect(sum > 0.99 && sum < 1.01)
    #expect(warning.description.contains(layer))
    let tame = try #require(try Explainer(cancelling(0.5), kernels: OneDNNKernels()).explain(Tensor(shape: [2], values: [1, 1]), query))
    #expect(tame.warnings.isEmpty)
  }

  @Test("Numbers that are not finite are reported with the first layer that has them")
  func notFinite() throws {
    let network = Network.chain(
      input: [2],
      [
        ("tiny", .dense(Dense(inputs: 2, outputs: 1, weights: [1, -1], bias: [1e-38])), [1]),
        ("large", .dense(Dense(inputs: 1, outputs: 1, weights: [3e38], bias: [1e30])), [1]),
      ])
    let explainer = Explainer(network, kernels: ReferenceKernels())
    let composite = Composite(name: "test", rows: [.init(.name("large"), .flat), .init(.all, .lrp0)])
    let explanation = try #require(try explainer.explain(Tensor(shape: [2], values: [1, 1]), Query(composite)))
    let names = explanation.warnings.compactMap { warning -> String? in
      if case .notFinite(let layer, let count) = warning { return count > 0 ? layer : nil }
      return nil
    }
    #expect(names == ["input"])
  }
}
