import Tensors

/// Projects rows that never are in memory together, in one pass: the outputs of a layer as they are computed.
///
/// A truncated singular value decomposition that grows block by block (Brand 2002; Ross et al. 2008): each block is split into what
/// the directions found so far hold and a residual, whose own directions join, and of all of them the strongest stay. The
/// coordinates of earlier blocks are kept in the directions of their time, with the small matrix that turns those into the next
/// block's, so that nothing is seen twice. Memory: about 4 W (N + 5 D) bytes with W = 2 components + 28.
///
/// - Cost: 10 W N D operations by `matrices`.
public struct RowStream: ~Copyable {
  public let count: Int
  public let dimension: Int
  /// Rows added so far.
  public private(set) var added = 0

  private let components: Int
  private let width: Int
  private let matrices: any MatrixProduct
  /// Rows of the block that fills, then their residuals.
  private let block: Block<Float>
  private var filled = 0
  private let sums: Block<Double>
  /// Subtracted from every row: the mean of the first block, so that a far mean does not cost precision.
  private var offset: [Float] = []
  /// `[rank, dimension]`, orthonormal.
  private var directions: Block<Float>
  private var spareDirections: Block<Float>
  private let residualDirections: Block<Float>
  private var rank = 0
  /// Second moments along the directions: diagonal, since they are the principal ones of what was seen.
  private var moments: [Double] = []
  /// For each block its rows' coordinates `[rows, rank]` in the directions after it and, from there to the next, `[rank, next]`.
  private var blocks: [(rows: Int, rank: Int, coordinates: [Float], turn: [Double])] = []

  /// - Parameters:
  ///   - count: rows that will be added.
  ///   - components: directions wanted; at most `dimension` are found.
  public init(count: Int, dimension: Int, components: Int = 50, matrices: any MatrixProduct) {
    precondition(count >= 0 && dimension >= 1 && components >= 1, "\(count) rows of \(dimension), \(components) components")
    self.count = count
    self.dimension = dimension
    self.components = min(components, dimension)
    self.matrices = matrices
    width = min(2 * components + 28, dimension)
    block = Block(max(1, min(width, count)) * dimension, repeating: 0)
    sums = Block(dimension, repeating: 0)
    directions = Block(width * dimension, repeating: 0)
    spareDirections = Block(width * dimension, repeating: 0)
    residualDirections = Block(width * dimension, repeating: 0)
  }

  public mutating func add(_ rows: [Float]) { rows.withUnsafeBufferPointer { add($0) } }

  /// - Parameter rows: any number of rows, `[n, dimension]`; finite.
  public mutating func add(_ rows: UnsafeBufferPointer<Float>) {
    precondition(rows.count % dimension == 0, "\(rows.count) numbers are no rows of \(dimension)")
    precondition(added + rows.count / dimension <= count, "more rows than the \(count) that were announced")
    guard let start = rows.baseAddress else { return }
    for row in 0..<rows.count / dimension {
      let from = start + row * dimension
      for column in 0..<dimension { sums.start[column] += Double(from[column]) }
      (block.start + filled * dimension).update(from: from, count: dimension)
      filled += 1
      added += 1
      if filled == width || added == count { takeBlock() }
    }
  }

  /// - Precondition: all rows were added.
  public consuming func finished() -> ProjectedRows {
    precondition(added == count, "\(added) rows were added of \(count)")
    let mean = (0..<dimension).map { Float(sums.start[$0] / Double(max(1, count))) }
    // Coordinates of all rows in the last directions: the turns are multiplied from the last to the first.
    var coordinates = [Float](repeating: 0, count: count * rank)
    var turn = (0..<rank * rank).map { $0 % (rank + 1) == 0 ? 1.0 : 0.0 }
    var end = count
    for index in blocks.indices.reversed() {
      let part = blocks[index]
      if index < blocks.count - 1 {
        turn = smallProduct(part.turn, turn, rows: part.rank, inner: blocks[index + 1].rank, columns: rank)
      }
      end -= part.rows
      multiply(
        part.coordinates, turn.map(Float.init), into: &coordinates, firstRow: end, rows: part.rows, inner: part.rank, columns: rank)
    }
    let wanted = min(components, rank)
    let (middle, variances, rotation) = principal(coordinates)
    var points = [Float](repeating: 0, count: count * components)
    for row in 0..<count {
      for component in 0..<wanted {
        var sum = 0.0
        for column in 0..<rank {
          sum += (Double(coordinates[row * rank + column]) - middle[column]) * rotation[component * rank + column]
        }
        points[row * components + component] = Float(sum)
      }
    }
    var basis = [Float](repeating: 0, count: components * dimension)
    for component in 0..<wanted {
      for column in 0..<rank {
        let factor = Float(rotation[component * rank + column])
        let from = directions.start + column * dimension
        for index in 0..<dimension { basis[component * dimension + index] += factor * from[index] }
      }
    }
    let found = PrincipalComponents(
      mean: mean, basis: basis, variances: variances + [Double](repeating: 0, count: components - wanted), scale: 1)
    return ProjectedRows(points: points, components: found, count: count)
  }

