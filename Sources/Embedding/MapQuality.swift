/// How well a map keeps what was near in the data; both measures are shares, 0...1, over all points.
public struct MapQuality: Sendable, Hashable {
  /// Of the k nearest in the data those that are among the k nearest in the map; 1 where there are no neighbours.
  public let neighboursKept: Double
  /// Of the k nearest in the map those that carry the point's label; nil without labels.
  public let labelAgreement: Double?

  /// - Parameters:
  ///   - positions: x and y in turn; finite.
  ///   - neighbours: of the data; k is lowered to what it has.
  ///   - labels: one for each point.
  /// - Cost: N k log N.
  public init(positions: [Float], neighbours: NearestNeighbours, labels: [UInt8]?, k: Int = 10, threads: Int? = nil) {
    self.init(positions: positions, neighbours: neighbours, labels: labels, k: k, team: WorkerTeam(threadCount: threads))
  }

  init(positions: [Float], neighbours: NearestNeighbours, labels: [UInt8]?, k: Int, team: WorkerTeam) {
    let count = neighbours.count
    precondition(positions.count == 2 * count, "\(positions.count) coordinates for \(count) points")
    let wanted = min(k, neighbours.k)
    guard wanted > 0 else {
      neighboursKept = 1
      labelAgreement = labels.map { Self.labelAgreement(positions: positions, labels: $0, k: k, team: team) }
      return
    }
    let hits = neighbours.indices.withUnsafeBufferPointer { indices in
      Self.counted(positions, labels: labels, k: wanted, team: team) { point, nearest in
        var kept = 0
        for position in 0..<wanted {
          let neighbour = UInt32(bitPattern: indices[point * neighbours.k + position])
          for place in 0..<wanted where UInt32(truncatingIfNeeded: nearest[place]) == neighbour { kept += 1 }
        }
        return kept
      }
    }
    neighboursKept = Double(hits.first) / Double(count * wanted)
    labelAgreement = labels.map { _ in Double(hits.second) / Double(count * wanted) }
  }

  /// The label agreement alone, for a map whose data is not at hand.
  public static func labelAgreement(positions: [Float], labels: [UInt8], k: Int = 10, threads: Int? = nil) -> Double {
    labelAgreement(positions: positions, labels: labels, k: k, team: WorkerTeam(threadCount: threads))
  }

  static func labelAgreement(positions: [Float], labels: [UInt8], k: Int, team: WorkerTeam) -> Double {
    let wanted = min(k, labels.count - 1)
    guard wanted > 0 else { return 1 }
    let hits = counted(positions, labels: labels, k: wanted, team: team) { _, _ in 0 }
    return Double(hits.second) / Double(labels.count * wanted)
  }

  /// Sums `count(point, nearest in the map)` and the neighbours with the point's label.
  private static func counted(
    _ positions: [Float], labels: [UInt8]?, k: Int, team: WorkerTeam, _ count: (Int, UnsafePointer<UInt64>) -> Int
  ) -> (first: Int, second: Int) {
    let points = positions.count / 2
    precondition(labels.map { $0.count == points } ?? true, "one label for each point")
    let tree = PlaneTree(positions)
    let slabs = 64
    let totals = Block<SIMD2<Int>>(slabs, repeating: .zero)
    let nearest = Block<UInt64>(team.threadCount * k, repeating: 0)
    let stacks = Block<Int32>(team.threadCount * 64, repeating: 0)
    defer {
      totals.keep()
      nearest.keep()
      stacks.keep()
    }
    team.ranges(points, slabs: slabs) { slab, range, worker in
      var total = SIMD2<Int>.zero
      let found = nearest.start + worker * k
      for point in range {
        tree.nearest(
          to: SIMD2(positions[2 * point], positions[2 * point + 1]), except: point, k: k, into: found,
          stack: stacks.start + worker * 64)
        total.x += count(point, found)
        guard let labels else { continue }
        for place in 0..<k where labels[Int(found[place] & 0xFFFF_FFFF)] == labels[point] { total.y += 1 }
      }
      totals.start[slab] = total
    }
    let sum = totals.array.reduce(SIMD2<Int>.zero) { $0 &+ $1 }
    return (sum.x, sum.y)
  }
}
