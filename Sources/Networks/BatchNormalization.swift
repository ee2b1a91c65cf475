import Files

/// y = (x - mean) * gamma / sqrt(variance + epsilon) + beta, per channel, with the statistics of training.
struct BatchNormalization {
  let gamma: [Float]
  let beta: [Float]
  let mean: [Float]
  let variance: [Float]
  /// PyTorch's default.
  static let epsilon = 1e-5

  /// The convolution that gives what `convolution` followed by this normalization gives:
  /// w' = w gamma / sqrt(variance + epsilon), b' = (b - mean) gamma / sqrt(variance + epsilon) + beta.
  func merged(into convolution: Convolution) -> Convolution {
    var weights = convolution.weights
    var bias = convolution.bias
    let perChannel = weights.count / bias.count
    var factors: [Float] = []
    for channel in bias.indices {
      let factor = Double(gamma[channel]) / (Double(variance[channel]) + Self.epsilon).squareRoot()
      factors.append(Float(factor))
      for index in channel * perChannel..<(channel + 1) * perChannel { weights[index] = Float(Double(weights[index]) * factor) }
      bias[channel] = Float((Double(bias[channel]) - Double(mean[channel])) * factor + Double(beta[channel]))
    }
    return Convolution(geometry: convolution.geometry, weights: weights, bias: bias, rowFactors: factors)
  }
}

/// The four tensors of a batch normalization, whose numbers are still in the file.
struct BatchNormalizationTensors {
  let prefix: String
  let gamma: NamedTensors.Pending
  let beta: NamedTensors.Pending
  let mean: NamedTensors.Pending
  let variance: NamedTensors.Pending
  private let path: String

  /// Takes `prefix.weight`, `.bias`, `.running_mean` and `.running_var` of `channels` elements.
  init(_ prefix: String, channels: Int, from tensors: inout NamedTensors) throws(FileError) {
    self.prefix = prefix
    path = tensors.path
    gamma = try tensors.take("\(prefix).weight", shape: [channels])
    beta = try tensors.take("\(prefix).bias", shape: [channels])
    mean = try tensors.take("\(prefix).running_mean", shape: [channels])
    variance = try tensors.take("\(prefix).running_var", shape: [channels])
  }

  func read() throws(FileError) -> BatchNormalization {
    let normalization = BatchNormalization(
      gamma: try gamma.values(), beta: try beta.values(), mean: try mean.values(), variance: try variance.values())
    if let channel = normalization.variance.firstIndex(where: { $0 < 0 }) {
      throw FileError(
        .badData, path: path, format: "safetensors", field: "tensor \(variance.name)",
        found: "\(normalization.variance[channel]) in channel \(channel)", allowed: "a variance is never negative")
    }
    return normalization
  }

  /// `convolution` with this normalization merged. Finite numbers of a file can still overflow when they are multiplied.
  func read(mergedInto convolution: Convolution) throws(FileError) -> Convolution {
    let merged = try read().merged(into: convolution)
    guard merged.weights.allSatisfy(\.isFinite), merged.bias.allSatisfy(\.isFinite) else {
      throw FileError(
        .badData, path: path, format: "safetensors", field: "tensor \(gamma.name)", found: "too large",
        allowed: "a convolution with its normalization merged must have finite weights")
    }
    return merged
  }
}
