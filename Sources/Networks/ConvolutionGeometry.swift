/// Everything about a convolution but its numbers.
public struct ConvolutionGeometry: Sendable, Hashable {
  public var inputChannels: Int
  public var inputHeight: Int
  public var inputWidth: Int
  public var outputChannels: Int
  public var kernelHeight: Int
  public var kernelWidth: Int
  public var stride: Int
  public var padding: Int
  public var dilation: Int
  public var groups: Int

  public init(
    inputChannels: Int, inputHeight: Int, inputWidth: Int, outputChannels: Int, kernelHeight: Int, kernelWidth: Int,
    stride: Int = 1, padding: Int = 0, dilation: Int = 1, groups: Int = 1
  ) {
    self.inputChannels = inputChannels
    self.inputHeight = inputHeight
    self.inputWidth = inputWidth
    self.outputChannels = outputChannels
    self.kernelHeight = kernelHeight
    self.kernelWidth = kernelWidth
    self.stride = stride
    self.padding = padding
    self.dilation = dilation
    self.groups = groups
  }

  public var outputHeight: Int { (inputHeight + 2 * padding - dilation * (kernelHeight - 1) - 1) / stride + 1 }
  public var outputWidth: Int { (inputWidth + 2 * padding - dilation * (kernelWidth - 1) - 1) / stride + 1 }
  public var inputCount: Int { inputChannels * inputHeight * inputWidth }
  public var outputCount: Int { outputChannels * outputHeight * outputWidth }
  public var weightCount: Int { outputChannels * (inputChannels / groups) * kernelHeight * kernelWidth }
  /// Multiplications and additions for one picture.
  public var multiplyAccumulates: Int { weightCount * outputHeight * outputWidth }

  /// A dense layer as the convolution of a 1x1 picture.
  public static func dense(inputs: Int, outputs: Int) -> ConvolutionGeometry {
    ConvolutionGeometry(
      inputChannels: inputs, inputHeight: 1, inputWidth: 1, outputChannels: outputs, kernelHeight: 1, kernelWidth: 1)
  }
}
