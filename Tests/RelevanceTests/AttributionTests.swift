import Networks
import OneDNNKernels
import Tensors
import TestSupport
import Testing

@testable import Relevance

/// A target as the slow formulas take it.
struct SlowTarget: Sendable, CustomTestStringConvertible {
  let target: Target
  let value: @Sendable ([[Double]]) -> Double

  var testDescription: String { "\(target)" }

  static let residual: [SlowTarget] = [
    SlowTarget(target: .class(1)) { $0[$0.count - 1][1] },
    SlowTarget(target: .contrast(2, 0)) { $0[$0.count - 1][2] - $0[$0.count - 1][0] },
    // Layer 9 is "layer1.0.relu2" of shape [4, 4, 4].
    SlowTarget(target: .channel(layer: "layer1.0.relu2", channel: 1)) { $0[9][16..<32].reduce(0, +) },
    SlowTarget(target: .channel(layer: "layer1.0.relu2", channel: 3, position: .init(row: 2, column: 1))) { $0[9][48 + 9] },
  ]
}

@Suite("Gradients and what is made of them") struct GradientTests {
  private let network = tinyNetwork(seed: 3)

  private func explain(_ network: Network, _ query: Query, seed: UInt64, _ kernels: any Kernels = OneDNNKernels()) throws -> Explanation {
    try #require(try Explainer(network, kernels: kernels).explain(Small.input(of: network, seed: seed), query))
  }

  private func x(_ network: Network, seed: UInt64) -> [Double] { Small.input(of: network, seed: seed).values.map { Double($0) } }

  @Test("The gradient is the slope that small steps of the input find", arguments: SlowTarget.residual, UInt64(1)...3)
  func gradient(target: SlowTarget, seed: UInt64) throws {
    let slow = try SlowNetwork(network)
    let x = x(network, seed: seed)
    let expected = slow.gradient(at: x, of: target.value)
    for kernels in testedKernels {
      let raw = try explain(network, Query(.gradient(.raw), target: target.target), seed: seed, kernels)
      #expect(Small.difference(raw.relevance.values, expected) <= 1e-4)
      #expect(abs(raw.start - target.value(slow.outputs(x))) <= 1e-5)
      #expect(raw.layers.isEmpty && raw.warnings.isEmpty)
      let absolute = try explain(network, Query(.gradient(.absolute), target: target.target), seed: seed, kernels)
      #expect(Small.difference(absolute.relevance.values, expected.map { abs($0) }) <= 1e-4)
      let squared = try explain(network, Query(.gradient(.squared), target: target.target), seed: seed, kernels)
      #expect(Small.difference(squared.relevance.values, expected.map { $0 * $0 }) <= 2e-4)
      let product = try explain(network, Query(.inputTimesGradient, target: target.target), seed: seed, kernels)
      #expect(Small.difference(product.relevance.values, zip(x, expected).map { $0 * $1 }) <= 1e-4)
    }
  }

  @Test("The gradient passes every kind of layer", arguments: UInt64(1)...4, 0..<4)
  func everyLayer(seed: UInt64, target: Int) throws {
    let network = variedNetwork(seed: 4)
    let expected = try SlowNetwork(network).gradient(at: x(network, seed: seed)) { $0[$0.count - 1][target] }
    for kernels in testedKernels {
      let raw = try explain(network, Query(.gradient(.raw), target: .class(target)), seed: seed, kernels)
      #expect(Small.difference(raw.relevance.values, expected) <= 1e-4)
    }
  }

