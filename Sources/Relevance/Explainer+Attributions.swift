import Networks
import Tensors

extension Explainer {
  /// Everything but relevance.
  func attribution(
    _ query: Query, _ trace: Trace, _ subjects: Subjects, isCancelled: () -> Bool
  ) throws(RelevanceError) -> [Explanation]? {
    let rows: [Tensor]
    switch query.attribution {
    case .relevance: preconditionFailure("relevance has its plan")
    case .gradient(let form):
      guard let gradient = gradient(trace, subjects, isCancelled: isCancelled) else { return nil }
      let formed =
        switch form {
        case .raw: gradient
        case .absolute: LayerArithmetic.map(gradient, weights.kernels) { abs($0) }
        case .squared: gradient.times(gradient, weights.kernels)
        }
      rows = (0..<trace.batch).map { formed.picture($0) }
    case .inputTimesGradient:
      guard let gradient = gradient(trace, subjects, isCancelled: isCancelled) else { return nil }
      let product = gradient.times(trace.outputs[0], weights.kernels)
      rows = (0..<trace.batch).map { product.picture($0) }
    default: throw .parameter("not there yet")
    }
    return rows.indices.map { row in
      subjects.explanation(
        row, query.attribution, trace, relevance: rows[row], start: subjects.value(row, in: trace.outputs[subjects.layer][row]))
    }
  }

  /// The gradient of each row's target by its input.
  func gradient(
    _ trace: Trace, _ subjects: Subjects, activations: GradientPass.Activations = .derivative, isCancelled: () -> Bool
  ) -> FeatureMaps? {
    GradientPass(weights).gradients(
      trace, start: (subjects.layer, subjects.factors), activations: activations, isCancelled: isCancelled
    )
    .map { $0[0] ?? FeatureMaps(zeros: trace.outputs[0].shape, batch: trace.batch) }
  }
}
