import Tensors

/// The arithmetic of a network's linear layers, which a library does better than we would.
///
/// Weights are packed once, when a map is prepared, and used many times.
public protocol Kernels: Sendable, MatrixProduct {
  /// Prepares y = weights * x (no bias) for pictures of this geometry. `weights` is `[O, I / groups, kernelHeight, kernelWidth]`.
  func prepareForward(_ geometry: ConvolutionGeometry, weights: [Float]) -> any LinearMap
  /// Prepares the transposed map, which takes a `[O, H', W']` back to `[I, H, W]`: the gradient of the forward map.
  func prepareTransposed(_ geometry: ConvolutionGeometry, weights: [Float]) -> any LinearMap
}

/// A prepared linear map. Not for use by two threads at once.
public protocol LinearMap: AnyObject {
  /// `input` holds `batch` pictures in `[N, C, H, W]` order, `output` has room for as many results and is overwritten.
  func apply(_ input: UnsafePointer<Float>, batch: Int, into output: UnsafeMutablePointer<Float>)
}
