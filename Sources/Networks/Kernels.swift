import Tensors

/// The arithmetic of a network's linear layers: what decides how fast a network is predicted and explained.
public protocol Kernels: Sendable, MatrixProduct {
  /// Prepares y = weights * x (no bias) for pictures of this geometry. `weights` is `[O, I / groups, kernelHeight, kernelWidth]`.
  /// Cost: a copy of the weights or two.
  ///
  /// - Parameter rowFactors: as `Convolution.rowFactors`.
  func prepare(_ geometry: ConvolutionGeometry, weights: [Float], rowFactors: [Float]?) -> any LinearMap

  /// Calls `body` for parts of `0..<count` that do not overlap and together are all of it, on several threads where that is possible,
  /// and returns when all is done.
  func forEachShare(of count: Int, _ body: (Range<Int>) -> Void)
}

extension Kernels {
  public func prepare(_ geometry: ConvolutionGeometry, weights: [Float]) -> any LinearMap {
    prepare(geometry, weights: weights, rowFactors: nil)
  }

  public func forEachShare(of count: Int, _ body: (Range<Int>) -> Void) { body(0..<count) }

  /// Calls `body` for parts of `0..<count` numbers that start at multiples of `unit`, on several threads where there are enough of them.
  @inlinable
  public func forEachPart(of count: Int, unit: Int = 8, _ body: (Range<Int>) -> Void) {
    guard count >= KernelSharing.worthwhile else { return body(0..<count) }
    let units = (count + unit - 1) / unit
    forEachShare(of: units) { body($0.lowerBound * unit..<min(count, $0.upperBound * unit)) }
  }

  /// As `forEachPart`, for results that are put together afterwards: however many threads there are, the parts are the same, and so is
  /// what comes of them.
  @inlinable
  public func mapParts<Result>(of count: Int, unit: Int, _ body: (Range<Int>) -> Result) -> [Result] {
    guard count >= KernelSharing.worthwhile else { return [body(0..<count)] }
    let units = (count + unit - 1) / unit
    let parts = min(units, KernelSharing.parts)
    return [Result](unsafeUninitializedCapacity: parts) { buffer, initialized in
      forEachShare(of: parts) { share in
        for part in share {
          let range = units * part / parts * unit..<min(count, units * (part + 1) / parts * unit)
          buffer.initializeElement(at: part, to: body(range))
        }
      }
      initialized = parts
    }
  }
}

/// When and how elementwise work is shared out.
@usableFromInline
enum KernelSharing {
  /// Where fewer numbers than this are computed, sharing them out costs more than it gains.
  @usableFromInline static let worthwhile = 1 << 13
  @usableFromInline static let parts = 16
}

/// A prepared linear map with weights w_ik from input i to output k. Pictures are `[N, H, W, C]` in memory, channel innermost.
///
/// Not for use by two threads at once. With (.)+ = max(0, .) and (.)- = min(0, .); results are overwritten.
public protocol LinearMap: AnyObject {
  /// z_k = sum_i x_i w_ik + b_k, and what else of it `results` has room for.
  ///
  /// - Parameters:
  ///   - split: how z_k - b_k is split into its parts, where they are wanted.
  ///   - bias: b_k, one number per output channel; nil for none.
  func product(
    _ x: UnsafePointer<Float>, _ split: Split, batch: Int, bias: UnsafePointer<Float>?, into results: ProductResults)

  /// Back from outputs to inputs: u_i = t_i times the sum over the factors' outputs k, see `OutputFactors`.
  ///
  /// - Parameter times: t_i, one number per input; nil for 1.
  func transposed(
    _ factors: OutputFactors, times: UnsafePointer<Float>?, batch: Int, into u: UnsafeMutablePointer<Float>)
}

/// Where the results of a product z_k - b_k = p_k + n_k go; nil for what is not wanted.
public struct ProductResults {
  /// z_k.
  public var sum: UnsafeMutablePointer<Float>
  /// max(z_k, 0): what a ReLU behind the layer makes of it.
  public var rectified: UnsafeMutablePointer<Float>?
  public var positive: UnsafeMutablePointer<Float>?
  /// Only with `positive`.
  public var negative: UnsafeMutablePointer<Float>?

  public init(
    sum: UnsafeMutablePointer<Float>, rectified: UnsafeMutablePointer<Float>? = nil, positive: UnsafeMutablePointer<Float>? = nil,
    negative: UnsafeMutablePointer<Float>? = nil
  ) {
    precondition(positive != nil || negative == nil, "the negative part comes with the positive one")
    self.sum = sum
    self.rectified = rectified
    self.positive = positive
    self.negative = negative
  }
}

/// How a product is split into two parts. Where no x_i is below zero both are the same, and `weights` is cheaper.
public enum Split: Sendable {
  /// p_k = sum_i (x_i w_ik)+ and n_k = sum_i (x_i w_ik)-.
  case products
  /// p_k = sum_i x_i w+_ik and n_k = sum_i x_i w-_ik.
  case weights
}

/// What a transposed linear map multiplies its weights with.
public enum OutputFactors {
  /// u_i = sum_k w_ik a_k.
  case all(UnsafePointer<Float>)
  /// u_i = sum_k w+_ik a_k.
  case positive(UnsafePointer<Float>)
  /// u_i = sum_k (w+_ik a_k + w-_ik c_k).
  case signed(positive: UnsafePointer<Float>, negative: UnsafePointer<Float>)
}
