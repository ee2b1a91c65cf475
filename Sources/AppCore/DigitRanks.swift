import Geometry

/// In which order digits get a picture of their own as one zooms in: each has a fixed priority, and is shown once those of higher priority
/// are farther from it than a picture is wide. So pictures only appear as one zooms in, none gives way to another, and no two are nearer to
/// each other than that (the second of Matérn's thinnings, 1960, with marks that stay).
public struct DigitRanks: Sendable {
  /// For each digit the distance to the nearest one of higher priority, in embedding units; nothing is infinite but that of the first.
  let distances: [Float]
  /// Digits by that distance, the farthest first; those without a place in the map are left out.
  let order: [Int32]

  /// Cost: O(n log n) on the average.
  public init(_ positions: [Float]) {
    let count = positions.count / 2
    let grid = SpatialGrid(positions)
    let priorities = (0..<count).map { Self.priority(UInt64($0)) }
    var distances = [Float](repeating: 0, count: count)
    var order: [Int32] = []
    order.reserveCapacity(count)
    for index in 0..<count {
      let here = Point(Double(positions[2 * index]), Double(positions[2 * index + 1]))
      guard here.x.isFinite, here.y.isFinite else { continue }
      order.append(Int32(index))
      let own = priorities[index]
      if let nearest = grid.nearest(to: here, where: { priorities[$0] > own }) {
        let there = Point(Double(positions[2 * nearest]), Double(positions[2 * nearest + 1]))
        distances[index] = Float(here.distance(to: there))
      } else {
        distances[index] = .infinity
      }
    }
    order.sort { (distances[Int($0)], priorities[Int($0)]) > (distances[Int($1)], priorities[Int($1)]) }
    self.distances = distances
    self.order = order
  }

  /// A number that looks random and is always the same (splitmix64; Steele et al. 2014).
  private static func priority(_ index: UInt64) -> UInt64 {
    var z = (index &+ 1) &* 0x9E37_79B9_7F4A_7C15
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}
