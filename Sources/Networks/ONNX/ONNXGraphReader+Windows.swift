import Files

/// Poolings, and windows as convolutions have them too.
extension ONNXGraphReader {
  /// A window of a kernel `[height, width]` by the attributes strides, dilations, pads and auto_pad.
  func window(_ node: ONNXNode, kernel: [Int], input shape: [Int]?) throws(FileError) -> SlidingWindow {
    let strides = try integers(node, "strides", count: 2, in: Self.windowLengths) ?? [1, 1]
    let dilations = try integers(node, "dilations", count: 2, in: Self.windowLengths) ?? [1, 1]
    var window = SlidingWindow(
      kernelHeight: kernel[0], kernelWidth: kernel[1], strideHeight: strides[0], strideWidth: strides[1],
      dilationHeight: dilations[0], dilationWidth: dilations[1])
    let mode = try text(node, "auto_pad") ?? "NOTSET"
    switch mode {
    case "NOTSET", "":
      let pads = try integers(node, "pads", count: 4, in: 0...65_536) ?? [0, 0, 0, 0]
      window.padding = Padding(top: pads[0], left: pads[1], bottom: pads[2], right: pads[3])
    case "VALID": break
    case "SAME_UPPER", "SAME_LOWER":
      guard let shape, shape.count == 3 else { break }
      let atStart = mode == "SAME_LOWER"
      let rows = Self.samePadding(shape[1], kernel[0], strides[0], dilations[0], moreAtStart: atStart)
      let columns = Self.samePadding(shape[2], kernel[1], strides[1], dilations[1], moreAtStart: atStart)
      window.padding = Padding(top: rows.before, left: columns.before, bottom: rows.after, right: columns.after)
    default:
      throw wrong(node, found: "with an auto_pad of \"\(mode)\"", allowed: "NOTSET, SAME_UPPER, SAME_LOWER and VALID are allowed")
    }
    if let shape, shape.count == 3 {
      let padding = window.padding
      let padded = [shape[0], shape[1] + padding.top + padding.bottom, shape[2] + padding.left + padding.right]
      guard ONNXLayers.count(of: padded) != nil else {
        throw wrong(node, found: "padded to \(padded)", allowed: "at most \(ONNXLayers.mostOutputs) numbers are allowed")
      }
    }
    return window
  }

  /// Padding for which ceil(length / stride) windows fit; an odd one out goes to the end or the start.
  private static func samePadding(
    _ length: Int, _ kernel: Int, _ stride: Int, _ dilation: Int, moreAtStart: Bool
  ) -> (before: Int, after: Int) {
    let count = (length + stride - 1) / stride
    let total = max(0, (count - 1) * stride + (kernel - 1) * dilation + 1 - length)
    return moreAtStart ? (total - total / 2, total / 2) : (total / 2, total - total / 2)
  }

  mutating func pool(_ node: ONNXNode) throws(FileError) -> Outcome {
    guard let input = try activation(node, 0) else { return .unsupported("its input is a constant") }
    guard let kernel = try integers(node, "kernel_shape", in: Self.windowLengths) else {
      throw wrong(node, found: "without a kernel_shape")
    }
    guard kernel.count == 2 else { return .unsupported("only two-dimensional pooling is known") }
    if let shape = input.shape, shape.count != 3 { return .unsupported("its input has rank \(shape.count + 1)") }
    guard let layer = materialized(input) else { return .unsupported("its input has another rank than 4") }
    let ceilMode = try integer(node, "ceil_mode", in: 0...1) == 1
    let countsPadding = try integer(node, "count_include_pad", in: 0...1) == 1
    let window = try window(node, kernel: kernel, input: input.shape)
    let pooling = Pooling(window: window, ceilMode: ceilMode, countsPadding: countsPadding)
    let shape = input.shape.map { pooling.outputShape(of: $0) }
    if let input = input.shape, let shape {
      let padding = window.padding
      guard
        Self.everyWindowReads(input[1], shape[1], window.kernelHeight, window.strideHeight, window.dilationHeight, padding.top),
        Self.everyWindowReads(input[2], shape[2], window.kernelWidth, window.strideWidth, window.dilationWidth, padding.left)
      else { return .unsupported("some of its windows hold padding alone") }
    }
    let operation: Operation = node.type == "MaxPool" ? .maxPool(pooling) : .averagePool(pooling)
    return try self.layer(.ready(operation), node, inputs: [layer], shape: shape)
  }

  /// Whether each of `count` windows holds one position at least of a picture `length` long.
  private static func everyWindowReads(
    _ length: Int, _ count: Int, _ kernel: Int, _ stride: Int, _ dilation: Int, _ padding: Int
  ) -> Bool {
    // A window that starts in the padding meets the picture at one of its first `dilation` positions.
    length >= (padding > 0 ? dilation : 1) && padding <= (kernel - 1) * dilation && (count - 1) * stride - padding < length
  }

  mutating func globalPool(_ node: ONNXNode) throws(FileError) -> Outcome {
    guard let input = try activation(node, 0) else { return .unsupported("its input is a constant") }
    return try wholePool(node, input, isMaximum: node.type == "GlobalMaxPool", overRows: true, overColumns: true)
  }

