/// What layers without weights compute, and what all layers add. Cost is one pass over the numbers.
public enum LayerArithmetic {
  /// `result[i] = transform(x[i])`.
  @inlinable
  @inline(__always)
  public static func map(_ x: FeatureMaps, _ transform: (Float) -> Float) -> FeatureMaps {
    FeatureMaps(batch: x.batch, shape: x.shape) { result in
      x.values.withUnsafeBufferPointer { x in
        for index in 0..<x.count { result[index] = transform(x[index]) }
      }
    }
  }

  static func sum(_ inputs: [FeatureMaps]) -> FeatureMaps {
    var result = inputs[0]
    for input in inputs.dropFirst() { result.add(input) }
    return result
  }

  static func affine(_ x: FeatureMaps, scale: [Float], shift: [Float]) -> FeatureMaps {
    FeatureMaps(batch: x.batch, shape: x.shape) { result in
      x.values.withUnsafeBufferPointer { x in
        scale.withUnsafeBufferPointer { scale in
          shift.withUnsafeBufferPointer { shift in
            for start in stride(from: 0, to: x.count, by: scale.count) {
              for channel in 0..<scale.count { result[start + channel] = x[start + channel] * scale[channel] + shift[channel] }
            }
          }
        }
      }
    }
  }

  /// Channels of all inputs in turn, position by position.
  static func concatenate(_ inputs: [FeatureMaps], shape: [Int]) -> FeatureMaps {
    FeatureMaps(batch: inputs[0].batch, shape: shape) { result in
      var first = 0
      for input in inputs {
        let channels = input.channels
        input.values.withUnsafeBufferPointer { values in
          guard let source = values.baseAddress else { return }
          for position in 0..<input.batch * input.area {
            (result + position * shape[0] + first).update(from: source + position * channels, count: channels)
          }
        }
        first += channels
      }
    }
  }

  static func pad(_ x: FeatureMaps, _ padding: Padding, value: Float, shape: [Int]) -> FeatureMaps {
    FeatureMaps(batch: x.batch, shape: shape) { result in
      result.update(repeating: value, count: x.batch * shape.reduce(1, *))
      x.values.withUnsafeBufferPointer { values in
        guard let source = values.baseAddress else { return }
        forEachPaddedRow(x, padding, paddedShape: shape) { inner, outer, count in
          (result + outer).update(from: source + inner, count: count)
        }
      }
    }
  }

  /// Visits the rows of a picture inside its padding: (where the row starts in the picture, where in the padded one, its length).
  /// Negative padding cuts rows and columns off.
  public static func forEachPaddedRow(_ x: FeatureMaps, _ padding: Padding, paddedShape: [Int], _ body: (Int, Int, Int) -> Void) {
    let (height, width, channels) = (paddedShape[1], paddedShape[2], x.channels)
    let first = max(0, -padding.left)
    let last = min(x.width, width - padding.left)
    guard last > first else { return }
    for picture in 0..<x.batch {
      for row in 0..<x.height where (0..<height).contains(row + padding.top) {
        let inner = ((picture * x.height + row) * x.width + first) * channels
        let outer = ((picture * height + row + padding.top) * width + first + padding.left) * channels
        body(inner, outer, (last - first) * channels)
      }
    }
  }

  /// The largest number of each window; `-infinity` for a window that lies wholly in the padding.
  static func maxPool(_ maps: FeatureMaps, _ pooling: Pooling, shape: [Int]) -> FeatureMaps {
    let channels = maps.channels
    return FeatureMaps(batch: maps.batch, shape: shape) { result in
      maps.values.withUnsafeBufferPointer { x in
        forEachWindow(pooling, over: maps, outputShape: shape) { output, window in
          let target = result + output * channels
          target.update(repeating: -.infinity, count: channels)
          window.visit { position in
            let source = position * channels
            for channel in 0..<channels {
              let value = x[source + channel]
              target[channel] = value > target[channel] ? value : target[channel]
            }
          }
        }
      }
    }
  }

  static func averagePool(_ maps: FeatureMaps, _ pooling: Pooling, shape: [Int]) -> FeatureMaps {
    let channels = maps.channels
    return FeatureMaps(batch: maps.batch, shape: shape) { result in
      maps.values.withUnsafeBufferPointer { x in
        forEachWindow(pooling, over: maps, outputShape: shape) { output, window in
          let target = result + output * channels
          target.update(repeating: 0, count: channels)
          window.visit { position in
            let source = position * channels
            for channel in 0..<channels { target[channel] += x[source + channel] }
          }
          let divisor = Float(window.divisor)
          for channel in 0..<channels { target[channel] /= divisor }
        }
      }
    }
  }

  /// The part of a pooling window that lies inside the picture.
  public struct Window {
    let rows: [Int]
    let columns: [Int]
    /// Index of the picture's first position.
    let first: Int
    let width: Int
    /// What average pooling divides by.
    public let divisor: Int

    /// Calls with the index of each position, row by row.
    @inline(__always)
    public func visit(_ body: (Int) -> Void) {
      for row in rows {
        for column in columns { body(first + row * width + column) }
      }
    }
  }

  /// Visits the window of every output position, picture by picture: (index of the output position, window of input positions).
  public static func forEachWindow(
    _ pooling: Pooling, over maps: FeatureMaps, outputShape: [Int], _ body: (Int, Window) -> Void
  ) {
    let window = pooling.window
    let (height, width) = (maps.height, maps.width)
    let rows = (0..<outputShape[1]).map { axis($0 * window.strideHeight - window.padding.top, window.kernelHeight, window.dilationHeight) }
    let columns = (0..<outputShape[2]).map { axis($0 * window.strideWidth - window.padding.left, window.kernelWidth, window.dilationWidth) }
    for picture in 0..<maps.batch {
      for (y, ys) in rows.enumerated() {
        let inside = ys.filter { (0..<height).contains($0) }
        let padded = ys.count { (-window.padding.top..<height + window.padding.bottom).contains($0) }
        for (x, xs) in columns.enumerated() {
          let insideX = xs.filter { (0..<width).contains($0) }
          let paddedX = xs.count { (-window.padding.left..<width + window.padding.right).contains($0) }
          body(
            (picture * rows.count + y) * columns.count + x,
            Window(
              rows: inside, columns: insideX, first: picture * height * width, width: width,
              divisor: max(1, pooling.countsPadding ? padded * paddedX : inside.count * insideX.count)))
        }
      }
    }
  }

  private static func axis(_ start: Int, _ kernel: Int, _ dilation: Int) -> [Int] {
    (0..<kernel).map { start + $0 * dilation }
  }
}

extension FeatureMaps {
  /// Adds numbers of the same shape.
  public mutating func add(_ other: FeatureMaps) {
    precondition(shape == other.shape && batch == other.batch, "a sum needs equal shapes")
    values.withUnsafeMutableBufferPointer { values in
      other.values.withUnsafeBufferPointer { other in
        for index in 0..<values.count { values[index] += other[index] }
      }
    }
  }

  /// Adds one number per channel.
  public mutating func add(perChannel shift: [Float]) {
    precondition(shift.count == channels, "one number per channel")
    values.withUnsafeMutableBufferPointer { values in
      shift.withUnsafeBufferPointer { shift in
        for start in stride(from: 0, to: values.count, by: shift.count) {
          for channel in 0..<shift.count { values[start + channel] += shift[channel] }
        }
      }
    }
  }
}
