/// Everything about a convolution but its numbers.
public struct ConvolutionGeometry: Sendable, Hashable {
  public var inputChannels: Int
  public var inputHeight: Int
  public var inputWidth: Int
  public var outputChannels: Int
  public var window: SlidingWindow
  /// Channels are split into this many groups that know nothing of each other.
  public var groups: Int

  public init(
    inputChannels: Int, inputHeight: Int, inputWidth: Int, outputChannels: Int, window: SlidingWindow, groups: Int = 1
  ) {
    precondition(
      groups > 0 && inputChannels % groups == 0 && outputChannels % groups == 0, "groups must divide the channels evenly")
    self.inputChannels = inputChannels
    self.inputHeight = inputHeight
    self.inputWidth = inputWidth
    self.outputChannels = outputChannels
    self.window = window
    self.groups = groups
  }

  /// The same stride, padding and dilation in both directions.
  public init(
    inputChannels: Int, inputHeight: Int, inputWidth: Int, outputChannels: Int, kernelHeight: Int, kernelWidth: Int,
    stride: Int = 1, padding: Int = 0, dilation: Int = 1, groups: Int = 1
  ) {
    self.init(
      inputChannels: inputChannels, inputHeight: inputHeight, inputWidth: inputWidth, outputChannels: outputChannels,
      window: SlidingWindow(
        kernelHeight: kernelHeight, kernelWidth: kernelWidth, stride: stride, padding: padding, dilation: dilation),
      groups: groups)
  }

  public var kernelHeight: Int { window.kernelHeight }
  public var kernelWidth: Int { window.kernelWidth }
  public var outputHeight: Int { window.outputHeight(of: inputHeight) }
  public var outputWidth: Int { window.outputWidth(of: inputWidth) }
  public var inputCount: Int { inputChannels * inputHeight * inputWidth }
  public var outputCount: Int { outputChannels * outputHeight * outputWidth }
  public var inputsPerGroup: Int { inputChannels / groups }
  public var outputsPerGroup: Int { outputChannels / groups }
  public var weightCount: Int { outputChannels * inputsPerGroup * window.positions }
  /// Multiplications and additions for one picture.
  public var multiplyAccumulates: Int { weightCount * outputHeight * outputWidth }

  /// A dense layer as the convolution of a 1x1 picture.
  public static func dense(inputs: Int, outputs: Int) -> ConvolutionGeometry {
    ConvolutionGeometry(
      inputChannels: inputs, inputHeight: 1, inputWidth: 1, outputChannels: outputs, kernelHeight: 1, kernelWidth: 1)
  }
}
