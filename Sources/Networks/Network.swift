import Tensors

/// A feed-forward network as data: layers in topological order, each naming the layers it reads.
public struct Network: Sendable {
  /// Layer 0 is the input; the last layer gives the logits.
  public let layers: [Layer]
  public let preprocessing: Preprocessing
  public let classNames: [String]
  /// The metadata of the file it was read from.
  public let metadata: [String: String]

  public init(layers: [Layer], preprocessing: Preprocessing, classNames: [String], metadata: [String: String] = [:]) {
    self.layers = layers
    self.preprocessing = preprocessing
    self.classNames = classNames
    self.metadata = metadata
  }

  public var classCount: Int { classNames.count }

  /// Grey pictures of one size, prepared: a batch of inputs.
  public func inputs(_ pictures: [[UInt8]], width: Int, height: Int) -> Tensor {
    Tensor(
      shape: [pictures.count] + layers[0].outputShape,
      values: pictures.flatMap { preprocessing.input(fromGray: $0, width: width, height: height).values })
  }

  /// Whether both are copies of one value; cheap, where comparing weights is not.
  public func sharesLayers(with other: Network) -> Bool {
    layers.withUnsafeBufferPointer { ours in other.layers.withUnsafeBufferPointer { ours.baseAddress == $0.baseAddress } }
  }

  /// For each layer the layers that read its output.
  public var consumers: [[Int]] {
    var result = [[Int]](repeating: [], count: layers.count)
    for (index, layer) in layers.enumerated() {
      for input in layer.inputs { result[input].append(index) }
    }
    return result
  }

  /// The layers that keep the network from running, in order; empty where it runs.
  ///
  /// Layers that would run if those before them did are not among them.
  public var unsupported: [Layer] {
    layers.filter { layer in
      guard case .unsupported(_, let reason) = layer.operation else { return false }
      return reason != Operation.unknownShape
    }
  }

  /// Why the network cannot run, in words that follow its name: the first operator and how many more there are. Nil where it runs.
  public var problem: String? {
    let layers = unsupported
    guard let layer = layers.first, case .unsupported(let operation, let reason) = layer.operation else { return nil }
    let more = layers.count > 1 ? "; \(layers.count - 1) more like it" : ""
    return "cannot run, because of \(operation) (\(layer.name)): \(reason)\(more)"
  }

  public func index(ofLayerNamed name: String) -> Int? { layers.firstIndex { $0.name == name } }
}

/// One operation with its weights. Shapes leave the batch dimension out: `[C, H, W]` or `[F]`.
public struct Layer: Sendable {
  public let name: String
  public let operation: Operation
  /// Indices of the layers it reads, in the operation's order.
  public let inputs: [Int]
  /// Empty where it is unknown, after an operator that cannot run.
  public let outputShape: [Int]
  /// How many trained numbers the file has for it: a convolution's weights, a bias if there is one, and the two numbers a channel of a
  /// batch normalization that was merged into it. Its statistics are no parameters. What several layers read counts at the first of them.
  public let parameterCount: Int

  /// - Parameter parameterCount: nil where no file tells: the numbers that the operation has.
  public init(name: String, operation: Operation, inputs: [Int], outputShape: [Int], parameterCount: Int? = nil) {
    self.name = name
    self.operation = operation
    self.inputs = inputs
    self.outputShape = outputShape
    self.parameterCount = parameterCount ?? operation.numberCount
  }

  public var outputCount: Int { outputShape.reduce(1, *) }

  /// Multiplications and additions of a convolution or dense layer for one picture, without the bias; 0 for others, and where the size of
  /// the picture is not known.
  public var multiplyAccumulates: Int { outputShape.isEmpty ? 0 : linear?.geometry.multiplyAccumulates ?? 0 }
}
