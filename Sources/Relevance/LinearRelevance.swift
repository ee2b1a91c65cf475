import Networks

/// Hands relevance back through one convolution or dense layer by a rule.
final class LinearRelevance {
  private let lowering: Lowering
  private let stabilizer: Stabilizer
  /// Zeros where the rule or the user leaves biases out.
  private let bias: [Float]
  private let countsBias: Bool
  private let inputIsNonnegative: Bool
  private let weights: LayerWeights
  private var kernels: any Kernels { weights.kernels }
  /// Low and high for `box`, one number per channel.
  private let box: (low: [Float], high: [Float])

  /// - Parameters:
  ///   - inputIsNonnegative: whether the layer can only read numbers >= 0 (behind a ReLU).
  ///   - box: low and high where the rule does not say.
  init(
    _ lowering: Lowering, stabilizer: Stabilizer, ignoresBias: Bool, weights: LayerWeights, inputIsNonnegative: Bool,
    box: (low: [Float], high: [Float])
  ) {
    self.lowering = lowering
    self.stabilizer = stabilizer
    self.weights = weights
    self.inputIsNonnegative = inputIsNonnegative
    self.box = box
    countsBias = !ignoresBias
    bias = ignoresBias ? [Float](repeating: 0, count: weights.bias.count) : weights.bias
  }

  /// Whether the forward pass should leave the output's two parts.
  var needsParts: Bool { lowering.needsParts }

  /// Relevance of the input, and for each picture what no input gets.
  ///
  /// - Parameters:
  ///   - input: what the layer read.
  ///   - output: what it gave out, bias included.
  ///   - parts: the two parts of the output, where `needsParts`.
  ///   - relevance: of its output.
  func relevance(
    input: FeatureMaps, output: FeatureMaps, parts: Trace.Parts?, relevance: FeatureMaps
  ) -> (FeatureMaps, [Absorbed]) {
    let batch = relevance.batch
    switch lowering {
    case .fractions(let fractions):
      guard lowering.needsParts else {
        let z = countsBias ? output : output.adding(perChannel: weights.bias.map { -$0 }, kernels)
        let quotients = Quotients(output: z, bias: bias, stabilizer: stabilizer, relevance: relevance, kernels)
        return (input.times(weights.transposed(quotients.positive), kernels), quotients.absorbed)
      }
      let parts = parts ?? weights.parts(of: input, inputIsNonnegative ? .weights : .products)
      let quotients = Quotients(fractions, parts: parts, bias: bias, stabilizer: stabilizer, relevance: relevance, kernels)
      return (signed(quotients, input: input), quotients.absorbed)
    case .box: return boxed(input: input, output: output, relevance: relevance)
    case .squared:
      let squares = bias.map { $0 * $0 }
      let quotients = Quotients(
        output: weights.squareSums.repeated(batch).adding(perChannel: squares, kernels), bias: squares, stabilizer: stabilizer,
        relevance: relevance, kernels)
      return (weights.transposedSquared(quotients.positive), quotients.absorbed)
    case .even:
      let quotients = Quotients(
        output: weights.inputCounts.repeated(batch), bias: bias.map { _ in 0 }, stabilizer: stabilizer, relevance: relevance, kernels)
      return (weights.spread(quotients.positive), quotients.absorbed)
    }
  }

  /// R_i = x_i sum_k (w+ a + w- c) where x_i > 0, x_i sum_k (w- a + w+ c) where x_i < 0: the sign of x_i turns parts of products into
  /// parts of weights.
  private func signed(_ quotients: Quotients, input: FeatureMaps) -> FeatureMaps {
    let a = quotients.positive
    let u = quotients.negative.map { weights.transposed(positive: a, negative: $0) } ?? weights.transposedPositive(a)
    guard !inputIsNonnegative else { return input.times(u, kernels) }
    let c = quotients.negative ?? FeatureMaps(zeros: a.shape, batch: a.batch)
    return input.times(u, whereNegative: weights.transposed(positive: c, negative: a), kernels)
  }

  /// R_i = sum_k (x w - low w+ - high w-) R_k / s(sum of the same).
  private func boxed(input: FeatureMaps, output: FeatureMaps, relevance: FeatureMaps) -> (FeatureMaps, [Absorbed]) {
    let low = constant(box.low, like: input)
    let high = constant(box.high, like: input)
    let bounds = weights.parts(of: low[0], .weights).positive.adding(weights.parts(of: high[0], .weights).negative, kernels)
    let z = output.adding(perChannel: weights.bias.map { -$0 }, kernels).subtracting(bounds.repeated(input.batch), kernels)
    let quotients = Quotients(output: z, bias: bias.map { _ in 0 }, stabilizer: stabilizer, relevance: relevance, kernels)
    let s = quotients.positive
    let none = FeatureMaps(zeros: s.shape, batch: s.batch)
    let result = input.times(weights.transposed(s), kernels)
      .subtracting(low.times(weights.transposedPositive(s), kernels), kernels)
      .subtracting(high.times(weights.transposed(positive: none, negative: s), kernels), kernels)
    return (result, quotients.absorbed)
  }

  private func constant(_ perChannel: [Float], like x: FeatureMaps) -> FeatureMaps {
    let values = perChannel.count == 1 ? [Float](repeating: perChannel[0], count: x.channels) : perChannel
    return FeatureMaps(zeros: x.shape, batch: x.batch).adding(perChannel: values, kernels)
  }
}
