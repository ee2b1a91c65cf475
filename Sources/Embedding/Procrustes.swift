import Glibc

/// The rotation or reflection and translation that lay one map upon another with the least sum of squared distances, and on wish the
/// scale (Gower 1975): so that maps of the same points by different data can be compared and turned into each other.
public struct Procrustes: Sendable {
  /// y = matrix (x - centre) + target, the matrix in rows.
  private let matrix: (Double, Double, Double, Double)
  private let centre: SIMD2<Double>
  private let target: SIMD2<Double>

  /// - Parameters:
  ///   - positions: x and y in turn.
  ///   - reference: as many.
  ///   - scaling: whether the size is fitted too; else it stays.
  public init(aligning positions: [Float], to reference: [Float], scaling: Bool = false) {
    precondition(positions.count == reference.count && positions.count % 2 == 0, "two maps of the same points")
    func point(_ map: [Float], _ index: Int) -> SIMD2<Double> { SIMD2(Double(map[2 * index]), Double(map[2 * index + 1])) }
    let count = positions.count / 2
    let divisor = Double(max(1, count))
    var (sumOwn, sumOther) = (SIMD2<Double>.zero, SIMD2<Double>.zero)
    for index in 0..<count {
      sumOwn += point(positions, index)
      sumOther += point(reference, index)
    }
    centre = sumOwn / divisor
    target = sumOther / divisor
    // Sums of products of target and own coordinates.
    var (xx, xy, yx, yy, size) = (0.0, 0.0, 0.0, 0.0, 0.0)
    for index in 0..<count {
      let (own, other) = (point(positions, index) - centre, point(reference, index) - target)
      xx += other.x * own.x
      xy += other.x * own.y
      yx += other.y * own.x
      yy += other.y * own.y
      size += (own * own).sum()
    }
    // A rotation (c, -s; s, c) gains c (xx + yy) + s (yx - xy), a reflection (c, s; s, -c) gains c (xx - yy) + s (xy + yx).
    let (rotation, reflection) = (SIMD2(xx + yy, yx - xy), SIMD2(xx - yy, xy + yx))
    let (turn, flip) = ((rotation * rotation).sum().squareRoot(), (reflection * reflection).sum().squareRoot())
    let best = max(turn, flip)
    let direction = best > 0 ? (turn >= flip ? rotation : reflection) / best : SIMD2(1, 0)
    let scale = scaling && size > 0 && best > 0 ? best / size : 1
    let (c, s) = (scale * direction.x, scale * direction.y)
    matrix = turn >= flip ? (c, -s, s, c) : (c, s, s, -c)
  }

  /// The positions moved; x and y in turn.
  public func callAsFunction(_ positions: [Float]) -> [Float] {
    [Float](unsafeUninitializedCapacity: positions.count) { result, size in
      for index in 0..<positions.count / 2 {
        let own = SIMD2(Double(positions[2 * index]), Double(positions[2 * index + 1])) - centre
        result[2 * index] = Float(matrix.0 * own.x + matrix.1 * own.y + target.x)
        result[2 * index + 1] = Float(matrix.2 * own.x + matrix.3 * own.y + target.y)
      }
      size = positions.count / 2 * 2
    }
  }
}
