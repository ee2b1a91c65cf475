import Networks

extension Network {
  /// Black and white as a layer gives them out, for each channel: what z-box takes for the bounds of what reads it.
  ///
  /// Arithmetic with constants that the graph itself begins with, a normalization for one, moves them; where its numbers differ from
  /// position to position, a channel has the outermost. What is further inside the network has no such bounds: there they are those of
  /// the input, the outermost of all channels where it has another number of them.
  func inputBounds(of layer: Int) -> (low: [Float], high: [Float]) {
    var maps: [(scale: [Float], shift: [Float])] = []
    var source = layer
    walk: while source > 0 {
      switch layers[source].operation {
      case .affine(let scale, let shift): maps.append((scale, shift))
      case .pad: break
      default: break walk
      }
      source = layers[source].inputs[0]
    }
    var (low, high) = (preprocessing.lowest, preprocessing.highest)
    let channels = layers[layer].outputShape[0]
    guard source == 0, low.count == channels else {
      return low.count == channels ? (low, high) : ([low.reduce(low[0], min)], [high.reduce(high[0], max)])
    }
    for map in maps.reversed() {
      var (lower, upper) = ([Float](repeating: .infinity, count: channels), [Float](repeating: -.infinity, count: channels))
      for (place, (scale, shift)) in zip(map.scale, map.shift).enumerated() {
        // The channel is innermost.
        let channel = place % channels
        for bound in [low[channel], high[channel]] {
          lower[channel] = min(lower[channel], scale * bound + shift)
          upper[channel] = max(upper[channel], scale * bound + shift)
        }
      }
      (low, high) = (lower, upper)
    }
    return (low, high)
  }
}