  @Test("Guided backpropagation and deconvnet differ from the gradient at ReLUs only", arguments: UInt64(1)...3)
  func modifiedReLUs(seed: UInt64) throws {
    for (_, network) in Small.networks {
      let slow = try SlowNetwork(network)
      let x = x(network, seed: seed)
      let start = (layer: network.layers.count - 1, factors: network.classNames.indices.map { $0 == 1 ? 1.0 : 0 })
      let guided = slow.backward(x, start: start) { read, arriving in read > 0 ? max(0, arriving) : 0 }
      let ours = try explain(network, Query(.guidedBackpropagation, target: .class(1)), seed: seed)
      #expect(Small.difference(ours.relevance.values, guided) <= 1e-4)
      let deconvnet = slow.backward(x, start: start) { _, arriving in max(0, arriving) }
      let other = try explain(network, Query(.deconvnet, target: .class(1)), seed: seed)
      #expect(Small.difference(other.relevance.values, deconvnet) <= 1e-4)
    }
  }

  @Test("SmoothGrad is the mean gradient of noisy copies, the last of which has no noise", arguments: SlowTarget.residual)
  func smoothGrad(target: SlowTarget) throws {
    let slow = try SlowNetwork(network)
    let x = x(network, seed: 2)
    let deviation = 0.2 * ((x.max() ?? 0) - (x.min() ?? 0))
    var noise = SeededNoise(seed: 7)
    var expected = [Double](repeating: 0, count: x.count)
    for sample in 0..<20 {
      let noisy = sample == 19 ? x : x.map { $0 + deviation * noise.normal() }
      for (at, slope) in slow.gradient(at: noisy, of: target.value).enumerated() { expected[at] += slope / 20 }
    }
    let query = Query(.smoothGrad(noise: 0.2, samples: 20, seed: 7), target: target.target)
    let ours = try explain(network, query, seed: 2)
    #expect(Small.difference(ours.relevance.values, expected) <= 1e-4)
    let again = try explain(network, query, seed: 2)
    #expect(again.relevance == ours.relevance)
    let other = try explain(network, Query(.smoothGrad(noise: 0.2, samples: 20, seed: 8), target: target.target), seed: 2)
    if target.target == .class(1) { #expect(other.relevance != ours.relevance) }
  }

  @Test("One sample of SmoothGrad, or none that is noisy, is the gradient", arguments: [(0.5, 1), (0, 9)] as [(Float, Int)])
  func smoothGradWithoutNoise(noise: Float, samples: Int) throws {
    let gradient = try explain(network, Query(.gradient(.raw)), seed: 1)
    let smooth = try explain(network, Query(.smoothGrad(noise: noise, samples: samples, seed: 1)), seed: 1)
    #expect(Small.difference(smooth.relevance, gradient.relevance) <= 1e-5)
  }

  /// y = max(0, x1 - 1) at x = (0, 2): noise of half the range has deviation 1, and exceeds 1 with a probability of 0.158655.
  @Test("The noise of SmoothGrad is normal, its deviation a share of the input's range")
  func smoothGradNoise() throws {
    let network = Network.chain(
      input: [2],
      [
        ("shifted", .dense(Dense(inputs: 2, outputs: 1, weights: [1, 0], bias: [-1])), [1]), ("relu", .relu, [1]),
      ])
    let samples = 20_000
    let explanation = try #require(
      try Explainer(network, kernels: OneDNNKernels()).explain(
        Tensor(shape: [2], values: [0, 2]), Query(.smoothGrad(noise: 0.5, samples: samples, seed: 3), target: .class(0))))
    // Four standard deviations of a share of 20,000.
    #expect(abs(explanation.relevance.values[0] - 0.158655) <= 0.0104)
  }

