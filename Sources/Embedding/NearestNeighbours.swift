import CEmbeddingKernels

/// The exact nearest neighbours of every point among the others.
public struct NearestNeighbours: Sendable {
  /// `[count, k]`: in each row the nearest first, equal distances by index.
  public let indices: [Int32]
  /// `[count, k]`: squared Euclidean distances, never negative.
  public let squaredDistances: [Float]
  public let count: Int
  public let k: Int

  /// Edge of a tile of distances, which should stay in the cache of one core.
  private static let tile = 512
  /// Kept beyond k while distances carry the rounding error of |a|^2 - 2ab + |b|^2; the last choice is made on exact ones.
  private static let spare = 8

  /// Neighbours by tiles of a symmetric matrix product; each tile serves its rows and its columns.
  ///
  /// - Parameters:
  ///   - points: `[count, dimension]`.
  ///   - k: wanted neighbours; at most `count - 1` are found.
  ///   - progress: told the share done; false stops the work.
  /// - Returns: nil when stopped.
  /// - Cost: N^2 D operations; 20 (k + 24) N bytes while it runs.
  public init?(points: [Float], count: Int, dimension: Int, k: Int, team: WorkerTeam, progress: (Double) -> Bool) {
    precondition(points.count == count * dimension)
    let found = max(0, min(k, count - 1))
    self.count = count
    self.k = found
    guard found > 0 else {
      indices = []
      squaredDistances = []
      return
    }
    let padded = (count + 15) / 16 * 16
    let lists = CandidateLists(points: padded, keep: min(found + Self.spare, count - 1))
    let (panels, norms) = Self.panels(points, count: count, padded: padded, dimension: dimension)
    defer {
      panels.keep()
      norms.keep()
    }
    let tile = min(Self.tile, max(16, count / 256 * 16))
    let tiles = (count + tile - 1) / tile
    let rounds = TileRounds(tiles: tiles)
    for round in 0..<rounds.count {
      let pairs = rounds.pairs(in: round)
      points.withUnsafeBufferPointer { points in
        team.run(pairs.count) { slab, _ in
          let (rowTile, columnTile) = pairs[slab]
          let (firstRow, firstColumn) = (rowTile * tile, columnTile * tile)
          withUnsafePointer(to: lists.lists) {
            loops.near_tile(
              $0, points.baseAddress, panels.start, norms.start, Int64(dimension), Int64(firstRow), Int64(min(tile, count - firstRow)),
              Int64(firstColumn), Int64(min(tile, padded - firstColumn)))
          }
        }
      }
      guard progress(0.98 * Double(round + 1) / Double(rounds.count)) else { return nil }
    }
    let chosen = Block<Int32>(count * found, repeating: 0)
    let exact = Block<Float>(count * found, repeating: 0)
    points.withUnsafeBufferPointer { points in
      guard let base = points.baseAddress else { return }
      team.ranges(count, slabs: 32) { _, range, _ in
        for point in range {
          let (indices, distances) = (chosen.start + point * found, exact.start + point * found)
          let candidates = lists.finish(point: point)
          Self.choose(candidates, of: base, dimension: dimension, point: point, k: found, indices: indices, distances: distances)
          if Self.mayLack(candidates, of: count, norm: norms.start[point], farthest: distances[found - 1]) {
            Self.chooseAmongAll(count, of: base, dimension: dimension, point: point, k: found, indices: indices, distances: distances)
          }
        }
      }
    }
    indices = chosen.array
    squaredDistances = exact.array
    guard progress(1) else { return nil }
  }

  /// The nearest `k` of each row; nil where fewer are known.
  func nearest(_ k: Int) -> NearestNeighbours? {
    guard k <= self.k else { return nil }
    return k == self.k ? self : NearestNeighbours(firstOf: self, k: k)
  }

  private init(firstOf other: NearestNeighbours, k: Int) {
    count = other.count
    self.k = k
    indices = (0..<count).flatMap { other.indices[$0 * other.k..<$0 * other.k + k] }
    squaredDistances = (0..<count).flatMap { other.squaredDistances[$0 * other.k..<$0 * other.k + k] }
  }

