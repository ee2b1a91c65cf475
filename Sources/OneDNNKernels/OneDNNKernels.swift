import COneDNN
import Networks
import Tensors

/// Convolutions, dense layers and matrix products by oneDNN, on all cores that OpenMP is given.
public struct OneDNNKernels: Kernels {
  public init() {}

  public func prepare(_ geometry: ConvolutionGeometry, weights: [Float], rowFactors: [Float]?) -> any LinearMap {
    OneDNNLinearMap(geometry, weights: weights)
  }

  public func multiply(
    rows: Int, columns: Int, inner: Int, alpha: Float,
    _ a: UnsafePointer<Float>, leadingDimensionA: Int, transposedA: Bool,
    _ b: UnsafePointer<Float>, leadingDimensionB: Int, transposedB: Bool,
    beta: Float, _ c: UnsafeMutablePointer<Float>, leadingDimensionC: Int
  ) {
    guard rows > 0, columns > 0 else { return }
    guard inner > 0 else {
      // oneDNN leaves `c` as it is, where an empty sum must give beta * c.
      for row in 0..<rows {
        for column in 0..<columns {
          let index = row * leadingDimensionC + column
          c[index] = beta == 0 ? 0 : beta * c[index]
        }
      }
      return
    }
    let status = heatlens_matrix_product(
      transposedA ? 1 : 0, transposedB ? 1 : 0, Int64(rows), Int64(columns), Int64(inner), alpha, a, Int64(leadingDimensionA), b,
      Int64(leadingDimensionB), beta, c, Int64(leadingDimensionC))
    precondition(status == 0, "oneDNN refused a \(rows) x \(inner) x \(columns) matrix product with status \(status)")
  }

  public func withinOneThread(_ body: () -> Void) {
    let before = heatlens_set_thread_count(1)
    body()
    if before > 0 { _ = heatlens_set_thread_count(before) }
  }
}
