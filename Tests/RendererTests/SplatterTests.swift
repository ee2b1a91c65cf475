import Geometry
import Scene
import Testing

@testable import Renderer

@Suite("points blended in memory")
struct SplatterTests {
  private static let covered = PixelRect(x: -13, y: 5, width: 301, height: 209)

  /// In a heap that reaches over all edges, several threads' worth of them, some of them not numbers or of no colour.
  private static func cloud(_ count: Int, size: Double) -> PointCloud {
    var state: UInt64 = 0x5EED
    func random() -> Float {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Float(state >> 40) * 0x1p-24
    }
    var positions = (0..<2 * count).map { _ in (random() + random() + random() - 1.5) * 4 }
    positions[10] = .nan
    positions[21] = .infinity
    return PointCloud(
      positions: positions, positionsRevision: 1, colorIndices: (0..<count).map { _ in UInt8(random() * 4) }, colorsRevision: 1,
      palette: [], camera: Camera(centre: Point(0.1, -0.2), scale: 45), frame: Rect(0, 0, 280, 220), pointSize: size, opacity: 0.5)
  }

  @Test("many points in several threads look as one after the other", arguments: [1.0, 2.2, 7, 16])
  func threads(_ size: Double) {
    let cloud = Self.cloud(50_000, size: size)
    let palette: [SIMD4<Float>] = [SIMD4(0.5, 0, 0.1, 0.5), SIMD4(0, 0.9, 0.2, 0.9), SIMD4(0.3, 0.3, 0.3, 0.3)]
    #expect(PointSplatter(cloud, palette: palette).picture(of: Self.covered) == Self.slowPicture(cloud, palette))
  }

  /// Point by point, pixel by pixel, byte by byte.
  private static func slowPicture(_ cloud: PointCloud, _ palette: [SIMD4<Float>]) -> [UInt8] {
    let kernels = DiscKernels(diameter: cloud.pointSize)
    var bytes = [UInt8](repeating: 0, count: 4 * covered.width * covered.height)
    for point in 0..<cloud.drawableCount where Int(cloud.colorIndices[point]) < palette.count {
      let embedded = Point(Double(cloud.positions[2 * point]), Double(cloud.positions[2 * point + 1]))
      guard embedded.x.isFinite, embedded.y.isFinite else { continue }
      let x = cloud.frame.center.x - Double(covered.x) + (embedded.x - cloud.camera.centre.x) * cloud.camera.scale
      let y = cloud.frame.center.y - Double(covered.y) - (embedded.y - cloud.camera.centre.y) * cloud.camera.scale
      let (column, row) = (Int(x.rounded(.down)), Int(y.rounded(.down)))
      let color = palette[Int(cloud.colorIndices[point])]
      for pixel in kernels.touched(at: kernels.place(xPhase: x - Double(column), yPhase: y - Double(row))) {
        let (toX, toY) = (column + Int(pixel.column), row + Int(pixel.row))
        guard (0..<covered.width).contains(toX), (0..<covered.height).contains(toY) else { continue }
        let shade = (color * Float(pixel.coverage)).rounded(.toNearestOrAwayFromZero)
        for channel in 0..<4 {
          let at = 4 * (toY * covered.width + toX) + channel
          let kept = (Double(bytes[at]) * Double(255 - shade.w) / 255).rounded()
          bytes[at] = UInt8(shade[channel]) + UInt8(kept)
        }
      }
    }
    return bytes
  }

  @Test("every number is worked on once", arguments: [0, 1, 2, 7, 1000])
  func numbers(_ count: Int) {
    nonisolated(unsafe) let times = UnsafeMutableBufferPointer<Int>.allocate(capacity: max(1, count))
    defer { times.deallocate() }
    times.initialize(repeating: 0)
    inThreads(count) { times[$0] += 1 }
    #expect(times.prefix(count).allSatisfy { $0 == 1 })
  }
}
