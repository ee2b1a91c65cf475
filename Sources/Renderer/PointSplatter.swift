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
    let (width, height, reach) = (covered.width, covered.height, kernels.reach)
    let (left, top) = (middle.x - Double(covered.x), middle.y - Double(covered.y))
    // From the middle pixel to each that is touched, in this picture.
    let steps = kernels.touched.map { Int32($0.row) * Int32(width) + Int32($0.column) }
    cloud.positions.withUnsafeBufferPointer { positions in
      cloud.colorIndices.withUnsafeBufferPointer { indices in
        shades.withUnsafeBufferPointer { shades in
          kernels.touched.withUnsafeBufferPointer { touched in
            steps.withUnsafeBufferPointer { steps in
              for point in 0..<cloud.drawableCount {
                let index = Int(indices[point])
                let x = left + (Double(positions[2 * point]) - camera.centre.x) * camera.scale
                let y = top - (Double(positions[2 * point + 1]) - camera.centre.y) * camera.scale
                // False, too, for what is not a number.
                guard index < paletteCount, x > -Double(reach), y > -Double(reach), x < Double(width + reach), y < Double(height + reach)
                else { continue }
                let (column, row) = (Int(x.rounded(.down)), Int(y.rounded(.down)))
                let places = kernels.places(xPhase: x - Double(column), yPhase: y - Double(row))
                let middle = row * width + column
                let isInside = column >= reach && row >= reach && column < width - reach && row < height - reach
                for place in places {
                  let (pixel, at) = (touched[place], middle + Int(steps[place]))
                  guard isInside || ((0..<width).contains(column + Int(pixel.column)) && (0..<height).contains(row + Int(pixel.row))) else {
                    continue
                  }
                  pixels[at] = Self.over(shades[index << 8 | Int(pixel.coverage)], pixels[at])
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

/// The pixels that a disc touches and how much of each, for a grid of places of its centre within the middle pixel.
struct DiscKernels {
  struct Pixel {
    /// From the middle pixel.
    let column: Int16
    let row: Int16
    let coverage: UInt8
  }

  /// Pixels from the middle one to the last on each side.
  let reach: Int
  /// Of all places of the centre, one after the other.
  let touched: [Pixel]
  /// Where those of a place begin; one more than there are places.
  private let starts: [Int]
  private let phases: Int

  init(diameter: Double) {
    // Large discs hide an offset of a fraction of a pixel less, but it is their tables that would be large.
    phases = diameter < 12 ? 16 : 4
    reach = Int((diameter / 2 + 0.5).rounded(.up))
    var touched: [Pixel] = []
    var starts = [0]
    for yPhase in 0..<phases {
      for xPhase in 0..<phases {
        let centreX = (Double(xPhase) + 0.5) / Double(phases)
        let centreY = (Double(yPhase) + 0.5) / Double(phases)
        for row in -reach...reach {
          for column in -reach...reach {
            let (x, y) = (Double(column) + 0.5 - centreX, Double(row) + 0.5 - centreY)
            let share = min(max(diameter / 2 + 0.5 - (x * x + y * y).squareRoot(), 0), 1)
            let coverage = UInt8((255 * share).rounded())
            if coverage > 0 { touched.append(Pixel(column: Int16(column), row: Int16(row), coverage: coverage)) }
          }
        }
        starts.append(touched.count)
      }
    }
    self.touched = touched
    self.starts = starts
  }

  /// Which of `touched` belong to a centre; phases are in 0..<1.
  func places(xPhase: Double, yPhase: Double) -> Range<Int> {
    let column = min(Int(xPhase * Double(phases)), phases - 1)
    let row = min(Int(yPhase * Double(phases)), phases - 1)
    let place = row * phases + column
    return starts[place]..<starts[place + 1]
  }
}
