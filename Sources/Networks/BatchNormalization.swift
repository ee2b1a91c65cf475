import Files

/// y = (x - mean) * gamma / sqrt(variance + epsilon) + beta, per channel, with the statistics of training.
struct BatchNormalization {
  let gamma: [Float]
  let beta: [Float]
  let mean: [Float]
  let variance: [Float]
  /// PyTorch's default.
  static let epsilon = 1e-5

  /// Takes `prefix.weight`, `.bias`, `.running_mean` and `.running_var` of `channels` elements.
  init(_ prefix: String, channels: Int, from tensors: inout NamedTensors) throws(FileError) {
    gamma = try tensors.take("\(prefix).weight", shape: [channels]).values
    beta = try tensors.take("\(prefix).bias", shape: [channels]).values
    mean = try tensors.take("\(prefix).running_mean", shape: [channels]).values
    variance = try tensors.take("\(prefix).running_var", shape: [channels]).values
    if let channel = variance.firstIndex(where: { $0 < 0 }) {
      throw tensors.error(
        "\(prefix).running_var", found: "\(variance[channel]) in channel \(channel)", allowed: "a variance is never negative")
    }
  }

  /// The convolution that gives what `convolution` followed by this normalization gives:
  /// w' = w gamma / sqrt(variance + epsilon), b' = (b - mean) gamma / sqrt(variance + epsilon) + beta.
  func merged(into convolution: Convolution) -> Convolution {
    var weights = convolution.weights
    var bias = convolution.bias
    let perChannel = weights.count / bias.count
    for channel in bias.indices {
      let factor = Double(gamma[channel]) / (Double(variance[channel]) + Self.epsilon).squareRoot()
      for index in channel * perChannel..<(channel + 1) * perChannel { weights[index] = Float(Double(weights[index]) * factor) }
      bias[channel] = Float((Double(bias[channel]) - Double(mean[channel])) * factor + Double(beta[channel]))
    }
    return Convolution(geometry: convolution.geometry, weights: weights, bias: bias)
  }
}
