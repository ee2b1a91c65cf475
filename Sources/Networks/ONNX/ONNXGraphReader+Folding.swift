import Files

/// Arithmetic that does not depend on the picture: what PyTorch writes for `x.view(x.size(0), -1)`.
extension ONNXGraphReader {
  func constant(_ shape: [Int], _ numbers: [ONNXNumber], of node: ONNXNode) throws(FileError) -> Outcome {
    try source.charge(16 * numbers.count, at: node.offset)
    return .value(.constant(ONNXConstant(shape: shape, contents: .numbers(numbers))))
  }

  /// The numbers of input `index`; nil where they are not known.
  private func known(_ node: ONNXNode, _ index: Int) throws(FileError) -> (shape: [Int], numbers: [ONNXNumber])? {
    guard case .constant(let constant) = try needed(node, index), let numbers = try numbers(constant) else { return nil }
    return (constant.shape, numbers)
  }

  func folding(_ node: ONNXNode) throws(FileError) -> Outcome {
    switch node.type {
    case "Constant": return try constantNode(node)
    case "ConstantOfShape":
      guard let value = try fill(node) else { throw wrong(node, found: "with a value that is no single number") }
      return try filled(node, with: value, lengths: 0)
    case "Expand":
      guard let (_, numbers) = try known(node, 0), numbers.count == 1 else { return .unsupported("only a single number can be expanded") }
      return try filled(node, with: numbers[0], lengths: 1)
    case "Shape": return try shapeNode(node)
    case "Gather": return try gathered(node)
    case "Slice": return try sliced(node)
    default:
      guard let (shape, numbers) = try known(node, 0) else { return .unsupported("its input is computed") }
      switch node.type {
      case "Size": return try constant([], [.whole(numbers.count)], of: node)
      case "ReduceProd":
        guard case .missing = try settings(node, "axes", input: 1) else { return .unsupported("it goes over some axes only") }
        var product = ONNXNumber.whole(1)
        for number in numbers {
          guard let next = Self.combined("Mul", product, number) else { return .unsupported("its input is computed") }
          product = next
        }
        return try constant(try integer(node, "keepdims") == 0 ? [] : shape.map { _ in 1 }, [product], of: node)
      default:
        var result: [ONNXNumber] = []
        for number in numbers {
          switch (node.type, number) {
          case ("Neg", .whole(let number)) where number != .min: result.append(.whole(-number))
          case ("Floor", .whole): result.append(number)
          case (_, .real(let value)):
            switch node.type {
            case "Neg": result.append(.real(-value))
            case "Floor": result.append(.real(value.rounded(.down)))
            case "Sqrt": result.append(.real(value.squareRoot()))
            default: result.append(.real(1 / value))
            }
          default: return .unsupported("its input is computed")
          }
        }
        return try constant(shape, result, of: node)
      }
    }
  }

  private func constantNode(_ node: ONNXNode) throws(FileError) -> Outcome {
    guard let attribute = node.attributes.first else { throw wrong(node, found: "without a value") }
    switch (attribute.name, attribute.value) {
    case ("value", .tensor(let tensor)):
      return .value(.constant(ONNXConstant(shape: tensor.shape, contents: .tensor(tensor, isTransposed: false))))
    case ("value_float", .float(let number)): return try constant([], [.real(Double(number))], of: node)
    case ("value_int", .integer(let number)): return try constant([], [.whole(number)], of: node)
    case ("value_floats", .floats(let numbers)): return try constant([numbers.count], numbers.map { .real(Double($0)) }, of: node)
    case ("value_ints", .integers(let numbers)): return try constant([numbers.count], numbers.map { .whole($0) }, of: node)
    case ("value", _), ("value_float", _), ("value_int", _), ("value_floats", _), ("value_ints", _):
      throw wrong(node, found: "with a \(attribute.name) of another type")
    default: return .unsupported("its value is neither a tensor nor a number")
    }
  }

  /// What ConstantOfShape fills its output with; nil where that is no single number.
  private func fill(_ node: ONNXNode) throws(FileError) -> ONNXNumber? {
    guard let attribute = attribute(node, "value") else { return .real(0) }
    guard case .tensor(let tensor) = attribute.value, tensor.count == 1 else { return nil }
    return try weights.numbers(tensor).first
  }

  private func filled(_ node: ONNXNode, with value: ONNXNumber, lengths index: Int) throws(FileError) -> Outcome {
    guard let (_, lengths) = try known(node, index) else { return .unsupported("its shape is computed") }
    var count = 1
    for length in lengths {
      guard let length = length.whole, length >= 0, length <= Self.mostFolded, count * length <= Self.mostFolded else {
        return .unsupported("its shape is computed or large")
      }
      count *= length
    }
    return try constant(lengths.compactMap(\.whole), [ONNXNumber](repeating: value, count: count), of: node)
  }

