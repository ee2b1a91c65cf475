import Files

/// A map per channel whose numbers are still in the file.
enum ONNXChannelMap {
  /// Adds one number for all channels, or one each, times `factor`.
  case shift(ONNXConstant, factor: Double)
  case scale(ONNXConstant)
  case division(ONNXConstant)
  case factor(Double)
  case normalization(gamma: ONNXConstant, beta: ONNXConstant, mean: ONNXConstant, variance: ONNXConstant, epsilon: Double)

  var scales: Bool {
    if case .shift = self { false } else { true }
  }

  func read(channels: Int, from weights: ONNXWeights) throws(FileError) -> ChannelAffine {
    func all(_ constant: ONNXConstant) throws(FileError) -> [Double] {
      let values = try weights.matrix(constant).map { Double($0) }
      return values.count == 1 ? [Double](repeating: values[0], count: channels) : values
    }
    let zeros = [Double](repeating: 0, count: channels)
    switch self {
    case .shift(let constant, let factor):
      return ChannelAffine(scale: [Double](repeating: 1, count: channels), shift: try all(constant).map { $0 * factor })
    case .scale(let constant): return ChannelAffine(scale: try all(constant), shift: zeros)
    case .division(let constant): return ChannelAffine(scale: try all(constant).map { 1 / $0 }, shift: zeros)
    case .factor(let factor): return ChannelAffine(scale: [Double](repeating: factor, count: channels), shift: zeros)
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
      return normalization.affine
    }
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
