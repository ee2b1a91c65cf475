import Files

/// The layers that a graph becomes, whose weights are still in the file.
struct ONNXLayers {
  /// A matrix or filters with what follows them per channel.
  struct Linear {
    let geometry: ConvolutionGeometry
    let isDense: Bool
    let weights: ONNXConstant
    /// Multiplies all weights: Gemm's alpha.
    let factor: Double
    var maps: [ONNXChannelMap]
  }

  enum Pending {
    case ready(Operation)
    case linear(Linear)
    /// Per channel, or one number of its own for each output.
    case affine(channels: Int, isPerPosition: Bool, [ONNXChannelMap])
  }

  struct Layer {
    /// The node it came of; nil for the input.
    let node: Int?
    var operation: Pending
    var inputs: [Int]
    /// Empty where it is unknown.
    let shape: [Int]
  }

  private(set) var layers: [Layer]
  /// An explanation keeps what every layer gives out: 4 GiB at most.
  static let mostOutputs = 1 << 30

  init(inputShape: [Int]) { layers = [Layer(node: nil, operation: .ready(.input), inputs: [], shape: inputShape)] }

  subscript(index: Int) -> Layer { layers[index] }
  var count: Int { layers.count }

  /// How many numbers a shape has; nil where that is 0 or more than a network may have.
  static func count(of shape: [Int]) -> Int? {
    var count = 1
    for length in shape {
      let (product, overflows) = count.multipliedReportingOverflow(by: length)
      guard length > 0, !overflows, product <= mostOutputs else { return nil }
      count = product
    }
    return count
  }

  mutating func add(_ operation: Pending, node: Int?, inputs: [Int], shape: [Int]) -> Int {
    layers.append(Layer(node: node, operation: operation, inputs: inputs, shape: shape))
    return layers.count - 1
  }

  /// Lets a map follow layer `index`, if the layer has weights that can take it in: those of filters are the same at each position.
  mutating func merge(_ map: ONNXChannelMap, isPerPosition: Bool, into index: Int) -> Bool {
    switch layers[index].operation {
    case .ready: return false
    case .linear(var linear):
      guard !isPerPosition else { return false }
      // Taken out, so that the list grows in place.
      layers[index].operation = .ready(.input)
      linear.maps.append(map)
      layers[index].operation = .linear(linear)
    case .affine(let channels, let wasPerPosition, var maps):
      layers[index].operation = .ready(.input)
      maps.append(map)
      layers[index].operation = .affine(channels: channels, isPerPosition: wasPerPosition || isPerPosition, maps)
    }
    return true
  }

  /// Leaves only layers that `last` depends on, and the input.
  mutating func keepOnly(sourcesOf last: Int) {
    var isKept = [Bool](repeating: false, count: layers.count)
    isKept[0] = true
    isKept[last] = true
    for index in layers.indices.reversed() where isKept[index] {
      for input in layers[index].inputs { isKept[input] = true }
    }
    var moved = [Int](repeating: 0, count: layers.count)
    var kept: [Layer] = []
    for (index, layer) in layers.enumerated() where isKept[index] {
      moved[index] = kept.count
      kept.append(layer)
      kept[kept.count - 1].inputs = layer.inputs.map { moved[$0] }
    }
    layers = kept
  }

  /// How many numbers all layers together give out for one picture; nil where they are more than a network may have.
  var outputCount: Int? {
    var total = 0
    for layer in layers {
      total += layer.shape.reduce(1, *)
      if total > Self.mostOutputs { return nil }
    }
    return total
  }

  /// How many numbers reading all weights takes: those of the layers, and those of what is merged into them.
  var weightCount: Int {
    layers.reduce(0) { total, layer in
      switch layer.operation {
      case .ready: total
      case .linear(let linear): total + linear.geometry.weightCount + (linear.maps.count + 1) * linear.geometry.outputChannels
      case .affine(let channels, let isPerPosition, let maps):
        total + (maps.count + 2) * (isPerPosition ? layer.shape.reduce(1, *) : channels)
      }
    }
  }

  /// The tensors of the file that layer `index` is made of, without a normalization's statistics. Arithmetic on constants is none.
  func parameters(_ index: Int) -> [ONNXTensor] {
    let constants: [ONNXConstant] =
      switch layers[index].operation {
      case .ready: []
      case .linear(let linear): [linear.weights] + linear.maps.flatMap(\.parameters)
      case .affine(_, _, let maps): maps.flatMap(\.parameters)
      }
    return constants.compactMap { if case .tensor(let tensor, _) = $0.contents { tensor } else { nil } }
  }

  /// Reads the weights of layer `index`.
  func operation(_ index: Int, weights: ONNXWeights, title: String) throws(FileError) -> Operation {
    switch layers[index].operation {
    case .ready(let operation): return operation
    case .affine(let channels, let isPerPosition, let maps):
      let affine = try self.affine(maps, isPerPosition ? layers[index].shape : [channels], weights)
      let (scale, shift) = (affine.scale.map { Float($0) }, affine.shift.map { Float($0) })
      try check(scale, shift, title, weights)
      return .affine(scale: scale, shift: shift)
    case .linear(let linear):
      let geometry = linear.geometry
      var values = try weights.matrix(linear.weights)
      if linear.factor != 1 {
        for index in values.indices { values[index] = Float(Double(values[index]) * linear.factor) }
      }
      var bias = [Float](repeating: 0, count: geometry.outputChannels)
      let affine = try self.affine(linear.maps, [geometry.outputChannels], weights)
      if linear.maps.contains(where: \.scales) {
        affine.merge(intoWeights: &values, bias: &bias)
      } else {
        bias = affine.shift.map { Float($0) }
      }
      try check(values, bias, title, weights)
      return linear.isDense
        ? .dense(Dense(inputs: geometry.inputChannels, outputs: geometry.outputChannels, weights: values, bias: bias))
        : .convolution(Convolution(geometry: geometry, weights: values, bias: bias))
    }
  }

  private func affine(_ maps: [ONNXChannelMap], _ shape: [Int], _ weights: ONNXWeights) throws(FileError) -> ChannelAffine {
    let count = shape.reduce(1, *)
    var result = ChannelAffine(scale: [Double](repeating: 1, count: count), shift: [Double](repeating: 0, count: count))
    for map in maps { result = result.followed(by: try map.read(shape: shape, from: weights)) }
    return result
  }

  /// Finite numbers of a file can still overflow when they are multiplied.
  private func check(_ values: [Float], _ others: [Float], _ title: String, _ weights: ONNXWeights) throws(FileError) {
    guard values.allSatisfy(\.isFinite), others.allSatisfy(\.isFinite) else {
      throw weights.source.error(
        "weights of \(title)", nil, found: "too large", allowed: "a layer with what follows it merged must have finite weights")
    }
  }
}