  private mutating func wholePool(
    _ node: ONNXNode, _ input: ONNXActivation, isMaximum: Bool, overRows: Bool, overColumns: Bool
  ) throws(FileError) -> Outcome {
    guard let shape = input.shape else { return .unsupported(Operation.unknownShape) }
    guard shape.count == 3, let layer = materialized(input) else { return .unsupported("its input has rank \(shape.count + 1)") }
    let pooling = Pooling(kernelHeight: overRows ? shape[1] : 1, kernelWidth: overColumns ? shape[2] : 1, stride: 1)
    return try self.layer(
      .ready(isMaximum ? .maxPool(pooling) : .averagePool(pooling)), node, inputs: [layer], shape: pooling.outputShape(of: shape))
  }

  /// A mean or maximum over rows, columns or both.
  mutating func reduction(_ node: ONNXNode) throws(FileError) -> Outcome {
    guard let input = try activation(node, 0) else { return .unsupported("its input is a constant") }
    let keepsAxes = try integer(node, "keepdims", in: 0...1) ?? 1 == 1
    guard case .known(let given) = try settings(node, "axes", input: 1), !given.isEmpty else {
      return .unsupported("it goes over pictures or computed axes")
    }
    guard let shape = input.shape else { return .unsupported(Operation.unknownShape) }
    guard (2...3).contains(shape.count) else { return .unsupported("its input has rank \(shape.count + 1)") }
    let rank = shape.count + 1
    var axes: Set<Int> = []
    for axis in given {
      guard (-rank..<rank).contains(axis) else { throw wrong(node, found: "over axis \(axis)", allowed: "the input has rank \(rank)") }
      axes.insert(axis < 0 ? axis + rank : axis)
    }
    guard axes.isSubset(of: 2..<rank) else { return .unsupported("only means and maxima over rows and columns are known") }
    var picture = input
    if shape.count == 2 {
      // A list of positions for each channel is a picture of one column.
      picture.shape = shape + [1]
      picture.reshapedBy = node.position
    }
    let outcome = try wholePool(
      node, picture, isMaximum: node.type == "ReduceMax", overRows: axes.contains(2), overColumns: axes.contains(3))
    guard !keepsAxes || shape.count == 2, case .value(.activation(var activation)) = outcome, let pooled = activation.shape else {
      return outcome
    }
    activation.shape = pooled.prefix(shape.count).indices.filter { keepsAxes || !axes.contains($0 + 1) }.map { pooled[$0] }
    activation.reshapedBy = node.position
    return .value(.activation(activation))
  }

  mutating func pad(_ node: ONNXNode) throws(FileError) -> Outcome {
    guard let input = try activation(node, 0) else { return .unsupported("its input is a constant") }
    let mode = try text(node, "mode") ?? "constant"
    guard ["constant", "reflect", "edge", "wrap"].contains(mode) else {
      throw wrong(node, found: "in mode \"\(mode)\"", allowed: "constant, reflect, edge and wrap are allowed")
    }
    guard mode == "constant" else { return .unsupported("only padding with a constant is known") }
    guard case .known(let pads) = try settings(node, "pads", input: 1) else { return .unsupported("its pads are computed") }
    var value = try float(node, "value") ?? 0
    if let given = operand(node, 2) {
      guard case .constant(let constant) = given, let number = try numbers(constant)?.first?.real else {
        return .unsupported("its value is computed")
      }
      value = number
    }
    guard Float(value).isFinite else { return .unsupported("it pads with \(value)") }
    var axes = [0, 1, 2, 3]
    if operand(node, 3) != nil {
      guard case .known(let given) = try settings(node, "axes", input: 3) else { return .unsupported("its axes are computed") }
      axes = given.map { $0 < 0 ? $0 + 4 : $0 }
    }
    guard let shape = input.shape else { return .unsupported(Operation.unknownShape) }
    guard shape.count == 3, let layer = materialized(input) else { return .unsupported("its input has rank \(shape.count + 1)") }
    guard pads.count == 2 * axes.count, axes.allSatisfy((0..<4).contains), Set(axes).count == axes.count else {
      throw wrong(node, found: "with \(pads.count) pads", allowed: "two for each axis are expected")
    }
    var (before, after) = ([0, 0, 0, 0], [0, 0, 0, 0])
    for (index, axis) in axes.enumerated() { (before[axis], after[axis]) = (pads[index], pads[axes.count + index]) }
    guard (before + after).allSatisfy((-65_536...65_536).contains) else { return .unsupported("its pads are above 65536") }
    guard before[0] == 0, after[0] == 0, before[1] == 0, after[1] == 0 else { return .unsupported("it adds pictures or channels") }
    let padding = Padding(top: before[2], left: before[3], bottom: after[2], right: after[3])
    guard padding != .none else { return .value(.activation(input)) }
    return try self.layer(
      .ready(.pad(padding, value: Float(value))), node, inputs: [layer],
      shape: [shape[0], shape[1] + before[2] + after[2], shape[2] + before[3] + after[3]])
  }
}
