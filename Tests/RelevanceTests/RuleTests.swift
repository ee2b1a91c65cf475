import Networks
import Tensors
import TestSupport
import Testing

@testable import Relevance

@Suite("Rules") struct RuleTests {
  static let rules: [Rule] =
    Rule.linear + [
      .epsilon(0.25), .gamma(0), .gamma(3), .alphaBeta(alpha: 1, beta: 0), .alphaBeta(alpha: 1.5, beta: 0.5),
      .zBox(low: [-1.5], high: [1]), .zBox(low: [-1, -1.5, -1, -2], high: nil),
    ]

  /// A layer with weights: what it computes and the shapes around it.
  struct LayerKind: Sendable, CustomTestStringConvertible {
    let name: String
    let operation: @Sendable (inout SeededNumbers) -> Operation
    let input: [Int]
    let output: [Int]

    var testDescription: String { name }

    static func convolution(_ name: String, size: (Int, Int), to channels: Int, _ window: SlidingWindow, groups: Int = 1) -> LayerKind {
      let geometry = ConvolutionGeometry(
        inputChannels: 4, inputHeight: size.0, inputWidth: size.1, outputChannels: channels, window: window, groups: groups)
      return LayerKind(
        name: name,
        operation: { numbers in
          let weights = numbers.floats(geometry.weightCount)
          return .convolution(Convolution(geometry: geometry, weights: weights, bias: biases(channels, &numbers)))
        },
        input: [4, size.0, size.1], output: [channels, geometry.outputHeight, geometry.outputWidth])
    }

    static func dense(inputs: Int, outputs: Int) -> LayerKind {
      LayerKind(
        name: "dense \(inputs) to \(outputs)",
        operation: { numbers in
          let weights = numbers.floats(inputs * outputs)
          return .dense(Dense(inputs: inputs, outputs: outputs, weights: weights, bias: biases(outputs, &numbers)))
        },
        input: [inputs], output: [outputs])
    }

    /// Away from zero, so that denominators stay away from it, where Float and Double would part.
    private static func biases(_ count: Int, _ numbers: inout SeededNumbers) -> [Float] {
      numbers.floats(count, in: -0.5...0.5).map { $0 < 0 ? $0 - 0.5 : $0 + 0.5 }
    }
  }

  static let layerKinds: [LayerKind] = [
    .convolution("1x1", size: (5, 6), to: 5, SlidingWindow(kernelHeight: 1, kernelWidth: 1)),
    .convolution("1x1 with stride 2", size: (5, 6), to: 9, SlidingWindow(kernelHeight: 1, kernelWidth: 1, stride: 2)),
    .convolution("3x3 with padding", size: (6, 5), to: 8, SlidingWindow(kernelHeight: 3, kernelWidth: 3, padding: 1)),
    .convolution(
      "3x3 with stride 2 and padding", size: (7, 6), to: 5, SlidingWindow(kernelHeight: 3, kernelWidth: 3, stride: 2, padding: 1)),
    .convolution(
      "3x2 with uneven stride and padding", size: (7, 6), to: 3,
      SlidingWindow(
        kernelHeight: 3, kernelWidth: 2, strideHeight: 1, strideWidth: 2, padding: Padding(top: 2, left: 0, bottom: 1, right: 1))),
    .convolution("3x3 with dilation 2", size: (8, 7), to: 4, SlidingWindow(kernelHeight: 3, kernelWidth: 3, padding: 2, dilation: 2)),
    .convolution("3x3 in 2 groups", size: (5, 5), to: 6, SlidingWindow(kernelHeight: 3, kernelWidth: 3, padding: 1), groups: 2),
    .convolution("3x3 for each channel", size: (5, 5), to: 4, SlidingWindow(kernelHeight: 3, kernelWidth: 3, padding: 1), groups: 4),
    .convolution(
      "7x7 with stride 2 and padding", size: (9, 9), to: 3, SlidingWindow(kernelHeight: 7, kernelWidth: 7, stride: 2, padding: 3)),
    .dense(inputs: 4, outputs: 6), .dense(inputs: 4, outputs: 17),
  ]

