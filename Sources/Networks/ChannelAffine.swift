/// y = scale * x + shift per channel (or per output), in double precision until it is merged into a layer's weights.
struct ChannelAffine {
  var scale: [Double]
  var shift: [Double]

  /// This map followed by `next`: next.scale * (scale * x + shift) + next.shift.
  func followed(by next: ChannelAffine) -> ChannelAffine {
    ChannelAffine(
      scale: zip(scale, next.scale).map { $0 * $1 },
      shift: shift.indices.map { shift[$0] * next.scale[$0] + next.shift[$0] })
  }

  /// Changes weights `[O, ...]` and biases `[O]` of a linear layer so that it gives what it gave, followed by this map:
  /// w' = scale w, b' = scale b + shift.
  func merge(intoWeights weights: inout [Float], bias: inout [Float]) {
    let perChannel = weights.count / bias.count
    for channel in bias.indices {
      let factor = scale[channel]
      for index in channel * perChannel..<(channel + 1) * perChannel { weights[index] = Float(Double(weights[index]) * factor) }
      bias[channel] = Float(Double(bias[channel]) * factor + shift[channel])
    }
  }
}
