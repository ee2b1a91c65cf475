import Glibc

/// Convolution of a charge on a mesh with 1 / (1 + r^2), by one real forward and one real inverse transform.
///
/// The mesh is a corner of a periodic one at least twice as long on each side, so that nothing wraps around. Two sets of
/// columns travel as the real and the imaginary part of one complex transform along y; only rows and columns that can hold
/// charge are transformed, kept and written.
final class MeshConvolution {
  let spacing: Float
  /// Period of the mesh on each axis.
  let periodX: Int
  let periodY: Int
  /// Numbers from one row of the mesh to the next.
  let rowStride: Int
  /// Nodes that may hold charge on each axis.
  var capacityX: Int { periodX / 2 }
  var capacityY: Int { periodY / 2 }
  /// `[capacityY, rowStride]`: the field after `convolve`.
  let field: Block<Float>

  private let alongX: FourierTransform
  private let alongY: FourierTransform
  private let frequencies: Int
  private let frequencyBatches: Int
  private let spectrumRe: Block<Float>
  private let spectrumIm: Block<Float>
  /// For each batch of y frequencies and each x frequency.
  private let kernel: Block<Lanes>
  private let scratch: Block<Lanes>
  private let scratchLength: Int
  private static let lanes = Lanes.scalarCount

  /// - Precondition: friendly periods of at least 32, so that whole batches of columns fit into one.
  init(spacing: Float, periodX: Int, periodY: Int, team: WorkerTeam) {
    precondition(periodX >= 4 * Self.lanes && periodY >= 4 * Self.lanes, "the mesh is smaller than a batch of columns")
    self.spacing = spacing
    self.periodX = periodX
    self.periodY = periodY
    let lanes = Self.lanes
    let pair = 2 * lanes
    alongX = FourierTransform(length: periodX)
    alongY = FourierTransform(length: periodY)
    rowStride = (periodX / 2 + pair - 1) / pair * pair
    frequencies = periodY / 2 + 1
    frequencyBatches = (frequencies + lanes - 1) / lanes
    field = Block(periodY / 2 * rowStride, repeating: 0)
    spectrumRe = Block(frequencyBatches * lanes * rowStride, repeating: 0)
    spectrumIm = Block(frequencyBatches * lanes * rowStride, repeating: 0)
    kernel = Block(frequencyBatches * periodX, repeating: Lanes(repeating: 0))
    scratchLength = max(periodX, periodY)
    scratch = Block(team.threadCount * 4 * scratchLength, repeating: Lanes(repeating: 0))
    buildKernel(team)
  }

  private func planes(_ worker: Int) -> (FourierTransform.Planes, FourierTransform.Planes) {
    let start = scratch.start + worker * 4 * scratchLength
    return (
      FourierTransform.Planes(re: start, im: start + scratchLength),
      FourierTransform.Planes(re: start + 2 * scratchLength, im: start + 3 * scratchLength)
    )
  }

  /// The spectrum of the sampled kernel, over the square of the spectrum of the cubic B-spline's samples (2/3, 1/6, 1/6), which
  /// turns spreading and gathering with B-splines into cubic spline interpolation, and over the number of nodes of the period.
  private func buildKernel(_ team: WorkerTeam) {
    let lanes = Self.lanes
    let pair = 2 * lanes
    let half = periodX / 2 + 1
    let halfStride = (half + pair - 1) / pair * pair
    let columns = Block<Float>(frequencyBatches * lanes * halfStride, repeating: 0)
    defer { columns.keep() }
    let squared = spacing * spacing
    team.run(halfStride / pair) { slab, worker in
      let (input, other) = planes(worker)
      for y in 0..<periodY {
        let dy = Float(min(y, periodY - y))
        for lane in 0..<pair {
          let x = slab * pair + lane
          let dx = Float(min(x, periodX - x))
          let value = 1 / (1 + squared * (dx * dx + dy * dy))
          if lane < lanes { input.re[y][lane] = value } else { input.im[y][lane - lanes] = value }
        }
      }
      // Even in y: both spectra are real, so they do not mix.
      let result = alongY.transform(input, other)
      for frequency in 0..<frequencies {
        let to = columns.start + frequency * halfStride + slab * pair
        for lane in 0..<lanes {
          to[lane] = result.re[frequency][lane]
          to[lanes + lane] = result.im[frequency][lane]
        }
      }
    }
    let splineX = Self.splineSpectrum(periodX)
    let splineY = Self.splineSpectrum(periodY)
    let nodes = Float(periodX) * Float(periodY)
    team.run(frequencyBatches) { batch, worker in
      let (input, other) = planes(worker)
      for x in 0..<periodX {
        let column = min(x, periodX - x)
        for lane in 0..<lanes { input.re[x][lane] = columns.start[(batch * lanes + lane) * halfStride + column] }
        input.im[x] = Lanes(repeating: 0)
      }
      let result = alongX.transform(input, other)
      for x in 0..<periodX {
        for lane in 0..<lanes {
          let frequency = batch * lanes + lane
          let spline = splineX[x] * splineY[min(frequency, periodY - 1)]
          kernel.start[batch * periodX + x][lane] = frequency < frequencies ? result.re[x][lane] / (spline * spline * nodes) : 0
        }
      }
    }
  }

  private static func splineSpectrum(_ period: Int) -> [Float] {
    (0..<period).map { Float((2 + cos(2 * Double.pi * Double($0) / Double(period))) / 3) }
  }

