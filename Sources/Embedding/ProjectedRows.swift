import Tensors

/// Rows along their principal components: all that a map is made of, small enough to be kept for restarts and new points.
public struct ProjectedRows: Sendable {
  /// `[count, dimension]`.
  public let points: [Float]
  /// What projects a further row.
  public let components: PrincipalComponents
  public let count: Int
  public var dimension: Int { components.count }

  /// - Precondition: `points` are `count` rows of `components.count`.
  public init(points: [Float], components: PrincipalComponents, count: Int) {
    precondition(points.count == count * components.count, "\(points.count) numbers are not \(count) rows of \(components.count)")
    self.points = points
    self.components = components
    self.count = count
  }

  /// Projects pictures.
  ///
  /// - Parameters:
  ///   - images: `[count, dimension]`, bytes.
  ///   - components: directions wanted; at most `dimension` are found.
  ///   - progress: told the share done; false stops the work.
  /// - Returns: nil when stopped.
  /// - Throws: `EmbeddingError` for sizes that make no sense.
  /// - Cost: 2 N D (D + components) operations by `matrices`, 2 D^3 for the eigenproblem.
  public init?(
    images: [UInt8], count: Int, dimension: Int, components: Int = 50, matrices: any MatrixProduct, progress: (Double) -> Bool
  ) throws(EmbeddingError) {
    try checkSize(values: images.count, count: count, dimension: dimension)
    let rows = images.withUnsafeBufferPointer {
      Self(
        PixelRows(rows: $0, dimension: dimension), count: count, scale: 1 / 255, components: components, matrices: matrices,
        progress: progress)
    }
    guard let rows else { return nil }
    self = rows
  }

  /// Projects rows of numbers; otherwise like the one for pictures. Rows that are not all in memory at once: `RowStream`.
  public init?(
    values: [Float], count: Int, dimension: Int, components: Int = 50, matrices: any MatrixProduct, progress: (Double) -> Bool
  ) throws(EmbeddingError) {
    try checkSize(values: values.count, count: count, dimension: dimension)
    let rows = values.withUnsafeBufferPointer {
      Self(
        NumberRows(rows: $0, dimension: dimension), count: count, scale: 1, components: components, matrices: matrices,
        progress: progress)
    }
    guard let rows else { return nil }
    self = rows
  }

  private init?(
    _ source: some RowSource, count: Int, scale: Float, components: Int, matrices: any MatrixProduct, progress: (Double) -> Bool
  ) {
    let found = PrincipalComponents(
      source: source, rowCount: count, scale: scale, components: components, matrices: matrices, progress: { progress(0.8 * $0) })
    guard let found,
      let points = found.project(source: source, rowCount: count, matrices: matrices, progress: { progress(0.8 + 0.2 * $0) })
    else { return nil }
    self.init(points: points, components: found, count: count)
  }
}

private func checkSize(values: Int, count: Int, dimension: Int) throws(EmbeddingError) {
  let (product, overflow) = count.multipliedReportingOverflow(by: dimension)
  guard count >= 0, dimension >= 1, !overflow, product == values else {
    throw .wrongSize(values: values, count: count, dimension: dimension)
  }
  try checkCount(count)
}

func checkCount(_ count: Int) throws(EmbeddingError) {
  let most = 10_000_000
  guard count <= most else { throw .tooManyPoints(count: count, allowed: most) }
}
