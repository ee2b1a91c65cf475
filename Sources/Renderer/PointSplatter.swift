import Geometry
import Scene

/// Blends the points of a cloud as small discs into bytes in memory: the same picture that the shaders draw.
///
/// The coverage of a disc is tabulated for positions between pixels, the colours for coverages; a pixel then costs a few integer
/// operations. Cost: time linear in points times pixels of a disc.
struct PointSplatter {
  private let cloud: PointCloud
  private let kernels: DiscKernels
  /// For each palette entry the premultiplied colour as RGBA bytes in one word, at each of 256 coverages.
  private let shades: [UInt32]
  private let paletteCount: Int

  /// `palette` is premultiplied and contains the cloud's opacity.
  init(_ cloud: PointCloud, palette: [SIMD4<Float>]) {
    self.cloud = cloud
    kernels = DiscKernels(diameter: min(max(cloud.pointSize, 1), 255))
    paletteCount = palette.count
    shades = palette.flatMap { color in
      (0..<256).map { coverage in
        let bytes = (color * Float(coverage)).rounded(.toNearestOrAwayFromZero)
        return UInt32(bytes.x) | UInt32(bytes.y) << 8 | UInt32(bytes.z) << 16 | UInt32(bytes.w) << 24
      }
    }
  }

  /// The premultiplied RGBA bytes of a rectangle of the window, top row first. Points that are not made of numbers, or whose colour
  /// the palette does not have, are left out.
  func picture(of covered: PixelRect) -> [UInt8] {
    [UInt8](unsafeUninitializedCapacity: 4 * covered.width * covered.height) { bytes, initialized in
      bytes.initialize(repeating: 0)
      bytes.withMemoryRebound(to: UInt32.self) { splat(into: $0, covered) }
      initialized = bytes.count
    }
  }

  private func splat(into pixels: UnsafeMutableBufferPointer<UInt32>, _ covered: PixelRect) {
    let (camera, middle) = (cloud.camera, cloud.frame.center)
    let (width, height, reach) = (covered.width, covered.height, Double(kernels.reach))
    let (left, top) = (middle.x - Double(covered.x), middle.y - Double(covered.y))
    cloud.positions.withUnsafeBufferPointer { positions in
      cloud.colorIndices.withUnsafeBufferPointer { indices in
        shades.withUnsafeBufferPointer { shades in
          kernels.coverage.withUnsafeBufferPointer { coverage in
            for point in 0..<cloud.drawableCount {
              let index = Int(indices[point])
              let x = left + (Double(positions[2 * point]) - camera.centre.x) * camera.scale
              let y = top - (Double(positions[2 * point + 1]) - camera.centre.y) * camera.scale
              // False, too, for what is not a number.
              guard index < paletteCount, x > -reach, y > -reach, x < Double(width) + reach, y < Double(height) + reach else {
                continue
              }
              let (column, row) = (Int(x.rounded(.down)), Int(y.rounded(.down)))
              let kernel = kernels.offset(xPhase: x - Double(column), yPhase: y - Double(row))
              let (firstColumn, firstRow) = (column - kernels.reach, row - kernels.reach)
              let columns = max(0, -firstColumn)..<max(max(0, -firstColumn), min(kernels.side, width - firstColumn))
              let rows = max(0, -firstRow)..<max(max(0, -firstRow), min(kernels.side, height - firstRow))
              for y in rows {
                let target = (firstRow + y) * width + firstColumn
                let source = kernel + y * kernels.side
                for x in columns {
                  let shade = shades[index << 8 | Int(coverage[source + x])]
                  if shade != 0 { pixels[target + x] = Self.over(shade, pixels[target + x]) }
                }
              }
            }
          }
        }
      }
    }
  }

  /// `shade` over `old`, both premultiplied: each byte is `shade + old (255 - alpha) / 255`, rounded to nearest; two bytes at a time
  /// (Blinn 1994). No byte overflows as no colour exceeds its alpha.
  private static func over(_ shade: UInt32, _ old: UInt32) -> UInt32 {
    let rest = 255 &- (shade >> 24)
    var even = (old & 0x00FF_00FF) &* rest &+ 0x0080_0080
    even = (even &+ ((even >> 8) & 0x00FF_00FF)) >> 8 & 0x00FF_00FF
    var odd = (old >> 8 & 0x00FF_00FF) &* rest &+ 0x0080_0080
    odd = (odd &+ ((odd >> 8) & 0x00FF_00FF)) & 0xFF00_FF00
    return shade &+ (even | odd)
  }
}

/// Coverage of the pixels around a disc, for a grid of places of its centre within the middle pixel.
struct DiscKernels {
  /// Pixels from the middle one to the last on each side.
  let reach: Int
  let side: Int
  let coverage: [UInt8]
  private let phases: Int

  init(diameter: Double) {
    // Large discs hide an offset of a fraction of a pixel less, but it is their tables that would be large.
    phases = diameter < 12 ? 16 : 4
    reach = Int((diameter / 2 + 0.5).rounded(.up))
    side = 2 * reach + 1
    var coverage: [UInt8] = []
    coverage.reserveCapacity(phases * phases * side * side)
    for yPhase in 0..<phases {
      for xPhase in 0..<phases {
        let centreX = Double(reach) + (Double(xPhase) + 0.5) / Double(phases)
        let centreY = Double(reach) + (Double(yPhase) + 0.5) / Double(phases)
        for row in 0..<side {
          for column in 0..<side {
            let (x, y) = (Double(column) + 0.5 - centreX, Double(row) + 0.5 - centreY)
            let share = min(max(diameter / 2 + 0.5 - (x * x + y * y).squareRoot(), 0), 1)
            coverage.append(UInt8((255 * share).rounded()))
          }
        }
      }
    }
    self.coverage = coverage
  }

  /// Where the table for a centre begins; phases are in 0..<1.
  func offset(xPhase: Double, yPhase: Double) -> Int {
    let column = min(Int(xPhase * Double(phases)), phases - 1)
    let row = min(Int(yPhase * Double(phases)), phases - 1)
    return (row * phases + column) * side * side
  }
}
