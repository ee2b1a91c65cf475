import Foundation
import Testing

@testable import Embedding

@Suite("Point placer")
struct PointPlacerTests {
  /// Three groups in four dimensions; the map lays each around a corner of a triangle.
  private func groups() throws -> (rows: ProjectedRows, positions: [Float], values: [Float]) {
    var random = TestNumbers(15)
    let values = (0..<600).flatMap { point in (0..<4).map { Float(random.normal() + ($0 == point % 3 ? 12 : 0)) } }
    let rows = try #require(
      try ProjectedRows(
        values: values, count: 600, dimension: 4, components: 4, matrices: SlowMatrixProduct(), progress: { _ in true }))
    let corners: [(Double, Double)] = [(-20, 0), (20, 0), (0, 30)]
    let positions = (0..<600).flatMap { point in
      [Float(corners[point % 3].0 + 3 * random.normal()), Float(corners[point % 3].1 + 3 * random.normal())]
    }
    return (rows, positions, values)
  }

  @Test("A point of each group lands among its own, and its neighbours are those of a scan")
  func landsAmongItsOwn() throws {
    let (rows, positions, values) = try groups()
    let placer = PointPlacer(rows: rows, positions: positions)
    var random = TestNumbers(16)
    for group in 0..<3 {
      let row = (0..<4).map { Float(random.normal() + ($0 == group ? 12 : 0)) }
      let query = row.withUnsafeBufferPointer { rows.components.project(row: $0) }
      let placed = placer.place(query, k: 7)
      let scan = (0..<600).map { point -> (Double, Int) in
        ((0..<4).reduce(0.0) { $0 + pow(Double(row[$1] - values[4 * point + $1]), 2) }, point)
      }.sorted { $0 < $1 }.prefix(7)
      #expect(placed.neighbours.map(\.index) == scan.map(\.1))
      for (neighbour, expected) in zip(placed.neighbours, scan) {
        #expect(abs(Double(neighbour.distance) - expected.0.squareRoot()) < 1e-3)
      }
      let own = stride(from: group, to: 600, by: 3).map { point -> Float in
        let difference = SIMD2(positions[2 * point], positions[2 * point + 1]) - placed.position
        return (difference * difference).sum().squareRoot()
      }
      #expect(own.reduce(0, +) / Float(own.count) < 12)
    }
  }

  @Test("The frozen field and its slope are those of the direct sum, also between and beside the points", arguments: [2, 30, 90])
  func field(extent: Float) {
    var random = TestNumbers(17)
    let points = (0..<400).map { _ in SIMD2(Float(random.uniform() - 0.5), Float(random.uniform() - 0.5)) * extent }
    let field = FrozenField(of: points, count: points.count, team: WorkerTeam(threadCount: 2))
    for _ in 0..<100 {
      let place = SIMD2(Float(random.uniform() - 0.5), Float(random.uniform() - 0.5)) * extent * 1.05
      var (sum, slope) = (0.0, SIMD2<Double>.zero)
      for point in points {
        let difference = SIMD2<Double>(place) - SIMD2<Double>(point)
        let q = 1 / (1 + (difference * difference).sum())
        sum += q
        slope -= difference * (2 * q * q)
      }
      let (value, gradient) = field.sample(place)
      #expect(abs(Double(value) - sum) < 5e-3 * sum)
      let error = SIMD2<Double>(gradient) - slope
      #expect((error * error).sum().squareRoot() < 0.02 * sum)
    }
  }

  @Test("One point, two, and duplicates take a new one", arguments: [1, 2, 40])
  func degenerate(count: Int) throws {
    let values = [Float](repeating: 1, count: 3 * count)
    let rows = try #require(
      try ProjectedRows(values: values, count: count, dimension: 3, matrices: SlowMatrixProduct(), progress: { _ in true }))
    let placer = PointPlacer(rows: rows, positions: [Float](repeating: 2, count: 2 * count))
    let placed = placer.place([0.5, 0, 0], k: 10)
    #expect(placed.position.x.isFinite && placed.position.y.isFinite)
    #expect(placed.neighbours.map(\.index) == Array(0..<min(10, count)))
  }
}
