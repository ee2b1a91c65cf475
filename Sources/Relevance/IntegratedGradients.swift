import Networks

extension Attribution.Baseline {
  /// The number of each input channel.
  func values(_ preprocessing: Preprocessing) throws(RelevanceError) -> [Float] {
    switch self {
    case .zero: return [Float](repeating: 0, count: preprocessing.channels)
    case .brightness(let brightness):
      guard (0...1).contains(brightness) else {
        throw .parameter("the baseline's brightness is \(brightness); 0, black, to 1, white, is allowed")
      }
      return zip(preprocessing.mean, preprocessing.std).map { (brightness - $0) / $1 }
    }
  }
}

extension Explainer {
  /// (x - baseline) times the mean gradient at baseline + k / steps (x - baseline), k = 1...steps: the right Riemann sum (as Zennit;
  /// behind a ReLU it differs from the left one). Completeness (Sundararajan et al. 2017) wants the sum to be f(x) - f(baseline); how
  /// far it is from that is reported. Cost: `steps` gradients.
  func integratedGradients(
    _ pictures: AttributedPictures, baseline: Attribution.Baseline, steps: Int, isCancelled: () -> Bool
  ) throws(RelevanceError) -> AttributedRows? {
    try Self.check(steps, in: 1...100_000, "integrated gradients take 1 to 100000 steps")
    let start = try baselineInput(baseline, shape: pictures.shape)
    let size = pictures.shape.reduce(1, *)
    let gradients = meanGradients(pictures, count: steps, isCancelled: isCancelled) { _, step, input, result in
      let share = Float(step + 1) / Float(steps)
      for index in 0..<size { result[index] = start.values[index] + share * (input[index] - start.values[index]) }
    }
    guard let gradients,
      let outputs = outputs(of: pictures.subjects.layer, reading: start, isCancelled: isCancelled)
    else { return nil }
    let way = pictures.trace.outputs[0].subtracting(start.repeated(pictures.trace.batch), weights.kernels)
    var rows = AttributedRows(way.times(gradients, weights.kernels))
    rows.completenessErrors = rows.relevance.indices.map { row in
      rows.relevance[row].sum - (pictures.value(row) - pictures.subjects.value(row, in: outputs))
    }
    return rows
  }

  /// An input that holds a baseline everywhere.
  func baselineInput(_ baseline: Attribution.Baseline, shape: [Int]) throws(RelevanceError) -> FeatureMaps {
    let values = try baseline.values(network.preprocessing)
    guard values.count == shape[0] else {
      throw .parameter("a baseline of \(values.count) channels does not fit an input of \(shape[0])")
    }
    return FeatureMaps(zeros: shape, batch: 1).adding(perChannel: values, weights.kernels)
  }
}
