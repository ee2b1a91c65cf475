import Networks
import OneDNNKernels
import Tensors
import TestSupport
import Testing

@testable import Relevance

@Suite("A layer's part in an explanation") struct LayerRelevanceTests {
  private func settings(_ sumRule: SumRule) -> RelevanceSettings {
    RelevanceSettings(composite: .epsilonAlpha2Beta1Flat, sumRule: sumRule, stabilizer: Stabilizer(epsilon: 0.05))
  }

  @Test("What a layer hands to each of its inputs is what the formulas hand to it, as a sum and in magnitude", arguments: SumRule.allCases)
  func inputs(sumRule: SumRule) throws {
    for (name, network) in Small.networks {
      let slow = try SlowNetwork(network)
      for kernels in testedKernels {
        let input = Small.input(of: network, seed: 2)
        let query = Query(.relevance(settings(sumRule)), target: .class(1))
        let explanation = try #require(try Explainer(network, kernels: kernels).explain(input, query))
        let x = input.values.map { Double($0) }
        let logits = try #require(slow.outputs(x).last)
        let start = logits.indices.map { $0 == 1 ? logits[1] : 0 }
        let expected = try slow.relevance(settings(sumRule), x, start: (network.layers.count - 1, start))
        for (index, layer) in explanation.layers.enumerated() {
          func magnitude(_ values: [Double]) -> Double { values.reduce(0) { $0 + abs($1) } }
          let arriving = magnitude(expected.relevance[index])
          #expect(abs(layer.magnitude - arriving) <= 1e-4 * arriving, "\(name), \(layer.name)")
          #expect(layer.inputs.count == network.layers[index].inputs.count)
          guard index > 0 else { continue }
          for (ours, formula) in zip(layer.inputs, expected.handedOn[index]) {
            let size = max(magnitude(formula), 1e-6)
            #expect(abs(ours.magnitude - magnitude(formula)) <= 1e-4 * size, "\(name), \(layer.name)")
            #expect(abs(ours.sum - formula.reduce(0, +)) <= 1e-4 * size, "\(name), \(layer.name)")
          }
          #expect(layer.relevanceOut == layer.inputs.reduce(0) { $0 + $1.sum })
        }
      }
    }
  }

  @Test("In a batch each picture has what its layers hand on of its own")
  func batch() throws {
    for (_, network) in Small.networks {
      let explainer = Explainer(network, kernels: ReferenceKernels())
      let query = Query(.relevance(settings(.norm)))
      let together = try #require(try explainer.explain(batch: Small.batch(of: network, seeds: 1...3), query))
      for (index, explanation) in together.enumerated() {
        let alone = try #require(try explainer.explain(Small.input(of: network, seed: UInt64(index) + 1), query))
        for (a, b) in zip(explanation.layers, alone.layers) {
          #expect(abs(a.magnitude - b.magnitude) <= 1e-5 * max(b.magnitude, 1e-6))
          for (one, other) in zip(a.inputs, b.inputs) {
            #expect(abs(one.sum - other.sum) <= 1e-5 * max(other.magnitude, 1e-6))
            #expect(abs(one.magnitude - other.magnitude) <= 1e-5 * max(other.magnitude, 1e-6))
          }
        }
      }
    }
  }

