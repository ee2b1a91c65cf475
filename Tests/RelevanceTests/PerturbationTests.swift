import Networks
import OneDNNKernels
import Tensors
import TestSupport
import Testing

@testable import Relevance

@Suite("Occlusion, edges and noise") struct PerturbationTests {
  private func explain(_ network: Network, _ query: Query, seed: UInt64 = 1) throws -> Explanation {
    try #require(try Explainer(network, kernels: OneDNNKernels()).explain(Small.input(of: network, seed: seed), query))
  }

  /// The mean drop over all windows that cover a position; windows start at every `stride`-th place until the edge is covered.
  private func slowOcclusion(
    _ network: Network, _ x: [Double], window: Int, stride: Int, blank: [Double], value: ([[Double]]) -> Double
  ) throws -> [Double] {
    let slow = try SlowNetwork(network)
    let shape = network.layers[0].outputShape
    let whole = value(slow.outputs(x))
    var (sums, counts) = ([Double](repeating: 0, count: shape[1] * shape[2]), [Double](repeating: 0, count: shape[1] * shape[2]))
    var top = 0
    while true {
      var left = 0
      while true {
        func isCovered(_ y: Int, _ x: Int) -> Bool { y >= top && y < top + window && x >= left && x < left + window }
        var changed = x
        for channel in 0..<shape[0] {
          for y in 0..<shape[1] {
            for x in 0..<shape[2] where isCovered(y, x) { changed[(channel * shape[1] + y) * shape[2] + x] = blank[channel] }
          }
        }
        let drop = whole - value(slow.outputs(changed))
        for y in 0..<shape[1] {
          for x in 0..<shape[2] where isCovered(y, x) {
            sums[y * shape[2] + x] += drop
            counts[y * shape[2] + x] += 1
          }
        }
        if left + window >= shape[2] { break }
        left += stride
      }
      if top + window >= shape[1] { break }
      top += stride
    }
    return zip(sums, counts).map { $0 / $1 }
  }

  @Test(
    "Occlusion is the mean drop over the windows that cover a position, those at the edge cut off",
    arguments: SlowTarget.residual, [(1, 1), (3, 2), (4, 3), (8, 8), (5, 5), (3, 3)])
  func occlusion(target: SlowTarget, size: (Int, Int)) throws {
    let network = tinyNetwork(seed: 3)
    let x = Small.input(of: network, seed: 2).values.map { Double($0) }
    let attribution = Attribution.occlusion(window: size.0, stride: size.1, baseline: .brightness(0.25))
    let ours = try explain(network, Query(attribution, target: target.target), seed: 2)
    let expected = try slowOcclusion(
      network, x, window: size.0, stride: size.1, blank: [(0.25 - 0.2) / 0.5], value: target.value)
    #expect(ours.relevance.shape == [1, 8, 8])
    #expect(Small.difference(ours.relevance.values, expected) <= 1e-4)
  }

  @Test("Occlusion blanks all channels, each with what the brightness is there", arguments: [Attribution.Baseline.zero, .brightness(1)])
  func channels(baseline: Attribution.Baseline) throws {
    let network = variedNetwork(seed: 4)
    let x = Small.input(of: network, seed: 3).values.map { Double($0) }
    // Means 0.4 and 0.5, deviations 0.4 and 0.5.
    let blank = baseline == .zero ? [0, 0] : [0.6 / 0.4, 0.5 / 0.5]
    let ours = try explain(network, Query(.occlusion(window: 4, stride: 3, baseline: baseline), target: .class(3)), seed: 3)
    let expected = try slowOcclusion(network, x, window: 4, stride: 3, blank: blank) { $0[$0.count - 1][3] }
    #expect(ours.relevance.shape == [1, 9, 8])
    #expect(Small.difference(ours.relevance.values, expected) <= 1e-4)
  }

  @Test("Edges are Sobel's: nothing in an even picture, four times a vertical step beside it")
  func edges() throws {
    let network = Network.chain(input: [1, 4, 6], [("flat", .reshape, [24])])
    var values = [Float](repeating: 0, count: 24)
    for y in 0..<4 {
      for x in 3..<6 { values[y * 6 + x] = 0.5 }
    }
    let explainer = Explainer(network, kernels: ReferenceKernels())
    let step = try #require(try explainer.explain(Tensor(shape: [1, 4, 6], values: values), Query(.edges)))
    #expect(step.relevance.values == (0..<4).flatMap { _ in [0, 0, 2, 2, 0, 0] as [Float] })
    let even = try #require(try explainer.explain(Tensor(shape: [1, 4, 6], values: values.map { _ in 3 }), Query(.edges)))
    #expect(even.relevance.values == [Float](repeating: 0, count: 24))
  }