  private func shapeNode(_ node: ONNXNode) throws(FileError) -> Outcome {
    let all: [ONNXNumber]
    switch try needed(node, 0) {
    case .constant(let constant): all = constant.shape.map { .whole($0) }
    case .activation(let activation):
      guard let shape = activation.shape else { return .unsupported(Operation.unknownShape) }
      all = [fixedBatch.map { .whole($0) } ?? .batch] + shape.map { .whole($0) }
    case .unavailable: return .unsupported("its input is never computed")
    }
    func place(_ axis: Int) -> Int { min(max(axis < 0 ? axis + all.count : axis, 0), all.count) }
    let (start, end) = (place(try integer(node, "start", in: -64...64) ?? 0), place(try integer(node, "end") ?? all.count))
    let part = Array(all[start..<max(start, end)])
    return try constant([part.count], part, of: node)
  }

  private func gathered(_ node: ONNXNode) throws(FileError) -> Outcome {
    guard case .constant(let data) = try needed(node, 0), data.shape.count == 1, let numbers = try numbers(data),
      let (shape, indices) = try known(node, 1), indices.count <= Self.mostFolded
    else { return .unsupported("only elements of a shape can be picked") }
    var result: [ONNXNumber] = []
    for index in indices {
      guard let index = index.whole, (-numbers.count..<numbers.count).contains(index) else {
        throw wrong(node, found: "for element \(index)", allowed: "there are \(numbers.count)")
      }
      result.append(numbers[index < 0 ? index + numbers.count : index])
    }
    return try constant(shape, result, of: node)
  }

  private func sliced(_ node: ONNXNode) throws(FileError) -> Outcome {
    guard case .constant(let data) = try needed(node, 0), data.shape.count == 1, let numbers = try numbers(data),
      case .known(let starts) = try settings(node, "starts", input: 1), case .known(let ends) = try settings(node, "ends", input: 2),
      starts.count == 1, ends.count == 1
    else { return .unsupported("only a part of a shape can be cut out") }
    var step = 1
    if case .known(let steps) = try settings(node, "steps", input: 4) { step = steps.first ?? 1 }
    guard step == 1 else { return .unsupported("it goes in steps of \(step)") }
    func place(_ at: Int) -> Int { min(max(at < 0 ? max(at, -numbers.count) + numbers.count : at, 0), numbers.count) }
    let (start, end) = (place(starts[0]), place(ends[0]))
    let part = Array(numbers[start..<max(start, end)])
    return try constant([part.count], part, of: node)
  }

  /// Arithmetic of two constants of one shape, or of one with a single number.
  func folded(_ node: ONNXNode, _ a: ONNXConstant, _ b: ONNXConstant) throws(FileError) -> Outcome {
    guard let left = try numbers(a), let right = try numbers(b), left.count == right.count || left.count == 1 || right.count == 1 else {
      return .unsupported("it computes with large constants")
    }
    var result: [ONNXNumber] = []
    for index in 0..<max(left.count, right.count) where !left.isEmpty && !right.isEmpty {
      guard let number = Self.combined(node.type, left[left.count == 1 ? 0 : index], right[right.count == 1 ? 0 : index]) else {
        return .unsupported("it computes with the number of pictures")
      }
      result.append(number)
    }
    return try constant(left.count == result.count && a.shape.count >= b.shape.count ? a.shape : b.shape, result, of: node)
  }

  private static func combined(_ operation: String, _ a: ONNXNumber, _ b: ONNXNumber) -> ONNXNumber? {
    if let a = a.whole, let b = b.whole {
      let (result, overflows) =
        switch operation {
        case "Add": a.addingReportingOverflow(b)
        case "Sub": a.subtractingReportingOverflow(b)
        case "Mul": a.multipliedReportingOverflow(by: b)
        default: a.dividedReportingOverflow(by: b)
        }
      return overflows ? nil : .whole(result)
    }
    if a == .batch || b == .batch {
      if operation == "Mul" && a == .whole(1) { return b }
      return (operation == "Mul" || operation == "Div") && b == .whole(1) ? a : nil
    }
    guard let a = a.real, let b = b.real else { return nil }
    switch operation {
    case "Add": return .real(a + b)
    case "Sub": return .real(a - b)
    case "Mul": return .real(a * b)
    default: return .real(a / b)
    }
  }
}
