/// Adds layers one after another and works their shapes out.
struct NetworkBuilder {
  private(set) var layers: [Layer]

  init(inputShape: [Int]) {
    layers = [Layer(name: "input", operation: .input, inputs: [], outputShape: inputShape)]
  }

  var last: Int { layers.count - 1 }

  /// `[C, H, W]` of the layer's output.
  func shape(_ layer: Int) -> [Int] { layers[layer].outputShape }

  mutating func convolution(_ name: String, _ convolution: Convolution, reading input: Int) -> Int {
    let geometry = convolution.geometry
    return add(name, .convolution(convolution), [input], [geometry.outputChannels, geometry.outputHeight, geometry.outputWidth])
  }

  mutating func relu(_ name: String, reading input: Int) -> Int { add(name, .relu, [input], shape(input)) }

  mutating func sum(_ name: String, of branch: Int, and shortcut: Int) -> Int {
    precondition(shape(branch) == shape(shortcut), "\(name) adds \(shape(branch)) and \(shape(shortcut))")
    return add(name, .add, [branch, shortcut], shape(branch))
  }

  mutating func maxPool(_ name: String, _ pooling: Pooling, reading input: Int) -> Int {
    add(name, .maxPool(pooling), [input], pooledShape(pooling, input))
  }

  mutating func averagePool(_ name: String, _ pooling: Pooling, reading input: Int) -> Int {
    add(name, .averagePool(pooling), [input], pooledShape(pooling, input))
  }

  mutating func flatten(_ name: String, reading input: Int) -> Int {
    add(name, .flatten, [input], [layers[input].outputCount])
  }

  mutating func dense(_ name: String, _ dense: Dense, reading input: Int) -> Int {
    add(name, .dense(dense), [input], [dense.outputs])
  }

  private func pooledShape(_ pooling: Pooling, _ input: Int) -> [Int] {
    let shape = shape(input)
    return [
      shape[0], pooling.outputLength(shape[1], kernel: pooling.kernelHeight), pooling.outputLength(shape[2], kernel: pooling.kernelWidth),
    ]
  }

  private mutating func add(_ name: String, _ operation: Operation, _ inputs: [Int], _ shape: [Int]) -> Int {
    layers.append(Layer(name: name, operation: operation, inputs: inputs, outputShape: shape))
    return last
  }
}
