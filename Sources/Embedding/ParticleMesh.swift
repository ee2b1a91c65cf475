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
  private var grid: Grid?

  /// The field and where it lies.
  private struct Grid {
    let field: Block<Float>
    let stride: Int
    let origin: SIMD2<Float>
    let inverse: Float
  }
  /// Fixed, so that sums do not depend on the number of threads.
  private static let slabs = 4
  /// Nodes on an axis beyond which the mesh gets coarser, to bound memory.
  private static let mostNodes = 1500

  init(count: Int, team: WorkerTeam) {
    self.count = count
    self.team = team
  }

  /// Distance of nodes for a map of this extent: a 128th of it between .02 and .4, in steps of an eighth of an octave so that the
  /// spectrum of the kernel is kept for many iterations.
  static func spacing(extent: Float) -> Float {
    let wanted = max(0.02, min(0.4, Double(extent) / 128))
    let stepped = wanted >= 0.4 ? 0.4 : 0.02 * exp2((8 * log2(wanted / 0.02)).rounded(.down) / 8)
    return max(Float(stepped), extent / Float(mostNodes))
  }

  /// Writes the repulsive force -1/2 grad S of each point and returns the normalization Z = sum S - N.
  func evaluate(
    _ positions: UnsafePointer<SIMD2<Float>>, low: SIMD2<Float>, high: SIMD2<Float>, forces: UnsafeMutablePointer<SIMD2<Float>>
  ) -> Double {
    fill(positions, low: low, high: high)
    var partial = [Double](repeating: 0, count: 64)
    partial.withUnsafeMutableBufferPointer { partial in
      let partial = partial
      team.ranges(count, slabs: 64) { slab, range, _ in
        var sum = 0.0
        for index in range {
          let (value, slope) = sample(positions[index])
          sum += Double(value)
          forces[index] = slope * -0.5
        }
        partial[slab] = sum
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
    let stride = mesh.rowStride
    let meshes = charges.map(\.start)
    team.ranges(count, slabs: Self.slabs) { slab, range, _ in
      let mesh = meshes[slab]
      mesh.update(repeating: 0, count: nodesY * stride)
      for index in range {
        let u = (positions[index] - origin) * inverse
        let (ix, iy) = (Int(u.x), Int(u.y))
        let wx = Spline.weights(u.x - Float(ix))
        let wy = Spline.weights(u.y - Float(iy))
        var row = UnsafeMutableRawPointer(mesh + (iy - 1) * stride + ix - 1)
        for line in 0..<4 {
          row.storeBytes(of: row.loadUnaligned(as: SIMD4<Float>.self) + wx * wy[line], as: SIMD4<Float>.self)
          row += stride * 4
        }
      }
    }
    mesh.convolve(meshes, nodesX: nodesX, nodesY: nodesY, team: team)
    grid = Grid(field: mesh.field, stride: stride, origin: origin, inverse: inverse)
  }

  /// S and its gradient at a place between the bounds of the last `fill`.
  @inline(__always)
  func sample(_ place: SIMD2<Float>) -> (Float, SIMD2<Float>) {
    guard let grid else { preconditionFailure("no field was computed") }
    let u = (place - grid.origin) * grid.inverse
    let (ix, iy) = (Int(u.x), Int(u.y))
    let (tx, ty) = (u.x - Float(ix), u.y - Float(iy))
    let wy = Spline.weights(ty)
    let vy = Spline.slopes(ty)
    var row = UnsafeRawPointer(grid.field.start + (iy - 1) * grid.stride + ix - 1)
    var across = SIMD4<Float>(repeating: 0)
    var along = SIMD4<Float>(repeating: 0)
    for line in 0..<4 {
      let values = row.loadUnaligned(as: SIMD4<Float>.self)
      across += values * wy[line]
      along += values * vy[line]
      row += grid.stride * 4
    }
    let wx = Spline.weights(tx)
    return ((across * wx).sum(), SIMD2((across * Spline.slopes(tx)).sum(), (along * wx).sum()) * grid.inverse)
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

/// The cubic B-spline at the four nodes around a point, at fraction t of the second cell.
enum Spline {
  @inline(__always)
  static func weights(_ t: Float) -> SIMD4<Float> {
    let (a, b, c, d) = coefficients
    return a + (b + (c + d * t) * t) * t
  }

  /// Derivatives of the weights by t.
  @inline(__always)
  static func slopes(_ t: Float) -> SIMD4<Float> {
    let (_, b, c, d) = coefficients
    return b + (c * 2 + d * (3 * t)) * t
  }

  @inline(__always)
  private static var coefficients: (SIMD4<Float>, SIMD4<Float>, SIMD4<Float>, SIMD4<Float>) {
    (
      SIMD4(1 / 6, 2 / 3, 1 / 6, 0), SIMD4(-0.5, 0, 0.5, 0), SIMD4(0.5, -1, 0.5, 0), SIMD4(-1 / 6, 0.5, -0.5, 1 / 6)
    )
  }
}
