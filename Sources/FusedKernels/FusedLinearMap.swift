import CFusedKernels
import Networks

/// A convolution of one group, packed for both directions: the way back when it is first taken.
final class FusedLinearMap: LinearMap {
  private let handle: OpaquePointer
  private let geometry: ConvolutionGeometry

  init(_ geometry: ConvolutionGeometry, weights: [Float], rowFactors: [Float]?, _ width: FusedKernels.VectorWidth?) {
    precondition(weights.count == geometry.weightCount && geometry.groups == 1, "weights must fit a convolution of one group")
    let window = geometry.window
    var shape = heatlens_fused_shape(
      input_channels: Int64(geometry.inputChannels), input_height: Int64(geometry.inputHeight), input_width: Int64(geometry.inputWidth),
      output_channels: Int64(geometry.outputChannels), output_height: Int64(geometry.outputHeight),
      output_width: Int64(geometry.outputWidth), kernel_height: Int64(window.kernelHeight), kernel_width: Int64(window.kernelWidth),
      stride_height: Int64(window.strideHeight), stride_width: Int64(window.strideWidth),
      dilation_height: Int64(window.dilationHeight), dilation_width: Int64(window.dilationWidth),
      padding_top: Int64(window.padding.top), padding_left: Int64(window.padding.left))
    let vector = width?.rawValue ?? 0
    let made = rowFactors.map { heatlens_fused_create(&shape, weights, $0, vector) } ?? heatlens_fused_create(&shape, weights, nil, vector)
    guard let handle = made else { preconditionFailure("there is no memory for \(geometry)") }
    self.handle = handle
    self.geometry = geometry
  }

  /// Whether half precision holds the weights, and they are kept so.
  var isHalf: Bool { heatlens_fused_is_half(handle) != 0 }

  deinit { heatlens_fused_destroy(handle) }

  func product(
    _ x: UnsafePointer<Float>, _ split: Split, batch: Int, bias: UnsafePointer<Float>?, into results: ProductResults
  ) {
    let splitting =
      results.positive == nil ? HEATLENS_FUSED_WHOLE : split == .weights ? HEATLENS_FUSED_BY_WEIGHTS : HEATLENS_FUSED_BY_PRODUCTS
    var room = heatlens_fused_results(
      sum: results.sum, rectified: results.rectified, positive: results.positive, negative: results.negative)
    check(heatlens_fused_product(handle, splitting, Int64(batch), x, bias, &room))
  }

  func transposed(_ factors: OutputFactors, times: UnsafePointer<Float>?, batch: Int, into u: UnsafeMutablePointer<Float>) {
    let (side, first, second): (heatlens_fused_side, UnsafePointer<Float>, UnsafePointer<Float>?) =
      switch factors {
      case .all(let a): (HEATLENS_FUSED_ALL, a, nil)
      case .positive(let a): (HEATLENS_FUSED_POSITIVE, a, nil)
      case .signed(let a, let c): (HEATLENS_FUSED_SIGNED, a, c)
      }
    check(heatlens_fused_transposed(handle, side, Int64(batch), first, second, times, u))
  }

  private func check(_ status: Int32) {
    precondition(status == 0, "there is no memory for \(geometry)")
  }
}
