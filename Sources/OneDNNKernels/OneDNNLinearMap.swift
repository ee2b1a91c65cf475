import COneDNN
import Networks

/// A convolution and its transposition by oneDNN. Each form of the weights (all, positive, negative; forward, transposed) is packed when
/// it is first asked for: oneDNN has no primitive that splits a product while it computes it.
final class OneDNNLinearMap: LinearMap {
  private let geometry: ConvolutionGeometry
  private let weights: [Float]
  private var primitives: [Form: Primitive] = [:]

  private struct Form: Hashable {
    let part: Part
    let isTransposed: Bool
  }

  private enum Part { case all, positive, negative }

  init(_ geometry: ConvolutionGeometry, weights: [Float]) {
    precondition(weights.count == geometry.weightCount, "weights must fit the convolution's geometry")
    self.geometry = geometry
    self.weights = weights
  }

  func product(
    _ x: UnsafePointer<Float>, _ split: Split, batch: Int, bias: UnsafePointer<Float>?, into results: ProductResults
  ) {
    let (count, channels, z) = (batch * geometry.outputCount, geometry.outputChannels, results.sum)
    primitive(.all).apply(x, batch: batch, into: z)
    // A part that is nearly nothing beside the other is exact only by itself, and so is the sum.
    if let positive = results.positive { part(.positive, x, split, batch: batch, into: positive) }
    if let negative = results.negative { part(.negative, x, split, batch: batch, into: negative) }
    if let bias { for index in 0..<count { z[index] += bias[index % channels] } }
    if let rectified = results.rectified { for index in 0..<count { rectified[index] = max(z[index], 0) } }
  }

  /// The positive or negative part of the product.
  private func part(_ part: Part, _ x: UnsafePointer<Float>, _ split: Split, batch: Int, into result: UnsafeMutablePointer<Float>) {
    guard split == .products else { return primitive(part).apply(x, batch: batch, into: result) }
    let count = batch * geometry.inputCount
    primitive(part).apply((0..<count).map { max(0, x[$0]) }, batch: batch, into: result)
    let negative = (0..<count).map { min(0, x[$0]) }
    let other = primitive(part == .positive ? .negative : .positive)
    add(other.applied(negative, batch: batch, count: batch * geometry.outputCount), to: result)
  }

  func transposed(_ factors: OutputFactors, times: UnsafePointer<Float>?, batch: Int, into u: UnsafeMutablePointer<Float>) {
    switch factors {
    case .all(let a): primitive(.all, isTransposed: true).apply(a, batch: batch, into: u)
    case .positive(let a): primitive(.positive, isTransposed: true).apply(a, batch: batch, into: u)
    case .signed(let a, let c):
      primitive(.positive, isTransposed: true).apply(a, batch: batch, into: u)
      add(primitive(.negative, isTransposed: true).applied(c, batch: batch, count: batch * geometry.inputCount), to: u)
    }
    if let times { for index in 0..<batch * geometry.inputCount { u[index] *= times[index] } }
  }

  private func primitive(_ part: Part, isTransposed: Bool = false) -> Primitive {
    let form = Form(part: part, isTransposed: isTransposed)
    if let known = primitives[form] { return known }
    let chosen =
      switch part {
      case .all: weights
      case .positive: weights.map { max(0, $0) }
      case .negative: weights.map { min(0, $0) }
      }
    let made = Primitive(geometry, weights: chosen, isTransposed: isTransposed)
    primitives[form] = made
    return made
  }

  private func add(_ values: [Float], to sum: UnsafeMutablePointer<Float>) {
    for index in values.indices { sum[index] += values[index] }
  }
}

/// One form of the weights, packed as oneDNN wants them on this processor.
private final class Primitive {
  private let handle: OpaquePointer
  private let geometry: ConvolutionGeometry

  init(_ geometry: ConvolutionGeometry, weights: [Float], isTransposed: Bool) {
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

  func applied(_ input: UnsafePointer<Float>, batch: Int, count: Int) -> [Float] {
    [Float](unsafeUninitializedCapacity: count) { buffer, initialized in
      if let base = buffer.baseAddress { apply(input, batch: batch, into: base) }
      initialized = count
    }
  }
}

extension heatlens_convolution_shape {
  fileprivate init(_ geometry: ConvolutionGeometry) {
    let window = geometry.window
    func paddingAfter(_ length: Int, _ kernel: Int, _ stride: Int, _ dilation: Int, _ output: Int, _ before: Int) -> Int64 {
      Int64((output - 1) * stride + dilation * (kernel - 1) + 1 - length - before)
    }
    self.init(
      groups: Int64(geometry.groups),
      input_channels: Int64(geometry.inputChannels), input_height: Int64(geometry.inputHeight), input_width: Int64(geometry.inputWidth),
      output_channels: Int64(geometry.outputChannels), output_height: Int64(geometry.outputHeight),
      output_width: Int64(geometry.outputWidth), kernel_height: Int64(window.kernelHeight), kernel_width: Int64(window.kernelWidth),
      stride_height: Int64(window.strideHeight), stride_width: Int64(window.strideWidth),
      dilation_height: Int64(window.dilationHeight), dilation_width: Int64(window.dilationWidth),
      padding_top: Int64(window.padding.top), padding_left: Int64(window.padding.left),
      padding_bottom: paddingAfter(
        geometry.inputHeight, window.kernelHeight, window.strideHeight, window.dilationHeight, geometry.outputHeight, window.padding.top),
      padding_right: paddingAfter(
        geometry.inputWidth, window.kernelWidth, window.strideWidth, window.dilationWidth, geometry.outputWidth, window.padding.left))
  }
}
