/// One channel of a picture as numbers, rows from the top.
public struct FloatPlane: Sendable, Equatable {
  public let width: Int
  public let height: Int
  public var values: [Float]

  public init(width: Int, height: Int, values: [Float]) {
    precondition(width > 0 && height > 0 && values.count == width * height, "\(values.count) numbers are not \(width) x \(height)")
    self.width = width
    self.height = height
    self.values = values
  }

  /// The same picture in another size; each axis by itself. An axis that shrinks is averaged over the area that each new pixel covers.
  /// One that grows is interpolated linearly between pixel centres, constant past the outer ones: PyTorch's
  /// `interpolate(mode="bilinear", align_corners=False)`.
  public func resampled(width newWidth: Int, height newHeight: Int) -> FloatPlane {
    precondition(newWidth > 0 && newHeight > 0, "a picture has at least one pixel")
    let columns = AxisWeights(from: width, to: newWidth)
    let rows = AxisWeights(from: height, to: newHeight)
    // Narrow first: what is left to do in the other direction is then smallest when pictures shrink, as most do.
    var narrow = [Float](repeating: 0, count: newWidth * height)
    for row in 0..<height {
      for column in 0..<newWidth {
        var sum: Float = 0
        for tap in columns.taps(column) { sum += tap.weight * values[row * width + tap.source] }
        narrow[row * newWidth + column] = sum
      }
    }
    var result = [Float](repeating: 0, count: newWidth * newHeight)
    for row in 0..<newHeight {
      for tap in rows.taps(row) {
        for column in 0..<newWidth { result[row * newWidth + column] += tap.weight * narrow[tap.source * newWidth + column] }
      }
    }
    return FloatPlane(width: newWidth, height: newHeight, values: result)
  }
}

extension GrayPicture {
  /// The pixels as numbers of 0 to 255.
  public var plane: FloatPlane { FloatPlane(width: width, height: height, values: pixels.map(Float.init)) }

  /// Numbers of 0 to 255, rounded; what lies outside is cut.
  public init(_ plane: FloatPlane) {
    self.init(width: plane.width, height: plane.height, pixels: plane.values.map { UInt8(max(0, min(255, $0.rounded()))) })
  }

  /// The same picture in another size, by area averaging or bilinear interpolation (see `FloatPlane.resampled`).
  public func resampled(width: Int, height: Int) -> GrayPicture {
    self.width == width && self.height == height ? self : GrayPicture(plane.resampled(width: width, height: height))
  }
}

/// Which old pixels make each new pixel of one axis, and with what weights; the weights of a new pixel sum to 1.
private struct AxisWeights {
  struct Tap {
    let source: Int
    let weight: Float
  }

  private var all: [Tap] = []
  private var starts: [Int] = [0]

  init(from old: Int, to new: Int) {
    let scale = Double(old) / Double(new)
    for target in 0..<new {
      if new >= old {
        let position = max(0, (Double(target) + 0.5) * scale - 0.5)
        let first = min(Int(position), old - 1)
        let fraction = Float(position - Double(first))
        all.append(Tap(source: first, weight: 1 - fraction))
        if fraction > 0 { all.append(Tap(source: min(first + 1, old - 1), weight: fraction)) }
      } else {
        let (low, high) = (Double(target) * scale, Double(target + 1) * scale)
        for source in Int(low)..<min(old, Int(high.rounded(.up))) {
          let covered = min(high, Double(source + 1)) - max(low, Double(source))
          if covered > 0 { all.append(Tap(source: source, weight: Float(covered / scale))) }
        }
      }
      starts.append(all.count)
    }
  }

  func taps(_ target: Int) -> ArraySlice<Tap> { all[starts[target]..<starts[target + 1]] }
}
