import Files

/// Constants joined, cast and reshaped.
extension ONNXGraphReader {
  func foldedConcatenation(_ node: ONNXNode, _ constants: [ONNXConstant], axis: Int) throws(FileError) -> Outcome {
    var result: [ONNXNumber] = []
    for constant in constants {
      guard constant.shape.count == 1, axis == 0 || axis == -1, let numbers = try numbers(constant),
        result.count + numbers.count <= Self.mostFolded
      else { return .unsupported("only shapes can be joined") }
      result += numbers
    }
    return try constant([result.count], result, of: node)
  }

  func foldedCast(_ node: ONNXNode, _ input: ONNXConstant) throws(FileError) -> Outcome {
    guard let type = try integer(node, "to").flatMap(ONNXElementType.init) else { return .unsupported("it casts to an unknown type") }
    if case .tensor(let tensor, _) = input.contents, tensor.type?.format != nil, type.format != nil { return .value(.constant(input)) }
    guard let numbers = try numbers(input) else { return .unsupported("it casts a large constant") }
    var result: [ONNXNumber] = []
    for number in numbers {
      switch number {
      case .batch: result.append(.batch)
      case .whole(let whole): result.append(type.format == nil ? number : .real(Double(whole)))
      case .real(let real):
        guard type.format == nil else {
          result.append(number)
          continue
        }
        guard let whole = Int(exactly: real.rounded(.towardZero)) else { return .unsupported("it casts \(real) to a whole number") }
        result.append(.whole(whole))
      }
    }
    return try constant(input.shape, result, of: node)
  }

  /// Reshapes a constant, or transposes a matrix.
  func foldedReshaping(_ node: ONNXNode, _ input: ONNXConstant) throws(FileError) -> Outcome {
    if node.type == "Transpose" {
      let order = try integers(node, "perm") ?? Array(input.shape.indices.reversed())
      if order == Array(input.shape.indices) { return .value(.constant(input)) }
      guard order == [1, 0], let transposed = input.transposed else { return .unsupported("only matrices can be transposed") }
      return .value(.constant(transposed))
    }
    if case .tensor(_, isTransposed: true) = input.contents { return .unsupported("it reshapes a transposed matrix") }
    var shape: [Int]
    switch node.type {
    case "Flatten":
      let axis = try integer(node, "axis", in: 0...8) ?? 1
      guard axis <= input.shape.count else { throw wrong(node, found: "at axis \(axis)", allowed: "its rank is \(input.shape.count)") }
      shape = [input.shape[..<axis].reduce(1, *), input.shape[axis...].reduce(1, *)]
    case "Reshape":
      guard case .known(let target) = try settings(node, "shape", input: 1), target.count <= 8 else {
        return .unsupported("its new shape is computed")
      }
      shape = target
      for (axis, length) in target.enumerated() where length == 0 && axis < input.shape.count { shape[axis] = input.shape[axis] }
      if let open = shape.firstIndex(of: -1) {
        shape[open] = 1
        guard let rest = ONNXLayers.count(of: shape), input.count % rest == 0 else { throw wrong(node, found: "for \(target)") }
        shape[open] = input.count / rest
      }
      guard ONNXLayers.count(of: shape) == input.count else {
        throw wrong(node, found: "for \(target)", allowed: "its input has \(input.count) numbers")
      }
    case "Unsqueeze":
      guard case .known(let given) = try settings(node, "axes", input: 1), given.count + input.shape.count <= 8 else {
        return .unsupported("its axes are computed or many")
      }
      shape = input.shape
      let rank = given.count + shape.count
      for axis in given.map({ $0 < 0 ? $0 + rank : $0 }).sorted() {
        guard axis >= 0, axis <= shape.count else { throw wrong(node, found: "on axis \(axis)", allowed: "the rank is \(rank)") }
        shape.insert(1, at: axis)
      }
    default:
      switch try settings(node, "axes", input: 1) {
      case .computed: return .unsupported("its axes are computed")
      case .missing: shape = input.shape.filter { $0 != 1 }
      case .known(let given):
        let axes = Set(given.map { $0 < 0 ? $0 + input.shape.count : $0 })
        guard axes.allSatisfy({ input.shape.indices.contains($0) && input.shape[$0] == 1 }) else {
          throw wrong(node, found: "on axes \(given.prefix(8))", allowed: "in \(input.shape) they do not have the length 1")
        }
        shape = input.shape.indices.filter { !axes.contains($0) }.map { input.shape[$0] }
      }
    }
    return .value(.constant(ONNXConstant(shape: shape, contents: input.contents)))
  }
}
