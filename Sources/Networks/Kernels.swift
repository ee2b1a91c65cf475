import Tensors

/// The arithmetic of a network's linear layers: what decides how fast a network is predicted and explained.
public protocol Kernels: Sendable, MatrixProduct {
  /// Prepares y = weights * x (no bias) for pictures of this geometry. `weights` is `[O, I / groups, kernelHeight, kernelWidth]`.
  /// Cost: a copy of the weights or two.
  func prepare(_ geometry: ConvolutionGeometry, weights: [Float]) -> any LinearMap

  /// Calls `body` for parts of `0..<count` that do not overlap and together are all of it, on several threads where that is possible,
  /// and returns when all is done.
  func forEachShare(of count: Int, _ body: (Range<Int>) -> Void)
}

extension Kernels {
  public func forEachShare(of count: Int, _ body: (Range<Int>) -> Void) { body(0..<count) }
}

/// A prepared linear map with weights w_ik from input i to output k. Pictures are `[N, H, W, C]` in memory, channel innermost.
///
/// Not for use by two threads at once. With (.)+ = max(0, .) and (.)- = min(0, .); results are overwritten.
public protocol LinearMap: AnyObject {
  /// z_k = sum_i x_i w_ik.
  func product(_ x: UnsafePointer<Float>, batch: Int, into z: UnsafeMutablePointer<Float>)

  /// The two parts of z_k = p_k + n_k, see `Split`.
  func parts(
    _ x: UnsafePointer<Float>, _ split: Split, batch: Int, positive p: UnsafeMutablePointer<Float>,
    negative n: UnsafeMutablePointer<Float>)

  /// Back from outputs to inputs: u_i = sum over the factors' outputs k, see `OutputFactors`.
  func transposed(_ factors: OutputFactors, batch: Int, into u: UnsafeMutablePointer<Float>)
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
