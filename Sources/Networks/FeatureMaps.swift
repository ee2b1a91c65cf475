import Tensors

/// Numbers of one layer for a batch of pictures, channel innermost: `[N, H, W, C]` in memory.
///
/// In this order a convolution reads and writes whole vectors of channels, whatever its kernel, stride and padding. Vectors `[F]` are
/// pictures of one position.
public struct FeatureMaps: Sendable, Equatable {
  public let batch: Int
  /// Of one picture: `[C, H, W]` or `[F]`.
  public let shape: [Int]
  public var values: [Float]

  public init(batch: Int, shape: [Int], values: [Float]) {
    precondition(shape.reduce(batch, *) == values.count, "\(batch) pictures of shape \(shape) do not hold \(values.count) values")
    self.batch = batch
    self.shape = shape
    self.values = values
  }

  public init(zeros shape: [Int], batch: Int) {
    self.init(batch: batch, shape: shape, values: [Float](repeating: 0, count: shape.reduce(batch, *)))
  }

  /// Numbers that `fill` writes, all of them.
  @inlinable
  public init(batch: Int, shape: [Int], fill: (UnsafeMutablePointer<Float>) -> Void) {
    let values = [Float](unsafeUninitializedCapacity: shape.reduce(batch, *)) { buffer, count in
      count = buffer.count
      if let base = buffer.baseAddress { fill(base) }
    }
    self.init(batch: batch, shape: shape, values: values)
  }

  public var channels: Int { shape[0] }
  public var height: Int { shape.count == 3 ? shape[1] : 1 }
  public var width: Int { shape.count == 3 ? shape[2] : 1 }
  /// How many positions a picture has.
  public var area: Int { shape.dropFirst().reduce(1, *) }
  /// How many numbers a picture has.
  public var size: Int { shape.reduce(1, *) }

  /// From `[N, C, H, W]` or `[N, F]`. Cost: one copy.
  public init(_ tensor: Tensor) {
    let shape = Array(tensor.shape.dropFirst())
    let batch = tensor.shape[0]
    let area = shape.dropFirst().reduce(1, *)
    guard area > 1, shape[0] > 1 else {
      self.init(batch: batch, shape: shape, values: tensor.values)
      return
    }
    self.init(batch: batch, shape: shape) { result in
      tensor.values.withUnsafeBufferPointer { source in
        transpose(source, rows: shape[0], columns: area, count: batch, into: result)
      }
    }
  }

  /// `[N, C, H, W]` or `[N, F]`. Cost: one copy.
  public var tensor: Tensor { Tensor(shape: [batch] + shape, values: valuesByChannel) }

  /// Picture `index` as `[C, H, W]` or `[F]`. Cost: one copy.
  public func picture(_ index: Int) -> Tensor { Tensor(shape: shape, values: self[index].valuesByChannel) }

  /// Picture `index` as a batch of one. Cost: one copy; none for the only one.
  public subscript(index: Int) -> FeatureMaps {
    batch == 1 ? self : FeatureMaps(batch: 1, shape: shape, values: Array(values[index * size..<(index + 1) * size]))
  }

  /// Every picture `count` times in a row.
  public func repeated(_ count: Int) -> FeatureMaps {
    guard count != 1 else { return self }
    var result: [Float] = []
    result.reserveCapacity(values.count * count)
    for index in 0..<batch {
      for _ in 0..<count { result.append(contentsOf: values[index * size..<(index + 1) * size]) }
    }
    return FeatureMaps(batch: batch * count, shape: shape, values: result)
  }

  /// The numbers in the order of `[N, C, H, W]`.
  var valuesByChannel: [Float] {
    guard area > 1, channels > 1 else { return values }
    return [Float](unsafeUninitializedCapacity: values.count) { buffer, count in
      values.withUnsafeBufferPointer { source in
        if let base = buffer.baseAddress { transpose(source, rows: area, columns: channels, count: batch, into: base) }
      }
      count = values.count
    }
  }
}

/// Turns `count` matrices `[rows, columns]` into `[columns, rows]`.
private func transpose(
  _ source: UnsafeBufferPointer<Float>, rows: Int, columns: Int, count: Int, into target: UnsafeMutablePointer<Float>
) {
  // Blocks, so that the lines of both sides stay in the cache.
  let block = 16
  for matrix in 0..<count {
    let offset = matrix * rows * columns
    for top in stride(from: 0, to: rows, by: block) {
      for left in stride(from: 0, to: columns, by: block) {
        for row in top..<min(rows, top + block) {
          for column in left..<min(columns, left + block) {
            target[offset + column * rows + row] = source[offset + row * columns + column]
          }
        }
      }
    }
  }
}

extension FeatureMaps {
  /// Borrows the numbers; there is at least one.
  @inlinable
  public func withPointer<Result>(_ body: (UnsafePointer<Float>) -> Result) -> Result {
    values.withUnsafeBufferPointer { buffer in
      guard let base = buffer.baseAddress else { preconditionFailure("a layer gives out at least one number") }
      return body(base)
    }
  }

  /// Borrows the numbers to change them; there is at least one.
  @inlinable
  public mutating func withMutablePointer<Result>(_ body: (UnsafeMutablePointer<Float>) -> Result) -> Result {
    values.withUnsafeMutableBufferPointer { buffer in
      guard let base = buffer.baseAddress else { preconditionFailure("a layer gives out at least one number") }
      return body(base)
    }
  }
}
