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

  /// The network's input from a colour picture given as planes of 0...1, `[3, H, W]`. A network of one channel gets the luma
  /// (ITU-R BT.601, as Pillow and torchvision compute it).
  public func input(fromRGB planes: [Float], width sourceWidth: Int, height sourceHeight: Int) -> Tensor {
    let area = sourceWidth * sourceHeight
    precondition(planes.count == 3 * area && area > 0, "a colour picture has three planes")
    let sources: [[Float]] =
      channels == 3
      ? (0..<3).map { Array(planes[$0 * area..<($0 + 1) * area]) }
      : [(0..<area).map { 0.299 * planes[$0] + 0.587 * planes[area + $0] + 0.114 * planes[2 * area + $0] }]
    var values: [Float] = []
    values.reserveCapacity(channels * height * width)
    for channel in 0..<channels {
      let resized = Self.resize(sources[min(channel, sources.count - 1)], from: (sourceHeight, sourceWidth), to: (height, width))
      values.append(contentsOf: resized.lazy.map { ($0 - mean[channel]) / std[channel] })
    }
    return Tensor(shape: [channels, height, width], values: values)
  }

  /// The lowest and the highest value that an input can have, per channel: black and white after normalization.
  public var lowest: [Float] { zip(mean, std).map { (0 - $0) / $1 } }
  public var highest: [Float] { zip(mean, std).map { (1 - $0) / $1 } }

  private static func resize(_ plane: [Float], from source: (height: Int, width: Int), to target: (height: Int, width: Int)) -> [Float] {
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
