import Files

/// y = (x - mean) * gamma / sqrt(variance + epsilon) + beta, per channel, with the statistics of training.
struct BatchNormalization {
  let gamma: [Float]
  let beta: [Float]
  let mean: [Float]
  let variance: [Float]
  /// PyTorch's default, unless the file has another.
  var epsilon = 1e-5

  /// scale = gamma / sqrt(variance + epsilon), shift = beta - mean * scale.
  var affine: ChannelAffine {
    let scale = gamma.indices.map { Double(gamma[$0]) / (Double(variance[$0]) + epsilon).squareRoot() }
    return ChannelAffine(scale: scale, shift: scale.indices.map { Double(beta[$0]) - Double(mean[$0]) * scale[$0] })
  }

  /// The convolution that gives what `convolution` followed by this normalization gives.
  func merged(into convolution: Convolution) -> Convolution {
    var weights = convolution.weights
    var bias = convolution.bias
    affine.merge(intoWeights: &weights, bias: &bias)
    return Convolution(geometry: convolution.geometry, weights: weights, bias: bias, rowFactors: affine.scale.map { Float($0) })
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

  /// Those that are trained: gamma and beta.
  var parameterCount: Int { gamma.shape[0] + beta.shape[0] }

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
