import Tensors

/// What layers without weights compute. Tensors carry the batch first; cost is one pass over the numbers.
public enum LayerArithmetic {
  static func relu(_ x: Tensor) -> Tensor { map(x) { max(0, $0) } }

  static func sum(_ a: Tensor, _ b: Tensor) -> Tensor {
    precondition(a.shape == b.shape, "a sum needs equal shapes")
    let values = [Float](unsafeUninitializedCapacity: a.count) { buffer, count in
      a.values.withUnsafeBufferPointer { a in
        b.values.withUnsafeBufferPointer { b in
          for index in 0..<a.count { buffer.initializeElement(at: index, to: a[index] + b[index]) }
        }
      }
      count = a.count
    }
    return Tensor(shape: a.shape, values: values)
  }

  static func affine(_ x: Tensor, scale: [Float], shift: [Float]) -> Tensor {
    var result = x
    let area = x.count / (x.shape[0] * scale.count)
    result.values.withUnsafeMutableBufferPointer { values in
      for plane in 0..<values.count / area {
        let channel = plane % scale.count
        for index in plane * area..<(plane + 1) * area { values[index] = scale[channel] * values[index] + shift[channel] }
      }
    }
    return result
  }

  /// Adds one number per channel to `[N, channels, ...]`.
  public static func addBias(_ bias: [Float], to values: UnsafeMutableBufferPointer<Float>, batch: Int) {
    let area = values.count / (batch * bias.count)
    for plane in 0..<batch * bias.count {
      let shift = bias[plane % bias.count]
      for index in plane * area..<(plane + 1) * area { values[index] += shift }
    }
  }

  public static func map(_ x: Tensor, _ transform: (Float) -> Float) -> Tensor {
    let values = [Float](unsafeUninitializedCapacity: x.count) { buffer, count in
      x.values.withUnsafeBufferPointer { x in
        for index in 0..<x.count { buffer.initializeElement(at: index, to: transform(x[index])) }
      }
      count = x.count
    }
    return Tensor(shape: x.shape, values: values)
  }

  static func maxPool(_ x: Tensor, _ pooling: Pooling, shape: [Int]) -> Tensor {
    var result = Tensor(zeros: shape)
    x.values.withUnsafeBufferPointer { source in
      result.values.withUnsafeMutableBufferPointer { target in
        forEachWindow(pooling, inputShape: x.shape, outputShape: shape) { position, window in
          var largest = -Float.infinity
          window.visit { largest = max(largest, source[$0]) }
          target[position] = largest
        }
      }
    }
    return result
  }

  static func averagePool(_ x: Tensor, _ pooling: Pooling, shape: [Int]) -> Tensor {
    var result = Tensor(zeros: shape)
    x.values.withUnsafeBufferPointer { source in
      result.values.withUnsafeMutableBufferPointer { target in
        forEachWindow(pooling, inputShape: x.shape, outputShape: shape) { position, window in
          var sum: Float = 0
          window.visit { sum += source[$0] }
          target[position] = sum / Float(window.divisor)
        }
      }
    }
    return result
  }

  /// The part of a pooling window that lies inside the picture.
  public struct Window {
    public let rows: Range<Int>
    public let columns: Range<Int>
    /// Index of the plane's first element.
    let plane: Int
    let width: Int
    /// What average pooling divides by.
    public let divisor: Int

    /// Calls with the index of each element, row by row.
    @inline(__always)
    public func visit(_ body: (Int) -> Void) {
      for row in rows {
        let start = plane + row * width
        for column in columns { body(start + column) }
      }
    }
  }

  /// Visits the window of every output element of `[N, C, H, W]`: (index of the output, window of inputs).
  @inline(__always)
  public static func forEachWindow(_ pooling: Pooling, inputShape: [Int], outputShape: [Int], _ body: (Int, Window) -> Void) {
    let (height, width) = (inputShape[2], inputShape[3])
    let (outputHeight, outputWidth) = (outputShape[2], outputShape[3])
    for plane in 0..<inputShape[0] * inputShape[1] {
      for y in 0..<outputHeight {
        let top = y * pooling.stride - pooling.padding
        let rows = max(0, top)..<min(height, top + pooling.kernelHeight)
        let paddedRows = min(height + pooling.padding, top + pooling.kernelHeight) - top
        for x in 0..<outputWidth {
          let left = x * pooling.stride - pooling.padding
          let columns = max(0, left)..<min(width, left + pooling.kernelWidth)
          let paddedColumns = min(width + pooling.padding, left + pooling.kernelWidth) - left
          let window = Window(
            rows: rows, columns: columns, plane: plane * height * width, width: width,
            divisor: pooling.countsPadding ? paddedRows * paddedColumns : rows.count * columns.count)
          body((plane * outputHeight + y) * outputWidth + x, window)
        }
      }
    }
  }
}
