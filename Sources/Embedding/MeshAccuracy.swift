/// How exact the repulsion by the mesh is on a given map.
public struct MeshAccuracy: Sendable, Hashable {
  /// Of the forces on a sample of the points: the length of all differences from the direct sum over the length of the direct sum.
  public let forceError: Double
  /// Of the normalization Z, over the direct sum for the sample.
  public let normalizationError: Double

  /// - Parameters:
  ///   - positions: x and y in turn; at least two points that do not lie on one place.
  ///   - sample: points looked at, evenly spread over the indices.
  /// - Cost: sample x N.
  public init(positions: [Float], sample: Int = 2000, threads: Int? = nil) {
    let count = positions.count / 2
    let team = WorkerTeam(threadCount: threads)
    let points = Block<SIMD2<Float>>(count, repeating: .zero)
    let forces = Block<SIMD2<Float>>(count, repeating: .zero)
    var (low, high) = (SIMD2<Float>(repeating: .greatestFiniteMagnitude), SIMD2<Float>(repeating: -.greatestFiniteMagnitude))
    for index in 0..<count {
      points.start[index] = SIMD2(positions[2 * index], positions[2 * index + 1])
      low = pointwiseMin(low, points.start[index])
      high = pointwiseMax(high, points.start[index])
    }
    let mesh = ParticleMesh(count: count, team: team)
    _ = mesh.evaluate(points.start, low: low, high: high, forces: forces.start)
    let chosen = (0..<min(sample, count)).map { $0 * count / min(sample, count) }
    // For each point: squared error, squared force, the sum S by mesh and by hand.
    let sums = Block<SIMD4<Double>>(chosen.count, repeating: .zero)
    defer {
      points.keep()
      forces.keep()
      sums.keep()
    }
    team.run(chosen.count) { slab, _ in
      let own = SIMD2<Double>(points.start[chosen[slab]])
      var (field, force) = (0.0, SIMD2<Double>.zero)
      for other in 0..<count {
        let difference = own - SIMD2<Double>(points.start[other])
        let q = 1 / (1 + (difference * difference).sum())
        field += q
        force += difference * (q * q)
      }
      let error = SIMD2<Double>(forces.start[chosen[slab]]) - force
      sums.start[slab] = SIMD4(
        (error * error).sum(), (force * force).sum(), Double(mesh.sample(points.start[chosen[slab]]).0) - field, field)
    }
    let total = sums.array.reduce(.zero, +)
    forceError = (total.x / total.y).squareRoot()
    normalizationError = total.z / total.w
  }
}
