import Tensors

extension Preprocessing {
  /// The network's input `[C, H, W]` from a grey picture; every channel gets the same grey.
  ///
  /// Resized by linear interpolation between pixel centres (PyTorch's `align_corners=False`); where the picture shrinks, the triangle
  /// filter widens with the factor, so that no pixel is skipped.
  public func input(fromGray pixels: [UInt8], width sourceWidth: Int, height sourceHeight: Int) -> Tensor {
    precondition(pixels.count == sourceWidth * sourceHeight && !pixels.isEmpty, "a picture has width x height pixels")
    let gray = pixels.map { Float($0) / 255 }
    let resized = Self.resize(gray, from: (sourceHeight, sourceWidth), to: (height, width))
    var values: [Float] = []
    values.reserveCapacity(channels * height * width)
    for channel in 0..<channels {
      values.append(contentsOf: resized.lazy.map { ($0 - mean[channel]) / std[channel] })
    }
    return Tensor(shape: [channels, height, width], values: values)
  }

  /// The input of a network of three channels from a colour picture: bytes, red, green and blue of each pixel in turn.
  public func input(fromRGB pixels: [UInt8], width sourceWidth: Int, height sourceHeight: Int) -> Tensor {
    let area = sourceWidth * sourceHeight
    precondition(
      channels == 3 && pixels.count == 3 * area && area > 0, "a colour picture has three bytes a pixel, and the network three channels")
    var values: [Float] = []
    values.reserveCapacity(channels * height * width)
    for channel in 0..<channels {
      let plane = stride(from: channel, to: pixels.count, by: 3).map { Float(pixels[$0]) / 255 }
      let resized = Self.resize(plane, from: (sourceHeight, sourceWidth), to: (height, width))
      values.append(contentsOf: resized.lazy.map { ($0 - mean[channel]) / std[channel] })
    }
    return Tensor(shape: [channels, height, width], values: values)
  }

  /// The lowest and the highest value that an input can have, per channel: black and white after normalization.
  public var lowest: [Float] { zip(mean, std).map { (0 - $0) / $1 } }
  public var highest: [Float] { zip(mean, std).map { (1 - $0) / $1 } }

  /// One plane resized by linear interpolation between pixel centres, as `input(fromGray:width:height:)` does it.
  package static func resize(_ plane: [Float], from source: (height: Int, width: Int), to target: (height: Int, width: Int)) -> [Float] {
    let rows = taps(from: source.height, to: target.height)
    let columns = taps(from: source.width, to: target.width)
    var widened = [Float](repeating: 0, count: source.height * target.width)
    for y in 0..<source.height {
      for (x, tap) in columns.enumerated() {
        var sum: Float = 0
        for (offset, weight) in tap.weights.enumerated() { sum += weight * plane[y * source.width + tap.first + offset] }
        widened[y * target.width + x] = sum
      }
    }
    var result = [Float](repeating: 0, count: target.height * target.width)
    for (y, tap) in rows.enumerated() {
      for (offset, weight) in tap.weights.enumerated() {
        for x in 0..<target.width { result[y * target.width + x] += weight * widened[(tap.first + offset) * target.width + x] }
      }
    }
    return result
  }

  private struct Tap {
    let first: Int
    let weights: [Float]
  }

  private static func taps(from source: Int, to target: Int) -> [Tap] {
    let factor = Double(source) / Double(target)
    let radius = max(1, factor)
    return (0..<target).map { position in
      let centre = (Double(position) + 0.5) * factor - 0.5
      let first = max(0, Int((centre - radius).rounded(.up)))
      let last = min(source - 1, Int((centre + radius).rounded(.down)))
      var weights = (first...last).map { max(0, 1 - abs(Double($0) - centre) / radius) }
      let total = weights.reduce(0, +)
      for index in weights.indices { weights[index] /= total }
      return Tap(first: first, weights: weights.map { Float($0) })
    }
  }
}
