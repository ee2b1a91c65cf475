import Files

/// Adds layers one after another and works their shapes out; weights are read at the end, when everything is known to fit.
struct NetworkBuilder {
  typealias ReadOperation = () throws(FileError) -> Operation

  private struct PendingLayer {
    let name: String
    let inputs: [Int]
    let outputShape: [Int]
    /// nil for as many as the operation has numbers.
    var parameterCount: Int?
    let operation: ReadOperation
  }

  private var layers: [PendingLayer]

  init(inputShape: [Int]) {
    layers = [PendingLayer(name: "input", inputs: [], outputShape: inputShape, operation: { .input })]
  }

  var last: Int { layers.count - 1 }

  /// How many numbers all layers together give out for one picture.
  var outputCount: Int { layers.reduce(0) { $0 + $1.outputShape.reduce(1, *) } }

  /// `[C, H, W]` of the layer's output.
  func shape(_ layer: Int) -> [Int] { layers[layer].outputShape }

  /// Reads the weights of every layer.
  func read() throws(FileError) -> [Layer] {
    var result: [Layer] = []
    for layer in layers {
      result.append(
        Layer(
          name: layer.name, operation: try layer.operation(), inputs: layer.inputs, outputShape: layer.outputShape,
          parameterCount: layer.parameterCount))
    }
    return result
  }

  /// - Parameter parameterCount: how many numbers the file has for it, where they are merged.
  mutating func convolution(
    _ name: String, _ geometry: ConvolutionGeometry, reading input: Int, parameterCount: Int,
    weights: @escaping () throws(FileError) -> Convolution
  ) -> Int {
    let shape = [geometry.outputChannels, geometry.outputHeight, geometry.outputWidth]
    return add(name, [input], shape, parameterCount: parameterCount) { () throws(FileError) in .convolution(try weights()) }
  }

  mutating func relu(_ name: String, reading input: Int) -> Int { add(name, [input], shape(input)) { .relu } }

  mutating func sum(_ name: String, of branch: Int, and shortcut: Int) -> Int {
    precondition(shape(branch) == shape(shortcut), "\(name) adds \(shape(branch)) and \(shape(shortcut))")
    return add(name, [branch, shortcut], shape(branch)) { .add }
  }

  mutating func maxPool(_ name: String, _ pooling: Pooling, reading input: Int) -> Int {
    add(name, [input], pooling.outputShape(of: shape(input))) { .maxPool(pooling) }
  }

  mutating func averagePool(_ name: String, _ pooling: Pooling, reading input: Int) -> Int {
    add(name, [input], pooling.outputShape(of: shape(input))) { .averagePool(pooling) }
  }

  mutating func flatten(_ name: String, reading input: Int) -> Int {
    add(name, [input], [shape(input).reduce(1, *)]) { .reshape }
  }

  mutating func dense(_ name: String, outputs: Int, reading input: Int, weights: @escaping () throws(FileError) -> Dense) -> Int {
    add(name, [input], [outputs]) { () throws(FileError) in .dense(try weights()) }
  }

  private mutating func add(
    _ name: String, _ inputs: [Int], _ shape: [Int], parameterCount: Int? = nil, operation: @escaping ReadOperation
  ) -> Int {
    layers.append(PendingLayer(name: name, inputs: inputs, outputShape: shape, parameterCount: parameterCount, operation: operation))
    return last
  }
}
