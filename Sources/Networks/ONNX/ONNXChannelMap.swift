import Files

/// A map per channel, or per position, whose numbers are still in the file.
enum ONNXChannelMap {
  /// Adds one number for all outputs, one for each channel, or others that repeat over the shape, times `factor`.
  case shift(ONNXConstant, factor: Double)
  case scale(ONNXConstant)
  case division(ONNXConstant)
  case factor(Double)
  case normalization(gamma: ONNXConstant, beta: ONNXConstant, mean: ONNXConstant, variance: ONNXConstant, epsilon: Double)

  var scales: Bool {
    if case .shift = self { false } else { true }
  }

  /// The constants that are trained; a normalization's statistics are not.
  var parameters: [ONNXConstant] {
    switch self {
    case .shift(let constant, _), .scale(let constant), .division(let constant): [constant]
    case .factor: []
    case .normalization(let gamma, let beta, _, _, _): [gamma, beta]
    }
  }

  /// - Parameter shape: `[C]`, or `[C, H, W]` for numbers of each position's own, which come with the channel innermost.
  func read(shape: [Int], from weights: ONNXWeights) throws(FileError) -> ChannelAffine {
    let count = shape.reduce(1, *)
    func all(_ constant: ONNXConstant) throws(FileError) -> [Double] {
      let values = try weights.matrix(constant).map { Double($0) }
      if values.count == 1 { return [Double](repeating: values[0], count: count) }
      return shape.count == 1 ? values : Self.spread(values, constant.shape, over: shape)
    }
    let zeros = [Double](repeating: 0, count: count)
    switch self {
    case .shift(let constant, let factor):
      return ChannelAffine(scale: [Double](repeating: 1, count: count), shift: try all(constant).map { $0 * factor })
    case .scale(let constant): return ChannelAffine(scale: try all(constant), shift: zeros)
    case .division(let constant): return ChannelAffine(scale: try all(constant).map { 1 / $0 }, shift: zeros)
    case .factor(let factor): return ChannelAffine(scale: [Double](repeating: factor, count: count), shift: zeros)
    case .normalization(let gamma, let beta, let mean, let variance, let epsilon):
      let normalization = BatchNormalization(
        gamma: try weights.matrix(gamma), beta: try weights.matrix(beta), mean: try weights.matrix(mean),
        variance: try weights.matrix(variance), epsilon: epsilon)
      if let channel = normalization.variance.firstIndex(where: { $0 < 0 }) {
        let (found, allowed) = ("\(normalization.variance[channel]) in channel \(channel)", "a variance is never negative")
        guard case .tensor(let tensor, _) = variance.contents else {
          throw weights.source.error("a variance", nil, found: found, allowed: allowed)
        }
        throw weights.error(tensor, found: found, allowed: allowed)
      }
      let affine = normalization.affine
      guard shape.count > 1 else { return affine }
      func spread(_ values: [Double]) -> [Double] { Self.spread(values, [shape[0], 1, 1], over: shape) }
      return ChannelAffine(scale: spread(affine.scale), shift: spread(affine.shift))
    }
  }

  /// Numbers of a shape that is as long as `shape`, or 1, on each axis from the right, repeated over `[C, H, W]`; the channel innermost.
  private static func spread(_ values: [Double], _ own: [Int], over shape: [Int]) -> [Double] {
    let aligned = [Int](repeating: 1, count: max(0, 3 - own.count)) + own.suffix(3)
    let steps = [aligned[1] * aligned[2], aligned[2], 1]
    let (channels, height, width) = (shape[0], shape[1], shape[2])
    func step(_ axis: Int, _ place: Int) -> Int { aligned[axis] == 1 ? 0 : place * steps[axis] }
    var result: [Double] = []
    result.reserveCapacity(channels * height * width)
    for row in 0..<height {
      for column in 0..<width {
        for channel in 0..<channels { result.append(values[step(0, channel) + step(1, row) + step(2, column)]) }
      }
    }
    return result
  }
}

extension ONNXWeights {
  /// The numbers of a constant as Floats, turned round where the graph has transposed the matrix.
  func matrix(_ constant: ONNXConstant) throws(FileError) -> [Float] {
    switch constant.contents {
    case .tensor(let tensor, let isTransposed):
      let values = try floats(tensor)
      guard isTransposed, constant.shape.count == 2 else { return values }
      // The constant's shape is [columns, rows] of the tensor.
      let (rows, columns) = (constant.shape[1], constant.shape[0])
      return [Float](unsafeUninitializedCapacity: values.count) { buffer, count in
        for row in 0..<rows {
          for column in 0..<columns { buffer.initializeElement(at: column * rows + row, to: values[row * columns + column]) }
        }
        count = values.count
      }
    case .numbers(let numbers):
      let values = numbers.map { Float($0.real ?? .nan) }
      guard values.allSatisfy(\.isFinite) else {
        throw source.error("a constant", nil, found: "not finite", allowed: "weights must be finite 32-bit numbers")
      }
      return values
    }
  }
}