  // MARK: - One block

  private mutating func takeBlock() {
    let rows = filled
    filled = 0
    if offset.isEmpty { offset = (0..<dimension).map { Float(sums.start[$0] / Double(rows)) } }
    for row in 0..<rows {
      let to = block.start + row * dimension
      for column in 0..<dimension { to[column] -= offset[column] }
    }
    // What the directions hold, and what they do not.
    var held = [Float](repeating: 0, count: rows * rank)
    if rank > 0 {
      held.withUnsafeMutableBufferPointer { held in
        guard let held = held.baseAddress else { return }
        matrices.multiply(
          rows: rows, columns: rank, inner: dimension, alpha: 1, block.start, leadingDimensionA: dimension, transposedA: false,
          directions.start, leadingDimensionB: dimension, transposedB: true, beta: 0, held, leadingDimensionC: rank)
        matrices.multiply(
          rows: rows, columns: dimension, inner: rank, alpha: -1, held, leadingDimensionA: rank, transposedA: false,
          directions.start, leadingDimensionB: dimension, transposedB: false, beta: 1, block.start, leadingDimensionC: dimension)
      }
    }
    let fresh = residualBasis(rows: rows)
    var left = [Float](repeating: 0, count: rows * fresh)
    if fresh > 0 {
      left.withUnsafeMutableBufferPointer { left in
        guard let left = left.baseAddress else { return }
        matrices.multiply(
          rows: rows, columns: fresh, inner: dimension, alpha: 1, block.start, leadingDimensionA: dimension, transposedA: false,
          residualDirections.start, leadingDimensionB: dimension, transposedB: true, beta: 0, left, leadingDimensionC: fresh)
      }
    }
    // Second moments along all directions, old and new.
    let size = rank + fresh
    func coordinate(_ row: Int, _ column: Int) -> Double {
      Double(column < rank ? held[row * rank + column] : left[row * fresh + column - rank])
    }
    let joined = (0..<rows).flatMap { row in (0..<size).map { coordinate(row, $0) } }
    var second = [Double](repeating: 0, count: size * size)
    for index in 0..<rank { second[index * (size + 1)] = moments[index] }
    addSquares(joined, rows: rows, size: size, to: &second)
    let kept = min(width, size)
    guard let solution = SymmetricEigenproblem(&second, n: size, count: kept, goOn: { true }) else { return }
    moments = solution.values.map { max(0, $0) }
    // The strongest become the directions.
    let rotation = solution.vectors
    let old = rank
    let factors = rotation.map(Float.init)
    factors.withUnsafeBufferPointer { factors in
      guard let factors = factors.baseAddress, kept > 0 else { return }
      if old > 0 {
        matrices.multiply(
          rows: kept, columns: dimension, inner: old, alpha: 1, factors, leadingDimensionA: size, transposedA: false,
          directions.start, leadingDimensionB: dimension, transposedB: false, beta: 0, spareDirections.start,
          leadingDimensionC: dimension)
      }
      if fresh > 0 {
        matrices.multiply(
          rows: kept, columns: dimension, inner: fresh, alpha: 1, factors + old, leadingDimensionA: size, transposedA: false,
          residualDirections.start, leadingDimensionB: dimension, transposedB: false, beta: old > 0 ? 1 : 0, spareDirections.start,
          leadingDimensionC: dimension)
      }
    }
    (directions, spareDirections) = (spareDirections, directions)
    rank = kept
    if let last = blocks.indices.last {
      // From the old directions to the new: the transpose of the rotation's first columns.
      blocks[last].turn = (0..<old).flatMap { from in (0..<kept).map { rotation[$0 * size + from] } }
    }
    let turned = smallProduct(joined, transposed(rotation, rows: kept, columns: size), rows: rows, inner: size, columns: kept)
    blocks.append((rows: rows, rank: kept, coordinates: turned.map(Float.init), turn: []))
  }

