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

  /// Which parts of the output the forward pass should leave.
  var wantedParts: Trace.WantedParts? { lowering.wantedParts }

  /// Relevance of the input, and for each picture what no input gets.
  ///
  /// - Parameters:
  ///   - input: what the layer read.
  ///   - output: what it gave out, bias included.
  ///   - parts: `wantedParts` of the output.
  ///   - relevance: of its output.
  func relevance(
    input: FeatureMaps, output: FeatureMaps, parts: Trace.Parts?, relevance: FeatureMaps
  ) -> (FeatureMaps, [Absorbed]) {
    let batch = relevance.batch
    switch lowering {
    case .fractions(let fractions):
      guard let wanted = lowering.wantedParts else {
        let z = countsBias ? output : output.adding(perChannel: weights.bias.map { -$0 }, kernels)
        let quotients = Quotients(sums: z, bias: bias, stabilizer: stabilizer, relevance: relevance, kernels)
        return (weights.transposed(quotients.positive, times: input), quotients.absorbed)
      }
      let parts = parts ?? weights.parts(of: input, inputIsNonnegative ? .weights : .products, wanted)
      let quotients =
        if let negative = parts.negative {
          Quotients(
            fractions, positive: parts.positive, negative: negative, bias: bias, stabilizer: stabilizer, relevance: relevance, kernels)
        } else {
          Quotients(
            sums: parts.positive, bias: bias.map { max(0, $0) }, addsBias: true, stabilizer: stabilizer, relevance: relevance, kernels)
        }
      return (signed(quotients, input: input), quotients.absorbed)
    case .box: return boxed(input: input, output: output, relevance: relevance)
    case .squared:
      let squares = bias.map { $0 * $0 }
      let quotients = Quotients(
        sums: weights.squareSums.repeated(batch).adding(perChannel: squares, kernels), bias: squares, stabilizer: stabilizer,
        relevance: relevance, kernels)
      return (weights.transposedSquared(quotients.positive), quotients.absorbed)
    case .even:
      let quotients = Quotients(
        sums: weights.inputCounts.repeated(batch), bias: bias.map { _ in 0 }, stabilizer: stabilizer, relevance: relevance, kernels)
      return (weights.spread(quotients.positive), quotients.absorbed)
    }
  }

  /// R_i = x_i sum_k (w+ a + w- c) where x_i > 0, x_i sum_k (w- a + w+ c) where x_i < 0: the sign of x_i turns parts of products into
  /// parts of weights.
  private func signed(_ quotients: Quotients, input: FeatureMaps) -> FeatureMaps {
    let a = quotients.positive
    let factor = inputIsNonnegative ? input : nil
    let u =
      quotients.negative.map { weights.transposed(positive: a, negative: $0, times: factor) }
      ?? weights.transposedPositive(a, times: factor)
    guard !inputIsNonnegative else { return u }
    let c = quotients.negative ?? FeatureMaps(zeros: a.shape, batch: a.batch)
    return input.times(u, whereNegative: weights.transposed(positive: c, negative: a), kernels)
  }

  /// R_i = sum_k (x w - low w+ - high w-) R_k / s(sum of the same).
  private func boxed(input: FeatureMaps, output: FeatureMaps, relevance: FeatureMaps) -> (FeatureMaps, [Absorbed]) {
    let low = constant(box.low, like: input)
    let high = constant(box.high, like: input)
    let bounds = weights.bounds(low: low[0], high: high[0])
    let z = output.adding(perChannel: weights.bias.map { -$0 }, kernels).subtracting(bounds.repeated(input.batch), kernels)
    let quotients = Quotients(sums: z, bias: bias.map { _ in 0 }, stabilizer: stabilizer, relevance: relevance, kernels)
    let s = quotients.positive
    let none = FeatureMaps(zeros: s.shape, batch: s.batch)
    let result = weights.transposed(s, times: input)
      .subtracting(weights.transposedPositive(s, times: low), kernels)
      .subtracting(weights.transposed(positive: none, negative: s, times: high), kernels)
    return (result, quotients.absorbed)
  }

  private func constant(_ perChannel: [Float], like x: FeatureMaps) -> FeatureMaps {
    let values = perChannel.count == 1 ? [Float](repeating: perChannel[0], count: x.channels) : perChannel
    return FeatureMaps(zeros: x.shape, batch: x.batch).adding(perChannel: values, kernels)
  }
}
