import Glibc

/// Conditional probabilities of the neighbours of one point: a Gaussian whose width gives the wanted perplexity.
enum Bandwidths {
  /// Writes `exp(-beta d) / sum` for the k squared distances, with beta such that the entropy is log(perplexity).
  ///
  /// Newton steps on log(beta), with bisection where they leave the bracket. Where no width gives the perplexity (many equal
  /// distances), the nearest possible is taken.
  static func probabilities(
    _ distances: UnsafePointer<Float>, count k: Int, perplexity: Double, into result: UnsafeMutablePointer<Float>,
    scratch: UnsafeMutablePointer<Double>
  ) {
    guard k > 0 else { return }
    var nearest = Double(distances[0])
    var sum = 0.0
    for index in 0..<k {
      nearest = min(nearest, Double(distances[index]))
      sum += Double(distances[index])
    }
    let spread = sum / Double(k) - nearest
    let target = log(perplexity)
    guard spread > 0 else {
      for index in 0..<k { result[index] = 1 / Float(k) }
      return
    }
    var logBeta = -log(spread)
    var low = logBeta - 60
    var high = logBeta + 60
    var total = 1.0
    for _ in 0..<100 {
      let beta = exp(logBeta)
      var (zeroth, first, second) = (0.0, 0.0, 0.0)
      for index in 0..<k {
        let distance = Double(distances[index]) - nearest
        let weight = exp(-beta * distance)
        scratch[index] = weight
        zeroth += weight
        first += weight * distance
        second += weight * distance * distance
      }
      total = zeroth
      let mean = first / zeroth
      let variance = max(0, second / zeroth - mean * mean)
      let excess = log(zeroth) + beta * mean - target
      if abs(excess) < 1e-7 { break }
      if excess > 0 { low = logBeta } else { high = logBeta }
      // dH / d log(beta) = -beta^2 variance
      let slope = beta * beta * variance
      var next = logBeta + excess / slope
      if !(next > low && next < high) { next = 0.5 * (low + high) }
      if next == logBeta { break }
      logBeta = next
    }
    for index in 0..<k { result[index] = Float(scratch[index] / total) }
  }
}
