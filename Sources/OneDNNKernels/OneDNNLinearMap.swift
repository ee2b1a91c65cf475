import COneDNN
import Networks

/// A convolution (or its transposition) with weights packed in the form that oneDNN chose for this processor.
final class OneDNNLinearMap: LinearMap {
  private let handle: OpaquePointer
  private let geometry: ConvolutionGeometry

  init(_ geometry: ConvolutionGeometry, weights: [Float], isTransposed: Bool) {
    precondition(weights.count == geometry.weightCount, "weights must fit the convolution's geometry")
    var shape = heatlens_convolution_shape(geometry)
    var handle: OpaquePointer?
    let status = heatlens_linear_map_create(&handle, &shape, isTransposed ? 1 : 0, weights)
    guard status == 0, let handle else { preconditionFailure("oneDNN cannot prepare \(geometry): status \(status)") }
    self.handle = handle
    self.geometry = geometry
  }

  deinit { heatlens_linear_map_destroy(handle) }

  func apply(_ input: UnsafePointer<Float>, batch: Int, into output: UnsafeMutablePointer<Float>) {
    let status = heatlens_linear_map_apply(handle, Int64(batch), input, output)
    precondition(status == 0, "oneDNN failed on \(geometry) with batch \(batch): status \(status)")
  }
}

extension heatlens_convolution_shape {
  fileprivate init(_ geometry: ConvolutionGeometry) {
    let g = geometry
    func paddingAfter(_ length: Int, _ kernel: Int, _ output: Int) -> Int64 {
      Int64((output - 1) * g.stride + g.dilation * (kernel - 1) + 1 - length - g.padding)
    }
    self.init(
      groups: Int64(g.groups),
      input_channels: Int64(g.inputChannels), input_height: Int64(g.inputHeight), input_width: Int64(g.inputWidth),
      output_channels: Int64(g.outputChannels), output_height: Int64(g.outputHeight), output_width: Int64(g.outputWidth),
      kernel_height: Int64(g.kernelHeight), kernel_width: Int64(g.kernelWidth),
      stride: Int64(g.stride), dilation: Int64(g.dilation), padding_before: Int64(g.padding),
      padding_after_height: paddingAfter(g.inputHeight, g.kernelHeight, g.outputHeight),
      padding_after_width: paddingAfter(g.inputWidth, g.kernelWidth, g.outputWidth))
  }
}
