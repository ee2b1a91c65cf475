import Testing

@testable import Embedding

@Suite("Repulsion")
struct ParticleMeshTests {
  /// Forty blobs in a square of the given extent.
  private func blobs(_ count: Int, extent: Float) -> [SIMD2<Float>] {
    var random = TestNumbers(UInt64(count))
    let centres = (0..<40).map { _ in SIMD2(Float(random.uniform() - 0.5), Float(random.uniform() - 0.5)) * extent * 0.9 }
    return (0..<count).map { centres[$0 % 40] + SIMD2(Float(random.normal()), Float(random.normal())) * (extent / 80) }
  }

  private func bounds(_ points: [SIMD2<Float>]) -> (SIMD2<Float>, SIMD2<Float>) {
    (points.reduce(points[0], pointwiseMin), points.reduce(points[0], pointwiseMax))
  }

  /// The definition, in double precision.
  private func direct(_ points: [SIMD2<Float>]) -> (forces: [SIMD2<Double>], normalization: Double) {
    var forces: [SIMD2<Double>] = []
    var normalization = 0.0
    for (index, point) in points.enumerated() {
      var force = SIMD2<Double>(repeating: 0)
      for (other, position) in points.enumerated() where other != index {
        let difference = SIMD2<Double>(point) - SIMD2<Double>(position)
        let q = 1 / (1 + (difference * difference).sum())
        force += difference * (q * q)
        normalization += q
      }
      forces.append(force)
    }
    return (forces, normalization)
  }

  private func relativeError(_ forces: UnsafePointer<SIMD2<Float>>, _ expected: [SIMD2<Double>]) -> Double {
    var (error, size) = (0.0, 0.0)
    for (index, force) in expected.enumerated() {
      let difference = SIMD2<Double>(forces[index]) - force
      error += (difference * difference).sum()
      size += (force * force).sum()
    }
    return (error / size).squareRoot()
  }

  @Test("The mesh's forces agree with the direct sum from the first spread to a wide map", arguments: [0.001, 0.5, 4, 25, 40, 90, 160])
  func mesh(extent: Float) {
    let points = blobs(1500, extent: extent)
    let (low, high) = bounds(points)
    let expected = direct(points)
    let team = WorkerTeam(threadCount: 2)
    let mesh = ParticleMesh(count: points.count, team: team)
    let forces = Block<SIMD2<Float>>(points.count, repeating: .zero)
    let normalization = mesh.evaluate(points, low: low, high: high, forces: forces.start)
    #expect(abs(normalization / expected.normalization - 1) < 2e-3)
    let error = relativeError(forces.start, expected.forces)
    // While the map is a thousandth wide, forces cancel to rounding; they must still be small against those of a spread map.
    #expect(error < (extent < 0.01 ? 0.3 : 5e-3), "relative error \(error) at extent \(extent)")
    forces.keep()
  }

  @Test("A mesh that is kept while the map grows and moves gives what a fresh one gives")
  func growing() {
    let team = WorkerTeam(threadCount: 2)
    let kept = ParticleMesh(count: 1200, team: team)
    let forces = Block<SIMD2<Float>>(1200, repeating: .zero)
    var extent: Float = 30
    while extent < 60 {
      let points = blobs(1200, extent: extent)
      let (low, high) = bounds(points)
      _ = kept.evaluate(points, low: low, high: high, forces: forces.start)
      #expect(relativeError(forces.start, direct(points).forces) < 5e-3)
      extent *= 1.3
    }
    forces.keep()
  }

  @Test("Points on the edge of the map act on each other wherever rounding puts them")
  func edges() {
    let team = WorkerTeam(threadCount: 1)
    var random = TestNumbers(14)
    for _ in 0..<200 {
      let low = SIMD2(Float(random.uniform()) * -60, Float(random.uniform()) * -60)
      let high = SIMD2(Float(random.uniform()) * 60, Float(random.uniform()) * 60)
      let points = [low, high, SIMD2(low.x, high.y), SIMD2(high.x, low.y), SIMD2(0, 0), SIMD2(1, 0)]
      let forces = Block<SIMD2<Float>>(points.count, repeating: .zero)
      let mesh = ParticleMesh(count: points.count, team: team)
      _ = mesh.evaluate(points, low: low, high: high, forces: forces.start)
      // A node beyond the mesh would cost an isolated point a quarter of its charge's symmetry and so a force on itself.
      for (index, force) in direct(points).forces.enumerated() {
        let difference = SIMD2<Double>(forces.start[index]) - force
        #expect((difference * difference).sum().squareRoot() < 0.04, "point \(index) of \(points)")
      }
      forces.keep()
    }
  }

  @Test("Distances of nodes follow the extent between .02 and .28")
  func spacing() {
    #expect(ParticleMesh.spacing(extent: 0) == 0.02)
    #expect(ParticleMesh.spacing(extent: 100) == 0.28)
    let middle = ParticleMesh.spacing(extent: 12.8)
    #expect(middle <= 0.1 && middle > 0.09)
    #expect(ParticleMesh.spacing(extent: 6000) >= 4)
  }

  @Test("The direct sum agrees with its definition, far points included", arguments: [1, 2, 5, 37])
  func directSum(count: Int) {
    var random = TestNumbers(4)
    let points = (0..<count).map { _ in SIMD2(Float(random.normal()), Float(random.normal())) * 300 }
    let forces = Block<SIMD2<Float>>(count, repeating: .zero)
    let normalization = DirectRepulsion.evaluate(points, count: count, forces: forces.start, team: WorkerTeam(threadCount: 2))
    let expected = direct(points)
    #expect(abs(normalization - expected.normalization) <= 1e-5 * expected.normalization)
    if count > 1 { #expect(relativeError(forces.start, expected.forces) < 1e-5) }
    forces.keep()
  }
}
