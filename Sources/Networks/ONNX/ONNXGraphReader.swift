import Files

/// Turns the nodes of a graph into layers, one after another, working shapes out and folding what does not depend on the picture.
///
/// What is wrong in the file is an error. What is right but cannot be computed here becomes an `.unsupported` layer, so that the network
/// can still be shown. The operators are in extensions, by kind.
/// Their meaning: https://github.com/onnx/onnx/blob/main/docs/Operators.md
struct ONNXGraphReader {
  /// What became of a node.
  enum Outcome {
    case value(ONNXValue)
    /// It cannot run, for this reason.
    case unsupported(String)
  }

  let model: ONNXModel
  let weights: ONNXWeights
  let order: ONNXGraphOrder
  /// The number of pictures, where the graph fixes it.
  let fixedBatch: Int?
  var layers: ONNXLayers
  var values: [String: ONNXValue] = [:]
  /// Reshaped outputs that have a layer already.
  private var reshaped: [ReshapedOutput: Int] = [:]

  private struct ReshapedOutput: Hashable {
    let layer: Int
    let shape: [Int]
  }

  var source: ProtobufSource { weights.source }
  /// So many numbers are folded at most: shapes, axes and bounds.
  static let mostFolded = 4_096

  init(
    _ model: ONNXModel, order: ONNXGraphOrder, weights: ONNXWeights, input: String, inputShape: [Int], fixedBatch: Int?
  ) throws(FileError) {
    self.model = model
    self.weights = weights
    self.fixedBatch = fixedBatch
    self.order = order
    layers = ONNXLayers(inputShape: inputShape)
    for (name, tensor) in model.graph.initializers {
      values[name] = .constant(ONNXConstant(shape: tensor.shape, contents: .tensor(tensor, isTransposed: false)))
    }
    values[input] = .activation(ONNXActivation(layer: 0, shape: inputShape, reshapedBy: nil, isShared: true))
    for node in order.nodes { try read(node) }
  }

  private mutating func read(_ index: Int) throws(FileError) {
    let node = model.graph.nodes[index]
    var value: ONNXValue
    switch try outcome(of: node) {
    case .value(let found): value = found
    case .unsupported(let reason):
      let inputs = node.inputs.compactMap { name -> Int? in
        guard case .activation(let activation)? = values[name] else { return nil }
        return activation.layer
      }
      value = .activation(added(.ready(.unsupported(name: node.type, reason: reason)), node, inputs: inputs, shape: nil))
    }
    if case .activation(var activation) = value, let name = node.outputs.first {
      activation.isShared = activation.isShared || order.readers[name, default: 0] > 1
      value = .activation(activation)
    }
    for (position, name) in node.outputs.enumerated() where !name.isEmpty { values[name] = position == 0 ? value : .unavailable }
  }

  private mutating func outcome(of node: ONNXNode) throws(FileError) -> Outcome {
    guard node.domain.isEmpty || node.domain == "ai.onnx" else { return .unsupported("no operator of \(node.domain) is known") }
    for name in node.inputs {
      switch values[name] {
      case .unavailable?: return .unsupported("it reads \(name), which is never computed")
      default: break
      }
    }
    if let most = Self.mostInputs[node.type], node.inputs.count > most {
      throw wrong(node, found: "given \(node.inputs.count) inputs", allowed: "it has at most \(most)")
    }
    switch node.type {
    case "Conv": return try convolution(node)
    case "Gemm": return try gemm(node)
    case "MatMul": return try matrixProduct(node)
    case "BatchNormalization": return try normalization(node)
    case "Relu", "LeakyRelu", "PRelu", "Clip": return try activationFunction(node)
    case "Add", "Sub", "Mul", "Div": return try arithmetic(node)
    case "Sum": return try sum(node)
    case "Concat": return try concatenation(node)
    case "MaxPool", "AveragePool": return try pool(node)
    case "GlobalAveragePool", "GlobalMaxPool": return try globalPool(node)
    case "ReduceMean", "ReduceMax": return try reduction(node)
    case "Pad": return try pad(node)
    case "Flatten", "Reshape", "Squeeze", "Unsqueeze", "Transpose": return try reshaping(node)
    case "Identity", "Dropout", "Cast", "CastLike", "Softmax", "LogSoftmax": return try passage(node)
    case "Constant", "ConstantOfShape", "Expand", "Shape", "Size", "Gather", "Slice", "Sqrt", "Neg", "Reciprocal", "ReduceProd", "Floor":
      return try folding(node)
    default: return .unsupported("no such operator is known")
    }
  }

  /// Of operators that read a fixed number.
  private static let mostInputs = [
    "Conv": 3, "Gemm": 3, "MatMul": 2, "BatchNormalization": 5, "Relu": 1, "LeakyRelu": 1, "PRelu": 2, "Clip": 3, "Add": 2, "Sub": 2,
    "Mul": 2, "Div": 2, "MaxPool": 1, "AveragePool": 1, "GlobalAveragePool": 1, "GlobalMaxPool": 1, "ReduceMean": 2, "ReduceMax": 2,
    "Pad": 4, "Flatten": 1, "Reshape": 2, "Squeeze": 2, "Unsqueeze": 2, "Transpose": 1, "Identity": 1, "Dropout": 3, "Cast": 1,
    "CastLike": 2, "Softmax": 1, "LogSoftmax": 1,
  ]

  /// Adds a layer that a node becomes, and gives its output.
  mutating func added(_ operation: ONNXLayers.Pending, _ node: ONNXNode, inputs: [Int], shape: [Int]?) -> ONNXActivation {
    let layer = layers.add(operation, node: node.position, inputs: inputs, shape: shape ?? [])
    return ONNXActivation(layer: layer, shape: shape, reshapedBy: nil, isShared: false)
  }

  /// Adds a layer whose output shape has been worked out, and refuses one that gives out nothing or more than fits.
  mutating func layer(
    _ operation: ONNXLayers.Pending, _ node: ONNXNode, inputs: [Int], shape: [Int]?
  ) throws(FileError) -> Outcome {
    if let shape, ONNXLayers.count(of: shape) == nil {
      throw wrong(
        node, found: "for an output of \(shape)", allowed: "no length may be 0, and at most \(ONNXLayers.mostOutputs) numbers are allowed")
    }
    return .value(.activation(added(operation, node, inputs: inputs, shape: shape)))
  }

  /// The layer that gives an output in its present shape, which may need a layer that reshapes it; nil where that has another rank than
  /// layers have.
  mutating func materialized(_ activation: ONNXActivation) -> Int? {
    guard let shape = activation.shape, shape != layers[activation.layer].shape else { return activation.layer }
    guard shape.count == 1 || shape.count == 3 else { return nil }
    let key = ReshapedOutput(layer: activation.layer, shape: shape)
    if let known = reshaped[key] { return known }
    let layer = layers.add(.ready(.reshape), node: activation.reshapedBy, inputs: [activation.layer], shape: shape)
    reshaped[key] = layer
    return layer
  }
}
