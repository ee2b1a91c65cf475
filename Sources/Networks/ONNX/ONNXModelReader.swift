import Files

/// Reads the messages of an ONNX file, judging all of its structure and none of its weights.
///
/// Limits: 2 GiB - 1 (protocol buffers' own), messages 64 deep, 100,000 nodes and as many initializers, rank 8. Cost: the description
/// of the graph; payloads are skipped.
struct ONNXModelReader {
  let source: ProtobufSource
  var external: ONNXExternalData

  static let largestFile = Int(Int32.max)
  static let largestDepth = 64
  static let mostNodes = 100_000
  static let mostTensors = 100_000
  static let mostRank = 8
  /// Semantics of the standard operators did not change for what is read here.
  static let opsets = 9...21

  static func read(_ file: InputFile) throws(FileError) -> (model: ONNXModel, weights: ONNXWeights) {
    let source = ProtobufSource(file)
    guard file.size <= largestFile else {
      throw source.error("length", nil, found: "\(file.size) bytes", allowed: "at most \(largestFile) are allowed")
    }
    var reader = ONNXModelReader(source: source, external: ONNXExternalData(modelPath: file.path))
    let model = try reader.model(ProtobufMessage(source, "the model", 0..<file.size))
    return (model, ONNXWeights(source: source, external: reader.external))
  }

  private mutating func model(_ message: ProtobufMessage) throws(FileError) -> ONNXModel {
    var message = message
    var model = ONNXModel()
    var hasGraph = false
    while let field = try message.next() {
      switch field.number {
      case 1: _ = try message.integer(field)
      case 7:
        guard !hasGraph else { throw source.error("the graph", field.offset, found: "there twice") }
        hasGraph = true
        model.graph = try graph(try message.message(field, "the graph"))
      case 8:
        let opset = try self.opset(try message.message(field, "opset_import"))
        if opset.domain.isEmpty || opset.domain == "ai.onnx" { model.opset = opset.version }
      case 14:
        let entry = try self.entry(try message.message(field, "metadata_props"))
        guard model.metadata.updateValue(entry.value, forKey: entry.key) == nil else {
          throw source.error("metadata \(entry.key)", field.offset, found: "there twice")
        }
      default: break
      }
    }
    guard hasGraph else { throw source.error(nil, nil, found: "is no ONNX model: it has no graph") }
    guard Self.opsets.contains(model.opset) else {
      throw source.error(
        "opset_import", nil, found: model.opset == 0 ? "missing" : "\(model.opset)",
        allowed: "versions \(Self.opsets.lowerBound) to \(Self.opsets.upperBound) of the standard operators are allowed")
    }
    return model
  }

  private func opset(_ message: ProtobufMessage) throws(FileError) -> (domain: String, version: Int) {
    var message = message
    var (domain, version) = ("", 0)
    while let field = try message.next() {
      switch field.number {
      case 1: domain = try message.text(field)
      case 2: version = try message.integer(field)
      default: break
      }
    }
    return (domain, version)
  }

  /// A StringStringEntryProto.
  func entry(_ message: ProtobufMessage) throws(FileError) -> (key: String, value: String) {
    var message = message
    var (key, value) = ("", "")
    while let field = try message.next() {
      switch field.number {
      case 1: key = try message.text(field)
      case 2: value = try message.text(field)
      default: break
      }
    }
    return (key, value)
  }

