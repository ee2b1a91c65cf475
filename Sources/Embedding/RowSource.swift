/// Rows that can be summed and turned into centred floating point numbers, a block at a time.
protocol RowSource {
  var dimension: Int { get }
  func add(row: Int, to sums: UnsafeMutablePointer<Double>)
  /// Writes `scale * value - mean` of the rows in `range`, densely.
  func centre(_ range: Range<Int>, scale: Float, mean: [Float], into block: UnsafeMutablePointer<Float>)
}

struct PixelRows: RowSource {
  let rows: UnsafeBufferPointer<UInt8>
  let dimension: Int

  func add(row: Int, to sums: UnsafeMutablePointer<Double>) {
    guard let start = rows.baseAddress else { return }
    let from = start + row * dimension
    for index in 0..<dimension { sums[index] += Double(from[index]) }
  }

  func centre(_ range: Range<Int>, scale: Float, mean: [Float], into block: UnsafeMutablePointer<Float>) {
    guard let start = rows.baseAddress else { return }
    mean.withUnsafeBufferPointer { mean in
      for (position, row) in range.enumerated() {
        let from = start + row * dimension
        let to = block + position * dimension
        for index in 0..<dimension { to[index] = Float(from[index]) * scale - mean[index] }
      }
    }
  }
}

struct NumberRows: RowSource {
  let rows: UnsafeBufferPointer<Float>
  let dimension: Int

  func add(row: Int, to sums: UnsafeMutablePointer<Double>) {
    guard let start = rows.baseAddress else { return }
    let from = start + row * dimension
    for index in 0..<dimension { sums[index] += Double(from[index]) }
  }

  func centre(_ range: Range<Int>, scale: Float, mean: [Float], into block: UnsafeMutablePointer<Float>) {
    guard let start = rows.baseAddress else { return }
    mean.withUnsafeBufferPointer { mean in
      for (position, row) in range.enumerated() {
        let from = start + row * dimension
        let to = block + position * dimension
        for index in 0..<dimension { to[index] = from[index] * scale - mean[index] }
      }
    }
  }
}
