import Files

/// A network from an ONNX file of opset 9 to 21, as PyTorch and others export it.
///
/// One input `[N, C, H, W]` of numbers, N open or fixed; one output `[N, classes]`, or the first such of several. Weights are read when
/// all shapes are known to fit. Preprocessing is in the model's metadata under the names that safetensors files use for it.
/// Cost: the description of the graph, then the weights once; memory beyond them is bounded by the reader's budget.
struct ONNXNetworkReader {
  private static let sides = 1...NetworkMetadata.mostSide
  private static let mostChannels = 4
  /// 4 GiB: a file of the largest size in 16 bits a number.
  private static let mostWeights = 1 << 30

  static func read(_ file: InputFile, preprocessing override: PreprocessingOverride?) throws(FileError) -> Network {
    let (model, weights) = try ONNXModelReader.read(file)
    let source = weights.source
    let metadata = NetworkMetadata(path: file.path, format: "onnx", metadata: model.metadata, override: override)
    let (input, batch, size) = try self.input(of: model.graph, source)
    let preprocessing = try metadata.preprocessing(channels: size.channels, height: size.height, width: size.width, sides: sides)
    let order = try ONNXGraphOrder(model.graph, source: source)
    var graph = try ONNXGraphReader(
      model, order: order, weights: weights, input: input,
      inputShape: [size.channels, preprocessing.height, preprocessing.width], fixedBatch: batch)
    let logits = try self.logits(of: &graph)
    graph.layers.keepOnly(sourcesOf: logits.layer)
    let layers = graph.layers
    guard layers.outputCount != nil else {
      throw source.error(
        "sum of all layers' outputs", nil, found: "too large", allowed: "at most \(ONNXLayers.mostOutputs) numbers are allowed")
    }
    // One tensor may be read by many nodes: what is made of the file may be no larger than the file, and a little.
    var declared = 8 << 20
    for tensor in model.graph.initializers.values where tensor.type?.format != nil {
      declared = min(mostWeights, declared + min(tensor.count, mostWeights))
    }
    guard layers.weightCount <= declared else {
      throw source.error(
        "sum of all layers' weights", nil, found: "\(layers.weightCount) numbers", allowed: "at most \(declared) can come of this file")
    }
    let names = ONNXLayerNames(model.graph).names(of: layers)
    var result: [Layer] = []
    // By where they are in the file.
    var counted: Set<Int> = []
    for (index, name) in names.enumerated() {
      let operation = try layers.operation(index, weights: weights, title: "layer \(name)")
      var parameters = layers.parameters(index)
      // A slope is in the operation already.
      if let node = layers[index].node.map({ model.graph.nodes[$0] }), node.type == "PRelu", case .leakyRelu = operation {
        parameters += [model.graph.initializers[node.inputs[1]]].compactMap { $0 }
      }
      let parameterCount = parameters.reduce(0) { $0 + (counted.insert($1.offset).inserted ? $1.count : 0) }
      result.append(
        Layer(
          name: name, operation: operation, inputs: layers[index].inputs, outputShape: layers[index].shape,
          parameterCount: parameterCount))
    }
    return Network(
      layers: result, preprocessing: preprocessing, classNames: try metadata.classNames(count: logits.classes), metadata: model.metadata)
  }

  private static func input(
    of graph: ONNXGraph, _ source: ProtobufSource
  ) throws(FileError) -> (name: String, batch: Int?, size: (channels: Int, height: Int?, width: Int?)) {
    // Old files list every initializer among the inputs.
    let inputs = graph.inputs.filter { graph.initializers[$0.name] == nil }
    guard inputs.count == 1, let input = inputs.first else {
      throw source.error("number of inputs", inputs.dropFirst().first?.offset, found: "\(inputs.count)", allowed: "one is expected")
    }
    func wrong(found: String, allowed: String) -> FileError {
      source.error("input \(input.name)", input.offset, found: found, allowed: allowed)
    }
    guard input.isTensor, let type = ONNXElementType(rawValue: input.elementType), type.format != nil else {
      throw wrong(found: "of type \(input.elementType)", allowed: "a tensor of FLOAT numbers is expected")
    }
    guard let shape = input.shape, shape.count == 4 else {
      throw wrong(found: input.shape.map { "of rank \($0.count)" } ?? "without a shape", allowed: "[N, C, H, W] is expected")
    }
    func length(_ axis: Int) throws(FileError) -> Int? {
      guard case .known(let length) = shape[axis] else { return nil }
      guard length > 0 else {
        // Some exporters write an open batch as 0 or -1.
        if axis != 1 { return nil }
        throw wrong(found: "of \(length) channels", allowed: "1 to \(mostChannels) are allowed")
      }
      return length
    }
    guard let channels = try length(1), channels <= mostChannels else {
      throw wrong(
        found: try length(1).map { "of \($0) channels" } ?? "of an open number of channels", allowed: "1 to \(mostChannels) are allowed")
    }
    let (height, width) = (try length(2), try length(3))
    guard [height, width].allSatisfy({ $0.map(sides.contains) ?? true }) else {
      func text(_ side: Int?) -> String { side.map(String.init) ?? "any" }
      throw wrong(
        found: "of \(text(height)) x \(text(width))",
        allowed: "height and width from \(sides.lowerBound) to \(sides.upperBound) are allowed")
    }
    return (input.name, try length(0), (channels, height, width))
  }

  /// The layer that gives the logits, which may need a last one to make a list of them, and how many there are.
  private static func logits(of graph: inout ONNXGraphReader) throws(FileError) -> (layer: Int, classes: Int) {
    let outputs = graph.model.graph.outputs.compactMap { info -> (info: ONNXValueInfo, activation: ONNXActivation)? in
      guard case .activation(let activation)? = graph.values[info.name] else { return nil }
      return (info, activation)
    }
    for output in outputs {
      guard let shape = output.activation.shape, shape.count == 1, let layer = graph.materialized(output.activation) else { continue }
      return (layer, shape[0])
    }
    // Classes as channels of pictures of one position.
    for output in outputs {
      guard let shape = output.activation.shape, shape.dropFirst().allSatisfy({ $0 == 1 }) else { continue }
      var flat = output.activation
      flat.shape = [shape[0]]
      if let layer = graph.materialized(flat) { return (layer, shape[0]) }
    }
    if let output = outputs.first(where: { $0.activation.shape == nil }) {
      // Behind an operator that cannot run only the file can say how many classes there are.
      var classes = 0
      if let shape = output.info.shape, shape.count == 2, case .known(let count) = shape[1],
        (1...NetworkMetadata.mostClasses).contains(count)
      {
        classes = count
      }
      return (output.activation.layer, classes)
    }
    guard let output = outputs.first else {
      let info = graph.model.graph.outputs.first
      throw graph.source.error(
        info.map { "output \($0.name)" } ?? "number of outputs", info?.offset, found: info == nil ? "0" : "a constant",
        allowed: "logits of [N, classes] are expected")
    }
    throw graph.source.error(
      "output \(output.info.name)", output.info.offset,
      found: "of shape [N, \((output.activation.shape ?? []).map(String.init).joined(separator: ", "))]",
      allowed: "logits of [N, classes] are expected")
  }
}
