import Files

/// Convolutions, dense layers and what follows them per channel.
extension ONNXGraphReader {
  /// What a window's numbers may be; larger ones would have no use in pictures.
  static let windowLengths = 1...65_536

  mutating func convolution(_ node: ONNXNode) throws(FileError) -> Outcome {
    guard let input = try activation(node, 0) else { return .unsupported("its input is a constant") }
    guard case .constant(let filters) = try needed(node, 1) else { return .unsupported("its weights are computed") }
    guard filters.shape.count == 4 else { return .unsupported("only two-dimensional convolutions are known") }
    guard let layer = materialized(input) else { return .unsupported("its input has rank \((input.shape?.count ?? 0) + 1)") }
    let (outputs, perGroup) = (filters.shape[0], filters.shape[1])
    let groups = try integer(node, "group", in: 1...Int(Int32.max)) ?? 1
    guard outputs > 0, perGroup > 0, filters.shape[2] > 0, filters.shape[3] > 0, max(filters.shape[2], filters.shape[3]) <= 65_536 else {
      throw wrong(node, found: "with weights of \(filters.shape)", allowed: "no length may be 0 or above 65536")
    }
    let (channels, overflows) = perGroup.multipliedReportingOverflow(by: groups)
    guard outputs % groups == 0, !overflows else {
      throw wrong(node, found: "in \(groups) groups", allowed: "groups must divide the \(outputs) channels of the output")
    }
    if let shape = input.shape {
      guard shape.count == 3 else { throw wrong(node, found: "given an input of rank \(shape.count + 1)", allowed: "4 is expected") }
      guard channels == shape[0] else {
        throw wrong(
          node, found: "with weights of \(filters.shape)",
          allowed: "in \(groups) group\(groups == 1 ? "" : "s") they read \(channels) channels; the input has \(shape[0])")
      }
    }
    if let kernel = try integers(node, "kernel_shape", count: 2), kernel != Array(filters.shape[2...]) {
      throw wrong(node, found: "said to have a kernel of \(kernel)", allowed: "its weights have the shape \(filters.shape)")
    }
    let window = try window(node, kernel: Array(filters.shape[2...]), input: input.shape)
    var maps: [ONNXChannelMap] = []
    if let bias = operand(node, 2) {
      guard case .constant(let bias) = bias else { return .unsupported("its bias is computed") }
      guard bias.shape == [outputs] else {
        throw wrong(node, found: "with a bias of shape \(bias.shape)", allowed: "[\(outputs)] is expected")
      }
      maps.append(.shift(bias, factor: 1))
    }
    let geometry = ConvolutionGeometry(
      inputChannels: channels, inputHeight: input.shape?[1] ?? 0, inputWidth: input.shape?[2] ?? 0, outputChannels: outputs,
      window: window, groups: groups)
    let linear = ONNXLayers.Linear(geometry: geometry, isDense: false, weights: filters, factor: 1, maps: maps)
    return try self.layer(
      .linear(linear), node, inputs: [layer], shape: input.shape.map { _ in [outputs, geometry.outputHeight, geometry.outputWidth] })
  }

  mutating func gemm(_ node: ONNXNode) throws(FileError) -> Outcome {
    let alpha = try float(node, "alpha") ?? 1
    let beta = try float(node, "beta") ?? 1
    let transposesInput = try integer(node, "transA", in: 0...1) == 1
    let transposesWeights = try integer(node, "transB", in: 0...1) == 1
    guard let input = try activation(node, 0) else { return .unsupported("its input is a constant") }
    guard case .constant(let matrix) = try needed(node, 1) else { return .unsupported("both of its inputs are computed") }
    guard !transposesInput else { return .unsupported("it mixes pictures (transA)") }
    if let shape = input.shape, shape.count != 1 {
      throw wrong(node, found: "given an input of rank \(shape.count + 1)", allowed: "2 is expected")
    }
    var bias: ONNXChannelMap?
    if let value = operand(node, 2) {
      guard case .constant(let constant) = value else { return .unsupported("its bias is computed") }
      bias = .shift(constant, factor: beta)
      let outputs = transposesWeights ? matrix.shape.first : matrix.shape.last
      guard constant.count == 1 || (constant.shape.last == outputs && constant.count == outputs) else {
        throw wrong(node, found: "with a bias of shape \(constant.shape)", allowed: "one number per output is expected")
      }
    }
    return try dense(node, input, matrix, isTransposed: transposesWeights, factor: alpha, bias: bias)
  }

