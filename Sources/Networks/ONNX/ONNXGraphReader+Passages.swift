import Files

/// Operators that change nothing that is explained.
extension ONNXGraphReader {
  /// Operators that hand their input on.
  mutating func passage(_ node: ONNXNode) throws(FileError) -> Outcome {
    switch try needed(node, 0) {
    case .constant(let constant):
      switch node.type {
      case "Identity", "Dropout": return .value(.constant(constant))
      case "Cast": return try foldedCast(node, constant)
      case "CastLike":
        // What a picture's numbers are like is real.
        guard try activation(node, 1) != nil, let numbers = try numbers(constant) else { return .unsupported("its input is a constant") }
        let reals = numbers.compactMap(\.real).map { ONNXNumber.real($0) }
        guard reals.count == numbers.count else { return .unsupported("it casts the number of pictures") }
        return .value(.constant(ONNXConstant(shape: constant.shape, contents: .numbers(reals))))
      default: return .unsupported("its input is a constant")
      }
    case .unavailable: return .unsupported("its input is never computed")
    case .activation(let input):
      switch node.type {
      case "Cast":
        let type = try integer(node, "to").flatMap(ONNXElementType.init)
        guard type?.format != nil else { return .unsupported("it turns numbers into whole ones or others") }
      case "Dropout":
        if operand(node, 2) != nil {
          guard let mode = constant(node, 2), try numbers(mode)?.first == .whole(0) else { return .unsupported("it is in training mode") }
        }
      case "Softmax", "LogSoftmax": return try softmax(node, input)
      default: break
      }
      return .value(.activation(input))
    }
  }

  /// Removed at the end of the network: what is explained are the logits.
  private func softmax(_ node: ONNXNode, _ input: ONNXActivation) throws(FileError) -> Outcome {
    let axis = try integer(node, "axis", in: -8...7) ?? (model.opset < 13 ? 1 : -1)
    guard isLast(node) else { return .unsupported("it is not the last operator") }
    if let shape = input.shape {
      let rank = shape.count + 1
      guard (axis < 0 ? axis + rank : axis) == 1, shape.dropFirst().allSatisfy({ $0 == 1 }) else {
        return .unsupported("it does not go over classes")
      }
    }
    return .value(.activation(input))
  }

  /// Whether nothing but outputs, and nodes that reshape, read what a node makes.
  private func isLast(_ node: ONNXNode) -> Bool {
    var names = Array(node.outputs.prefix(1))
    while let name = names.popLast() {
      for consumer in order.consumers[name] ?? [] {
        let reader = model.graph.nodes[consumer]
        guard ["Identity", "Flatten", "Reshape", "Squeeze", "Unsqueeze", "Cast"].contains(reader.type), reader.inputs[0] == name else {
          return false
        }
        names += reader.outputs.prefix(1)
      }
    }
    return true
  }
}
