import Networks
import OneDNNKernels
import Tensors
import TestSupport
import Testing

@testable import Relevance

/// Numbers that others have published, and that can be checked by hand.
@Suite("Published examples") struct LiteralTests {
  private func dense(_ inputs: Int, _ outputs: Int, _ weights: [Float]) -> Operation {
    .dense(Dense(inputs: inputs, outputs: outputs, weights: weights, bias: [Float](repeating: 0, count: outputs)))
  }

  private func explain(
    _ network: Network, _ x: [Float], rule: Rule, target: Int = 0, sumRule: SumRule = .norm, kernels: any Kernels
  ) throws -> Explanation {
    let settings = RelevanceSettings(composite: Composite(name: "test", rows: [.init(.all, rule)]), sumRule: sumRule)
    return try #require(
      try Explainer(network, kernels: kernels).explain(
        Tensor(shape: [x.count], values: x), Query(.relevance(settings), target: .class(target))))
  }

  /// 3 -> 3 with weights 2, ReLU, 3 -> 1 with weights 3, no bias, x = (1, 2, 3): Captum's tests of LRP.
  @Test(
    "Captum's example",
    arguments: [
      (2, .epsilon(1e-6), [18, 36, 54]), (2, .lrp0, [18, 36, 54]), (-2, .gamma(1), [28.0 / 3, 104.0 / 3, 52]),
      (-2, .alphaBeta(alpha: 1, beta: 0), [12, 33.6, 50.4]), (-2, .zPlus, [12, 33.6, 50.4]),
    ] as [(Float, Rule, [Float])])
  func captum(firstWeight: Float, rule: Rule, expected: [Float]) throws {
    let network = Network.chain(
      input: [3],
      [
        ("first", dense(3, 3, [firstWeight] + [Float](repeating: 2, count: 8)), [3]), ("relu", .relu, [3]),
        ("second", dense(3, 1, [3, 3, 3]), [1]),
      ])
    for kernels in testedKernels {
      let relevance = try explain(network, [1, 2, 3], rule: rule, kernels: kernels).relevance.values
      for (ours, theirs) in zip(relevance, expected) { #expect(abs(ours - theirs) <= 1e-4) }
    }
  }

  /// y = 5 (x1 + x2) in both outputs, plus x: target 1 is 5 * 5 + 3 = 28, of which 10 comes from x1.
  @Test("The skip net gives (10, 18)")
  func skip() throws {
    let network = Network(
      layers: [
        Layer(name: "input", operation: .input, inputs: [], outputShape: [2]),
        Layer(name: "branch", operation: dense(2, 2, [5, 5, 5, 5]), inputs: [0], outputShape: [2]),
        Layer(name: "add", operation: .add, inputs: [1, 0], outputShape: [2]),
      ],
      preprocessing: Preprocessing(channels: 2, height: 1, width: 1, mean: [0, 0], std: [1, 1]), classNames: ["a", "b"])
    for kernels in testedKernels {
      let relevance = try explain(network, [2, 3], rule: .epsilon(1e-6), target: 1, kernels: kernels).relevance.values
      for (ours, theirs) in zip(relevance, [10, 18] as [Float]) { #expect(abs(ours - theirs) <= 1e-4) }
    }
  }

  /// Two dense layers side by side, W1 = [[1, 2], [0, 1]] and W2 = [[2, 3], [0, 0]] (`[outputs, inputs]`), joined and weighted with
  /// W3 = [1, 4, 5, 0]; x = (-1, 1). By hand: the layers give (1, 1) and (1, 0), y = 1 + 4 + 5, x1 has -1 (1 * 1 + 2 * 5), x2 has
  /// 2 * 1 + 1 * 4 + 3 * 5.
  @Test("Two layers side by side give (-11, 21), with (1, 4) and (5, 0) on the way")
  func sideBySide() throws {
    let network = Network(
      layers: [
        Layer(name: "input", operation: .input, inputs: [], outputShape: [2]),
        Layer(name: "one", operation: dense(2, 2, [1, 2, 0, 1]), inputs: [0], outputShape: [2]),
        Layer(name: "two", operation: dense(2, 2, [2, 3, 0, 0]), inputs: [0], outputShape: [2]),
        Layer(name: "joined", operation: .concatenate, inputs: [1, 2], outputShape: [4]),
        Layer(name: "three", operation: dense(4, 1, [1, 4, 5, 0]), inputs: [3], outputShape: [1]),
      ],
      preprocessing: Preprocessing(channels: 2, height: 1, width: 1, mean: [0, 0], std: [1, 1]), classNames: ["only"])
    for kernels in testedKernels {
      for rule in [Rule.lrp0, .epsilon(1e-6)] {
        let explanation = try explain(network, [-1, 1], rule: rule, kernels: kernels)
        for (ours, theirs) in zip(explanation.relevance.values, [-11, 21] as [Float]) { #expect(abs(ours - theirs) <= 1e-4) }
        for (ours, theirs) in zip(explanation.layers[1].relevance.values, [1, 4] as [Float]) { #expect(abs(ours - theirs) <= 1e-4) }
        for (ours, theirs) in zip(explanation.layers[2].relevance.values, [5, 0] as [Float]) { #expect(abs(ours - theirs) <= 1e-4) }
      }
    }
  }
}
