import Files

/// Activation functions, arithmetic and what joins layers.
extension ONNXGraphReader {
  mutating func activationFunction(_ node: ONNXNode) throws(FileError) -> Outcome {
    guard let input = try activation(node, 0) else { return .unsupported("its input is a constant") }
    guard let layer = materialized(input) else { return .unsupported("its input has rank \((input.shape?.count ?? 0) + 1)") }
    let operation: Operation
    switch node.type {
    case "Relu": operation = .relu
    case "LeakyRelu": operation = .leakyRelu(slope: Float(try float(node, "alpha") ?? 0.01))
    case "PRelu":
      guard let slopes = constant(node, 1), slopes.count == 1, let slope = try numbers(slopes)?.first?.real else {
        return .unsupported("only one slope for all channels is known")
      }
      operation = .leakyRelu(slope: Float(slope))
    default:
      var bounds = [-Float.infinity, Float.infinity]
      for (index, name) in ["min", "max"].enumerated() {
        if let bound = try float(node, name) { bounds[index] = Float(bound) }
        guard let value = operand(node, index + 1) else { continue }
        guard case .constant(let constant) = value, constant.count == 1, let bound = try numbers(constant)?.first?.real else {
          return .unsupported("its bounds are computed")
        }
        bounds[index] = Float(bound)
      }
      guard bounds[0] <= bounds[1] else {
        throw wrong(node, found: "bounded by \(bounds[0]) and \(bounds[1])", allowed: "the first is the lower one")
      }
      // Exporters write the largest number there is where they mean none.
      if bounds[0] <= -Float.greatestFiniteMagnitude { bounds[0] = -.infinity }
      if bounds[1] >= Float.greatestFiniteMagnitude { bounds[1] = .infinity }
      guard bounds != [-.infinity, .infinity] else { return .value(.activation(input)) }
      operation = bounds == [0, .infinity] ? .relu : .clip(low: bounds[0], high: bounds[1])
    }
    if case .leakyRelu(let slope) = operation, !slope.isFinite { throw wrong(node, found: "with a slope of \(slope)") }
    return try self.layer(.ready(operation), node, inputs: [layer], shape: input.shape)
  }

  mutating func arithmetic(_ node: ONNXNode) throws(FileError) -> Outcome {
    switch (try needed(node, 0), try needed(node, 1)) {
    case (.constant(let a), .constant(let b)): return try folded(node, a, b)
    case (.activation(let a), .activation(let b)):
      guard node.type == "Add" else { return .unsupported("both of its inputs are computed") }
      return try addition(node, [a, b])
    case (.activation(let input), .constant(let constant)):
      let map: ONNXChannelMap =
        switch node.type {
        case "Add": .shift(constant, factor: 1)
        case "Sub": .shift(constant, factor: -1)
        case "Mul": .scale(constant)
        default: .division(constant)
        }
      return try append([map], constant, to: input, node)
    case (.constant(let constant), .activation(let input)):
      switch node.type {
      case "Add": return try append([.shift(constant, factor: 1)], constant, to: input, node)
      case "Mul": return try append([.scale(constant)], constant, to: input, node)
      case "Sub": return try append([.factor(-1), .shift(constant, factor: 1)], constant, to: input, node)
      default: return .unsupported("it divides by what is computed")
      }
    default: return .unsupported("its inputs are not known")
    }
  }

  /// Arithmetic with a constant of one number for all outputs, one for each channel, or any that the input's shape lets repeat.
  private mutating func append(
    _ maps: [ONNXChannelMap], _ constant: ONNXConstant, to input: ONNXActivation, _ node: ONNXNode
  ) throws(FileError) -> Outcome {
    switch constant.contents {
    case .numbers(let numbers):
      guard !numbers.contains(.batch) else { return .unsupported("it computes with the number of pictures") }
    case .tensor(let tensor, _):
      guard tensor.type?.format != nil else { return .unsupported("it computes with whole numbers") }
    }
    let channels: Int
    var isPerPosition = false
    if let shape = input.shape {
      channels = shape[0]
      // Shapes are compared from the right; the channel is axis 1 of the picture's batch.
      let rank = shape.count + 1
      guard constant.shape.count <= rank else { return .unsupported("its constant has a higher rank than its input") }
      let aligned = [Int](repeating: 1, count: rank - constant.shape.count) + constant.shape
      guard zip(aligned, [1] + shape).allSatisfy({ $0 == 1 || $0 == $1 }) else {
        return .unsupported("its constant of shape \(constant.shape) does not fit an input of \(shape)")
      }
      isPerPosition = constant.count > 1 && constant.count != aligned[1]
    } else {
      channels = constant.count
    }
    var outcome = Outcome.value(.activation(input))
    for map in maps {
      guard case .value(.activation(let current)) = outcome else { return outcome }
      outcome = try append(map, channels: channels, isPerPosition: isPerPosition, to: current, node)
    }
    return outcome
  }

