import Tensors

/// The directions of largest variance of a set of rows.
public struct PrincipalComponents: Sendable {
  /// D numbers in the unit of the rows times `scale`.
  public let mean: [Float]
  /// `[count, dimension]`: orthonormal rows in falling order of variance; in each the number of largest magnitude is positive.
  public let basis: [Float]
  /// Variance along each row of `basis`, with divisor N.
  public let variances: [Double]
  public let dimension: Int
  public var count: Int { variances.count }
  /// Rows are multiplied by this first: 1/255 for bytes, 1 for numbers.
  public let scale: Float

  /// - Precondition: the shapes agree.
  public init(mean: [Float], basis: [Float], variances: [Double], scale: Float) {
    precondition(basis.count == variances.count * mean.count, "\(basis.count) numbers are not \(variances.count) rows of \(mean.count)")
    self.mean = mean
    self.basis = basis
    self.variances = variances
    self.scale = scale
    dimension = mean.count
  }

  /// Rows turned to floating point at a time.
  private static let blockRows = 2048

  /// - Parameters:
  ///   - rows: `[rowCount, dimension]`, bytes.
  ///   - components: directions wanted; at most `dimension` are found.
  ///   - progress: told the share done; false stops the work.
  /// - Returns: nil when stopped.
  /// - Cost: 2 N D^2 operations by `matrices` and 2 D^3 for the eigenproblem.
  public init?(
    of rows: UnsafeBufferPointer<UInt8>, rowCount: Int, dimension: Int, components: Int, matrices: any MatrixProduct,
    progress: (Double) -> Bool
  ) {
    self.init(
      source: PixelRows(rows: rows, dimension: dimension), rowCount: rowCount, scale: 1 / 255, components: components,
      matrices: matrices, progress: progress)
  }

  /// The same for rows of numbers, such as the output of a layer.
  public init?(
    of rows: UnsafeBufferPointer<Float>, rowCount: Int, dimension: Int, components: Int, matrices: any MatrixProduct,
    progress: (Double) -> Bool
  ) {
    self.init(
      source: NumberRows(rows: rows, dimension: dimension), rowCount: rowCount, scale: 1, components: components,
      matrices: matrices, progress: progress)
  }

  init?(
    source: some RowSource, rowCount: Int, scale: Float, components: Int, matrices: any MatrixProduct, progress: (Double) -> Bool
  ) {
    let dimension = source.dimension
    self.dimension = dimension
    self.scale = scale
    guard progress(0) else { return nil }
    let sums = Block<Double>(dimension, repeating: 0)
    defer { sums.keep() }
    for row in 0..<rowCount { source.add(row: row, to: sums.start) }
    let mean = (0..<dimension).map { Float(sums.start[$0] * Double(scale) / Double(max(1, rowCount))) }
    self.mean = mean

    let block = Block<Float>(Self.blockRows * dimension, repeating: 0)
    let product = Block<Float>(dimension * dimension, repeating: 0)
    defer {
      block.keep()
      product.keep()
    }
    var covariance = [Double](repeating: 0, count: dimension * dimension)
    for start in stride(from: 0, to: rowCount, by: Self.blockRows) {
      let rows = min(Self.blockRows, rowCount - start)
      source.centre(start..<start + rows, scale: scale, mean: mean, into: block.start)
      matrices.multiply(
        rows: dimension, columns: dimension, inner: rows, alpha: 1, block.start, leadingDimensionA: dimension, transposedA: true,
        block.start, leadingDimensionB: dimension, transposedB: false, beta: 0, product.start, leadingDimensionC: dimension)
      covariance.withUnsafeMutableBufferPointer { sum in
        for index in 0..<dimension * dimension { sum[index] += Double(product.start[index]) }
      }
      guard progress(0.5 * Double(start + rows) / Double(rowCount)) else { return nil }
    }
    let divisor = 1 / Double(max(1, rowCount))
    for row in 0..<dimension {
      for column in 0...row {
        let value = 0.5 * (covariance[row * dimension + column] + covariance[column * dimension + row]) * divisor
        covariance[row * dimension + column] = value
        covariance[column * dimension + row] = value
      }
    }
    let wanted = min(components, dimension)
    guard let solution = SymmetricEigenproblem(&covariance, n: dimension, count: wanted, goOn: { progress(0.5) }) else { return nil }
    variances = solution.values.map { max(0, $0) }
    var basis = [Float](repeating: 0, count: wanted * dimension)
    for row in 0..<wanted {
      let vector = solution.vectors[row * dimension..<(row + 1) * dimension]
      let largest = vector.max { abs($0) < abs($1) } ?? 1
      let sign: Double = largest < 0 ? -1 : 1
      for (column, value) in vector.enumerated() { basis[row * dimension + column] = Float(sign * value) }
    }
    self.basis = basis
  }

  /// Coordinates along the directions: `[rowCount, count]`; nil when stopped. Cost: 2 N D count operations.
  public func project(
    _ rows: UnsafeBufferPointer<UInt8>, rowCount: Int, matrices: any MatrixProduct, progress: (Double) -> Bool
  ) -> [Float]? {
    project(source: PixelRows(rows: rows, dimension: dimension), rowCount: rowCount, matrices: matrices, progress: progress)
  }

  /// Coordinates along the directions: `[rowCount, count]`; nil when stopped. Cost: 2 N D count operations.
  public func project(
    _ rows: UnsafeBufferPointer<Float>, rowCount: Int, matrices: any MatrixProduct, progress: (Double) -> Bool
  ) -> [Float]? {
    project(source: NumberRows(rows: rows, dimension: dimension), rowCount: rowCount, matrices: matrices, progress: progress)
  }

  /// Coordinates of one picture. Cost: D count multiplications.
  public func project(picture: UnsafeBufferPointer<UInt8>) -> [Float] {
    precondition(picture.count == dimension, "\(picture.count) pixels where \(dimension) are expected")
    return projection { Float(picture[$0]) }
  }

  /// Coordinates of one row of numbers. Cost: D count multiplications.
  public func project(row: UnsafeBufferPointer<Float>) -> [Float] {
    precondition(row.count == dimension, "\(row.count) numbers where \(dimension) are expected")
    return projection { row[$0] }
  }

  private func projection(_ value: (Int) -> Float) -> [Float] {
    let centred = (0..<dimension).map { value($0) * scale - mean[$0] }
    return (0..<count).map { row in
      var sum = 0.0
      for column in 0..<dimension { sum += Double(basis[row * dimension + column] * centred[column]) }
      return Float(sum)
    }
  }

  func project(
    source: some RowSource, rowCount: Int, matrices: any MatrixProduct, progress: (Double) -> Bool
  ) -> [Float]? {
    let block = Block<Float>(Self.blockRows * dimension, repeating: 0)
    let result = Block<Float>(rowCount * count, repeating: 0)
    defer {
      block.keep()
      result.keep()
    }
    for start in stride(from: 0, to: rowCount, by: Self.blockRows) {
      let rows = min(Self.blockRows, rowCount - start)
      source.centre(start..<start + rows, scale: scale, mean: mean, into: block.start)
      matrices.multiply(
        rows: rows, columns: count, inner: dimension, alpha: 1, block.start, leadingDimensionA: dimension, transposedA: false,
        basis, leadingDimensionB: dimension, transposedB: true, beta: 0, result.start + start * count, leadingDimensionC: count)
      guard progress(Double(start + rows) / Double(rowCount)) else { return nil }
    }
    return result.array
  }
}
