import Networks
import OneDNNKernels
import Tensors
import TestSupport
import Testing

@testable import Relevance

@Suite("Rules") struct RuleTests {
  static let rules: [Rule] = [
    .epsilon(1e-6), .epsilon(0.25), .zPlus, .alphaBeta(alpha: 2, beta: 1), .alphaBeta(alpha: 1, beta: 0), .flat,
    .zBox(low: [-1, -1.5, -2], high: [1, 1.5, 2]),
  ]

  static let geometries: [ConvolutionGeometry] = [
    ConvolutionGeometry(inputChannels: 3, inputHeight: 5, inputWidth: 6, outputChannels: 4, kernelHeight: 1, kernelWidth: 1),
    ConvolutionGeometry(
      inputChannels: 3, inputHeight: 7, inputWidth: 6, outputChannels: 5, kernelHeight: 3, kernelWidth: 3, stride: 2, padding: 1),
    ConvolutionGeometry(
      inputChannels: 3, inputHeight: 9, inputWidth: 9, outputChannels: 2, kernelHeight: 7, kernelWidth: 7, stride: 2, padding: 3),
    .dense(inputs: 3, outputs: 6),
  ]

  /// A network of one linear layer and the plan that follows `rule` in it.
  private func plan(_ rule: Rule, _ geometry: ConvolutionGeometry, weights: [Float], bias: [Float], kernels: any Kernels) throws
    -> RelevancePlan
  {
    let network = Network(
      layers: [
        Layer(
          name: "input", operation: .input, inputs: [], outputShape: [geometry.inputChannels, geometry.inputHeight, geometry.inputWidth]),
        Layer(
          name: "linear", operation: .convolution(Convolution(geometry: geometry, weights: weights, bias: bias)), inputs: [0],
          outputShape: [geometry.outputChannels, geometry.outputHeight, geometry.outputWidth]),
      ],
      preprocessing: Preprocessing(channels: 3, height: 1, width: 1, mean: [0, 0, 0], std: [1, 1, 1]), classNames: [])
    return try RelevancePlan(
      composite: Composite(name: "test", summary: "", rows: [.init(.convolution, .rule(rule))]),
      weights: PackedWeights(network, kernels: kernels))
  }

