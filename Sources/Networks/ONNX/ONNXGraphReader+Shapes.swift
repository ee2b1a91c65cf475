import Files

/// Operators that give the same numbers another shape. They become layers only where something reads the new shape.
extension ONNXGraphReader {
  mutating func reshaping(_ node: ONNXNode) throws(FileError) -> Outcome {
    switch try needed(node, 0) {
    case .constant(let constant): return try foldedReshaping(node, constant)
    case .unavailable: return .unsupported("its input is never computed")
    case .activation(var activation):
      guard let shape = activation.shape else {
        // Not a layer of its own, and of an unknown shape like its input.
        return .value(.activation(activation))
      }
      let result: NewShape
      switch node.type {
      case "Flatten": result = try flattened(node, shape)
      case "Reshape": result = try reshapedPicture(node, shape)
      case "Squeeze": result = try squeezed(node, shape)
      case "Unsqueeze": result = try unsqueezed(node, shape)
      default: result = try transposedPicture(node, shape)
      }
      switch result {
      case .unsupported(let reason): return .unsupported(reason)
      case .shape(let shape):
        activation.shape = shape
        activation.reshapedBy = node.position
        return .value(.activation(activation))
      }
    }
  }

  private enum NewShape {
    /// Without the batch.
    case shape([Int])
    case unsupported(String)
  }

  private func flattened(_ node: ONNXNode, _ shape: [Int]) throws(FileError) -> NewShape {
    let axis = try integer(node, "axis", in: -8...8) ?? 1
    guard (axis < 0 ? axis + shape.count + 1 : axis) == 1 else { return .unsupported("only all but the pictures can be flattened") }
    return .shape([shape.reduce(1, *)])
  }

  private func reshapedPicture(_ node: ONNXNode, _ shape: [Int]) throws(FileError) -> NewShape {
    let keepsZeros = try integer(node, "allowzero", in: 0...1) == 1
    var target: [ONNXNumber] = []
    if let old = try integers(node, "shape") {
      target = old.map { .whole($0) }
    } else {
      guard let constant = constant(node, 1), let numbers = try numbers(constant) else { return .unsupported("its new shape is computed") }
      target = numbers
    }
    guard target.count <= 8 else { return .unsupported("its new shape has rank \(target.count)") }
    guard target.filter({ $0 == .whole(-1) }).count <= 1 else {
      throw wrong(node, found: "for a shape with two open lengths", allowed: "one may be -1")
    }
    let count = shape.reduce(1, *)
    let keepsPictures: Bool
    switch target.first {
    case .batch?: keepsPictures = true
    case .whole(0)?: keepsPictures = !keepsZeros
    case .whole(-1)?: keepsPictures = false
    case .whole(let length)?: keepsPictures = length == fixedBatch
    default: keepsPictures = false
    }
    guard keepsPictures || target.first == .whole(-1) else { return .unsupported("it mixes pictures") }
    var result: [Int] = []
    var open: Int?
    var known = 1
    for (index, length) in target.enumerated().dropFirst() {
      switch length {
      case .whole(-1):
        open = result.count
        result.append(1)
      case .whole(0) where !keepsZeros:
        guard index <= shape.count else { throw wrong(node, found: "for a shape that copies axis \(index)", allowed: "there is none") }
        result.append(shape[index - 1])
      case .whole(let length) where length > 0: result.append(length)
      default: return .unsupported("its new shape is computed")
      }
      let (product, overflows) = known.multipliedReportingOverflow(by: result[result.count - 1])
      guard !overflows else { throw wrong(node, found: "for more numbers than there are") }
      known = product
    }
    if let open, count % known == 0 {
      result[open] = count / known
      known = count
    }
    guard known == count else {
      // With pictures of a fixed number the lengths must fit; with an open number -1 may take pictures apart.
      guard keepsPictures else { return .unsupported("it mixes pictures") }
      throw wrong(node, found: "for \(result)", allowed: "its input \(shape) has \(count) numbers")
    }
    guard !result.isEmpty else { return .unsupported("it leaves one number for each picture") }
    return .shape(result)
  }

  /// Axes without the batch's, counted in a shape of `rank` axes; nil where the batch's is among them.
  private func axes(_ node: ONNXNode, _ given: [Int], rank: Int) throws(FileError) -> Set<Int>? {
    var axes: Set<Int> = []
    for axis in given {
      guard (-rank..<rank).contains(axis) else { throw wrong(node, found: "on axis \(axis)", allowed: "the rank is \(rank)") }
      guard axes.insert(axis < 0 ? axis + rank : axis).inserted else { throw wrong(node, found: "on axis \(axis) twice") }
    }
    return axes.contains(0) ? nil : axes
  }

  private func squeezed(_ node: ONNXNode, _ shape: [Int]) throws(FileError) -> NewShape {
    let given: [Int]
    switch try settings(node, "axes", input: 1) {
    case .computed: return .unsupported("its axes are computed")
    case .known(let axes): given = axes
    case .missing:
      guard fixedBatch != 1 else { return .unsupported("it mixes pictures") }
      given = shape.indices.filter { shape[$0] == 1 }.map { $0 + 1 }
    }
    guard let axes = try axes(node, given, rank: shape.count + 1) else { return .unsupported("it mixes pictures") }
    guard axes.allSatisfy({ shape[$0 - 1] == 1 }) else {
      throw wrong(node, found: "on axes \(given.prefix(8))", allowed: "in \(shape) they do not have the length 1")
    }
    let result = shape.indices.filter { !axes.contains($0 + 1) }.map { shape[$0] }
    return result.isEmpty ? .unsupported("it leaves one number for each picture") : .shape(result)
  }

  private func unsqueezed(_ node: ONNXNode, _ shape: [Int]) throws(FileError) -> NewShape {
    guard case .known(let given) = try settings(node, "axes", input: 1) else { return .unsupported("its axes are computed") }
    let rank = shape.count + 1 + given.count
    guard rank <= 9 else { return .unsupported("its output has rank \(rank)") }
    guard let axes = try axes(node, given, rank: rank) else { return .unsupported("it mixes pictures") }
    var rest = shape[...]
    return .shape((1..<rank).map { axes.contains($0) ? 1 : rest.removeFirst() })
  }

  /// An exchange of axes keeps the order of the numbers where only axes of length 1 move.
  private func transposedPicture(_ node: ONNXNode, _ shape: [Int]) throws(FileError) -> NewShape {
    let order = try integers(node, "perm") ?? Array((0...shape.count).reversed())
    guard order.sorted() == Array(0...shape.count) else {
      throw wrong(node, found: "for the order \(order.prefix(8))", allowed: "its input has \(shape.count + 1) axes")
    }
    guard order.first == 0 else { return .unsupported("it mixes pictures") }
    let long = order.dropFirst().filter { shape[$0 - 1] > 1 }
    guard long == long.sorted() else { return .unsupported("it exchanges axes") }
    return .shape(order.dropFirst().map { shape[$0 - 1] })
  }
}
