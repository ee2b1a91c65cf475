import Tensors

/// The exact nearest neighbours of every point among the others.
public struct NearestNeighbours: Sendable {
  /// `[count, k]`: in each row the nearest first, equal distances by index.
  public let indices: [Int32]
  /// `[count, k]`: squared Euclidean distances, never negative.
  public let squaredDistances: [Float]
  public let count: Int
  public let k: Int

  /// Edge of a tile of distances: four million numbers stay in the last cache.
  private static let tile = 1024
  /// Kept beyond k while distances carry the rounding error of |a|^2 - 2ab + |b|^2; the last choice is made on exact ones.
  private static let spare = 8

  /// Neighbours by tiles of a symmetric matrix product; each tile serves its rows and its columns.
  ///
  /// - Parameters:
  ///   - points: `[count, dimension]`.
  ///   - k: wanted neighbours; at most `count - 1` are found.
  ///   - progress: told the share done; false stops the work.
  /// - Returns: nil when stopped.
  /// - Cost: N^2 D operations by `matrices`; 20 (k + 24) N bytes while it runs.
  public init?(
    points: [Float], count: Int, dimension: Int, k: Int, matrices: any MatrixProduct, team: WorkerTeam, progress: (Double) -> Bool
  ) {
    precondition(points.count == count * dimension)
    let found = max(0, min(k, count - 1))
    self.count = count
    self.k = found
    guard found > 0 else {
      indices = []
      squaredDistances = []
      return
    }
    let lists = CandidateLists(points: count, keep: min(found + Self.spare, count - 1))
    let (left, right, inner) = Self.extended(points, count: count, dimension: dimension)
    let distances = Block<Float>(Self.tile * Self.tile, repeating: 0)
    defer {
      left.keep()
      right.keep()
      distances.keep()
    }
    let tiles = (count + Self.tile - 1) / Self.tile
    let total = Double(tiles * (tiles + 1) / 2)
    var done = 0.0
    for rowTile in 0..<tiles {
      let firstRow = rowTile * Self.tile
      let rows = min(Self.tile, count - firstRow)
      for columnTile in rowTile..<tiles {
        let firstColumn = columnTile * Self.tile
        let columns = min(Self.tile, count - firstColumn)
        matrices.multiply(
          rows: rows, columns: columns, inner: inner, alpha: 1, left.start + firstRow * inner, leadingDimensionA: inner,
          transposedA: false, right.start + firstColumn * inner, leadingDimensionB: inner, transposedB: true, beta: 0,
          distances.start, leadingDimensionC: columns)
        let matrix = UnsafePointer(distances.start)
        // Rows and columns belong to different points off the diagonal; there the rows see every pair already.
        team.run(rowTile == columnTile ? 4 : 8) { slab, _ in
          if slab < 4 {
            for row in rows * slab / 4..<rows * (slab + 1) / 4 {
              lists.offer(point: firstRow + row, matrix + row * columns, count: columns, firstIndex: firstColumn)
            }
          } else {
            let first = columns * (slab - 4) / 4
            let size = columns * (slab - 3) / 4 - first
            for row in 0..<rows {
              lists.offerToAll(
                firstPoint: firstColumn + first, matrix + row * columns + first, count: size, index: firstRow + row)
            }
          }
        }
        done += 1
        guard progress(0.98 * done / total) else { return nil }
      }
    }
    let chosen = Block<Int32>(count * found, repeating: 0)
    let exact = Block<Float>(count * found, repeating: 0)
    points.withUnsafeBufferPointer { points in
      guard let base = points.baseAddress else { return }
      team.ranges(count, slabs: 32) { _, range, _ in
        for point in range {
          Self.choose(
            lists.finish(point: point), of: base, dimension: dimension, point: point, k: found,
            indices: chosen.start + point * found, distances: exact.start + point * found)
        }
      }
    }
    indices = chosen.array
    squaredDistances = exact.array
    guard progress(1) else { return nil }
  }

  /// Rows with two more numbers, such that the product of a left and a right row is a squared distance.
  private static func extended(_ points: [Float], count: Int, dimension: Int) -> (Block<Float>, Block<Float>, Int) {
    let inner = dimension + 2
    let left = Block<Float>(count * inner, repeating: 0)
    let right = Block<Float>(count * inner, repeating: 0)
    points.withUnsafeBufferPointer { points in
      for row in 0..<count {
        let (a, b) = (left.start + row * inner, right.start + row * inner)
        var norm = 0.0
        for index in 0..<dimension {
          let value = points[row * dimension + index]
          a[index] = -2 * value
          b[index] = value
          norm += Double(value) * Double(value)
        }
        a[dimension] = Float(norm)
        a[dimension + 1] = 1
        b[dimension] = 1
        b[dimension + 1] = Float(norm)
      }
    }
    return (left, right, inner)
  }

  /// Measures the candidates again, by differences, and sorts them.
  private static func choose(
    _ candidates: UnsafeBufferPointer<UInt64>, of points: UnsafePointer<Float>, dimension: Int, point: Int, k: Int,
    indices: UnsafeMutablePointer<Int32>, distances: UnsafeMutablePointer<Float>
  ) {
    let origin = points + point * dimension
    var measured = candidates.map { entry -> UInt64 in
      let index = entry & 0xFFFF_FFFF
      let other = points + Int(index) * dimension
      var sum = 0.0
      for component in 0..<dimension {
        let difference = Double(origin[component] - other[component])
        sum += difference * difference
      }
      return UInt64(Float(sum).bitPattern) << 32 | index
    }
    if measured.count < k {
      // Distances that are no numbers were never below a threshold: any other points stand in, at the end.
      let present = Set(measured.map { Int($0 & 0xFFFF_FFFF) } + [point])
      let missing = (0...).lazy.filter { !present.contains($0) }.prefix(k - measured.count)
      let farthest = UInt64(Float.greatestFiniteMagnitude.bitPattern) << 32
      measured += missing.map { farthest | UInt64($0) }
    }
    measured.sort()
    for position in 0..<k {
      indices[position] = Int32(truncatingIfNeeded: measured[position] & 0xFFFF_FFFF)
      distances[position] = Float(bitPattern: UInt32(truncatingIfNeeded: measured[position] >> 32))
    }
  }
}