  @Test("Behind where relevance starts nothing arrives and nothing is handed on; conditions count before they hand on")
  func partly() throws {
    let network = tinyNetwork(seed: 3)
    let explainer = Explainer(network, kernels: OneDNNKernels())
    let input = Small.input(of: network, seed: 2)
    let inner = try #require(
      try explainer.explain(
        input, Query(.relevance(settings(.norm)), target: .channel(layer: "layer1.0.relu1", channel: 0))))
    let last = try #require(inner.layers.last)
    #expect(last.inputs == [InputRelevance(sum: 0, magnitude: 0)] && last.magnitude == 0 && last.relevanceByChannel() == [0, 0, 0])
    #expect(last.relevance(ofChannel: 2) == [0])
    let through = Query(.relevance(settings(.norm)), through: [ChannelCondition(layer: "layer1.0.add", channels: [1])])
    let conditioned = try #require(try explainer.explain(input, through))
    let sum = try #require(conditioned.layers.first { $0.name == "layer1.0.add" })
    let arriving = sum.relevanceByChannel()
    #expect(arriving[1] != 0 && arriving[0] == 0 && arriving[2] == 0 && arriving[3] == 0)
    let handedOn = sum.inputs.reduce(sum.absorbedByStabilizer) { $0 + $1.sum }
    #expect(abs(handedOn - arriving[1]) <= 1e-5 * abs(arriving[1]))
  }

  @Test("Sums and planes of channels are those of the tensor")
  func channels() throws {
    for (_, network) in Small.networks {
      let input = Small.input(of: network, seed: 4)
      let explanation = try #require(try Explainer(network, kernels: OneDNNKernels()).explain(input, Query(.relevance(settings(.norm)))))
      for layer in explanation.layers {
        #expect(layer.shape == layer.relevance.shape && layer.shape == layer.activation.shape)
        let area = layer.shape.dropFirst().reduce(1, *)
        for (tensor, sums, plane) in [
          (layer.relevance, layer.relevanceByChannel(), layer.relevance(ofChannel:)),
          (layer.activation, layer.activationByChannel(), layer.activation(ofChannel:)),
        ] {
          #expect(sums.count == layer.shape[0])
          for channel in 0..<layer.shape[0] {
            let expected = Array(tensor.values[channel * area..<(channel + 1) * area])
            #expect(plane(channel) == expected)
            let sum = expected.reduce(0.0) { $0 + Double($1) }
            #expect(abs(sums[channel] - sum) <= 1e-12 * expected.reduce(1) { $0 + Double(abs($1)) })
          }
        }
      }
    }
  }

  @Test("Strengths of channels in a batch are the sums of relevance and the largest activations of each picture's explanation")
  func strengths() throws {
    for (name, network) in Small.networks {
      for kernels in testedKernels {
        let explainer = Explainer(network, kernels: kernels)
        let batch = Small.batch(of: network, seeds: 1...3)
        for target in [Target.predicted, .channel(layer: network.layers[3].name, channel: 1)] {
          let query = Query(.relevance(settings(.norm)), target: target)
          let strengths = try #require(try explainer.channelStrengths(batch: batch, query))
          let relevance = try #require(strengths.relevance)
          let explanations = try #require(try explainer.explain(batch: batch, query))
          #expect(relevance.count == network.layers.count && strengths.activation.count == network.layers.count)
          for index in network.layers.indices {
            let layers = explanations.map { $0.layers[index] }
            let channels = layers[0].shape[0]
            #expect(relevance[index] == layers.flatMap { $0.relevanceByChannel().map { Float($0) } }, "\(name) \(layers[0].name)")
            #expect(
              strengths.activation[index] == layers.flatMap { layer in (0..<channels).map { layer.activation(ofChannel: $0).max() } })
          }
        }
        let gradient = try #require(try explainer.channelStrengths(batch: batch, Query(.gradient(.raw))))
        let activation = try #require(try explainer.channelStrengths(batch: batch, Query())).activation
        #expect(gradient.relevance == nil)
        for (one, other) in zip(gradient.activation, activation) {
          #expect(Small.difference(one, other.map { Double($0) }) <= 1e-5)
        }
        #expect(try explainer.channelStrengths(batch: batch, Query()) { true } == nil)
      }
    }
  }

  @Test("Statistics of each picture count sum, magnitudes and the largest; what is not finite counts in none of them")
  func statistics() {
    var numbers = SeededNumbers(seed: 5)
    // More than one block, a rest behind it, and enough to be shared out.
    for shape in [[3, 5, 7], [16, 40, 32]] {
      let size = shape.reduce(1, *)
      var values = numbers.floats(2 * size, in: -2...3)
      values[size + 1] = .nan
      values[size + 20] = -.infinity
      let maps = FeatureMaps(batch: 2, shape: shape, values: values)
      for (picture, found) in maps.statistics(OneDNNKernels()).enumerated() {
        let finite = values[picture * size..<(picture + 1) * size].filter { $0.isFinite }.map { Double($0) }
        let magnitude = finite.reduce(0) { $0 + abs($1) }
        #expect(abs(found.sum - finite.reduce(0, +)) <= 1e-6 * magnitude)
        #expect(abs(found.magnitude - magnitude) <= 1e-6 * magnitude)
        #expect(Double(found.largestMagnitude) == finite.map { abs($0) }.max())
        #expect(found.nonFiniteCount == size - finite.count)
      }
    }
    // In single precision these magnitudes are too many, though the numbers themselves are not.
    let large = FeatureMaps(batch: 1, shape: [2], values: [.greatestFiniteMagnitude, -.greatestFiniteMagnitude])
    let found = large.statistics(ReferenceKernels())[0]
    #expect(found.sum == 0 && found.magnitude == 2 * Double(Float.greatestFiniteMagnitude) && found.nonFiniteCount == 0)
  }

  @Test("Layers that are made of tensors count the same")
  func ofTensors() {
    let relevance = Tensor(shape: [2, 1, 2], values: [1, -2, 3, .nan])
    let layer = LayerRelevance(
      name: "a", kind: "relu", rule: "pass", relevanceIn: 2, relevanceOut: 2, activation: Tensor(zeros: [2, 1, 2]), relevance: relevance)
    #expect(layer.magnitude == 6 && layer.inputs.isEmpty && layer.relevance(ofChannel: 0) == [1, -2])
    #expect(layer.relevanceByChannel()[0] == -1 && layer.activationByChannel() == [0, 0])
  }
}
