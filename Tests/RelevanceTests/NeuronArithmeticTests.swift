import Networks
import OneDNNKernels
import Tensors
import TestSupport
import Testing

@testable import Relevance

@Suite("The arithmetic of one neuron") struct NeuronArithmeticTests {
  private typealias Output = (channel: Int, row: Int, column: Int)

  /// Bounds of one number fit every layer.
  static let rules = RuleTests.rules.filter { rule in
    guard case .zBox(let low?, _) = rule else { return true }
    return low.count == 1
  }

  static let stabilizers = [
    Stabilizer(epsilon: 0.05), Stabilizer(epsilon: 0.3, clips: true), Stabilizer(epsilon: 0.1, scalesByNorm: true),
    Stabilizer(epsilon: 0.3, clips: true, scalesByNorm: true),
  ]

  private func outputs(of layer: Layer) -> [Output] {
    let shape = layer.outputShape + (layer.outputShape.count == 1 ? [1, 1] : [])
    return (0..<shape[0]).flatMap { channel in
      (0..<shape[1]).flatMap { row in (0..<shape[2]).map { (channel, row, $0) } }
    }
  }

  /// Every neuron of every layer with weights against what the engine says of whole layers.
  private func compare(_ network: Network, _ settings: RelevanceSettings, tolerance: Double) throws {
    let explanation = try #require(
      try Explainer(network, kernels: OneDNNKernels()).explain(
        Small.input(of: network, seed: 2), Query(.relevance(settings), target: .class(1))))
    // What all readers hand to a layer, in the order of `[C, H, W]`.
    var gathered = network.layers.map { [Double](repeating: 0, count: $0.outputCount) }
    for (index, layer) in network.layers.enumerated() where layer.linear != nil {
      let (found, source) = (explanation.layers[index], layer.inputs[0])
      let shape = network.layers[source].outputShape + (network.layers[source].outputShape.count == 1 ? [1, 1] : [])
      var own = [Double](repeating: 0, count: network.layers[source].outputCount)
      var computed: [Float] = []
      var (byBias, byStabilizer) = (0.0, 0.0)
      for (place, output) in outputs(of: layer).enumerated() {
        let neuron = try #require(NeuronArithmetic(network, explanation, layer: index, output: output))
        #expect(neuron.rule == found.applied && neuron.relevance == Double(found.relevance.values[place]))
        for term in neuron.terms { own[(term.channel * shape[1] + term.row) * shape[2] + term.column] += term.relevance }
        let products = neuron.terms.reduce(Double(neuron.bias)) { $0 + Double($1.input) * Double($1.weight) }
        #expect(abs(products - Double(neuron.output)) <= 1e-6 * max(1, abs(products)))
        computed.append(neuron.output)
        byBias += neuron.absorbedByBias
        byStabilizer += neuron.absorbedByStabilizer
        // Of one neuron nothing is lost.
        let passed = neuron.terms.reduce(0) { $0 + $1.relevance }
        let scale = neuron.terms.reduce(abs(neuron.absorbedByBias) + abs(neuron.absorbedByStabilizer)) { $0 + abs($1.relevance) }
        #expect(abs(passed + neuron.absorbedByBias + neuron.absorbedByStabilizer - neuron.relevance) <= 1e-9 * max(scale, 1e-9))
      }
      #expect(Small.difference(computed, found.activation.values.map { Double($0) }) <= 1e-5, "\(layer.name)")
      let magnitude = own.reduce(0) { $0 + abs($1) }
      let scale = tolerance * max(magnitude, found.magnitude, abs(byBias), abs(byStabilizer))
      #expect(abs(own.reduce(0, +) - found.inputs[0].sum) <= scale, "\(layer.name)")
      #expect(abs(magnitude - found.inputs[0].magnitude) <= scale, "\(layer.name)")
      #expect(abs(byBias - found.absorbedByBias) <= scale, "\(layer.name)")
      #expect(abs(byStabilizer - found.absorbedByStabilizer) <= scale, "\(layer.name)")
      for at in own.indices { gathered[source][at] += own[at] }
    }
    var compared = 0
    for (source, readers) in network.consumers.enumerated()
    where !readers.isEmpty && readers.allSatisfy({ network.layers[$0].linear != nil }) {
      #expect(
        Small.difference(explanation.layers[source].relevance.values, gathered[source]) <= tolerance, "\(network.layers[source].name)")
      compared += 1
    }
    #expect(compared >= 3)
  }

  @Test("What the terms of all neurons of a layer get is what the engine hands to its input, for every rule", arguments: rules)
  func agreesWithEngine(rule: Rule) throws {
    for (_, network) in Small.networks {
      for ignoresBias in [false, true] {
        let composite = Composite(name: "test", rows: [.init(.all, rule, ignoresBias: ignoresBias)])
        // What `lrp0` divides by is not stabilized: rounding decides where it is nearly zero.
        try compare(
          network, RelevanceSettings(composite: composite, stabilizer: Stabilizer(epsilon: 0.05)), tolerance: rule == .lrp0 ? 1e-2 : 1e-4)
      }
    }
  }

  @Test("They follow the stabilizer that is set", arguments: rules.filter { $0 != .lrp0 }, stabilizers)
  func followsStabilizer(rule: Rule, stabilizer: Stabilizer) throws {
    let composite = Composite(name: "test", rows: [.init(.all, rule)])
    for (_, network) in Small.networks {
      try compare(network, RelevanceSettings(composite: composite, stabilizer: stabilizer), tolerance: 1e-4)
    }
  }

  @Test("Rules of composites are taken layer by layer, with the bounds of the network's input", arguments: Composite.builtIn)
  func composites(composite: Composite) throws {
    for (_, network) in Small.networks {
      try compare(
        network, RelevanceSettings(composite: composite, stabilizer: Stabilizer(epsilon: 0.05)),
        tolerance: composite.name == "lrp0" ? 1e-2 : 1e-4)
    }
  }

  @Test("Terms are the inputs inside the picture by channel, row and column, with the weights of their places")
  func terms() throws {
    let network = tinyNetwork(seed: 3)
    let explanation = try #require(
      try Explainer(network, kernels: ReferenceKernels()).explain(Small.input(of: network, seed: 1), Query(.epsilonPlus)))
    // conv1 3x3 with stride 2 and padding 1 reads one channel of 8 x 8.
    let stem = try #require(network.index(ofLayerNamed: "conv1"))
    let corner = try #require(NeuronArithmetic(network, explanation, layer: stem, output: (2, 0, 3)))
    #expect(
      corner.terms.map { [$0.channel, $0.row, $0.column] } == [[0, 0, 5], [0, 0, 6], [0, 0, 7], [0, 1, 5], [0, 1, 6], [0, 1, 7]])
    #expect(corner.terms.map { [$0.kernelRow, $0.kernelColumn] } == [[1, 0], [1, 1], [1, 2], [2, 0], [2, 1], [2, 2]])
    let linear = try #require(network.layers[stem].linear)
    for term in corner.terms {
      #expect(term.weight == linear.weights[2 * 9 + term.kernelRow * 3 + term.kernelColumn])
      #expect(term.input == explanation.input.values[term.row * 8 + term.column] && term.product == term.input * term.weight)
    }
    #expect(corner.bias == linear.bias[2])
    let inner = try #require(network.index(ofLayerNamed: "layer1.0.conv1"))
    let middle = try #require(NeuronArithmetic(network, explanation, layer: inner, output: (1, 1, 2)))
    #expect(middle.terms.map(\.channel) == [Int](repeating: 0, count: 9) + [Int](repeating: 1, count: 9) + [Int](repeating: 2, count: 9))
    // One quotient of what speaks for the output.
    let positive = middle.terms.reduce(0) { $0 + max(0, Double($1.input) * Double($1.weight)) }
    let denominator = try #require(middle.denominators.first)
    #expect(middle.denominators.count == 1 && denominator.coefficient == 1 && abs(denominator.sum - positive) <= 1e-12)
    #expect(denominator.bias == max(0, Double(middle.bias)))
    #expect(abs(denominator.stabilized - denominator.sum - denominator.bias - 1e-6) <= 1e-12)
  }

  @Test("Where nothing speaks for an output, alpha-beta absorbs what it cannot hand on")
  func nothingCounted() throws {
    let network = Network.chain(
      input: [2], [("fc", .dense(Dense(inputs: 2, outputs: 1, weights: [-1, -2], bias: [0])), [1])])
    let settings = RelevanceSettings(
      composite: Composite(name: "test", rows: [.init(.all, .alphaBeta(alpha: 2, beta: 1))]), stabilizer: Stabilizer(epsilon: 0))
    let explanation = try #require(
      try Explainer(network, kernels: ReferenceKernels()).explain(Tensor(shape: [2], values: [1, 2]), Query(.relevance(settings))))
    let neuron = try #require(NeuronArithmetic(network, explanation, layer: 1, output: (0, 0, 0)))
    // z = -5 and R = -5: -1 times the negative part's shares 1/5 and 4/5; twice R finds nobody.
    #expect(neuron.output == -5 && neuron.relevance == -5)
    #expect(neuron.terms.map(\.relevance) == [1, 4])
    #expect(neuron.absorbedByStabilizer == -10 && neuron.absorbedByBias == 0)
    #expect(neuron.denominators.map(\.coefficient) == [2, -1] && neuron.denominators.map(\.stabilized) == [0, -5])
    let gamma = RelevanceSettings(composite: Composite(name: "test", rows: [.init(.all, .gamma(0.25))]))
    let zeros = try #require(
      try Explainer(network, kernels: ReferenceKernels()).explain(Tensor(zeros: [2]), Query(.relevance(gamma))))
    let none = try #require(NeuronArithmetic(network, zeros, layer: 1, output: (0, 0, 0)))
    #expect(none.denominators.isEmpty && none.terms.map(\.relevance) == [0, 0])
  }

  @Test("There is none of layers without weights, of outputs that are not there, and without layers")
  func none() throws {
    let network = tinyNetwork(seed: 3)
    let explainer = Explainer(network, kernels: ReferenceKernels())
    let input = Small.input(of: network, seed: 1)
    let explanation = try #require(try explainer.explain(input, Query()))
    let (stem, pool) = (1, try #require(network.index(ofLayerNamed: "maxpool")))
    #expect(NeuronArithmetic(network, explanation, layer: stem, output: (2, 3, 3)) != nil)
    #expect(NeuronArithmetic(network, explanation, layer: pool, output: (0, 0, 0)) == nil)
    for output in [(3, 0, 0), (0, 4, 0), (0, 0, -1)] {
      #expect(NeuronArithmetic(network, explanation, layer: stem, output: output) == nil)
    }
    #expect(NeuronArithmetic(network, explanation, layer: 99, output: (0, 0, 0)) == nil)
    let gradient = try #require(try explainer.explain(input, Query(.gradient(.raw))))
    #expect(NeuronArithmetic(network, gradient, layer: stem, output: (0, 0, 0)) == nil)
  }

  @Test(
    "Behind a ReLU the terms of a layer add up to Zennit's relevance of the layer before it",
    arguments: [Composite.epsilonPlus, .epsilonAlpha2Beta1])
  func zennit(composite: Composite) throws {
    let folder = "resnet-bottleneck"
    let path = try #require(["model.safetensors", "model.onnx"].first { TestFiles.exists("\(folder)/\($0)") })
    let network = try readNetwork(from: "\(TestFiles.golden)/\(folder)/\(path)")
    let input = try TestFiles.numbers("\(folder)/input").element(0)
    struct Targets: Decodable { let targets: [Int] }
    let target = try TestFiles.json("\(folder)/targets.json", as: Targets.self).targets[0]
    let explanation = try #require(
      try Explainer(network, kernels: OneDNNKernels()).explain(input, Query(composite, target: .class(target))))
    var compared = 0
    for (index, layer) in network.layers.enumerated() where layer.linear != nil {
      let source = layer.inputs[0]
      guard case .relu = network.layers[source].operation, network.consumers[source] == [index] else { continue }
      let before = network.layers[network.layers[source].inputs[0]]
      let file = "\(folder)/\(composite.name)/\(before.name)"
      guard before.linear != nil, TestFiles.exists("\(file).npy") else { continue }
      let expected = try TestFiles.numbers(file).element(0)
      var gathered = [Double](repeating: 0, count: before.outputCount)
      for output in outputs(of: layer) {
        for term in try #require(NeuronArithmetic(network, explanation, layer: index, output: output)).terms {
          gathered[(term.channel * before.outputShape[1] + term.row) * before.outputShape[2] + term.column] += term.relevance
        }
      }
      #expect(Small.difference(expected.values, gathered) <= 1e-4, "\(layer.name)")
      compared += 1
    }
    #expect(compared >= 4)
  }
}
