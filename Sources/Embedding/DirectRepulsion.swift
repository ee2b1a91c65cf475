/// The repulsion of few points, pair by pair.
enum DirectRepulsion {
  /// Writes the repulsive force of each point, sum (y - y_j) / (1 + |y - y_j|^2)^2, and returns the normalization Z, the sum of
  /// 1 / (1 + |y - y_j|^2) over all ordered pairs of different points.
  ///
  /// Cost: N^2.
  static func evaluate(
    _ positions: UnsafePointer<SIMD2<Float>>, count: Int, forces: UnsafeMutablePointer<SIMD2<Float>>, team: WorkerTeam
  ) -> Double {
    var partial = [Double](repeating: 0, count: 16)
    partial.withUnsafeMutableBufferPointer { partial in
      let partial = partial
      team.ranges(count, slabs: 16) { slab, range, _ in
        var total = 0.0
        for index in range {
          // The point itself is left out, not subtracted: far apart, all of Z is less than the rounding error of its 1.
          var sum = SIMD4<Float>(repeating: 0)
          var force = SIMD2<Float>(repeating: 0)
          add(positions, 0..<index, on: positions[index], &sum, &force)
          add(positions, index + 1..<count, on: positions[index], &sum, &force)
          forces[index] = force
          total += Double(sum.sum())
        }
        partial[slab] = total
      }
    }
    return partial.reduce(0, +)
  }

  @inline(__always)
  private static func add(
    _ positions: UnsafePointer<SIMD2<Float>>, _ range: Range<Int>, on own: SIMD2<Float>, _ sum: inout SIMD4<Float>,
    _ force: inout SIMD2<Float>
  ) {
    let raw = UnsafeRawPointer(positions)
    var (fx, fy) = (SIMD4<Float>(repeating: 0), SIMD4<Float>(repeating: 0))
    var other = range.lowerBound
    while other + 4 <= range.upperBound {
      let four = raw.loadUnaligned(fromByteOffset: other * 8, as: SIMD8<Float>.self)
      let (dx, dy) = (own.x - four.evenHalf, own.y - four.oddHalf)
      let q = 1 / (1 + dx * dx + dy * dy)
      sum += q
      fx += q * q * dx
      fy += q * q * dy
      other += 4
    }
    force += SIMD2(fx.sum(), fy.sum())
    while other < range.upperBound {
      let difference = own - positions[other]
      let q = 1 / (1 + (difference * difference).sum())
      sum[0] += q
      force += difference * (q * q)
      other += 1
    }
  }
}
