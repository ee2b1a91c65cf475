import Networks

/// A small network with random weights that has what `tinyNetwork` has not: two input channels, groups, dilation, uneven strides and
/// padding, a normalization that stands alone, factors of each position's own, leaky and bounded activations, concatenation, a pad, and
/// two dense layers.
///
/// input [2, 9, 8] - conv 3x3 - leaky ReLU - pad - conv 3x2 in 2 groups, stride (2, 1) - affine - clip 0...2 - (average pool 3x3 with
/// padding) next to (conv 3x3, dilation 2 - affine per position) - max pool - reshape - dense - ReLU - dense to 4 classes.
public func variedNetwork(seed: UInt64 = 1) -> Network {
  var numbers = SeededNumbers(seed: seed)
  var layers = [Layer(name: "input", operation: .input, inputs: [], outputShape: [2, 9, 8])]

  func add(_ name: String, _ operation: Operation, _ inputs: [Int], _ shape: [Int]? = nil) -> Int {
    layers.append(Layer(name: name, operation: operation, inputs: inputs, outputShape: shape ?? layers[inputs[0]].outputShape))
    return layers.count - 1
  }

  func convolution(_ name: String, from input: Int, to channels: Int, _ window: SlidingWindow, groups: Int = 1) -> Int {
    let shape = layers[input].outputShape
    let geometry = ConvolutionGeometry(
      inputChannels: shape[0], inputHeight: shape[1], inputWidth: shape[2], outputChannels: channels, window: window, groups: groups)
    let weights = numbers.floats(geometry.weightCount)
    let convolution = Convolution(geometry: geometry, weights: weights, bias: numbers.floats(channels, in: -0.3...0.3))
    return add(name, .convolution(convolution), [input], [channels, geometry.outputHeight, geometry.outputWidth])
  }

  func pool(_ name: String, _ pooling: Pooling, from input: Int, isMaximum: Bool) -> Int {
    add(name, isMaximum ? .maxPool(pooling) : .averagePool(pooling), [input], pooling.outputShape(of: layers[input].outputShape))
  }

  func dense(_ name: String, from input: Int, to outputs: Int) -> Int {
    let inputs = layers[input].outputShape[0]
    let weights = numbers.floats(inputs * outputs, in: -0.5...0.5)
    let dense = Dense(inputs: inputs, outputs: outputs, weights: weights, bias: numbers.floats(outputs, in: -0.3...0.3))
    return add(name, .dense(dense), [input], [outputs])
  }

  let first = convolution("stem", from: 0, to: 4, SlidingWindow(kernelHeight: 3, kernelWidth: 3, padding: 1))
  let leaky = add("leaky", .leakyRelu(slope: 0.2), [first])
  let padded = add("pad", .pad(Padding(top: 1, left: 0, bottom: 0, right: 1), value: 0.5), [leaky], [4, 10, 9])
  let grouped = convolution(
    "grouped", from: padded, to: 4,
    SlidingWindow(
      kernelHeight: 3, kernelWidth: 2, strideHeight: 2, strideWidth: 1, padding: Padding(top: 0, left: 1, bottom: 1, right: 0)),
    groups: 2)
  let normalized = add("norm", .affine(scale: numbers.floats(4, in: 0.5...1.5), shift: numbers.floats(4, in: -0.3...0.3)), [grouped])
  let clipped = add("clip", .clip(low: 0, high: 2), [normalized])
  let averaged = pool(
    "average", Pooling(kernelHeight: 3, kernelWidth: 3, stride: 1, padding: 1, countsPadding: true), from: clipped, isMaximum: false)
  let dilated = convolution(
    "dilated", from: clipped, to: 3, SlidingWindow(kernelHeight: 3, kernelWidth: 3, padding: 2, dilation: 2))
  let shape = layers[clipped].outputShape
  let count = layers[dilated].outputCount
  let weighted = add(
    "positions", .affine(scale: numbers.floats(count, in: 0.5...1.5), shift: numbers.floats(count, in: -0.3...0.3)), [dilated])
  let joined = add("concat", .concatenate, [averaged, weighted], [7, shape[1], shape[2]])
  let pooled = pool("pool", Pooling(kernelHeight: 2, kernelWidth: 3, stride: 2, ceilMode: true), from: joined, isMaximum: true)
  let flat = add("flatten", .reshape, [pooled], [layers[pooled].outputCount])
  let hidden = add("hidden.relu", .relu, [dense("hidden", from: flat, to: 6)])
  _ = dense("fc", from: hidden, to: 4)
  return Network(
    layers: layers, preprocessing: Preprocessing(channels: 2, height: 9, width: 8, mean: [0.4, 0.5], std: [0.4, 0.5]),
    classNames: ["a", "b", "c", "d"])
}
