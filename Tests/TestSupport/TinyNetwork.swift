import Networks

/// A small residual network with random weights, negative ones and biases included: everything that a ResNet has, a few numbers each.
///
/// input [1, 8, 8] - conv 3x3/2 - relu - max pool - (conv 3x3 - relu - conv 1x1) + (average pool nothing, 1x1 projection) - relu -
/// average pool - flatten - dense to 3 classes.
///
/// - Parameter hasBias: whether biases are random; otherwise they are 0.
public func tinyNetwork(seed: UInt64 = 1, hasBias: Bool = true) -> Network {
  var numbers = SeededNumbers(seed: seed)
  var layers = [Layer(name: "input", operation: .input, inputs: [], outputShape: [1, 8, 8])]

  func biases(_ count: Int) -> [Float] {
    let drawn = numbers.floats(count, in: -0.3...0.3)
    return hasBias ? drawn : drawn.map { _ in 0 }
  }

  func convolution(_ name: String, from input: Int, to channels: Int, kernel: Int, stride: Int = 1) -> Int {
    let shape = layers[input].outputShape
    let geometry = ConvolutionGeometry(
      inputChannels: shape[0], inputHeight: shape[1], inputWidth: shape[2], outputChannels: channels, kernelHeight: kernel,
      kernelWidth: kernel, stride: stride, padding: kernel / 2)
    let convolution = Convolution(
      geometry: geometry, weights: numbers.floats(geometry.weightCount), bias: biases(channels))
    return add(name, .convolution(convolution), [input], [channels, geometry.outputHeight, geometry.outputWidth])
  }

  func add(_ name: String, _ operation: Operation, _ inputs: [Int], _ shape: [Int]? = nil) -> Int {
    layers.append(Layer(name: name, operation: operation, inputs: inputs, outputShape: shape ?? layers[inputs[0]].outputShape))
    return layers.count - 1
  }

  let stem = add("relu", .relu, [convolution("conv1", from: 0, to: 3, kernel: 3, stride: 2)])
  let pooled = add("maxpool", .maxPool(Pooling(kernelHeight: 3, kernelWidth: 3, stride: 1, padding: 1)), [stem])
  let branch = add("layer1.0.relu1", .relu, [convolution("layer1.0.conv1", from: pooled, to: 2, kernel: 3)])
  let expanded = convolution("layer1.0.conv2", from: branch, to: 4, kernel: 1)
  let shortcut = convolution("layer1.0.downsample.0", from: pooled, to: 4, kernel: 1)
  let sum = add("layer1.0.add", .add, [expanded, shortcut])
  let last = add("layer1.0.relu2", .relu, [sum])
  let average = add("avgpool", .averagePool(Pooling(kernelHeight: 4, kernelWidth: 4, stride: 1)), [last], [4, 1, 1])
  let flat = add("flatten", .reshape, [average], [4])
  let dense = Dense(inputs: 4, outputs: 3, weights: numbers.floats(12), bias: biases(3))
  _ = add("fc", .dense(dense), [flat], [3])
  return Network(
    layers: layers, preprocessing: Preprocessing(channels: 1, height: 8, width: 8, mean: [0.2], std: [0.5]), classNames: ["a", "b", "c"])
}