  mutating func matrixProduct(_ node: ONNXNode) throws(FileError) -> Outcome {
    guard let input = try activation(node, 0), case .constant(let matrix) = try needed(node, 1) else {
      return .unsupported("only a product with a constant matrix on the right is known")
    }
    if let shape = input.shape, shape.count != 1 { return .unsupported("its input has rank \(shape.count + 1)") }
    return try dense(node, input, matrix, isTransposed: false, factor: 1, bias: nil)
  }

  /// - Parameter isTransposed: whether the matrix is `[outputs, inputs]`, as a dense layer has it.
  private mutating func dense(
    _ node: ONNXNode, _ input: ONNXActivation, _ matrix: ONNXConstant, isTransposed: Bool, factor: Double, bias: ONNXChannelMap?
  ) throws(FileError) -> Outcome {
    guard matrix.shape.count == 2, matrix.shape.allSatisfy({ $0 > 0 }) else {
      throw wrong(node, found: "with weights of \(matrix.shape)", allowed: "a matrix is expected")
    }
    guard let weights = isTransposed ? matrix : matrix.transposed else { return .unsupported("its weights are arithmetic") }
    let (outputs, inputs) = (weights.shape[0], weights.shape[1])
    if let shape = input.shape, shape != [inputs] {
      throw wrong(node, found: "with weights of \(matrix.shape)", allowed: "its input has \(shape[0]) numbers")
    }
    guard let layer = materialized(input) else { return .unsupported("its input has another rank than 2") }
    let linear = ONNXLayers.Linear(
      geometry: .dense(inputs: inputs, outputs: outputs), isDense: true, weights: weights, factor: factor, maps: bias.map { [$0] } ?? [])
    return try self.layer(.linear(linear), node, inputs: [layer], shape: input.shape.map { _ in [outputs] })
  }

  mutating func normalization(_ node: ONNXNode) throws(FileError) -> Outcome {
    guard let input = try activation(node, 0) else { return .unsupported("its input is a constant") }
    guard try integer(node, "training_mode") ?? 0 == 0 else { return .unsupported("it is in training mode") }
    if try integer(node, "spatial") == 0 { return .unsupported("it normalizes each position by itself") }
    let epsilon = try float(node, "epsilon") ?? 1e-5
    guard epsilon >= 0 else { throw wrong(node, found: "with an epsilon of \(epsilon)", allowed: "it is never negative") }
    var parts: [ONNXConstant] = []
    for index in 1...4 {
      guard case .constant(let constant) = try needed(node, index) else { return .unsupported("its input \(index) is computed") }
      parts.append(constant)
    }
    let channels = input.shape?[0] ?? parts[0].count
    guard channels > 0 else { throw wrong(node, found: "without channels") }
    for part in parts where part.shape != [channels] {
      throw wrong(node, found: "with numbers of shape \(part.shape)", allowed: "[\(channels)] is expected")
    }
    let map = ONNXChannelMap.normalization(gamma: parts[0], beta: parts[1], mean: parts[2], variance: parts[3], epsilon: epsilon)
    return try append(map, channels: channels, to: input, node)
  }

  /// Lets a map per channel follow `input`: inside the layer before it if nothing else reads that, or as a layer.
  mutating func append(
    _ map: ONNXChannelMap, channels: Int, isPerPosition: Bool = false, to input: ONNXActivation, _ node: ONNXNode
  ) throws(FileError) -> Outcome {
    let isWhole = input.shape.map { $0 == layers[input.layer].shape } ?? layers[input.layer].shape.isEmpty
    if !input.isShared, isWhole, layers.merge(map, isPerPosition: isPerPosition, into: input.layer) {
      return .value(.activation(input))
    }
    guard let layer = materialized(input) else { return .unsupported("its input has rank \((input.shape?.count ?? 0) + 1)") }
    let affine = ONNXLayers.Pending.affine(channels: channels, isPerPosition: isPerPosition, [map])
    return try self.layer(affine, node, inputs: [layer], shape: input.shape)
  }
}

extension ONNXConstant {
  /// A matrix with rows and columns exchanged; nil for what is no matrix in the file.
  var transposed: ONNXConstant? {
    guard shape.count == 2, case .tensor(let tensor, let isTransposed) = contents else { return nil }
    return ONNXConstant(shape: shape.reversed(), contents: .tensor(tensor, isTransposed: !isTransposed))
  }
}
