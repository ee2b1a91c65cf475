import Files

/// What operators ask of their node.
extension ONNXGraphReader {
  func wrong(_ node: ONNXNode, found: String, allowed: String? = nil) -> FileError {
    source.error("\(node.type) at \(node.title)", node.offset, found: found, allowed: allowed)
  }

  private func wrong(_ node: ONNXNode, _ attribute: ONNXAttribute, allowed: String) -> FileError {
    let found =
      switch attribute.value {
      case .float(let number): "\(number)"
      case .integer(let number): "\(number)"
      case .text(let text): "\"\(text)\""
      case .tensor: "a tensor"
      case .floats(let numbers): "\(numbers.prefix(8))"
      case .integers(let numbers): "\(numbers.prefix(8))"
      case .other(let what): what
      }
    return source.error("attribute \(attribute.name) of \(node.title)", attribute.offset, found: found, allowed: allowed)
  }

  func attribute(_ node: ONNXNode, _ name: String) -> ONNXAttribute? { node.attributes.first { $0.name == name } }

  func integer(_ node: ONNXNode, _ name: String, in range: ClosedRange<Int>? = nil) throws(FileError) -> Int? {
    guard let attribute = attribute(node, name) else { return nil }
    guard case .integer(let number) = attribute.value else { throw wrong(node, attribute, allowed: "a whole number is expected") }
    if let range, !range.contains(number) {
      throw wrong(node, attribute, allowed: "\(range.lowerBound) to \(range.upperBound) is allowed")
    }
    return number
  }

  func integers(_ node: ONNXNode, _ name: String, count: Int? = nil, in range: ClosedRange<Int>? = nil) throws(FileError) -> [Int]? {
    guard let attribute = attribute(node, name) else { return nil }
    guard case .integers(let numbers) = attribute.value else { throw wrong(node, attribute, allowed: "whole numbers are expected") }
    if let count, numbers.count != count { throw wrong(node, attribute, allowed: "\(count) whole numbers are expected") }
    if let range, !numbers.allSatisfy(range.contains) {
      throw wrong(node, attribute, allowed: "\(range.lowerBound) to \(range.upperBound) is allowed")
    }
    return numbers
  }

  func float(_ node: ONNXNode, _ name: String) throws(FileError) -> Double? {
    guard let attribute = attribute(node, name) else { return nil }
    guard case .float(let number) = attribute.value, !number.isNaN else { throw wrong(node, attribute, allowed: "a number is expected") }
    return Double(number)
  }

  func text(_ node: ONNXNode, _ name: String) throws(FileError) -> String? {
    guard let attribute = attribute(node, name) else { return nil }
    guard case .text(let text) = attribute.value else { throw wrong(node, attribute, allowed: "a text is expected") }
    return text
  }

  /// Input `index`; nil where it is optional and left out.
  func operand(_ node: ONNXNode, _ index: Int) -> ONNXValue? {
    guard index < node.inputs.count else { return nil }
    return values[node.inputs[index]]
  }

  func needed(_ node: ONNXNode, _ index: Int) throws(FileError) -> ONNXValue {
    guard let value = operand(node, index) else { throw wrong(node, found: "without input \(index)") }
    return value
  }

  /// Input `index` as the output of a layer; nil where it is a constant.
  func activation(_ node: ONNXNode, _ index: Int) throws(FileError) -> ONNXActivation? {
    guard case .activation(let activation) = try needed(node, index) else { return nil }
    return activation
  }

  func constant(_ node: ONNXNode, _ index: Int) -> ONNXConstant? {
    guard case .constant(let constant)? = operand(node, index) else { return nil }
    return constant
  }

  /// The few numbers of a constant.
  func numbers(_ constant: ONNXConstant) throws(FileError) -> [ONNXNumber]? {
    guard constant.count <= Self.mostFolded else { return nil }
    // Reading them takes time, however often it is the same ones.
    try source.charge(constant.count, at: 0)
    switch constant.contents {
    case .numbers(let numbers): return numbers
    case .tensor(let tensor, let isTransposed): return isTransposed ? nil : try weights.numbers(tensor)
    }
  }

  /// Whole numbers that an operator takes as an attribute in old versions and as input `index` in newer ones.
  /// `.none` inside where they are given and not known.
  func settings(_ node: ONNXNode, _ name: String, input index: Int) throws(FileError) -> Setting {
    if let numbers = try integers(node, name) { return .known(numbers) }
    guard let value = operand(node, index) else { return .missing }
    guard case .constant(let constant) = value, let numbers = try numbers(constant) else { return .computed }
    let whole = numbers.compactMap(\.whole)
    guard whole.count == numbers.count else { return .computed }
    return .known(whole)
  }

  enum Setting {
    case missing
    case known([Int])
    /// It depends on the picture or the batch.
    case computed
  }
}