  mutating func sum(_ node: ONNXNode) throws(FileError) -> Outcome {
    guard !node.inputs.isEmpty else { throw wrong(node, found: "without inputs") }
    var inputs: [ONNXActivation] = []
    var constants: [ONNXConstant] = []
    for index in node.inputs.indices {
      switch try needed(node, index) {
      case .activation(let input): inputs.append(input)
      case .constant(let constant): constants.append(constant)
      case .unavailable: return .unsupported("its inputs are not known")
      }
    }
    guard !inputs.isEmpty else { return .unsupported("all of its inputs are constants") }
    var outcome = try addition(node, inputs)
    for constant in constants {
      guard case .value(.activation(let sum)) = outcome else { return outcome }
      outcome = try append([.shift(constant, factor: 1)], constant, to: sum, node)
    }
    return outcome
  }

  private mutating func addition(_ node: ONNXNode, _ inputs: [ONNXActivation]) throws(FileError) -> Outcome {
    if inputs.count == 1 { return .value(.activation(inputs[0])) }
    let shapes = inputs.map(\.shape)
    guard let first = shapes[0], shapes.allSatisfy({ $0 == nil || $0 == first }) else {
      if shapes.contains(nil) { return try join(.add, node, inputs, shape: nil) }
      return .unsupported("it adds \(shapes.compactMap { $0 }.prefix(2).map { "\($0)" }.joined(separator: " and "))")
    }
    return try join(.add, node, inputs, shape: shapes.contains(nil) ? nil : first)
  }

  mutating func concatenation(_ node: ONNXNode) throws(FileError) -> Outcome {
    guard let axis = try integer(node, "axis", in: -8...7) else { throw wrong(node, found: "without an axis") }
    guard !node.inputs.isEmpty else { throw wrong(node, found: "without inputs") }
    var inputs: [ONNXActivation] = []
    var constants: [ONNXConstant] = []
    for index in node.inputs.indices {
      switch try needed(node, index) {
      case .activation(let activation): inputs.append(activation)
      case .constant(let constant): constants.append(constant)
      case .unavailable: return .unsupported("one of its inputs is never computed")
      }
    }
    if inputs.isEmpty { return try foldedConcatenation(node, constants, axis: axis) }
    guard constants.isEmpty else { return .unsupported("one of its inputs is a constant") }
    if inputs.count == 1 { return .value(.activation(inputs[0])) }
    let shapes = inputs.compactMap(\.shape)
    guard shapes.count == inputs.count else { return try join(.concatenate, node, inputs, shape: nil) }
    let rank = shapes[0].count + 1
    guard (axis < 0 ? axis + rank : axis) == 1 else { return .unsupported("only channels can be put side by side") }
    guard shapes.allSatisfy({ $0.count == rank - 1 && $0.dropFirst() == shapes[0].dropFirst() }) else {
      throw wrong(node, found: "given \(shapes[0]) and other shapes", allowed: "only the channels may differ")
    }
    var channels = 0
    for shape in shapes {
      channels += shape[0]
      guard channels <= ONNXLayers.mostOutputs else { throw wrong(node, found: "for more than \(ONNXLayers.mostOutputs) channels") }
    }
    return try join(.concatenate, node, inputs, shape: [channels] + shapes[0].dropFirst())
  }

  private mutating func join(
    _ operation: Operation, _ node: ONNXNode, _ inputs: [ONNXActivation], shape: [Int]?
  ) throws(FileError) -> Outcome {
    var sources: [Int] = []
    for input in inputs {
      guard let layer = materialized(input) else { return .unsupported("its input has rank \((input.shape?.count ?? 0) + 1)") }
      sources.append(layer)
    }
    return try layer(.ready(operation), node, inputs: sources, shape: shape)
  }
}
