import Testing

@testable import Embedding

@Suite("Nearest neighbours")
struct NearestNeighboursTests {
  private func neighbours(_ points: [Float], count: Int, dimension: Int, k: Int) throws -> NearestNeighbours {
    try #require(
      NearestNeighbours(
        points: points, count: count, dimension: dimension, k: k, team: WorkerTeam(threadCount: 2),
        progress: { _ in true }))
  }

  private func squaredDistance(_ points: [Float], _ a: Int, _ b: Int, _ dimension: Int) -> Double {
    (0..<dimension).reduce(0.0) {
      let difference = Double(points[a * dimension + $1] - points[b * dimension + $1])
      return $0 + difference * difference
    }
  }

  @Test("All neighbours of every point are those found by measuring every pair", arguments: [(1, 3), (40, 4), (700, 10), (1500, 40)])
  func bruteForce(count: Int, k: Int) throws {
    let dimension = 5
    var random = TestNumbers(UInt64(count))
    let points = random.normals(count * dimension)
    let found = try neighbours(points, count: count, dimension: dimension, k: k)
    #expect(found.k == min(k, count - 1))
    for point in 0..<count {
      let all = (0..<count).filter { $0 != point }.map { (Float(squaredDistance(points, point, $0, dimension)), Int32($0)) }
      let expected = all.sorted { $0 < $1 }.prefix(found.k)
      let row = point * found.k..<(point + 1) * found.k
      #expect(Array(found.indices[row]) == expected.map(\.1))
      #expect(Array(found.squaredDistances[row]) == expected.map(\.0))
    }
  }

  @Test(
    "Tight groups far from the middle have their true neighbours, where rounding hides them from the matrix product", arguments: [2, 20])
  func tightGroups(dimension: Int) throws {
    var random = TestNumbers(31)
    let count = 400
    // Two groups 20,000 apart, each a ten-thousandth of that wide.
    let points = random.normals(count * dimension).enumerated().map { index, number in
      number + (index / dimension % 2 == 0 ? 10_000 : -10_000)
    }
    let found = try neighbours(points, count: count, dimension: dimension, k: 12)
    for point in 0..<count {
      let all = (0..<count).filter { $0 != point }.map { (squaredDistance(points, point, $0, dimension), Int32($0)) }.sorted { $0 < $1 }
      let row = point * 12..<(point + 1) * 12
      // Equal to single precision, in which two may change places.
      for (ours, theirs) in zip(found.squaredDistances[row], all) { #expect(abs(Double(ours) - theirs.0) <= 1e-6 * theirs.0) }
    }
  }

  @Test("Duplicates are neighbours at distance zero, and no point is its own neighbour")
  func duplicates() throws {
    var random = TestNumbers(8)
    let distinct = random.normals(30 * 3).map { $0 * 100 }
    var points: [Float] = []
    for point in 0..<300 {
      let first = point % 30 * 3
      points += distinct[first..<first + 3]
    }
    let found = try neighbours(points, count: 300, dimension: 3, k: 9)
    for point in 0..<300 {
      let row = point * 9..<(point + 1) * 9
      #expect(found.squaredDistances[row].allSatisfy { $0 == 0 })
      #expect(found.indices[row].allSatisfy { Int($0) % 30 == point % 30 && Int($0) != point })
      #expect(Set(found.indices[row]).count == 9)
    }
  }

  @Test("Every pair of tiles meets once, and no tile twice in a round", arguments: [1, 2, 3, 8, 13])
  func rounds(tiles: Int) {
    let rounds = TileRounds(tiles: tiles)
    var met: Set<[Int]> = []
    for round in 0..<rounds.count {
      var busy: Set<Int> = []
      for (a, b) in rounds.pairs(in: round) {
        #expect(a <= b && b < tiles && met.insert([a, b]).inserted)
        #expect(busy.insert(a).inserted && (a == b || busy.insert(b).inserted))
      }
    }
    #expect(met.count == tiles * (tiles + 1) / 2)
  }

  @Test("Numbers that are none leave every row full of other points")
  func notNumbers() throws {
    var random = TestNumbers(2)
    var points = random.normals(50 * 2)
    for index in 20..<40 { points[index] = .nan }
    let found = try neighbours(points, count: 50, dimension: 2, k: 45)
    for point in 0..<50 {
      let row = found.indices[point * 45..<(point + 1) * 45]
      #expect(Set(row).count == 45 && !row.contains(Int32(point)) && row.allSatisfy { $0 >= 0 && $0 < 50 })
    }
  }
}