  @Test("Edges of a picture of several channels are those of its mean brightness")
  func edgesOfChannels() throws {
    let network = variedNetwork(seed: 4)
    let input = Small.input(of: network, seed: 1)
    let ours = try explain(network, Query(.edges))
    let kernel: [[Double]] = [[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]]
    func brightness(_ y: Int, _ x: Int) -> Double {
      let (y, x) = (min(max(y, 0), 8), min(max(x, 0), 7))
      return (Double(input.values[y * 8 + x]) * 0.4 + 0.4 + Double(input.values[72 + y * 8 + x]) * 0.5 + 0.5) / 2
    }
    var expected: [Double] = []
    for y in 0..<9 {
      for x in 0..<8 {
        var (across, down) = (0.0, 0.0)
        for r in 0..<3 {
          for s in 0..<3 {
            across += kernel[r][s] * brightness(y + r - 1, x + s - 1)
            down += kernel[s][r] * brightness(y + r - 1, x + s - 1)
          }
        }
        expected.append((across * across + down * down).squareRoot())
      }
    }
    #expect(ours.relevance.shape == [1, 9, 8])
    #expect(Small.difference(ours.relevance.values, expected) <= 1e-5)
  }

  @Test("Noise has the input's shape, depends on the seed alone, and is normal")
  func noise() throws {
    let network = tinyNetwork(seed: 3)
    let one = try explain(network, Query(.random(seed: 5)), seed: 1)
    let same = try explain(network, Query(.random(seed: 5), target: .class(0)), seed: 2)
    let other = try explain(network, Query(.random(seed: 6)), seed: 1)
    #expect(one.relevance == same.relevance)
    #expect(one.relevance != other.relevance)
    #expect(one.relevance.shape == [1, 8, 8])
    var numbers = SeededNoise(seed: 1)
    let drawn = (0..<100_000).map { _ in numbers.normal() }
    let mean = drawn.reduce(0, +) / 100_000
    let variance = drawn.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 100_000
    // Some four standard deviations; 68.27 % lie within one deviation.
    #expect(abs(mean) <= 0.013 && abs(variance - 1) <= 0.018)
    #expect(abs(Double(drawn.count { abs($0) < 1 }) / 100_000 - 0.6827) <= 0.006)
  }
}

/// What holds for every attribution.
@Suite("All attributions") struct AllAttributionsTests {
  static let attributions: [Attribution] = [
    .gradient(.raw), .gradient(.absolute), .gradient(.squared), .inputTimesGradient, .smoothGrad(noise: 0.1, samples: 19, seed: 1),
    .integratedGradients(baseline: .brightness(0), steps: 18), .guidedBackpropagation, .deconvnet, .gradCAM(layer: nil),
    .occlusion(window: 3, stride: 1, baseline: .brightness(0)),
    .predictionDifference(window: 2, stride: 2, padding: 1, samples: 3, seed: 1), .random(seed: 1), .edges,
  ]
  private let network = tinyNetwork(seed: 3)

  private func explainer() throws -> Explainer {
    let explainer = Explainer(network, kernels: OneDNNKernels())
    explainer.patchModel = try PatchModel(fittedTo: (1...20).map { Small.input(of: network, seed: $0) }, window: 2, padding: 1)
    return explainer
  }

  @Test("A batch says of each picture what is said of it alone", arguments: attributions)
  func batch(attribution: Attribution) throws {
    let explainer = try explainer()
    let together = try #require(try explainer.explain(batch: Small.batch(of: network, seeds: 1...3), Query(attribution)))
    for (index, explanation) in together.enumerated() {
      let alone = try #require(try explainer.explain(Small.input(of: network, seed: UInt64(index) + 1), Query(attribution)))
      #expect(Small.difference(explanation.relevance, alone.relevance) <= 1e-4)
      #expect(explanation.attribution == attribution && explanation.targetClass == alone.targetClass)
      #expect((explanation.coarseMap == nil) == (alone.coarseMap == nil))
      #expect(abs((explanation.completenessError ?? 0) - (alone.completenessError ?? 0)) <= 1e-5)
    }
  }