  @Test(
    "Integrated gradients are the right Riemann sum, and report how far they are from complete", arguments: SlowTarget.residual,
    [(.zero, 5), (.brightness(0), 20), (.brightness(0.7), 33)] as [(Attribution.Baseline, Int)])
  func integratedGradients(target: SlowTarget, parameters: (Attribution.Baseline, Int)) throws {
    let (baseline, steps) = parameters
    let slow = try SlowNetwork(network)
    let x = x(network, seed: 3)
    // The network's mean is 0.2, its deviation 0.5.
    let start: Double =
      switch baseline {
      case .zero: 0
      case .brightness(let brightness): (Double(brightness) - 0.2) / 0.5
      }
    var expected = [Double](repeating: 0, count: x.count)
    for step in 1...steps {
      let path = x.map { start + Double(step) / Double(steps) * ($0 - start) }
      for (at, slope) in slow.gradient(at: path, of: target.value).enumerated() {
        expected[at] += slope / Double(steps) * (x[at] - start)
      }
    }
    let ours = try explain(network, Query(.integratedGradients(baseline: baseline, steps: steps), target: target.target), seed: 3)
    #expect(Small.difference(ours.relevance.values, expected) <= 1e-4)
    let complete = target.value(slow.outputs(x)) - target.value(slow.outputs(x.map { _ in start }))
    let error = try #require(ours.completenessError)
    #expect(abs(error - (expected.reduce(0, +) - complete)) <= 1e-4 * max(1, abs(complete)))
  }

  @Test(
    "Grad-CAM weights a layer's activations with their channel's mean slope",
    arguments: [nil, "conv1", "maxpool", "layer1.0.conv2", "layer1.0.relu2"] as [String?])
  func gradCAM(name: String?) throws {
    let slow = try SlowNetwork(network)
    let layer = try #require(network.index(ofLayerNamed: name ?? "layer1.0.relu2"))
    for seed in UInt64(1)...3 {
      let x = x(network, seed: seed)
      let slopes = slow.gradient(at: x, layer: layer) { $0[$0.count - 1][2] }
      let activation = slow.outputs(x)[layer]
      let (height, width) = (network.layers[layer].outputShape[1], network.layers[layer].outputShape[2])
      let area = height * width
      let expected = (0..<area).map { position in
        max(
          0,
          (0..<network.layers[layer].outputShape[0]).reduce(0.0) { sum, channel in
            sum + slopes[channel * area..<(channel + 1) * area].reduce(0, +) / Double(area) * activation[channel * area + position]
          })
      }
      let ours = try explain(network, Query(.gradCAM(layer: name), target: .class(2)), seed: seed)
      let coarse = try #require(ours.coarseMap).map
      #expect(coarse.shape == [1, height, width])
      #expect(zip(coarse.values, expected).allSatisfy { abs(Double($0) - $1) <= 1e-5 })
      #expect(ours.relevance.shape == [1, 8, 8])
      for y in 0..<8 {
        for x in 0..<8 {
          let value = Self.interpolated(expected, height: height, width: width, y: y, x: x, size: 8)
          #expect(abs(Double(ours.relevance.values[y * 8 + x]) - value) <= 1e-5)
        }
      }
    }
  }

  /// The value at a pixel's centre, linear between the centres of positions, constant past the outermost.
  private static func interpolated(_ map: [Double], height: Int, width: Int, y: Int, x: Int, size: Int) -> Double {
    func place(_ at: Int, _ length: Int) -> (Int, Int, Double) {
      let centre = min(max((Double(at) + 0.5) * Double(length) / Double(size) - 0.5, 0), Double(length - 1))
      let first = min(Int(centre), length - 1)
      return (first, min(first + 1, length - 1), centre - Double(first))
    }
    let (top, bottom, down) = place(y, height)
    let (left, right, across) = place(x, width)
    func row(_ at: Int) -> Double { map[at * width + left] * (1 - across) + map[at * width + right] * across }
    return row(top) * (1 - down) + row(bottom) * down
  }

  @Test("Grad-CAM of a layer that the target does not depend on, or of none, is an error")
  func gradCAMErrors() {
    let query = Query(.gradCAM(layer: "layer1.0.relu2"), target: .channel(layer: "relu", channel: 0))
    #expect(throws: RelevanceError.parameter("the target does not depend on layer layer1.0.relu2")) {
      try explain(network, query, seed: 1)
    }
    #expect(throws: RelevanceError.noSuchLayer("nowhere")) { try explain(network, Query(.gradCAM(layer: "nowhere")), seed: 1) }
  }
}