  /// The points by sixteens, `[padded / 16, dimension, 16]`, and their squared lengths; infinite lengths pad.
  private static func panels(_ points: [Float], count: Int, padded: Int, dimension: Int) -> (Block<Float>, Block<Float>) {
    let panels = Block<Float>(padded * dimension, repeating: 0)
    let norms = Block<Float>(padded, repeating: .infinity)
    points.withUnsafeBufferPointer { points in
      for row in 0..<count {
        let panel = panels.start + row / 16 * 16 * dimension + row % 16
        var norm = 0.0
        for index in 0..<dimension {
          let value = points[row * dimension + index]
          panel[16 * index] = value
          norm += Double(value) * Double(value)
        }
        norms.start[row] = Float(norm)
      }
    }
    return (panels, norms)
  }

  /// Whether a point that is no candidate could be nearer than the last one chosen: far from the origin the rounding errors of
  /// |a|^2 - 2ab + |b|^2 are larger than the distances within a tight group.
  private static func mayLack(_ candidates: UnsafeBufferPointer<UInt64>, of count: Int, norm: Float, farthest: Float) -> Bool {
    guard candidates.count < count - 1, farthest > 0 else { return false }
    let last = candidates.reduce(0) { max($0, $1 >> 32) }
    let least = max(0, Float(bitPattern: UInt32(truncatingIfNeeded: last)))
    // Sixteen roundings of the largest number that is added.
    let error = 16 * Float.ulpOfOne / 2 * (4 * norm + 2 * least)
    return !(least - error >= farthest)
  }

  /// By differences to every point: exact, for the few that need it.
  private static func chooseAmongAll(
    _ count: Int, of points: UnsafePointer<Float>, dimension: Int, point: Int, k: Int, indices: UnsafeMutablePointer<Int32>,
    distances: UnsafeMutablePointer<Float>
  ) {
    var all: [UInt64] = []
    all.reserveCapacity(count)
    for other in 0..<count where other != point {
      let sum = Float(loops.distance(points + point * dimension, points + other * dimension, Int64(dimension)))
      all.append(UInt64((sum.isNaN ? .greatestFiniteMagnitude : sum).bitPattern) << 32 | UInt64(other))
    }
    all.sort()
    for position in 0..<k {
      indices[position] = Int32(truncatingIfNeeded: all[position] & 0xFFFF_FFFF)
      distances[position] = Float(bitPattern: UInt32(truncatingIfNeeded: all[position] >> 32))
    }
  }

  /// Measures the candidates again, by differences, and sorts them.
  private static func choose(
    _ candidates: UnsafeBufferPointer<UInt64>, of points: UnsafePointer<Float>, dimension: Int, point: Int, k: Int,
    indices: UnsafeMutablePointer<Int32>, distances: UnsafeMutablePointer<Float>
  ) {
    let origin = points + point * dimension
    var measured = candidates.map { entry -> UInt64 in
      let index = entry & 0xFFFF_FFFF
      let sum = loops.distance(origin, points + Int(index) * dimension, Int64(dimension))
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

/// All pairs of tiles in rounds within which no tile occurs twice, so that the tiles of a round can be worked on at the same time
/// and every point still meets the others in a fixed order: the round robin of tournaments, after a round of the diagonal.
struct TileRounds {
  let tiles: Int
  private var players: Int { tiles + tiles % 2 }
  var count: Int { max(1, players) }

  func pairs(in round: Int) -> [(Int, Int)] {
    guard round > 0 else { return (0..<tiles).map { ($0, $0) } }
    let ring = players - 1
    let meetings = (0..<players / 2).map { meeting -> (Int, Int) in
      guard meeting > 0 else { return (round - 1, ring) }
      let (a, b) = ((round - 1 + meeting) % ring, (round - 1 - meeting + ring) % ring)
      return (min(a, b), max(a, b))
    }
    return meetings.filter { $0.1 < tiles }
  }
}