  @Test("Several targets at once give what each gives alone", arguments: attributions)
  func targets(attribution: Attribution) throws {
    let explainer = try explainer()
    for targets in [
      [.predicted, .runnerUp, .class(0), .contrast(2, 0)],
      [.channel(layer: "relu", channel: 0), .channel(layer: "relu", channel: 2, position: .init(row: 1, column: 2))],
    ] as [[Target]] {
      let together = try #require(try explainer.explain(Small.input(of: network, seed: 2), Query(attribution), targets: targets))
      for (target, explanation) in zip(targets, together) {
        let alone = try #require(try explainer.explain(Small.input(of: network, seed: 2), Query(attribution, target: target)))
        #expect(Small.difference(explanation.relevance, alone.relevance) <= 1e-4, "\(target)")
        #expect(explanation.target == target)
      }
    }
  }

  @Test("The same twice", arguments: attributions)
  func repeatable(attribution: Attribution) throws {
    let (a, b) = (try explainer(), try explainer())
    let input = Small.input(of: network, seed: 4)
    let first = try #require(try a.explain(input, Query(attribution)))
    let second = try #require(try b.explain(input, Query(attribution)))
    #expect(first.relevance == second.relevance)
  }

  @Test(
    "Work in many passes reports how much is done, and is cancelled between them",
    arguments: attributions.filter { ["smooth-grad", "integrated-gradients", "occlusion", "prediction-difference"].contains($0.name) })
  func progress(attribution: Attribution) throws {
    let explainer = try explainer()
    var shares: [Double] = []
    explainer.progress = { shares.append($0) }
    let input = Small.batch(of: network, seeds: 1...2)
    _ = try #require(try explainer.explain(batch: input, Query(attribution)))
    #expect(shares.count >= 4)
    #expect(shares == shares.sorted() && shares.last == 1)
    shares = []
    // Cancelled once something is done: not much more is.
    let cancelled = try explainer.explain(batch: input, Query(attribution)) { !shares.isEmpty }
    #expect(cancelled == nil)
    #expect(shares.count == 1)
  }

  @Test("Every attribution that is offered has a name of its own by which it is found")
  func names() {
    for attribution in Attribution.others { #expect(Attribution.named(attribution.name) == attribution) }
    for composite in Composite.builtIn {
      #expect(Attribution.named(composite.name) == .relevance(RelevanceSettings(composite: composite)))
    }
    #expect(Set(Attribution.others.map(\.name) + Composite.builtIn.map(\.name)).count == Attribution.others.count + Composite.builtIn.count)
    #expect(Attribution.named("nothing") == nil)
  }

  @Test(
    "Parameters without a meaning are errors that say what is allowed",
    arguments: [
      (.smoothGrad(noise: 0.1, samples: 0, seed: 1), "1 to 100000 samples; found 0"),
      (.smoothGrad(noise: -1, samples: 2, seed: 1), "noise of SmoothGrad is -1.0"),
      (.smoothGrad(noise: .nan, samples: 2, seed: 1), "noise of SmoothGrad is nan"),
      (.integratedGradients(baseline: .zero, steps: 0), "1 to 100000 steps; found 0"),
      (.integratedGradients(baseline: .brightness(.infinity), steps: 2), "brightness is inf"),
      (.occlusion(window: 0, stride: 1, baseline: .zero), "is 1 to 8; found 0"),
      (.occlusion(window: 9, stride: 1, baseline: .zero), "is 1 to 8; found 9"),
      (.occlusion(window: 3, stride: 4, baseline: .zero), "a stride of 1 to 3, so that they cover everything; found 4"),
      (.occlusion(window: 3, stride: 0, baseline: .zero), "found 0"),
      (.predictionDifference(window: 2, stride: 2, padding: 1, samples: 0, seed: 1), "1 to 10000 samples; found 0"),
      (.predictionDifference(window: 7, stride: 2, padding: 1, samples: 1, seed: 1), "is 1 to 6; found 7"),
      (.predictionDifference(window: 0, stride: 2, padding: 1, samples: 1, seed: 1), "is 1 to 6; found 0"),
      (.predictionDifference(window: 2, stride: 3, padding: 1, samples: 1, seed: 1), "found 3"),
      (.predictionDifference(window: 2, stride: 2, padding: -1, samples: 1, seed: 1), "found -1"),
      (.predictionDifference(window: 1, stride: 1, padding: 4, samples: 1, seed: 1), "leaves no window"),
      (.predictionDifference(window: 3, stride: 2, padding: 1, samples: 1, seed: 1), "fitted for windows of 2 with padding 1"),
    ] as [(Attribution, String)])
  func parameters(attribution: Attribution, problem: String) throws {
    let explainer = try explainer()
    do throws(RelevanceError) {
      _ = try explainer.explain(Small.input(of: network, seed: 1), Query(attribution))
      Issue.record("no error")
    } catch {
      #expect(error.description.contains(problem), "\(error)")
    }
  }
}
