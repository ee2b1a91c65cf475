import Testing

@testable import Embedding

@Suite("Map quality")
struct MapQualityTests {
  @Test("The tree finds the neighbours that a scan finds, duplicates and equal distances included", arguments: [2, 12, 13, 200, 1500])
  func treeAgreesWithScan(count: Int) {
    var random = TestNumbers(UInt64(count))
    var positions = random.normals(2 * count)
    // A grid has many equal distances, and a tenth of the points lies on one place.
    for point in 0..<count where point % 3 == 0 {
      positions[2 * point] = Float(point % 7)
      positions[2 * point + 1] = Float(point % 5)
    }
    for point in 0..<count where point % 10 == 1 { (positions[2 * point], positions[2 * point + 1]) = (0.5, 0.5) }
    let tree = PlaneTree(positions)
    let k = min(10, count - 1)
    let found = Block<UInt64>(k, repeating: 0)
    let stack = Block<Int32>(64, repeating: 0)
    for point in 0..<count {
      let own = SIMD2(positions[2 * point], positions[2 * point + 1])
      tree.nearest(to: own, except: point, k: k, into: found.start, stack: stack.start)
      let scan = (0..<count).filter { $0 != point }.map { other -> UInt64 in
        let difference = SIMD2(positions[2 * other], positions[2 * other + 1]) - own
        return UInt64((difference * difference).sum().bitPattern) << 32 | UInt64(other)
      }
      #expect(found.array == Array(scan.sorted().prefix(k)), "point \(point)")
    }
    stack.keep()
  }

  @Test("Both measures are what counting gives")
  func measures() throws {
    var random = TestNumbers(8)
    let count = 120
    let data = random.normals(3 * count)
    let positions = random.normals(2 * count)
    let labels = (0..<count).map { UInt8($0 % 3) }
    let neighbours = try #require(
      NearestNeighbours(
        points: data, count: count, dimension: 3, k: 15, team: WorkerTeam(threadCount: 2),
        progress: { _ in true }))
    func nearest(_ values: [Float], _ dimension: Int, _ point: Int) -> [Int] {
      (0..<count).filter { $0 != point }.sorted { a, b in
        func distance(_ other: Int) -> Double {
          (0..<dimension).reduce(0.0) {
            let difference = Double(values[point * dimension + $1]) - Double(values[other * dimension + $1])
            return $0 + difference * difference
          }
        }
        return distance(a) < distance(b)
      }.prefix(10).map { $0 }
    }
    var (kept, same) = (0, 0)
    for point in 0..<count {
      let inMap = nearest(positions, 2, point)
      kept += Set(inMap).intersection(nearest(data, 3, point)).count
      same += inMap.count { labels[$0] == labels[point] }
    }
    let quality = MapQuality(positions: positions, neighbours: neighbours, labels: labels)
    #expect(quality.neighboursKept == Double(kept) / Double(10 * count))
    #expect(quality.labelAgreement == Double(same) / Double(10 * count))
    #expect(MapQuality.labelAgreement(positions: positions, labels: labels) == quality.labelAgreement)
  }

  @Test("Points that all lie on one place are measured in little time", arguments: [20_000])
  func oneplace(count: Int) {
    #expect(MapQuality.labelAgreement(positions: [Float](repeating: 1, count: 2 * count), labels: [UInt8](repeating: 4, count: count)) == 1)
  }
}
