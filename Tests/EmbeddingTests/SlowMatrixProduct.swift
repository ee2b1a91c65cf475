import Tensors

/// The definition, in double precision.
struct SlowMatrixProduct: MatrixProduct {
  func multiply(
    rows: Int, columns: Int, inner: Int, alpha: Float, _ a: UnsafePointer<Float>, leadingDimensionA: Int, transposedA: Bool,
    _ b: UnsafePointer<Float>, leadingDimensionB: Int, transposedB: Bool, beta: Float, _ c: UnsafeMutablePointer<Float>,
    leadingDimensionC: Int
  ) {
    for row in 0..<rows {
      for column in 0..<columns {
        var sum = 0.0
        for index in 0..<inner {
          let left = transposedA ? a[index * leadingDimensionA + row] : a[row * leadingDimensionA + index]
          let right = transposedB ? b[column * leadingDimensionB + index] : b[index * leadingDimensionB + column]
          sum += Double(left) * Double(right)
        }
        let old = beta == 0 ? 0 : beta * c[row * leadingDimensionC + column]
        c[row * leadingDimensionC + column] = alpha * Float(sum) + old
      }
    }
  }
}

/// Reproducible numbers for made-up data: a linear congruential generator after Knuth.
struct TestNumbers {
  private var state: UInt64

  init(_ seed: UInt64) { state = seed &* 2_862_933_555_777_941_757 &+ 3_037_000_493 }

  /// 0..<1
  mutating func uniform() -> Double {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return Double(state >> 11) * 0x1p-53
  }

  /// Nearly normal with deviation 1: the sum of twelve.
  mutating func normal() -> Double { (0..<12).reduce(-6.0) { sum, _ in sum + uniform() } }

  mutating func bytes(_ count: Int) -> [UInt8] { (0..<count).map { _ in UInt8(uniform() * 256) } }
  mutating func normals(_ count: Int) -> [Float] { (0..<count).map { _ in Float(normal()) } }
}
