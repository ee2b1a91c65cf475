import CEmbeddingKernels
import Glibc

/// Conditional probabilities of the neighbours of one point: a Gaussian whose width gives the wanted perplexity.
enum Bandwidths {
  /// Writes `exp(-beta d) / sum` for the k squared distances, with beta such that the entropy is log(perplexity).
  ///
  /// Newton steps on log(beta), with bisection where they leave the bracket. Where no width gives the perplexity (many equal
  /// distances), the nearest possible is taken.
  ///
  /// - Parameter scratch: room for 2 (k + 7) numbers.
  static func probabilities(
    _ distances: UnsafePointer<Float>, count k: Int, perplexity: Double, into result: UnsafeMutablePointer<Float>,
    scratch: UnsafeMutablePointer<Float>
  ) {
    guard k > 0 else { return }
    var nearest = distances[0]
    for index in 0..<k { nearest = min(nearest, distances[index]) }
    // Beyond the nearest, in whole vectors.
    let padded = (k + 7) / 8 * 8
    let (beyond, weights) = (scratch, scratch + padded)
    var spread = 0.0
    for index in 0..<k {
      beyond[index] = distances[index] - nearest
      spread += Double(beyond[index])
    }
    guard spread > 0 else {
      for index in 0..<k { result[index] = 1 / Float(k) }
      return
    }
    // In units of the mean, so that no power of a distance leaves the range of Float.
    let unit = Float(spread / Double(k))
    for index in 0..<k { beyond[index] /= unit }
    for index in k..<padded { beyond[index] = 0 }
    let target = log(perplexity)
    var logBeta = 0.0
    var (low, high) = (-60.0, 60.0)
    var sums = (0.0, 0.0, 0.0)
    for _ in 0..<100 {
      let beta = exp(logBeta)
      withUnsafeMutablePointer(to: &sums) {
        $0.withMemoryRebound(to: Double.self, capacity: 3) { loops.gaussian(beyond, Int64(padded), Float(beta), weights, $0) }
      }
      // What pads has weight 1 and distance 0.
      sums.0 -= Double(padded - k)
      let mean = sums.1 / sums.0
      let variance = max(0, sums.2 / sums.0 - mean * mean)
      let excess = log(sums.0) + beta * mean - target
      if abs(excess) < 1e-6 { break }
      if excess > 0 { low = logBeta } else { high = logBeta }
      // dH / d log(beta) = -beta^2 variance
      var next = logBeta + excess / (beta * beta * variance)
      if !(next > low && next < high) { next = 0.5 * (low + high) }
      if next == logBeta { break }
      logBeta = next
    }
    for index in 0..<k { result[index] = weights[index] / Float(sums.0) }
  }
}
