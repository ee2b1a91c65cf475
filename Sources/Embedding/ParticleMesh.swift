import CEmbeddingKernels
import Glibc

/// The field S(y) = sum over all points of 1 / (1 + |y - y_j|^2) and its gradient at every point, by the particle-mesh method.
///
/// Charge 1 of every point is spread on a mesh with cubic B-splines, convolved with the kernel, and read back with the same 16
/// weights; the gradient comes from the derivatives of the weights (Hockney and Eastwood 1981; the cubic spline in place of the
/// Lagrange polynomials of Linderman et al. 2019). The repulsion of t-SNE is -1/2 grad S, its normalization sum S - N.
final class ParticleMesh {
  private let count: Int
  private let team: WorkerTeam
  private var convolution: MeshConvolution?
  private var charges: [Block<Float>] = []
  /// The field of the last call; its nodes belong to `convolution`.
  private var field: heatlens_mesh?
  /// Fixed, so that sums do not depend on the number of threads.
  private static let slabs = 2
  /// Nodes on an axis beyond which the mesh gets coarser, to bound memory.
  private static let mostNodes = 1500

  init(count: Int, team: WorkerTeam) {
    self.count = count
    self.team = team
  }

  /// Distance of nodes for a map of this extent: a 128th of it between .02 and .28, in steps of an eighth of an octave so that the
  /// spectrum of the kernel is kept for many iterations.
  static func spacing(extent: Float) -> Float {
    let wanted = max(0.02, min(0.28, Double(extent) / 128))
    let stepped = wanted >= 0.28 ? 0.28 : 0.02 * exp2((8 * log2(wanted / 0.02)).rounded(.down) / 8)
    return max(Float(stepped), extent / Float(mostNodes))
  }

  /// Whether nodes lie farther apart than the kernel allows, since there would be too many.
  static func isCoarse(extent: Float) -> Bool { spacing(extent: extent) > 0.281 }

  /// Writes the repulsive force -1/2 grad S of each point and returns the normalization Z = sum S - N.
  func evaluate(
    _ positions: UnsafePointer<SIMD2<Float>>, low: SIMD2<Float>, high: SIMD2<Float>, forces: UnsafeMutablePointer<SIMD2<Float>>
  ) -> Double {
    fill(positions, low: low, high: high)
    guard let field else { preconditionFailure("no field was computed") }
    var partial = [Double](repeating: 0, count: 64)
    let (positions, forces) = (coordinates(positions), coordinates(forces))
    partial.withUnsafeMutableBufferPointer { partial in
      let partial = partial
      team.ranges(count, slabs: 64) { slab, range, _ in
        withUnsafePointer(to: field) {
          partial[slab] = loops.gather($0, positions, Int64(range.lowerBound), Int64(range.upperBound), forces)
        }
      }
    }
    return partial.reduce(0, +) - Double(count)
  }

  /// Computes the field of these points, for places between `low` and `high`, which hold all of them.
  func fill(_ positions: UnsafePointer<SIMD2<Float>>, low: SIMD2<Float>, high: SIMD2<Float>) {
    let extent = high - low
    let spacing = Self.spacing(extent: extent.max())
    // Room for the spline on both sides and half a cell more: a position at the edge must not round across it.
    let nodesX = Int((extent.x / spacing).rounded(.down)) + 6
    let nodesY = Int((extent.y / spacing).rounded(.down)) + 6
    let mesh = mesh(spacing, nodesX, nodesY)
    let origin = low - 1.5 * spacing
    let inverse = 1 / spacing
    let meshes = charges.map(\.start)
    func layout(_ nodes: UnsafeMutablePointer<Float>) -> heatlens_mesh {
      heatlens_mesh(nodes: nodes, stride: Int64(mesh.rowStride), origin_x: origin.x, origin_y: origin.y, inverse: inverse)
    }
    // Points near each other mostly stand near each other: a slab touches only some of the rows.
    let rows = Block<SIMD2<Int>>(Self.slabs, repeating: .zero)
    defer { rows.keep() }
    team.ranges(count, slabs: Self.slabs) { slab, range, _ in
      guard !range.isEmpty else { return }
      var (least, greatest) = (high.y, low.y)
      for index in range {
        least = min(least, positions[index].y)
        greatest = max(greatest, positions[index].y)
      }
      let touched = max(0, Int((least - origin.y) * inverse) - 2)..<min(nodesY, Int((greatest - origin.y) * inverse) + 4)
      rows.start[slab] = SIMD2(touched.lowerBound, touched.upperBound)
      (meshes[slab] + touched.lowerBound * mesh.rowStride).update(repeating: 0, count: touched.count * mesh.rowStride)
      withUnsafePointer(to: layout(meshes[slab])) {
        loops.spread($0, coordinates(positions), Int64(range.lowerBound), Int64(range.upperBound))
      }
    }
    let charges = (0..<Self.slabs).map { MeshConvolution.Charges(start: meshes[$0], rows: rows.start[$0].x..<rows.start[$0].y) }
    mesh.convolve(charges, nodesX: nodesX, nodesY: nodesY, team: team)
    field = layout(mesh.field.start)
  }

  /// S and its gradient at a place between the bounds of the last `fill`.
  func sample(_ place: SIMD2<Float>) -> (Float, SIMD2<Float>) {
    guard let field else { preconditionFailure("no field was computed") }
    var (force, place) = (SIMD2<Float>.zero, place)
    let value = withUnsafePointer(to: &place) { place in
      withUnsafeMutablePointer(to: &force) { force in
        withUnsafePointer(to: field) { loops.gather($0, coordinates(place), 0, 1, coordinates(force)) }
      }
    }
    return (Float(value), force * -2)
  }

  /// The mesh of the last call where it still fits, else a new one with its kernel.
  private func mesh(_ spacing: Float, _ nodesX: Int, _ nodesY: Int) -> MeshConvolution {
    if let convolution, convolution.spacing == spacing, Self.fits(convolution.capacityX, nodesX),
      Self.fits(convolution.capacityY, nodesY)
    {
      return convolution
    }
    // Three per cent to grow into.
    let fresh = MeshConvolution(
      spacing: spacing, periodX: FourierTransform.friendlyLength(atLeast: max(32, 2 * nodesX + nodesX / 16)),
      periodY: FourierTransform.friendlyLength(atLeast: max(32, 2 * nodesY + nodesY / 16)), team: team)
    convolution = fresh
    charges = (0..<Self.slabs).map { _ in Block(fresh.capacityY * fresh.rowStride, repeating: 0) }
    return fresh
  }

  private static func fits(_ capacity: Int, _ nodes: Int) -> Bool { nodes <= capacity && capacity <= nodes + nodes / 5 + 16 }
}
