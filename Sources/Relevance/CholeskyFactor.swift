/// The lower triangular L of a symmetric positive definite matrix A = L L^T, in double precision.
struct CholeskyFactor: Sendable {
  let size: Int
  /// Row by row; zeros above the diagonal.
  private(set) var values: [Double]

  /// - Parameter matrix: `size` x `size`, of which the lower triangle counts.
  /// - Returns: nil where it is not positive definite. Cost: size^3 / 3.
  init?(_ matrix: [Double], size: Int) {
    precondition(matrix.count == size * size, "a square matrix has \(size) x \(size) numbers")
    self.size = size
    values = [Double](repeating: 0, count: size * size)
    let isDefinite = values.withUnsafeMutableBufferPointer { l in
      for row in 0..<size {
        for column in 0...row {
          var sum = matrix[row * size + column]
          for k in 0..<column { sum -= l[row * size + k] * l[column * size + k] }
          guard row == column else {
            l[row * size + column] = sum / l[column * size + column]
            continue
          }
          guard sum > 0, sum.isFinite else { return false }
          l[row * size + row] = sum.squareRoot()
        }
      }
      return true
    }
    guard isDefinite else { return nil }
  }

  /// y with L y = b for the first `count` rows. Cost: count^2 / 2.
  func solved(_ b: [Double], first count: Int) -> [Double] {
    var y = b
    for row in 0..<count {
      for k in 0..<row { y[row] -= values[row * size + k] * y[k] }
      y[row] /= values[row * size + row]
    }
    return y
  }

  /// The product of row `row`, columns from `first` on, with `v`.
  func row(_ row: Int, from first: Int, times v: [Double]) -> Double {
    var sum = 0.0
    for k in 0..<v.count { sum += values[row * size + first + k] * v[k] }
    return sum
  }
}