  @Test(
    "Every rule on every kind of linear layer equals its formula, with negative inputs, biases, stride and padding", arguments: rules,
    geometries)
  func agreesWithFormula(rule: Rule, geometry: ConvolutionGeometry) throws {
    var numbers = SeededNumbers(seed: 11)
    let weights = numbers.floats(geometry.weightCount)
    // Biases away from zero keep denominators away from it, where Float and Double would part.
    let bias = numbers.floats(geometry.outputChannels, in: -0.5...0.5).map { $0 < 0 ? $0 - 0.5 : $0 + 0.5 }
    let batch = 2
    let input = Tensor(
      shape: [batch, geometry.inputChannels, geometry.inputHeight, geometry.inputWidth], values: numbers.floats(batch * geometry.inputCount)
    )
    for kernels in [OneDNNKernels(), ReferenceKernels()] as [any Kernels] {
      let plan = try plan(rule, geometry, weights: weights, bias: bias, kernels: kernels)
      let forward = PackedWeights(plan.network, kernels: kernels).forward
      let activations = try #require(forward.activations(of: input))
      // Relevance in proportion to the output, as it is in a network: where an output is nearly zero, so is its relevance.
      let start = Tensor(shape: activations[1].shape, values: activations[1].values.map { $0 * $0 * ($0 < 0 ? -0.5 : 1) })
      let (layers, _) = try #require(plan.relevance(activations: activations, start: start))
      let slow = SlowLayer(geometry, weights: weights, bias: bias)
      for row in 0..<batch {
        let expected = slow.relevance(rule, input: input.element(row).values, relevance: start.element(row).values)
        let largest = expected.reduce(0) { max($0, abs($1)) }
        for (ours, theirs) in zip(layers[0].element(row).values, expected) { #expect(abs(Double(ours) - theirs) <= 2e-5 * largest) }
      }
    }
  }

  @Test("The stabilizer moves a number away from zero and zero itself to the positive side")
  func stabilizer() {
    #expect(stabilized(2, 0.5) == 2.5)
    #expect(stabilized(-2, 0.5) == -2.5)
    #expect(stabilized(0, 0.5) == 0.5)
    #expect(stabilized(-0.0, 0.5) == 0.5)
  }

  @Test("alphaBeta(1, 0) is zPlus, and zBox between 0 and 0 without bias is epsilon")
  func identities() throws {
    let geometry = Self.geometries[1]
    var numbers = SeededNumbers(seed: 5)
    let weights = numbers.floats(geometry.weightCount)
    let bias = [Float](repeating: 0, count: geometry.outputChannels)
    let input = Tensor(shape: [1, 3, 7, 6], values: numbers.floats(geometry.inputCount))
    func relevance(_ rule: Rule) throws -> [Float] {
      let plan = try plan(rule, geometry, weights: weights, bias: bias, kernels: ReferenceKernels())
      let activations = try #require(PackedWeights(plan.network, kernels: ReferenceKernels()).forward.activations(of: input))
      return try #require(plan.relevance(activations: activations, start: activations[1])).layers[0].values
    }
    let positiveOnly = try relevance(.alphaBeta(alpha: 1, beta: 0))
    let plus = try relevance(.zPlus)
    #expect(positiveOnly == plus)
    let box = try relevance(.zBox(low: [0, 0, 0], high: [0, 0, 0]))
    let epsilon = try relevance(.epsilon(1e-6))
    for (a, b) in zip(box, epsilon) { #expect(abs(a - b) <= 1e-5) }
  }

  /// 3 -> 3 with weights 2, ReLU, 3 -> 1 with weights 3, no bias: the example in Captum's tests of LRP.
  private func explainLiteral(firstWeight: Float, rule: Rule) throws -> [Float] {
    var first = [Float](repeating: 2, count: 9)
    first[0] = firstWeight
    let network = Network(
      layers: [
        Layer(name: "input", operation: .input, inputs: [], outputShape: [3, 1, 1]),
        Layer(name: "flatten", operation: .flatten, inputs: [0], outputShape: [3]),
        Layer(
          name: "first", operation: .dense(Dense(inputs: 3, outputs: 3, weights: first, bias: [0, 0, 0])), inputs: [1], outputShape: [3]),
        Layer(name: "relu", operation: .relu, inputs: [2], outputShape: [3]),
        Layer(
          name: "second", operation: .dense(Dense(inputs: 3, outputs: 1, weights: [3, 3, 3], bias: [0])), inputs: [3], outputShape: [1]),
      ],
      preprocessing: Preprocessing(channels: 3, height: 1, width: 1, mean: [0, 0, 0], std: [1, 1, 1]), classNames: ["only"])
    let composite = Composite(name: "test", summary: "", rows: [.init(.dense, .rule(rule))])
    let explainer = Explainer(network, kernels: OneDNNKernels())
    let explanation = try #require(
      try explainer.explain(Tensor(shape: [3, 1, 1], values: [1, 2, 3]), composite: composite, target: .class(0)))
    return explanation.relevance.values
  }

  @Test("Captum's published example gives 18, 36, 54 with epsilon")
  func captumEpsilon() throws {
    for (ours, theirs) in zip(try explainLiteral(firstWeight: 2, rule: .epsilon(1e-6)), [18, 36, 54] as [Float]) {
      #expect(abs(ours - theirs) <= 1e-3)
    }
  }

  @Test("Captum's published example with a negative weight gives 12, 33.6, 50.4 with alpha 1 and beta 0")
  func captumAlphaBeta() throws {
    for (ours, theirs) in zip(
      try explainLiteral(firstWeight: -2, rule: .alphaBeta(alpha: 1, beta: 0)), [12, 33.6, 50.4] as [Float])
    {
      #expect(abs(ours - theirs) <= 1e-3)
    }
  }
}
