import Networks
import Tensors

/// A residual network for pictures of 28 x 28 with random weights, named as a ResNet's are: two blocks keep the size of what they read, two
/// have a projection.
///
/// input [1, 28, 28] - conv 5x5/2 to 8 - max pool 3x3/1 - layer1.0 of 8 - layer2.0 of 16, half the size - layer2.1 of 16 - layer3.0 of 32,
/// half the size - average pool - dense to 10 classes.
///
/// - Parameter dense: the last layer: its weights `[10, 32]` and biases; random ones where there are none.
public func smallResNet(seed: UInt64 = 1, dense: (weights: [Float], bias: [Float])? = nil) -> Network {
  var numbers = SeededNumbers(seed: seed)
  var layers = [Layer(name: "input", operation: .input, inputs: [], outputShape: [1, 28, 28])]

  func add(_ name: String, _ operation: Operation, _ inputs: [Int], _ shape: [Int]? = nil) -> Int {
    layers.append(Layer(name: name, operation: operation, inputs: inputs, outputShape: shape ?? layers[inputs[0]].outputShape))
    return layers.count - 1
  }

  func convolution(_ name: String, from input: Int, to channels: Int, kernel: Int, stride: Int = 1) -> Int {
    let shape = layers[input].outputShape
    let geometry = ConvolutionGeometry(
      inputChannels: shape[0], inputHeight: shape[1], inputWidth: shape[2], outputChannels: channels, kernelHeight: kernel,
      kernelWidth: kernel, stride: stride, padding: kernel / 2)
    // As large as keeps what it gives out as large as what it reads (He et al. 2015).
    let bound = (6 / Float(shape[0] * kernel * kernel)).squareRoot()
    let convolution = Convolution(
      geometry: geometry, weights: numbers.floats(geometry.weightCount, in: -bound...bound), bias: numbers.floats(channels, in: -0.1...0.1))
    return add(name, .convolution(convolution), [input], [channels, geometry.outputHeight, geometry.outputWidth])
  }

  func block(_ name: String, from input: Int, to channels: Int) -> Int {
    let isWider = channels != layers[input].outputShape[0]
    let first = add("\(name).relu1", .relu, [convolution("\(name).conv1", from: input, to: channels, kernel: 3, stride: isWider ? 2 : 1)])
    let branch = convolution("\(name).conv2", from: first, to: channels, kernel: 3)
    let shortcut = isWider ? convolution("\(name).downsample.0", from: input, to: channels, kernel: 1, stride: 2) : input
    return add("\(name).relu2", .relu, [add("\(name).add", .add, [branch, shortcut])])
  }

  let stem = add("relu", .relu, [convolution("conv1", from: 0, to: 8, kernel: 5, stride: 2)])
  var head = add("maxpool", .maxPool(Pooling(kernelHeight: 3, kernelWidth: 3, stride: 1, padding: 1)), [stem])
  for (name, channels) in [("layer1.0", 8), ("layer2.0", 16), ("layer2.1", 16), ("layer3.0", 32)] {
    head = block(name, from: head, to: channels)
  }
  head = add("avgpool", .averagePool(Pooling(kernelHeight: 4, kernelWidth: 4, stride: 1)), [head], [32, 1, 1])
  head = add("flatten", .reshape, [head], [32])
  let (weights, bias) = dense ?? (numbers.floats(320, in: -0.3...0.3), numbers.floats(10, in: -0.1...0.1))
  _ = add("fc", .dense(Dense(inputs: 32, outputs: 10, weights: weights, bias: bias)), [head], [10])
  return Network(
    layers: layers, preprocessing: Preprocessing(channels: 1, height: 28, width: 28, mean: [0.1307], std: [0.3081]),
    classNames: (0...9).map(String.init), metadata: ["mean": "[0.1307]", "std": "[0.3081]"])
}
