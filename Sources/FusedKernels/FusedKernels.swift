import CFusedKernels
import Networks
import OneDNNKernels
import Tensors

/// Kernels of our own for what oneDNN has no primitive for: a product and its positive and negative part in one pass over the weights.
///
/// Weights that half precision holds are kept in it: what decides is how fast they come from memory.
/// Where about half of a layer's input is zero, as behind a ReLU, those zeros are skipped.
/// On processors with AVX2, FMA and F16C, or with AVX-512, and for convolutions of one group; oneDNN does the rest, and the matrix products.
public struct FusedKernels: Kernels {
  /// How many numbers one instruction takes. Both give the same bytes.
  public enum VectorWidth: Int32, CaseIterable, Sendable {
    case eight = 8
    case sixteen = 16

    /// Whether this processor has such instructions: AVX2, AVX-512.
    public var isSupported: Bool { heatlens_fused_vector(rawValue) != 0 }
  }

  private let library = OneDNNKernels()
  private let width: VectorWidth?

  /// - Parameter width: one that this processor has; its widest for nil.
  public init(_ width: VectorWidth? = nil) { self.width = width }

  /// Whether this processor can run kernels of our own.
  public static var isSupported: Bool { heatlens_fused_vector(0) != 0 }

  /// Measures what this processor can do at most: floating-point operations a second, and bytes read from memory a second.
  public static func measureRoofline() -> (flops: Double, bytes: Double) {
    isSupported ? (heatlens_fused_peak_flops(), heatlens_fused_memory_bandwidth()) : (0, 0)
  }

  public func prepare(_ geometry: ConvolutionGeometry, weights: [Float], rowFactors: [Float]?) -> any LinearMap {
    guard Self.isSupported, geometry.groups == 1 else { return library.prepare(geometry, weights: weights, rowFactors: rowFactors) }
    return FusedLinearMap(geometry, weights: weights, rowFactors: rowFactors, width)
  }

  public func forEachShare(of count: Int, _ body: (Range<Int>) -> Void) {
    // More shares than threads: one that was held up leaves the rest to the others.
    let shares = min(count, 4 * Int(heatlens_team_size()))
    guard shares > 1 else { return body(0..<count) }
    withoutActuallyEscaping(body) { body in
      var job = ShareJob(count: count, shares: shares, body: body)
      withUnsafeMutablePointer(to: &job) { pointer in
        heatlens_team_run(
          Int64(shares),
          { context, index in
            guard let job = context?.assumingMemoryBound(to: ShareJob.self).pointee else { return }
            let share = Int(index)
            job.body(job.count * share / job.shares..<job.count * (share + 1) / job.shares)
          }, pointer)
      }
    }
  }

  public func multiply(
    rows: Int, columns: Int, inner: Int, alpha: Float,
    _ a: UnsafePointer<Float>, leadingDimensionA: Int, transposedA: Bool,
    _ b: UnsafePointer<Float>, leadingDimensionB: Int, transposedB: Bool,
    beta: Float, _ c: UnsafeMutablePointer<Float>, leadingDimensionC: Int
  ) {
    library.multiply(
      rows: rows, columns: columns, inner: inner, alpha: alpha, a, leadingDimensionA: leadingDimensionA, transposedA: transposedA, b,
      leadingDimensionB: leadingDimensionB, transposedB: transposedB, beta: beta, c, leadingDimensionC: leadingDimensionC)
  }

  public func withinOneThread(_ body: () -> Void) { library.withinOneThread(body) }
}

/// What `forEachShare` hands to the team's threads.
private struct ShareJob {
  let count: Int
  let shares: Int
  let body: (Range<Int>) -> Void
}
