/// What layers without weights compute, and what all layers add. Cost is one pass over the numbers.
public enum LayerArithmetic {
  /// What `transform` makes of all numbers, eight at a time.
  public static func map(_ x: FeatureMaps, _ kernels: any Kernels, _ transform: (Lanes) -> Lanes) -> FeatureMaps {
    FeatureMaps(batch: x.batch, shape: x.shape) { result in
      let count = x.values.count
      x.withPointer { x in
        kernels.forEachPart(of: count) { part in
          forEachLanes(part) { index, rest in transform(Lanes(x + index, rest)).store(result + index, rest) }
        }
      }
    }
  }

  /// What a ReLU makes of numbers; 0 of what is no number.
  @inline(__always)
  static func rectified(_ x: Lanes) -> Lanes { x.replacing(with: 0, where: .!(x .> 0)) }

  /// The sum, and with it what a ReLU makes of it where that is wanted.
  static func sum(_ inputs: [FeatureMaps], rectifies: Bool, _ kernels: any Kernels) -> (sum: FeatureMaps, rectified: FeatureMaps?) {
    let first = inputs[1..<inputs.count - 1].reduce(inputs[0]) { $0.adding($1, kernels) }
    let last = inputs[inputs.count - 1]
    guard rectifies else { return (first.adding(last, kernels), nil) }
    var rectified: FeatureMaps?
    let sum = FeatureMaps(batch: first.batch, shape: first.shape) { sum in
      rectified = FeatureMaps(batch: first.batch, shape: first.shape) { rectified in
        first.withPointer { a in
          last.withPointer { b in
            kernels.forEachPart(of: first.values.count) { part in
              forEachLanes(part) { index, rest in
                let lanes = Lanes(a + index, rest) + Lanes(b + index, rest)
                lanes.store(sum + index, rest)
                Self.rectified(lanes).store(rectified + index, rest)
              }
            }
          }
        }
      }
    }
    return (sum, rectified)
  }

  /// scale * x + shift: numbers for each channel, or for each output of a picture.
  public static func affine(_ x: FeatureMaps, scale: [Float], shift: [Float], _ kernels: any Kernels) -> FeatureMaps {
    FeatureMaps(batch: x.batch, shape: x.shape) { result in
      x.withPointer { source in
        scale.withUnsafeBufferPointer { scale in
          shift.withUnsafeBufferPointer { shift in
            kernels.forEachPart(of: x.values.count, unit: scale.count) { part in
              for start in stride(from: part.lowerBound, to: part.upperBound, by: scale.count) {
                for place in 0..<scale.count { result[start + place] = source[start + place] * scale[place] + shift[place] }
              }
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
  static func maxPool(_ maps: FeatureMaps, _ pooling: Pooling, shape: [Int], _ kernels: any Kernels) -> FeatureMaps {
    let channels = maps.channels
    return FeatureMaps(batch: maps.batch, shape: shape) { result in
      maps.withPointer { x in
        kernels.forEachShare(of: maps.batch) { pictures in
          forEachWindow(pooling, over: maps, pictures: pictures, outputShape: shape) { output, window in
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
  }

  static func averagePool(_ maps: FeatureMaps, _ pooling: Pooling, shape: [Int], _ kernels: any Kernels) -> FeatureMaps {
    let channels = maps.channels
    return FeatureMaps(batch: maps.batch, shape: shape) { result in
      maps.withPointer { x in
        kernels.forEachShare(of: maps.batch) { pictures in
          forEachWindow(pooling, over: maps, pictures: pictures, outputShape: shape) { output, window in
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
  ///
  /// - Parameter pictures: of these; nil for all.
  public static func forEachWindow(
    _ pooling: Pooling, over maps: FeatureMaps, pictures: Range<Int>? = nil, outputShape: [Int], _ body: (Int, Window) -> Void
  ) {
    let window = pooling.window
    let (height, width) = (maps.height, maps.width)
    let rows = (0..<outputShape[1]).map {
      Taps(
        from: $0 * window.strideHeight - window.padding.top, window.kernelHeight, window.dilationHeight, length: height,
        before: window.padding.top, after: window.padding.bottom)
    }
    let columns = (0..<outputShape[2]).map {
      Taps(
        from: $0 * window.strideWidth - window.padding.left, window.kernelWidth, window.dilationWidth, length: width,
        before: window.padding.left, after: window.padding.right)
    }
    for picture in pictures ?? 0..<maps.batch {
      for (y, row) in rows.enumerated() {
        for (x, column) in columns.enumerated() {
          let counted = pooling.countsPadding ? row.padded * column.padded : row.inside.count * column.inside.count
          body(
            (picture * rows.count + y) * columns.count + x,
            Window(rows: row.inside, columns: column.inside, first: picture * height * width, width: width, divisor: max(1, counted)))
        }
      }
    }
  }

  /// The rows or columns that an output position reads.
  private struct Taps {
    let inside: [Int]
    /// How many lie inside or in the padding.
    let padded: Int

    init(from start: Int, _ kernel: Int, _ dilation: Int, length: Int, before: Int, after: Int) {
      let all = (0..<kernel).map { start + $0 * dilation }
      inside = all.filter { (0..<length).contains($0) }
      padded = all.count { (-before..<length + after).contains($0) }
    }
  }
}

extension FeatureMaps {
  /// The sum with numbers of the same shape.
  public func adding(_ other: FeatureMaps, _ kernels: any Kernels) -> FeatureMaps {
    precondition(shape == other.shape && batch == other.batch, "a sum needs equal shapes")
    let count = values.count
    return FeatureMaps(batch: batch, shape: shape) { result in
      withPointer { a in
        other.withPointer { b in
          kernels.forEachPart(of: count) { part in
            for index in part { result[index] = a[index] + b[index] }
          }
        }
      }
    }
  }

  /// Adds one number per channel.
  public func adding(perChannel shift: [Float], _ kernels: any Kernels) -> FeatureMaps {
    precondition(shift.count == channels, "one number per channel")
    return FeatureMaps(batch: batch, shape: shape) { result in
      withPointer { x in
        shift.withUnsafeBufferPointer { shift in
          kernels.forEachPart(of: values.count, unit: shift.count) { part in
            for start in stride(from: part.lowerBound, to: part.upperBound, by: shift.count) {
              for channel in 0..<shift.count { result[start + channel] = x[start + channel] + shift[channel] }
            }
          }
        }
      }
    }
  }
}
