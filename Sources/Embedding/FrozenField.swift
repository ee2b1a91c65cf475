/// The field S(y) = sum over the points of a map of 1 / (1 + |y - y_j|^2) on a mesh, for any y of the map.
final class FrozenField {
  private let mesh: ParticleMesh
  private let low: SIMD2<Float>
  private let high: SIMD2<Float>

  init(of positions: UnsafePointer<SIMD2<Float>>, count: Int, team: WorkerTeam) {
    var (low, high) = (positions[0], positions[0])
    for index in 0..<count {
      low = pointwiseMin(low, positions[index])
      high = pointwiseMax(high, positions[index])
    }
    // A new point may come to lie a little outside.
    let margin = 0.05 * (high - low).max() + 1
    (self.low, self.high) = (low - margin, high + margin)
    mesh = ParticleMesh(count: count, team: team)
    mesh.fill(positions, low: self.low, high: self.high)
  }

  func clamped(_ place: SIMD2<Float>) -> SIMD2<Float> { pointwiseMin(pointwiseMax(place, low), high) }

  /// S and its gradient.
  func sample(_ place: SIMD2<Float>) -> (Float, SIMD2<Float>) { mesh.sample(place) }
}
