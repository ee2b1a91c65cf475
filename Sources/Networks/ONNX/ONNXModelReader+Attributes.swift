import Files

/// Attributes of nodes, and tensors in them or beside them.
extension ONNXModelReader {
  mutating func attribute(_ message: ProtobufMessage, _ offset: Int) throws(FileError) -> ONNXAttribute {
    try source.charge(96, at: offset)
    var message = message
    var name = ""
    var declared = 0
    var values = AttributeValues()
    while let field = try message.next() {
      switch field.number {
      case 1: name = try message.text(field)
      case 2: values.float = try message.float(field)
      case 3: values.integer = try message.integer(field)
      case 4: values.text = try message.text(field)
      case 5: values.tensor = try tensor(try message.message(field, "a tensor of \(message.name)"), "tensor", field.offset)
      case 6, 11:
        try checkGraph(try message.message(field, "a graph in \(message.name)"), depth: 4, field.offset)
        values.hasGraph = true
      case 7: try message.floats(field, into: &values.floats)
      case 8: try message.integers(field, into: &values.integers)
      case 20: declared = try message.integer(field)
      default: break
      }
    }
    guard let value = values.value(declared: declared) else {
      throw source.error("the type of attribute \(name)", offset, found: "\(declared)", allowed: "what it holds has another type")
    }
    return ONNXAttribute(name: name, value: value, offset: offset)
  }

  /// The fields of an attribute, of which its type says which one counts.
  private struct AttributeValues {
    var float: Float?
    var integer: Int?
    var text: String?
    var tensor: ONNXTensor?
    var hasGraph = false
    var floats: [Float] = []
    var integers: [Int] = []

    /// nil where a value of another type than the declared one is there instead.
    func value(declared: Int) -> ONNXAttribute.Value? {
      // A number of zero and an empty list may be left out by who writes the file.
      let isEmpty = float == nil && integer == nil && text == nil && tensor == nil && !hasGraph && floats.isEmpty && integers.isEmpty
      switch declared {
      case 0:
        if let float { return .float(float) }
        if let integer { return .integer(integer) }
        if let text { return .text(text) }
        if let tensor { return .tensor(tensor) }
        if !floats.isEmpty { return .floats(floats) }
        return integers.isEmpty ? .other("an attribute without a type") : .integers(integers)
      case 1: return float.map { .float($0) } ?? (isEmpty ? .float(0) : nil)
      case 2: return integer.map { .integer($0) } ?? (isEmpty ? .integer(0) : nil)
      case 3: return text.map { .text($0) } ?? (isEmpty ? .text("") : nil)
      case 4: return tensor.map { .tensor($0) }
      case 6: return !floats.isEmpty || isEmpty ? .floats(floats) : nil
      case 7: return !integers.isEmpty || isEmpty ? .integers(integers) : nil
      case 5, 10: return .other("a graph")
      case 8: return .other("a list of texts")
      case 9...14: return .other("of type \(declared)")
      default: return nil
      }
    }
  }

  /// A graph in an attribute belongs to an operator that cannot run; it must still be well formed.
  private func checkGraph(_ message: ProtobufMessage, depth: Int, _ offset: Int) throws(FileError) {
    guard depth < Self.largestDepth else {
      throw source.error("depth of messages", offset, found: "more than \(Self.largestDepth)", allowed: "\(Self.largestDepth) is allowed")
    }
    var graph = message
    while let field = try graph.next() {
      guard field.number == 1 else { continue }
      var node = try graph.message(field, "a node of \(graph.name)")
      while let field = try node.next() {
        guard field.number == 5 else { continue }
        var attribute = try node.message(field, "an attribute of a nested node")
        while let field = try attribute.next() {
          guard field.number == 6 || field.number == 11 else { continue }
          try checkGraph(try attribute.message(field, "a nested graph"), depth: depth + 3, field.offset)
        }
      }
    }
  }

  /// - Parameter kind: what it is called in messages before its name: "initializer".
  mutating func tensor(_ message: ProtobufMessage, _ kind: String, _ offset: Int) throws(FileError) -> ONNXTensor {
    try source.charge(160, at: offset)
    var message = message
    var parts = ONNXTensorParts(offset: offset)
    while let field = try message.next() {
      switch field.number {
      case 1: try message.integers(field, into: &parts.shape)
      case 2: parts.type = try message.integer(field)
      case 4, 5, 7, 10, 11: try parts.add(field, of: message)
      case 8: parts.name = try message.text(field)
      case 9: parts.raw = try message.bytes(field)
      case 13:
        let entry = try entry(try message.message(field, "external_data of \(message.name)"))
        parts.external[entry.key] = entry.value
      case 14: parts.isExternal = try message.integer(field) == 1
      default: break
      }
    }
    return try parts.tensor(kind, source: source, external: &external)
  }
}