  private mutating func graph(_ message: ProtobufMessage) throws(FileError) -> ONNXGraph {
    var message = message
    var graph = ONNXGraph()
    while let field = try message.next() {
      switch field.number {
      case 1:
        guard graph.nodes.count < Self.mostNodes else {
          throw source.error(
            "number of nodes", field.offset, found: "more than \(Self.mostNodes)", allowed: "\(Self.mostNodes) are allowed")
        }
        graph.nodes.append(try node(try message.message(field, "node \(graph.nodes.count)"), position: graph.nodes.count, field.offset))
      case 5:
        guard graph.initializers.count < Self.mostTensors else {
          throw source.error(
            "number of initializers", field.offset, found: "more than \(Self.mostTensors)", allowed: "\(Self.mostTensors) are allowed")
        }
        let tensor = try tensor(try message.message(field, "initializer \(graph.initializers.count)"), "initializer", field.offset)
        guard graph.initializers.updateValue(tensor, forKey: tensor.name) == nil else {
          throw source.error("initializer \(tensor.name)", field.offset, found: "there twice")
        }
      case 11: graph.inputs.append(try valueInfo(try message.message(field, "input \(graph.inputs.count)"), field.offset))
      case 12: graph.outputs.append(try valueInfo(try message.message(field, "output \(graph.outputs.count)"), field.offset))
      default: break
      }
    }
    return graph
  }

  private mutating func node(_ message: ProtobufMessage, position: Int, _ offset: Int) throws(FileError) -> ONNXNode {
    try source.charge(160, at: offset)
    var message = message
    var node = ONNXNode(position: position, offset: offset)
    while let field = try message.next() {
      switch field.number {
      case 1: node.inputs.append(try message.text(field))
      case 2: node.outputs.append(try message.text(field))
      case 3: node.name = try message.text(field)
      case 4: node.type = try message.text(field)
      case 5: node.attributes.append(try attribute(try message.message(field, "an attribute of \(message.name)"), field.offset))
      case 7: node.domain = try message.text(field)
      case 9:
        let property = try message.message(field, "metadata_props of \(message.name)")
        if let scopes = try self.scopes(property) { node.scopes = scopes }
      default: break
      }
    }
    guard !node.type.isEmpty else { throw source.error(node.title, offset, found: "without an op_type") }
    var names: Set<String> = []
    for attribute in node.attributes where !names.insert(attribute.name).inserted {
      throw source.error("attribute \(attribute.name) of \(node.title)", attribute.offset, found: "there twice")
    }
    return node
  }

  /// The value of PyTorch's property of module names; all other properties are passed over, because there are many.
  private func scopes(_ message: ProtobufMessage) throws(FileError) -> String? {
    let wanted = Array("pkg.torch.onnx.name_scopes".utf8)
    var message = message
    var isScopes = false
    while let field = try message.next() {
      if field.number == 1 {
        let range = try message.bytes(field)
        isScopes = false
        if range.count == wanted.count { isScopes = try source.bytes(range) == wanted }
      } else if field.number == 2 && isScopes {
        return try message.text(field)
      }
    }
    return nil
  }

  private func valueInfo(_ message: ProtobufMessage, _ offset: Int) throws(FileError) -> ONNXValueInfo {
    try source.charge(96, at: offset)
    var message = message
    var info = ONNXValueInfo(offset: offset)
    while let field = try message.next() {
      switch field.number {
      case 1: info.name = try message.text(field)
      case 2:
        var type = try message.message(field, "the type of \(message.name)")
        info.isTensor = false
        while let field = try type.next() {
          guard field.number == 1 else { continue }
          info.isTensor = true
          var tensor = try type.message(field, type.name)
          while let field = try tensor.next() {
            if field.number == 1 { info.elementType = try tensor.integer(field) }
            if field.number == 2 { info.shape = try shape(try tensor.message(field, "the shape of \(message.name)")) }
          }
        }
      default: break
      }
    }
    return info
  }

  private func shape(_ message: ProtobufMessage) throws(FileError) -> [ONNXValueInfo.Dimension] {
    var message = message
    var shape: [ONNXValueInfo.Dimension] = []
    while let field = try message.next() {
      guard field.number == 1 else { continue }
      try source.charge(16, at: field.offset)
      var dimension = try message.message(field, message.name)
      var length: Int?
      while let field = try dimension.next() {
        if field.number == 1 { length = try dimension.integer(field) }
      }
      shape.append(length.map { .known($0) } ?? .symbolic)
    }
    return shape
  }
}
