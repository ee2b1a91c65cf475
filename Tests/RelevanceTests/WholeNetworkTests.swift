import Networks
import OneDNNKernels
import Tensors
import TestSupport
import Testing

@testable import Relevance

/// Pictures for small networks, and what is compared about their explanations.
enum Small {
  static let networks = [("residual", tinyNetwork(seed: 3)), ("varied", variedNetwork(seed: 4))]

  static func input(of network: Network, seed: UInt64) -> Tensor {
    var numbers = SeededNumbers(seed: seed)
    let shape = network.layers[0].outputShape
    return Tensor(shape: shape, values: numbers.floats(shape.reduce(1, *)))
  }

  static func batch(of network: Network, seeds: ClosedRange<UInt64>) -> Tensor {
    Tensor(
      shape: [seeds.count] + network.layers[0].outputShape, values: seeds.flatMap { input(of: network, seed: $0).values })
  }

  /// The largest difference in units of the largest expected number.
  static func difference(_ ours: [Float], _ expected: [Double]) -> Double {
    let largest = expected.reduce(0) { max($0, abs($1)) }
    guard ours.count == expected.count else { return .infinity }
    return zip(ours, expected).reduce(0) { max($0, abs(Double($1.0) - $1.1)) } / max(largest, 1e-9)
  }

  static func difference(_ ours: Tensor, _ expected: Tensor) -> Double {
    ours.shape == expected.shape ? difference(ours.values, expected.values.map { Double($0) }) : .infinity
  }
}

@Suite("Relevance of whole networks") struct WholeNetworkTests {
  /// Sums that nearly cancel would compare rounding with rounding.
  private static let stabilizer = Stabilizer(epsilon: 0.05)

