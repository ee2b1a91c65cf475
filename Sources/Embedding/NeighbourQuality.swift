/// How well a map keeps what was near in the data; both measures are shares, 0...1.
public enum NeighbourQuality {
  /// The share of the k nearest in the data that are among the k nearest in the map.
  ///
  /// - Parameters:
  ///   - positions: x and y in turn.
  ///   - neighbours: of the data, nearest first; k is lowered to what it has.
  ///   - sample: points looked at, evenly spread over the indices.
  /// - Cost: sample x N.
  public static func neighboursKept(
    positions: [Float], neighbours: NearestNeighbours, k: Int = 10, sample: Int = 1000, team: WorkerTeam
  ) -> Double {
    let wanted = min(k, neighbours.k)
    guard wanted > 0 else { return 1 }
    let chosen = samplePoints(count: neighbours.count, sample: sample)
    let hits = counted(chosen, team: team) { point in
      let inMap = Set(nearest(in: positions, to: point, k: wanted))
      return (0..<wanted).count { inMap.contains(neighbours.indices[point * neighbours.k + $0]) }
    }
    return Double(hits) / Double(chosen.count * wanted)
  }

  /// The share of the k nearest in the map that carry the point's own label.
  ///
  /// - Parameter labels: one for each point.
  /// - Cost: sample x N.
  public static func sameLabel(positions: [Float], labels: [UInt8], k: Int = 10, sample: Int = 1000, team: WorkerTeam) -> Double {
    precondition(positions.count == 2 * labels.count)
    let wanted = min(k, labels.count - 1)
    guard wanted > 0 else { return 1 }
    let chosen = samplePoints(count: labels.count, sample: sample)
    let hits = counted(chosen, team: team) { point in
      nearest(in: positions, to: point, k: wanted).count { labels[Int($0)] == labels[point] }
    }
    return Double(hits) / Double(chosen.count * wanted)
  }

  private static func samplePoints(count: Int, sample: Int) -> [Int] {
    let size = max(1, min(sample, count))
    return (0..<size).map { $0 * count / size }
  }

  private static func counted(_ points: [Int], team: WorkerTeam, _ hits: (Int) -> Int) -> Int {
    let totals = Block<Int>(points.count, repeating: 0)
    defer { totals.keep() }
    team.run(points.count) { slab, _ in totals.start[slab] = hits(points[slab]) }
    return totals.array.reduce(0, +)
  }

  /// Equal distances by index.
  private static func nearest(in positions: [Float], to point: Int, k: Int) -> [Int32] {
    positions.withUnsafeBufferPointer { positions in
      let (x, y) = (positions[2 * point], positions[2 * point + 1])
      // In rising order; the last is the one to beat.
      var best = [UInt64](repeating: .max, count: k)
      for other in 0..<positions.count / 2 where other != point {
        let (dx, dy) = (positions[2 * other] - x, positions[2 * other + 1] - y)
        let key = UInt64((dx * dx + dy * dy).bitPattern) << 32 | UInt64(other)
        guard key < best[k - 1] else { continue }
        var place = k - 1
        while place > 0 && best[place - 1] > key {
          best[place] = best[place - 1]
          place -= 1
        }
        best[place] = key
      }
      return best.map { Int32(truncatingIfNeeded: $0 & 0xFFFF_FFFF) }
    }
  }
}