  /// Adds the charges of `meshes` (each `[capacityY, rowStride]`, empty beyond `nodesX`, `nodesY`) and writes their convolution
  /// with the kernel into `field`, as far as `nodesX`, `nodesY`.
  func convolve(_ meshes: [UnsafeMutablePointer<Float>], nodesX: Int, nodesY: Int, team: WorkerTeam) {
    let pair = 2 * Self.lanes
    let columnBatches = (nodesX + pair - 1) / pair
    team.run(columnBatches) { slab, worker in forwardColumns(slab, meshes, nodesY, worker) }
    team.run(frequencyBatches) { batch, worker in rows(batch, columnBatches * pair, worker) }
    team.run(columnBatches) { slab, worker in inverseColumns(slab, nodesY, worker) }
  }

  private func forwardColumns(_ slab: Int, _ meshes: [UnsafeMutablePointer<Float>], _ nodesY: Int, _ worker: Int) {
    let lanes = Self.lanes
    let first = slab * 2 * lanes
    let (input, other) = planes(worker)
    let zero = Lanes(repeating: 0)
    for y in 0..<nodesY {
      var (a, b) = (zero, zero)
      for mesh in meshes {
        let from = UnsafeRawPointer(mesh + y * rowStride + first)
        a += from.loadUnaligned(as: Lanes.self)
        b += from.loadUnaligned(fromByteOffset: lanes * 4, as: Lanes.self)
      }
      input.re[y] = a
      input.im[y] = b
    }
    (input.re + nodesY).update(repeating: zero, count: periodY - nodesY)
    (input.im + nodesY).update(repeating: zero, count: periodY - nodesY)
    let z = alongY.transform(input, other)
    for k in 0..<frequencies {
      let mirror = k == 0 ? 0 : periodY - k
      let (r1, i1, r2, i2) = (z.re[k], z.im[k], z.re[mirror], z.im[mirror])
      let re = UnsafeMutableRawPointer(spectrumRe.start + k * rowStride + first)
      let im = UnsafeMutableRawPointer(spectrumIm.start + k * rowStride + first)
      re.storeBytes(of: (r1 + r2) * 0.5, as: Lanes.self)
      im.storeBytes(of: (i1 - i2) * 0.5, as: Lanes.self)
      re.storeBytes(of: (i1 + i2) * 0.5, toByteOffset: lanes * 4, as: Lanes.self)
      im.storeBytes(of: (r2 - r1) * 0.5, toByteOffset: lanes * 4, as: Lanes.self)
    }
  }

  /// A batch of y frequencies: forward along x, times the kernel, back.
  private func rows(_ batch: Int, _ columns: Int, _ worker: Int) {
    let (input, other) = planes(worker)
    let offset = batch * Self.lanes * rowStride
    Self.transpose(spectrumRe.start + offset, rowStride, columns, into: input.re)
    Self.transpose(spectrumIm.start + offset, rowStride, columns, into: input.im)
    if columns < periodX {
      (input.re + columns).update(repeating: Lanes(repeating: 0), count: periodX - columns)
      (input.im + columns).update(repeating: Lanes(repeating: 0), count: periodX - columns)
    }
    let z = alongX.transform(input, other)
    let factors = kernel.start + batch * periodX
    for x in 0..<periodX {
      z.re[x] *= factors[x]
      z.im[x] *= factors[x]
    }
    let free = z.re == input.re ? other : input
    let result = alongX.transform(z.exchanged, free.exchanged).exchanged
    Self.transposeBack(result.re, columns, spectrumRe.start + offset, rowStride)
    Self.transposeBack(result.im, columns, spectrumIm.start + offset, rowStride)
  }

  private func inverseColumns(_ slab: Int, _ nodesY: Int, _ worker: Int) {
    let lanes = Self.lanes
    let first = slab * 2 * lanes
    let (input, other) = planes(worker)
    for k in 0..<frequencies {
      let re = UnsafeRawPointer(spectrumRe.start + k * rowStride + first)
      let im = UnsafeRawPointer(spectrumIm.start + k * rowStride + first)
      let (ar, br) = (re.loadUnaligned(as: Lanes.self), re.loadUnaligned(fromByteOffset: lanes * 4, as: Lanes.self))
      let (ai, bi) = (im.loadUnaligned(as: Lanes.self), im.loadUnaligned(fromByteOffset: lanes * 4, as: Lanes.self))
      let mirror = k == 0 ? 0 : periodY - k
      // At k = 0 and at the middle both lines write the same place; there the imaginary parts of a and b are zero.
      input.re[mirror] = ar + bi
      input.im[mirror] = br - ai
      input.re[k] = ar - bi
      input.im[k] = ai + br
    }
    let z = alongY.transform(input.exchanged, other.exchanged).exchanged
    for y in 0..<nodesY {
      let to = UnsafeMutableRawPointer(field.start + y * rowStride + first)
      to.storeBytes(of: z.re[y], as: Lanes.self)
      to.storeBytes(of: z.im[y], toByteOffset: lanes * 4, as: Lanes.self)
    }
  }

  /// Rows to lanes, in squares.
  @inline(__always)
  private static func transpose(
    _ from: UnsafePointer<Float>, _ stride: Int, _ columns: Int, into lanesOut: UnsafeMutablePointer<Lanes>
  ) {
    lanesOut.withMemoryRebound(to: Float.self, capacity: columns * lanes) { to in
      for column in 0..<columns {
        for lane in 0..<lanes { to[column * lanes + lane] = from[lane * stride + column] }
      }
    }
  }

  @inline(__always)
  private static func transposeBack(
    _ lanesIn: UnsafeMutablePointer<Lanes>, _ columns: Int, _ to: UnsafeMutablePointer<Float>, _ stride: Int
  ) {
    lanesIn.withMemoryRebound(to: Float.self, capacity: columns * lanes) { from in
      for column in 0..<columns {
        for lane in 0..<lanes { to[lane * stride + column] = from[column * lanes + lane] }
      }
    }
  }
}
