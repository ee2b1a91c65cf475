import Networks

extension Explainer {
  /// The mean gradient of `samples` copies of the input, all but the last with normal noise of a standard deviation of `noise` times the
  /// input's range (largest minus smallest number); the last copy is the input itself, so that one sample is the gradient (as Zennit).
  /// Smilkov et al. 2017. Cost: `samples` gradients.
  func smoothGrad(
    _ pictures: AttributedPictures, noise: Float, samples: Int, seed: UInt64, isCancelled: () -> Bool
  ) throws(RelevanceError) -> AttributedRows? {
    try Self.check(samples, in: 1...100_000, "SmoothGrad takes 1 to 100000 samples")
    guard noise.isFinite, noise >= 0 else { throw .parameter("the noise of SmoothGrad is \(noise); a number of at least 0 is allowed") }
    let size = pictures.shape.reduce(1, *)
    var numbers = SeededNoise(seed: seed)
    let gradients = meanGradients(pictures, count: samples, isCancelled: isCancelled) { _, sample, input, result in
      // Each picture gets the same noise, alone or in a batch.
      if sample == 0 { numbers = SeededNoise(seed: seed) }
      result.update(from: input, count: size)
      guard sample < samples - 1 else { return }
      let values = UnsafeBufferPointer(start: input, count: size)
      let deviation = noise * ((values.max() ?? 0) - (values.min() ?? 0))
      for index in 0..<size { result[index] += deviation * Float(numbers.normal()) }
    }
    return gradients.map { AttributedRows($0) }
  }

  static func check(_ value: Int, in allowed: ClosedRange<Int>, _ sentence: String) throws(RelevanceError) {
    guard allowed.contains(value) else { throw .parameter("\(sentence); found \(value)") }
  }
}