  /// What a plan makes of one layer, and what the formula says.
  private func compare(
    _ rule: Rule, _ kind: LayerKind, stabilizer: Stabilizer?, ignoresBias: Bool, behindReLU: Bool, tolerance: Double = 1e-5
  ) throws {
    var numbers = SeededNumbers(seed: 11)
    let operation = kind.operation(&numbers)
    let network = Network.chain(
      input: kind.input, (behindReLU ? [("relu", .relu, kind.input)] : []) + [("linear", operation, kind.output)], lowest: -1.25,
      highest: 1.25)
    let batch = 2
    let last = network.layers.count - 1
    let slow = try SlowLayer(network.layers[last])
    // More above zero than below where a ReLU lets only those pass.
    let input = Tensor(
      shape: [batch] + kind.input, values: numbers.floats(batch * slow.inputCount, in: behindReLU ? -0.5...1 : -1...1))
    let composite = Composite(name: "test", rows: [.init(.all, rule, ignoresBias: ignoresBias)])
    for kernels in testedKernels {
      let plan = try RelevancePlan(
        RelevanceSettings(composite: composite, stabilizer: stabilizer), weights: PackedWeights(network, kernels: kernels))
      let forward = PackedWeights(network, kernels: kernels).forward
      let trace = try #require(forward.trace(of: FeatureMaps(input), parts: plan.wantedParts))
      let read = trace.outputs[last - 1].tensor
      // As in a network, where an output is nearly zero, so is its relevance: as if it came from there.
      let start = (0..<batch).flatMap { row in
        slow.output(read.element(row).values.map { Double($0) }).enumerated().map { index, z in
          let own = ignoresBias ? z - slow.bias[index] : z
          return Float(own * own * (own < 0 ? -0.5 : 1))
        }
      }
      let relevance = FeatureMaps(Tensor(shape: [batch] + kind.output, values: start))
      let result = try #require(plan.relevance(trace, start: (last, relevance)))
      let ours = try #require(result.relevance[last - 1]).tensor
      for row in 0..<batch {
        let arriving = relevance.picture(row).values.map { Double($0) }
        let expected = try slow.relevance(
          rule, stabilizer: stabilizer ?? rule.stabilizer, bounds: ([-1.25], [1.25]), ignoresBias: ignoresBias,
          input: read.element(row).values.map { Double($0) }, relevance: arriving)
        let largest = expected.inputs.reduce(0) { max($0, abs($1)) }
        let difference = zip(ours.element(row).values, expected.inputs).reduce(0) { max($0, abs(Double($1.0) - $1.1)) }
        #expect(difference <= tolerance * largest, "\(type(of: kernels)), behind ReLU \(behindReLU)")
        let total = arriving.reduce(0) { $0 + abs($1) } + expected.inputs.reduce(0) { $0 + abs($1) }
        #expect(abs(result.absorbed[last][row].byBias - expected.byBias) <= 1e-5 * total)
        #expect(abs(result.absorbed[last][row].byStabilizer - expected.byStabilizer) <= 1e-5 * total)
        let kept = result.handedOn[last][0][row].sum + result.absorbed[last][row].byBias + result.absorbed[last][row].byStabilizer
        #expect(abs(arriving.reduce(0, +) - kept) <= 1e-5 * total)
      }
    }
  }

  @Test(
    "Every rule on every kind of layer equals its formula, with negative inputs and behind a ReLU, with biases and without",
    arguments: rules, layerKinds)
  func agreesWithFormula(rule: Rule, kind: LayerKind) throws {
    for behindReLU in [false, true] {
      for ignoresBias in [false, true] {
        try compare(rule, kind, stabilizer: nil, ignoresBias: ignoresBias, behindReLU: behindReLU)
      }
    }
  }

  @Test(
    "Every rule follows the stabilizer that is set", arguments: rules.filter { $0 != .lrp0 },
    [
      Stabilizer(epsilon: 0.5), Stabilizer(epsilon: 0.5, clips: true), Stabilizer(epsilon: 0.1, scalesByNorm: true),
      Stabilizer(epsilon: 0.3, clips: true, scalesByNorm: true),
    ])
  func followsStabilizer(rule: Rule, stabilizer: Stabilizer) throws {
    for kind in Self.layerKinds where kind.name.hasPrefix("3x3 with stride") || kind.name.hasPrefix("dense 4 to 17") {
      for behindReLU in [false, true] {
        try compare(rule, kind, stabilizer: stabilizer, ignoresBias: false, behindReLU: behindReLU)
      }
    }
  }

  @Test(
    "The stabilizer moves a number away from zero, and zero itself to the positive side",
    arguments: [
      (Stabilizer(epsilon: 0.5), 2, 2.5), (Stabilizer(epsilon: 0.5), -2, -2.5), (Stabilizer(epsilon: 0.5), 0, 0.5),
      (Stabilizer(epsilon: 0.5), -0.0, 0.5), (Stabilizer(epsilon: 0), 0, 0), (Stabilizer(epsilon: 0), -3, -3),
      (Stabilizer(epsilon: 0.5, clips: true), 2, 2), (Stabilizer(epsilon: 0.5, clips: true), -2, -2),
      (Stabilizer(epsilon: 0.5, clips: true), 0.25, 0.5), (Stabilizer(epsilon: 0.5, clips: true), -0.25, -0.5),
      (Stabilizer(epsilon: 0.5, clips: true), 0, 0.5), (Stabilizer(epsilon: 0.5, clips: true), -0.0, 0.5),
    ] as [(Stabilizer, Float, Float)])
  func stabilizer(stabilizer: Stabilizer, z: Float, stable: Float) {
    #expect(stabilizer(z) == stable)
    #expect(stabilizer(Lanes(repeating: z)) == Lanes(repeating: stable))
  }

  @Test("A stabilizer in units of the norm takes epsilon times the root mean square of the denominators")
  func scaledStabilizer() {
    let denominators: [Float] = [1, -7, 5, 5]
    let scaled = denominators.withUnsafeBufferPointer { Stabilizer(epsilon: 0.5, scalesByNorm: true).scaled(to: $0) }
    #expect(scaled(2) == 4.5)
    #expect(scaled(-2) == -4.5)
  }
}