  private func compare(_ network: Network, _ settings: RelevanceSettings, tolerance: Double = 1e-4) throws {
    let slow = try SlowNetwork(network)
    for kernels in testedKernels {
      let explainer = Explainer(network, kernels: kernels)
      for seed in UInt64(1)...2 {
        let input = Small.input(of: network, seed: seed)
        let explanation = try #require(try explainer.explain(input, Query(.relevance(settings), target: .class(1))))
        let x = input.values.map { Double($0) }
        let logits = try #require(slow.outputs(x).last)
        let start = logits.indices.map { $0 == 1 ? logits[1] : 0 }
        let expected = try slow.relevance(settings, x, start: (network.layers.count - 1, start))
        for (index, layer) in explanation.layers.enumerated() {
          #expect(
            Small.difference(layer.relevance.values, expected.relevance[index]) <= tolerance,
            "\(settings.composite.name), \(layer.name), seed \(seed)")
          let scale = expected.relevance[index].reduce(0) { $0 + abs($1) }
          #expect(abs(layer.absorbedByBias - expected.absorbed[index].byBias) <= tolerance * max(scale, 1e-6), "\(layer.name)")
          #expect(abs(layer.absorbedByStabilizer - expected.absorbed[index].byStabilizer) <= tolerance * max(scale, 1e-6))
        }
        #expect(explanation.relevance == explanation.layers[0].relevance)
      }
    }
  }

  @Test("Every composite agrees with the formulas at every layer", arguments: Composite.builtIn, Small.networks.map(\.0))
  func composites(composite: Composite, name: String) throws {
    let network = try #require(Small.networks.first { $0.0 == name }).1
    // What `lrp0` divides by is not stabilized, so it needs a picture without tiny sums, and gets what rounding leaves.
    try compare(
      network, RelevanceSettings(composite: composite, stabilizer: Self.stabilizer), tolerance: composite.name == "lrp0" ? 1e-2 : 1e-4)
  }

  @Test("Every rule of residual sums agrees with its formula at every layer", arguments: SumRule.allCases, [nil, 0.3] as [Float?])
  func sums(rule: SumRule, epsilon: Float?) throws {
    let stabilizer = epsilon.map { Stabilizer(epsilon: $0, clips: true) } ?? Self.stabilizer
    try compare(
      tinyNetwork(seed: 3), RelevanceSettings(composite: .epsilonAlpha2Beta1Flat, sumRule: rule, stabilizer: stabilizer))
  }

  /// x through one dense layer, through two, and as it is: three summands, the last of which is the way around.
  private func threeSummands() -> Network {
    var numbers = SeededNumbers(seed: 8)
    func dense() -> Operation {
      let weights = numbers.floats(16)
      return .dense(Dense(inputs: 4, outputs: 4, weights: weights, bias: numbers.floats(4)))
    }
    return Network(
      layers: [
        Layer(name: "input", operation: .input, inputs: [], outputShape: [4]),
        Layer(name: "one", operation: dense(), inputs: [0], outputShape: [4]),
        Layer(name: "two", operation: dense(), inputs: [1], outputShape: [4]),
        Layer(name: "sum", operation: .add, inputs: [1, 2, 0], outputShape: [4]),
        Layer(name: "three", operation: dense(), inputs: [3], outputShape: [4]),
      ],
      preprocessing: Preprocessing(
        channels: 4, height: 1, width: 1, mean: [Float](repeating: 0.5, count: 4), std: [Float](repeating: 0.5, count: 4)),
      classNames: ["a", "b", "c", "d"])
  }

  @Test("Sums of three are divided among all of them", arguments: SumRule.allCases)
  func sumsOfThree(rule: SumRule) throws {
    let network = threeSummands()
    #expect(network.shortcutInputs == [3: 2])
    try compare(network, RelevanceSettings(composite: .epsilonAlpha2Beta1Flat, sumRule: rule, stabilizer: Self.stabilizer))
  }

  @Test("Where all summands are zero, the ratio of magnitudes divides evenly")
  func ratioOfZeros() {
    let zeros = FeatureMaps(zeros: [2], batch: 1)
    let (parts, absorbed) = UnweightedRelevance.sum(
      [zeros, zeros, zeros, zeros], output: zeros, rule: .ratioOfMagnitudes, shortcut: 0, stabilizer: .standard,
      relevance: FeatureMaps(batch: 1, shape: [2], values: [4, -8]), ReferenceKernels())
    #expect(parts.map(\.values) == [[1, -2], [1, -2], [1, -2], [1, -2]])
    #expect(absorbed == [Absorbed()])
  }

  @Test("Biases can be taken as 0 everywhere")
  func zeroBias() throws {
    for (_, network) in Small.networks {
      try compare(network, RelevanceSettings(composite: .epsilonGammaBox, stabilizer: Self.stabilizer, zeroBias: true))
    }
  }

  @Test("A user's composite chooses by name, kind, position and end")
  func ownComposite() throws {
    let composite = Composite(
      name: "own",
      rows: [
        .init(.last, .epsilon(0.2)), .init(.first, .wSquare), .init(.kind("affine"), .epsilon(0.1)),
        .init(.name("gr*"), .alphaBeta(alpha: 1.5, beta: 0.5), ignoresBias: true), .init(.positions(2...2), .flat), .init(.all, .zPlus),
      ])
    let network = variedNetwork(seed: 4)
    let rules = try composite.rules(for: network)
    let byName = Dictionary(uniqueKeysWithValues: zip(network.layers.map(\.name), rules))
    #expect(byName["stem"]?.rule == .wSquare)
    #expect(byName["grouped"]?.rule == .alphaBeta(alpha: 1.5, beta: 0.5))
    #expect(byName["grouped"]?.ignoresBias == true)
    #expect(byName["norm"]?.rule == .epsilon(0.1))
    #expect(byName["dilated"]?.rule == .flat)
    #expect(byName["hidden"]?.rule == .zPlus)
    #expect(byName["fc"]?.rule == .epsilon(0.2))
    try compare(network, RelevanceSettings(composite: composite))
  }

  @Test("A network that normalizes its input itself has the bounds of one whose pictures come normalized")
  func normalizationInside() throws {
    let usual = variedNetwork(seed: 4)
    let preprocessing = usual.preprocessing
    let scale = preprocessing.std.map { 1 / $0 }
    // As exporters write it: one layer for the mean, one for the deviation; a channel that is turned round has black on top.
    for sign in [Float(1), -1] {
      let flips = [1, sign]
      let input = Layer(name: "raw", operation: .input, inputs: [], outputShape: usual.layers[0].outputShape)
      let centred = Operation.affine(scale: [1, 1], shift: preprocessing.mean.map { -$0 })
      let scaled = Operation.affine(scale: zip(scale, flips).map { $0 * $1 }, shift: [0, 0])
      var layers = [
        input, Layer(name: "centred", operation: centred, inputs: [0], outputShape: input.outputShape),
        Layer(name: "input", operation: scaled, inputs: [1], outputShape: input.outputShape),
      ]
      for layer in usual.layers.dropFirst() {
        layers.append(
          Layer(name: layer.name, operation: layer.operation, inputs: layer.inputs.map { $0 + 2 }, outputShape: layer.outputShape))
      }
      let inside = Network(
        layers: layers, preprocessing: Preprocessing(channels: 2, height: 9, width: 8, mean: [0, 0], std: [1, 1]),
        classNames: usual.classNames)
      let raw = Tensor(shape: [2, 9, 8], values: (0..<144).map { Float($0 * 37 % 101) / 100 })
      let normalized = Tensor(
        shape: raw.shape,
        values: raw.values.indices.map { (raw.values[$0] - preprocessing.mean[$0 / 72]) * scale[$0 / 72] * flips[$0 / 72] })
      let box = RelevanceSettings(composite: try #require(Composite.named("epsilon-plus-box")))
      let found = try #require(
        try Explainer(inside, kernels: OneDNNKernels()).explain(raw, Query(.relevance(box), target: .class(1))))
      // The same with bounds that are written out.
      var explicit = box
      func moved(_ brightness: Float, _ channel: Int) -> Float {
        (brightness - preprocessing.mean[channel]) * scale[channel] * flips[channel]
      }
      explicit.low = [0, 1].map { min(moved(0, $0), moved(1, $0)) }
      explicit.high = [0, 1].map { max(moved(0, $0), moved(1, $0)) }
      let expected = try #require(
        try Explainer(usual, kernels: OneDNNKernels()).explain(normalized, Query(.relevance(explicit), target: .class(1))))
      #expect(Small.difference(found.relevance, expected.relevance) <= 1e-5)
    }
  }

  @Test("lrp0 is input times gradient in a network of ReLUs, pooling and sums without bias")
  func lrp0IsInputTimesGradient() throws {
    let network = tinyNetwork(seed: 5, hasBias: false)
    let explainer = Explainer(network, kernels: OneDNNKernels())
    let settings = RelevanceSettings(composite: try #require(Composite.named("lrp0")), stabilizer: Stabilizer(epsilon: 0))
    for seed in UInt64(1)...4 {
      let input = Small.input(of: network, seed: seed)
      let relevance = try #require(try explainer.explain(input, Query(.relevance(settings), target: .class(2))))
      let product = try #require(try explainer.explain(input, Query(.inputTimesGradient, target: .class(2))))
      #expect(Small.difference(relevance.relevance, product.relevance) <= 1e-4)
    }
  }

  @Test(
    "Rules that are special cases of others give what those give",
    arguments: [
      (.alphaBeta(alpha: 1, beta: 0), .zPlus, 1e-6), (.gamma(1e-6), .epsilon(1e-6), 1e-4), (.gamma(0), .epsilon(1e-6), 1e-5),
      (.zBox(low: [0], high: [0]), .lrp0, 1e-4), (.gamma(1e6), .gamma(2e6), 1e-4),
    ] as [(Rule, Rule, Double)])
  func identities(rule: Rule, other: Rule, tolerance: Double) throws {
    // zBox leaves the bias out.
    let network = tinyNetwork(seed: 6, hasBias: false)
    let explainer = Explainer(network, kernels: OneDNNKernels())
    func relevance(_ rule: Rule, _ input: Tensor) throws -> Tensor {
      let settings = RelevanceSettings(
        composite: Composite(name: "test", rows: [.init(.first, rule), .init(.all, .epsilon(0.1))]))
      return try #require(try explainer.explain(input, Query(.relevance(settings), target: .class(0)))).relevance
    }
    for seed in UInt64(1)...4 {
      let input = Small.input(of: network, seed: seed)
      #expect(Small.difference(try relevance(rule, input), try relevance(other, input)) <= tolerance)
    }
  }

  @Test("Alpha - beta other than 1, and negative parameters, are errors")
  func badParameters() {
    for rule in [
      Rule.alphaBeta(alpha: 2, beta: 0), .alphaBeta(alpha: 0.5, beta: -0.5), .gamma(-1), .gamma(.nan), .epsilon(-0.1),
      .epsilon(.infinity), .zBox(low: [1], high: [-1]), .zBox(low: [.nan], high: nil), .zBox(low: [], high: nil),
    ] {
      let composite = Composite(name: "bad", rows: [.init(.all, rule)])
      #expect(throws: RelevanceError.self, "\(rule)") { try composite.rules(for: tinyNetwork()) }
    }
  }
}
