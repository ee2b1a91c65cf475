/// Dense Float numbers in row-major order, with their shape: `[N, C, H, W]` for pictures, `[N, F]` for vectors.
public struct Tensor: Sendable, Equatable {
  public let shape: [Int]
  public var values: [Float]

  public init(shape: [Int], values: [Float]) {
    precondition(shape.reduce(1, *) == values.count, "a tensor of shape \(shape) does not hold \(values.count) values")
    self.shape = shape
    self.values = values
  }

  public init(zeros shape: [Int]) {
    self.init(shape: shape, values: [Float](repeating: 0, count: shape.reduce(1, *)))
  }

  public var count: Int { values.count }

  public func reshaped(_ shape: [Int]) -> Tensor { Tensor(shape: shape, values: values) }

  /// Element `index` of the first dimension, with that dimension removed. Cost: one copy.
  public func element(_ index: Int) -> Tensor {
    let rest = Array(shape.dropFirst())
    let size = rest.reduce(1, *)
    return Tensor(shape: rest, values: Array(values[index * size..<(index + 1) * size]))
  }

  /// The sum in double precision.
  public var sum: Double { values.withUnsafeBufferPointer(doubleSum) }

  /// The sum over element `index` of the first dimension, in double precision.
  public func sum(ofElement index: Int) -> Double {
    let size = count / shape[0]
    return values.withUnsafeBufferPointer { doubleSum(UnsafeBufferPointer(rebasing: $0[index * size..<(index + 1) * size])) }
  }

  public var largestMagnitude: Float { values.reduce(0) { max($0, abs($1)) } }
}

/// Four partial sums, so that one addition need not wait for the one before.
private func doubleSum(_ values: UnsafeBufferPointer<Float>) -> Double {
  var partial = SIMD4<Double>.zero
  let whole = values.count / 4 * 4
  for index in stride(from: 0, to: whole, by: 4) {
    partial += SIMD4(Double(values[index]), Double(values[index + 1]), Double(values[index + 2]), Double(values[index + 3]))
  }
  var sum = partial.sum()
  for index in whole..<values.count { sum += Double(values[index]) }
  return sum
}
