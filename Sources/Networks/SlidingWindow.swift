/// Which input positions an output position of a convolution or pooling reads: position (y, x) reads rows
/// `y * strideHeight - padding.top + r * dilationHeight` for r in 0..<kernelHeight, columns alike.
public struct SlidingWindow: Sendable, Hashable {
  public var kernelHeight: Int
  public var kernelWidth: Int
  public var strideHeight: Int
  public var strideWidth: Int
  public var dilationHeight: Int
  public var dilationWidth: Int
  public var padding: Padding

  public init(
    kernelHeight: Int, kernelWidth: Int, strideHeight: Int, strideWidth: Int, dilationHeight: Int = 1, dilationWidth: Int = 1,
    padding: Padding = .none
  ) {
    precondition(
      min(kernelHeight, kernelWidth, strideHeight, strideWidth, dilationHeight, dilationWidth) > 0,
      "kernels, strides and dilations are at least 1")
    self.kernelHeight = kernelHeight
    self.kernelWidth = kernelWidth
    self.strideHeight = strideHeight
    self.strideWidth = strideWidth
    self.dilationHeight = dilationHeight
    self.dilationWidth = dilationWidth
    self.padding = padding
  }

  /// The same stride, padding and dilation in both directions.
  public init(kernelHeight: Int, kernelWidth: Int, stride: Int = 1, padding: Int = 0, dilation: Int = 1) {
    self.init(
      kernelHeight: kernelHeight, kernelWidth: kernelWidth, strideHeight: stride, strideWidth: stride, dilationHeight: dilation,
      dilationWidth: dilation, padding: Padding(padding))
  }

  public var positions: Int { kernelHeight * kernelWidth }

  /// How many rows come of `height` rows.
  ///
  /// - Parameter roundingUp: whether a last window that only partly fits counts; it may not start past the padded input (PyTorch's
  ///   and ONNX's `ceil_mode`).
  public func outputHeight(of height: Int, roundingUp: Bool = false) -> Int {
    Self.count(height, kernelHeight, strideHeight, dilationHeight, padding.top, padding.bottom, roundingUp)
  }

  /// How many columns come of `width` columns.
  public func outputWidth(of width: Int, roundingUp: Bool = false) -> Int {
    Self.count(width, kernelWidth, strideWidth, dilationWidth, padding.left, padding.right, roundingUp)
  }

  private static func count(
    _ length: Int, _ kernel: Int, _ stride: Int, _ dilation: Int, _ before: Int, _ after: Int, _ roundingUp: Bool
  ) -> Int {
    let room = length + before + after - dilation * (kernel - 1) - 1 + (roundingUp ? stride - 1 : 0)
    guard room >= 0 else { return 0 }
    var count = room / stride + 1
    if roundingUp && (count - 1) * stride >= length + before { count -= 1 }
    return count
  }
}

/// Rows and columns around a picture.
public struct Padding: Sendable, Hashable {
  public var top: Int
  public var left: Int
  public var bottom: Int
  public var right: Int

  public init(top: Int, left: Int, bottom: Int, right: Int) {
    self.top = top
    self.left = left
    self.bottom = bottom
    self.right = right
  }

  public init(_ all: Int) { self.init(top: all, left: all, bottom: all, right: all) }

  public static let none = Padding(0)
}