  /// Writes orthonormal directions of the residuals in `block` into `residualDirections`; returns how many.
  private func residualBasis(rows: Int) -> Int {
    var gram = [Float](repeating: 0, count: rows * rows)
    gram.withUnsafeMutableBufferPointer { gram in
      guard let gram = gram.baseAddress else { return }
      matrices.multiply(
        rows: rows, columns: rows, inner: dimension, alpha: 1, block.start, leadingDimensionA: dimension, transposedA: false,
        block.start, leadingDimensionB: dimension, transposedB: true, beta: 0, gram, leadingDimensionC: rows)
    }
    var symmetric = [Double](repeating: 0, count: rows * rows)
    for row in 0..<rows {
      for column in 0..<rows { symmetric[row * rows + column] = 0.5 * Double(gram[row * rows + column] + gram[column * rows + row]) }
    }
    // Once there are directions enough, half as many new ones a block are plenty.
    let most = min(rank == 0 ? width : max(1, width / 2), rows, dimension - rank)
    guard most > 0, let solution = SymmetricEigenproblem(&symmetric, n: rows, count: most, goOn: { true }) else { return 0 }
    // Residuals below the rounding error of what they are left of have no direction.
    let least = max(1e-9 * (moments.reduce(0, +) / Double(max(1, added)) * Double(rows)), 1e-6 * (solution.values.first ?? 0), 1e-30)
    let fresh = solution.values.prefix { $0 > least }.count
    guard fresh > 0 else { return 0 }
    let factors = (0..<fresh).flatMap { index in
      (0..<rows).map { Float(solution.vectors[index * rows + $0] / solution.values[index].squareRoot()) }
    }
    matrices.multiply(
      rows: fresh, columns: dimension, inner: rows, alpha: 1, factors, leadingDimensionA: rows, transposedA: false, block.start,
      leadingDimensionB: dimension, transposedB: false, beta: 0, residualDirections.start, leadingDimensionC: dimension)
    return fresh
  }

  // MARK: - Small matrices

  /// Mean, variances and rotation `[wanted, rank]` of the coordinates.
  private func principal(_ coordinates: [Float]) -> (mean: [Double], variances: [Double], rotation: [Double]) {
    var mean = [Double](repeating: 0, count: rank)
    for row in 0..<count { for column in 0..<rank { mean[column] += Double(coordinates[row * rank + column]) } }
    mean = mean.map { $0 / Double(max(1, count)) }
    var covariance = [Double](repeating: 0, count: rank * rank)
    for first in stride(from: 0, to: count, by: 512) {
      let rows = min(512, count - first)
      let centred = (0..<rows * rank).map { Double(coordinates[first * rank + $0]) - mean[$0 % rank] }
      addSquares(centred, rows: rows, size: rank, to: &covariance)
    }
    covariance = covariance.map { $0 / Double(max(1, count)) }
    let wanted = min(components, rank)
    guard let solution = SymmetricEigenproblem(&covariance, n: rank, count: wanted, goOn: { true }) else { return (mean, [], []) }
    var rotation = solution.vectors
    for row in 0..<wanted {
      // The sign is that of `PrincipalComponents`: the number of largest magnitude is positive.
      var (largest, sign): (Float, Double) = (0, 1)
      for index in 0..<dimension {
        var value: Float = 0
        for column in 0..<rank { value += Float(rotation[row * rank + column]) * directions.start[column * dimension + index] }
        if abs(value) > largest { (largest, sign) = (abs(value), value < 0 ? -1 : 1) }
      }
      for column in 0..<rank { rotation[row * rank + column] *= sign }
    }
    return (mean, solution.values.map { max(0, $0) }, rotation)
  }

  private func multiply(
    _ a: [Float], _ b: [Float], into c: inout [Float], firstRow: Int, rows: Int, inner: Int, columns: Int
  ) {
    guard rows > 0, inner > 0, columns > 0 else { return }
    c.withUnsafeMutableBufferPointer { c in
      guard let start = c.baseAddress else { return }
      matrices.multiply(
        rows: rows, columns: columns, inner: inner, alpha: 1, a, leadingDimensionA: inner, transposedA: false, b,
        leadingDimensionB: columns, transposedB: false, beta: 0, start + firstRow * columns, leadingDimensionC: columns)
    }
  }
}

/// Adds the sum over rows of x x^T.
private func addSquares(_ x: [Double], rows: Int, size: Int, to sum: inout [Double]) {
  x.withUnsafeBufferPointer { x in
    sum.withUnsafeMutableBufferPointer { sum in
      for row in 0..<rows {
        for a in 0..<size {
          let value = x[row * size + a]
          for b in 0..<size { sum[a * size + b] += value * x[row * size + b] }
        }
      }
    }
  }
}

private func smallProduct(_ a: [Double], _ b: [Double], rows: Int, inner: Int, columns: Int) -> [Double] {
  var c = [Double](repeating: 0, count: rows * columns)
  for row in 0..<rows {
    for index in 0..<inner {
      let factor = a[row * inner + index]
      for column in 0..<columns { c[row * columns + column] += factor * b[index * columns + column] }
    }
  }
  return c
}

private func transposed(_ a: [Double], rows: Int, columns: Int) -> [Double] {
  (0..<columns).flatMap { column in (0..<rows).map { a[$0 * columns + column] } }
}
