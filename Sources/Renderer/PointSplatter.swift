import Geometry
import Scene

/// Blends the points of a cloud as small discs into bytes in memory: the same picture that the shaders draw.
///
/// The coverage of a disc is tabulated for positions between pixels, the colours for coverages; a pixel then costs a few integer
/// operations. Cost: time linear in points times pixels of a disc, shared by the processors.
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

  /// The picture in bands of rows that stay in a core's cache, each drawn by one thread: in each the points lie over each other in their
  /// order.
  private func splat(into pixels: UnsafeMutableBufferPointer<UInt32>, _ covered: PixelRect) {
    // Their height is a power of two: which band a row is in is asked for every point.
    let bandShift = Int.bitWidth - max(31, 8 * kernels.reach - 1).leadingZeroBitCount
    let bandCount = (covered.height - 1) >> bandShift + 1
    let shareCount = max(1, cloud.drawableCount / Self.pointsInShare)
    var shares = [Share](repeating: Share(marks: [], starts: []), count: shareCount)
    shares.withUnsafeMutableBufferPointer { shares in
      // Sound, as each thread writes a place of its own.
      nonisolated(unsafe) let written = shares
      inThreads(shareCount) { number in
        let points = cloud.drawableCount * number / shareCount..<cloud.drawableCount * (number + 1) / shareCount
        written[number] = share(points, covered, bandShift: bandShift, bandCount: bandCount)
      }
    }
    let runs = kernels.runs(width: covered.width)
    nonisolated(unsafe) let drawn = pixels
    let filled = shares
    inThreads(bandCount) { band in
      let rows = band << bandShift..<min(covered.height, (band + 1) << bandShift)
      for share in filled { splat(share.marks[share.starts[band]..<share.starts[band + 1]], rows, runs, into: drawn, width: covered.width) }
    }
  }

  /// Points that are worth another thread.
  private static let pointsInShare = 16384

  /// A point that touches the picture: the pixel of its centre, where in it the centre is, and its colour.
  private struct Mark {
    let column: Int16
    let row: Int16
    let place: UInt16
    let color: UInt8
  }

  /// Marks of successive points, for each band those that reach into it: `marks[starts[band]..<starts[band + 1]]`.
  private struct Share {
    let marks: [Mark]
    let starts: [Int]
  }

  private func share(_ points: Range<Int>, _ covered: PixelRect, bandShift: Int, bandCount: Int) -> Share {
    let (centre, scale, middle, reach) = (cloud.camera.centre, cloud.camera.scale, cloud.frame.center, kernels.reach)
    let (left, top) = (middle.x - Double(covered.x), middle.y - Double(covered.y))
    let (least, mostX, mostY) = (-Double(reach), Double(covered.width + reach), Double(covered.height + reach))
    func bands(_ mark: Mark) -> ClosedRange<Int> {
      max(0, Int(mark.row) - reach) >> bandShift...min(covered.height - 1, Int(mark.row) + reach) >> bandShift
    }
    var starts = [Int](repeating: 0, count: bandCount + 1)
    let seen = [Mark](unsafeUninitializedCapacity: points.count) { seen, count in
      cloud.positions.withUnsafeBufferPointer { positions in
        cloud.colorIndices.withUnsafeBufferPointer { indices in
          for point in points {
            let color = indices[point]
            let x = left + (Double(positions[2 * point]) - centre.x) * scale
            let y = top - (Double(positions[2 * point + 1]) - centre.y) * scale
            // False, too, for what is not a number.
            guard Int(color) < paletteCount, x > least, y > least, x < mostX, y < mostY else { continue }
            let (column, row) = (Self.floor(x), Self.floor(y))
            let place = kernels.place(xPhase: x - Double(column), yPhase: y - Double(row))
            let mark = Mark(column: Int16(column), row: Int16(row), place: UInt16(place), color: color)
            for band in bands(mark) { starts[band + 1] += 1 }
            seen[count] = mark
            count += 1
          }
        }
      }
    }
    for band in 0..<bandCount { starts[band + 1] += starts[band] }
    var next = starts
    let marks = [Mark](unsafeUninitializedCapacity: starts[bandCount]) { marks, count in
      for mark in seen {
        for band in bands(mark) {
          marks[next[band]] = mark
          next[band] += 1
        }
      }
      count = starts[bandCount]
    }
    return Share(marks: marks, starts: starts)
  }

  private func splat(
    _ marks: ArraySlice<Mark>, _ rows: Range<Int>, _ runs: DiscRuns, into pixels: UnsafeMutableBufferPointer<UInt32>, width: Int
  ) {
    let band = rows.lowerBound * width..<rows.upperBound * width
    let inside = kernels.reach..<max(kernels.reach, width - kernels.reach - DiscRuns.length)
    marks.withUnsafeBufferPointer { marks in
      shades.withUnsafeBufferPointer { shades in
        runs.runs.withUnsafeBufferPointer { runsOfAll in
          for mark in marks {
            let (column, row, shade) = (Int(mark.column), Int(mark.row), Int(mark.color) << 8)
            let middle = row * width + column
            guard inside.contains(column) else {
              for pixel in kernels.touched(at: Int(mark.place)) {
                guard (0..<width).contains(column + Int(pixel.column)), rows.contains(row + Int(pixel.row)) else { continue }
                let at = middle + Int(pixel.row) * width + Int(pixel.column)
                pixels[at] = Self.over(SIMD4(repeating: shades[shade | Int(pixel.coverage)]), SIMD4(repeating: pixels[at])).x
              }
              continue
            }
            for number in runs.range(at: Int(mark.place)) {
              let run = runsOfAll[number]
              let at = middle &+ Int(run.offset)
              guard band.contains(at), let pixel = pixels.baseAddress.map({ UnsafeMutableRawPointer($0 + at) }) else { continue }
              let coverage = run.coverage
              let over = SIMD4(
                shades[shade | Int(coverage.x)], shades[shade | Int(coverage.y)], shades[shade | Int(coverage.z)],
                shades[shade | Int(coverage.w)])
              pixel.storeBytes(of: Self.over(over, pixel.loadUnaligned(as: SIMD4<UInt32>.self)), as: SIMD4<UInt32>.self)
            }
          }
        }
      }
    }
  }

  /// The integer at or below a number that fits: a conversion, where rounding is a call.
  private static func floor(_ value: Double) -> Int {
    let towardZero = Int(value)
    return Double(towardZero) > value ? towardZero - 1 : towardZero
  }

  /// Four `shade`s over `old`, all premultiplied: each byte is `shade + old (255 - alpha) / 255`, rounded to nearest (Blinn 1994), every
  /// second byte at a time. No byte overflows as no colour exceeds its alpha.
  @inline(__always)
  private static func over(_ shade: SIMD4<UInt32>, _ old: SIMD4<UInt32>) -> SIMD4<UInt32> {
    let rest = 255 &- (shade &>> 24)
    let factors = unsafeBitCast(rest | rest &<< 16, to: SIMD8<UInt16>.self)
    var even = unsafeBitCast(old & 0x00FF_00FF, to: SIMD8<UInt16>.self) &* factors &+ 0x80
    even = (even &+ even &>> 8) &>> 8
    var odd = unsafeBitCast(old &>> 8 & 0x00FF_00FF, to: SIMD8<UInt16>.self) &* factors &+ 0x80
    odd = (odd &+ odd &>> 8) & 0xFF00
    return shade &+ unsafeBitCast(even | odd, to: SIMD4<UInt32>.self)
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
  private let touched: [Pixel]
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

  /// The number of a centre's place; phases are in 0..<1.
  @inline(__always)
  func place(xPhase: Double, yPhase: Double) -> Int {
    let column = min(Int(xPhase * Double(phases)), phases - 1)
    let row = min(Int(yPhase * Double(phases)), phases - 1)
    return row * phases + column
  }

  func touched(at place: Int) -> ArraySlice<Pixel> { touched[starts[place]..<starts[place + 1]] }

  /// The same for pictures of this width.
  func runs(width: Int) -> DiscRuns { DiscRuns((0..<starts.count - 1).map { touched(at: $0) }, width: width) }
}

/// The pixels that discs touch, four of a row at a time; some of the four may have no coverage.
struct DiscRuns {
  static let length = 4

  struct Run {
    /// From the middle pixel to the first one.
    let offset: Int32
    var coverage = SIMD4<UInt8>()
  }

  private(set) var runs: [Run] = []
  private var starts: [Int32] = [0]

  /// - Parameter places: for each place of the centre the pixels, row by row.
  fileprivate init(_ places: [ArraySlice<DiscKernels.Pixel>], width: Int) {
    for pixels in places {
      var (row, first) = (Int16.min, Int16.min)
      for pixel in pixels {
        if pixel.row != row || Int(pixel.column - first) >= Self.length {
          (row, first) = (pixel.row, pixel.column)
          runs.append(Run(offset: Int32(row) * Int32(width) + Int32(first)))
        }
        runs[runs.count - 1].coverage[Int(pixel.column - first)] = pixel.coverage
      }
      starts.append(Int32(runs.count))
    }
  }

  @inline(__always)
  func range(at place: Int) -> Range<Int> { Int(starts[place])..<Int(starts[place + 1]) }
}
