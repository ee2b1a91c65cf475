import CEmbeddingKernels
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
  /// For each batch of y frequencies and each column.
  private let spectrumRe: Block<Lanes>
  private let spectrumIm: Block<Lanes>
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
    spectrumRe = Block(frequencyBatches * rowStride, repeating: Lanes(repeating: 0))
    spectrumIm = Block(frequencyBatches * rowStride, repeating: Lanes(repeating: 0))
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

  /// Charges on the rows of a mesh from `firstRow` on, each row with `rowStride` numbers.
  struct Charges {
    let start: UnsafeMutablePointer<Float>
    let rows: Range<Int>
  }

  /// Adds the charges, empty beyond `nodesX`, `nodesY`, and writes their convolution with the kernel into `field`, as far as `nodesX`,
  /// `nodesY`.
  ///
  /// - Parameter charges: meshes of `[capacityY, rowStride]` of which only `rows` are read.
  func convolve(_ charges: [Charges], nodesX: Int, nodesY: Int, team: WorkerTeam) {
    let pair = 2 * Self.lanes
    let columnBatches = (nodesX + pair - 1) / pair
    team.run(columnBatches) { slab, worker in forwardColumns(slab, charges, nodesY, worker) }
    team.run(frequencyBatches) { batch, worker in rows(batch, columnBatches * pair, worker) }
    team.run(columnBatches) { slab, worker in inverseColumns(slab, nodesY, worker) }
  }

  private func forwardColumns(_ slab: Int, _ charges: [Charges], _ nodesY: Int, _ worker: Int) {
    let first = slab * 2 * Self.lanes
    let (input, other) = planes(worker)
    let zero = Lanes(repeating: 0)
    input.re.update(repeating: zero, count: periodY)
    input.im.update(repeating: zero, count: periodY)
    for charge in charges {
      for y in charge.rows {
        let from = UnsafeRawPointer(charge.start + y * rowStride + first)
        input.re[y] += from.loadUnaligned(as: Lanes.self)
        input.im[y] += from.loadUnaligned(fromByteOffset: Self.lanes * 4, as: Lanes.self)
      }
    }
    let z = alongY.transform(input, other)
    loops.split_columns(
      numbers(z.re), numbers(z.im), Int64(periodY), numbers(spectrumRe.start + first), numbers(spectrumIm.start + first),
      Int64(rowStride))
  }

  /// A batch of y frequencies: forward along x, times the kernel, back.
  private func rows(_ batch: Int, _ columns: Int, _ worker: Int) {
    let (input, other) = planes(worker)
    let (re, im) = (spectrumRe.start + batch * rowStride, spectrumIm.start + batch * rowStride)
    input.re.update(from: re, count: columns)
    input.im.update(from: im, count: columns)
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
    re.update(from: result.re, count: columns)
    im.update(from: result.im, count: columns)
  }

  private func inverseColumns(_ slab: Int, _ nodesY: Int, _ worker: Int) {
    let first = slab * 2 * Self.lanes
    let (input, other) = planes(worker)
    loops.join_columns(
      numbers(spectrumRe.start + first), numbers(spectrumIm.start + first), Int64(rowStride), numbers(input.re), numbers(input.im),
      Int64(periodY))
    let z = alongY.transform(input.exchanged, other.exchanged).exchanged
    for y in 0..<nodesY {
      let to = UnsafeMutableRawPointer(field.start + y * rowStride + first)
      to.storeBytes(of: z.re[y], as: Lanes.self)
      to.storeBytes(of: z.im[y], toByteOffset: Self.lanes * 4, as: Lanes.self)
    }
  }
}
