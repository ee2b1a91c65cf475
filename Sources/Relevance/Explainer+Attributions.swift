import Networks
import Tensors

/// Pictures that are explained, each for several targets: row `picture * targetCount + target` of trace and subjects.
struct AttributedPictures {
  let trace: Trace
  let subjects: Subjects
  let targetCount: Int

  var count: Int { trace.batch / targetCount }
  /// Of the network's input.
  var shape: [Int] { trace.outputs[0].shape }

  func input(_ picture: Int) -> FeatureMaps { trace.outputs[0][picture * targetCount] }
  func rows(_ picture: Int) -> Range<Int> { picture * targetCount..<(picture + 1) * targetCount }
  /// What is explained in a row: the target's value.
  func value(_ row: Int) -> Double { subjects.value(row, in: trace.outputs[subjects.layer][row]) }
}

/// What an attribution says of each row.
struct AttributedRows {
  var relevance: [Tensor]
  var completenessErrors: [Double]?
  var coarseMaps: [Explanation.CoarseMap]?

  init(_ relevance: [Tensor], completenessErrors: [Double]? = nil, coarseMaps: [Explanation.CoarseMap]? = nil) {
    self.relevance = relevance
    self.completenessErrors = completenessErrors
    self.coarseMaps = coarseMaps
  }

  init(_ maps: FeatureMaps) { self.init((0..<maps.batch).map { maps.picture($0) }) }
}

extension Explainer {
  /// Everything but relevance; nil when cancelled.
  func attribution(
    _ attribution: Attribution, _ pictures: AttributedPictures, isCancelled: () -> Bool
  ) throws(RelevanceError) -> [Explanation]? {
    guard let rows = try rows(attribution, pictures, isCancelled: isCancelled) else { return nil }
    return rows.relevance.indices.map { row in
      pictures.subjects.explanation(
        row, attribution, pictures.trace, relevance: rows.relevance[row], start: pictures.value(row),
        completenessError: rows.completenessErrors?[row], coarseMap: rows.coarseMaps?[row])
    }
  }

  private func rows(
    _ attribution: Attribution, _ pictures: AttributedPictures, isCancelled: () -> Bool
  ) throws(RelevanceError) -> AttributedRows? {
    switch attribution {
    case .relevance: preconditionFailure("relevance has its plan")
    case .gradient(let form):
      return gradient(pictures, isCancelled: isCancelled).map { gradient in
        switch form {
        case .raw: AttributedRows(gradient)
        case .absolute: AttributedRows(LayerArithmetic.map(gradient, weights.kernels) { $0.magnitude })
        case .squared: AttributedRows(gradient.times(gradient, weights.kernels))
        }
      }
    case .inputTimesGradient:
      return gradient(pictures, isCancelled: isCancelled).map { AttributedRows($0.times(pictures.trace.outputs[0], weights.kernels)) }
    case .guidedBackpropagation:
      return gradient(pictures, activations: .guided, isCancelled: isCancelled).map { AttributedRows($0) }
    case .deconvnet: return gradient(pictures, activations: .deconvnet, isCancelled: isCancelled).map { AttributedRows($0) }
    case .smoothGrad(let noise, let samples, let seed):
      return try smoothGrad(pictures, noise: noise, samples: samples, seed: seed, isCancelled: isCancelled)
    case .integratedGradients(let baseline, let steps):
      return try integratedGradients(pictures, baseline: baseline, steps: steps, isCancelled: isCancelled)
    case .gradCAM(let layer): return try gradCAM(pictures, layer: layer, isCancelled: isCancelled)
    case .occlusion(let window, let stride, let baseline):
      return try occlusion(pictures, window: window, stride: stride, baseline: baseline, isCancelled: isCancelled)
    case .predictionDifference(let window, let stride, let padding, let samples, let seed):
      let windows = PatchWindows(window: window, stride: stride, padding: padding)
      return try predictionDifference(pictures, windows, samples: samples, seed: seed, isCancelled: isCancelled)
    case .random(let seed): return AttributedRows((0..<pictures.trace.batch).map { _ in Self.noise(pictures.shape, seed: seed) })
    case .edges: return try edges(pictures)
    }
  }

  /// The gradient of each row's target by its input.
  func gradient(
    _ pictures: AttributedPictures, activations: GradientPass.Activations = .derivative, isCancelled: () -> Bool
  ) -> FeatureMaps? {
    gradients(pictures.trace, pictures.subjects.factors, of: pictures.subjects.layer, activations: activations, isCancelled: isCancelled)
  }

  /// The gradient of factors times outputs of a layer, summed, by the input.
  func gradients(
    _ trace: Trace, _ factors: FeatureMaps, of layer: Int, activations: GradientPass.Activations = .derivative, isCancelled: () -> Bool
  ) -> FeatureMaps? {
    GradientPass(weights).gradients(trace, start: (layer, factors), activations: activations, isCancelled: isCancelled)
      .map { $0[0] ?? FeatureMaps(zeros: trace.outputs[0].shape, batch: trace.batch) }
  }
}
