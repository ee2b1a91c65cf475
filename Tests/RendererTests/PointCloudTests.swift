import Geometry
import Scene
import Testing

@testable import Renderer

extension Drawing {
  private static let frame = Rect(10, 8, 80, 60)

  private static func cloud(
    _ positions: [Float], colors: [UInt8], revision: Int = 1, colorsRevision: Int = 1, camera: Camera, size: Double = 5,
    opacity: Double = 1
  ) -> PointCloud {
    PointCloud(
      positions: positions, positionsRevision: revision, colorIndices: colors, colorsRevision: colorsRevision,
      palette: [red, green, blue], camera: camera, frame: frame, pointSize: size, opacity: opacity)
  }

  @Test("a point appears where the camera maps it, in its colour of the palette", arguments: PointDrawing.allCases)
  func placeAndColor(_ drawing: PointDrawing) throws {
    let camera = Camera(centre: Point(3, -2), scale: 7)
    let positions: [Float] = [3, -2, 5, 1, -1, -5]
    let image = try picture(
      of: scene(100, 80, [.init(.points(Self.cloud(positions, colors: [0, 1, 2], camera: camera)))]), points: drawing)
    for index in 0..<3 {
      let expected = camera.windowFromEmbedding(
        Point(Double(positions[2 * index]), Double(positions[2 * index + 1])), in: Self.frame)
      var color: [UInt8] = [0, 0, 0]
      color[index] = 255
      #expect(image[Int(expected.x), Int(expected.y)] == color)
      // The centre of mass of the colour is the point to a fraction of a pixel.
      var (sum, sumX, sumY) = (0.0, 0.0, 0.0)
      for y in 0..<80 {
        for x in 0..<100 {
          let value = Double(image[x, y][index])
          sum += value
          sumX += value * (Double(x) + 0.5)
          sumY += value * (Double(y) + 0.5)
        }
      }
      #expect(abs(sumX / sum - expected.x) < 0.05)
      #expect(abs(sumY / sum - expected.y) < 0.05)
      #expect(abs(sum / 255 - .pi * 6.25) < 1)
    }
  }

  @Test("at deep zoom far from the origin a point is still where the camera maps it", arguments: PointDrawing.allCases)
  func deepZoom(_ drawing: PointDrawing) throws {
    let position = Point(Double(Float(87.654321)), Double(Float(-43.21)))
    let camera = Camera(centre: Point(position.x + 1e-7, position.y - 2e-7), scale: 4e7)
    let image = try picture(
      of: scene(100, 80, [.init(.points(Self.cloud([Float(position.x), Float(position.y)], colors: [1], camera: camera)))]), points: drawing
    )
    let expected = camera.windowFromEmbedding(position, in: Self.frame)
    #expect(image[Int(expected.x), Int(expected.y)] == [0, 255, 0])
  }

  @Test("no point leaves the frame, and a point at its edge shows its inner half", arguments: PointDrawing.allCases)
  func frameCuts(_ drawing: PointDrawing) throws {
    let camera = Camera(centre: .zero, scale: 1)
    let image = try picture(
      of: scene(100, 80, [.init(.points(Self.cloud([-40.5, 0.5], colors: [0], camera: camera, size: 8)))]), points: drawing)
    let ink = try #require(image.inkBounds)
    #expect(ink.left == 10)
    #expect(ink.right >= 13)
  }

  @Test("points are drawn again only when something about them changes", arguments: PointDrawing.allCases)
  func layerIsKept(_ drawing: PointDrawing) throws {
    let camera = Camera(centre: .zero, scale: 2)
    let original = Self.cloud([0, 0, 8, 4], colors: [0, 1], camera: camera)
    try withRenderer(100, 80, points: drawing) { renderer in
      func draw(_ cloud: PointCloud, under extra: [Scene.Item] = []) -> PixelBuffer {
        renderer.draw(scene(100, 80, extra + [.init(.points(cloud))]))
        return renderer.readPixels()
      }
      let first = draw(original)
      #expect(renderer.pointLayerDrawCount == 1)
      #expect(draw(original) == first)
      _ = draw(original, under: [.init(.rectangle(Rectangle(Rect(0, 0, 20, 20), fill: white)))])
      #expect(renderer.pointLayerDrawCount == 1)

      var changed = original
      changed.colorIndices = [2, 1]
      #expect(draw(changed) == first)  // an unchanged revision promises unchanged colours
      changed.colorsRevision = 2
      #expect(draw(changed)[50, 38] == [0, 0, 255])
      #expect(renderer.pointLayerDrawCount == 2)
      changed.positions = [30, 0, 8, 4]
      changed.positionsRevision = 2
      #expect(draw(changed)[50, 38] == [0, 0, 0])
      changed.opacity = 0.5
      #expect(abs(Int(draw(changed)[66, 30][1]) - 128) <= 1)
      changed.palette[1] = white
      #expect(draw(changed)[66, 30].allSatisfy { abs(Int($0) - 128) <= 1 })
      #expect(renderer.pointLayerDrawCount == 5)
    }
  }

  @Test(
    "moving the view by whole pixels shows another part of the kept layer, and the same picture as drawing anew",
    arguments: PointDrawing.allCases)
  func panning(_ drawing: PointDrawing) throws {
    var random = SplitMix64(state: 7)
    let positions = (0..<4000).map { _ in Float(random.unit() * 400 - 200) }
    let colors = (0..<2000).map { UInt8($0 % 3) }
    let camera = Camera(centre: Point(1.5, -2.25), scale: 2)
    func draw(_ renderer: Renderer, _ camera: Camera) -> PixelBuffer {
      renderer.draw(scene(100, 80, [.init(.points(Self.cloud(positions, colors: colors, camera: camera)))]))
      return renderer.readPixels()
    }
    let displacements = [Point(0, 0), Point(40, -30), Point(-80, 75), Point(300, 0)]
    let kept = try withRenderer(100, 80, points: drawing) { renderer in
      let pictures = displacements.map { draw(renderer, camera.panned(by: $0)) }
      #expect(renderer.pointLayerDrawCount == 2)  // only the last one leaves the margin
      return pictures
    }
    for (displacement, shown) in zip(displacements, kept) {
      let anew = try withRenderer(100, 80, points: drawing) { draw($0, camera.panned(by: displacement)) }
      #expect(zip(shown.rgba, anew.rgba).allSatisfy { abs(Int($0) - Int($1)) <= 2 })
      #expect(shown.inkBounds != nil)
    }
  }

  @Test("the processor and the graphics card draw the same picture, but for roundings")
  func drawingsAgree() throws {
    var random = SplitMix64(state: 11)
    let positions = (0..<1000).map { _ in Float(random.unit() * 40 - 20) }
    let colors = (0..<500).map { UInt8($0 % 4) }
    for (size, opacity) in [(1.0, 1.0), (3.5, 0.6), (9, 0.25)] {
      let cloud = Self.cloud(
        positions, colors: colors, camera: Camera(centre: Point(0.3, 0.7), scale: 2), size: size, opacity: opacity)
      let all = scene(100, 80, background: Color(hex: 0x203040), [.init(.points(cloud))])
      let (card, processor) = (try picture(of: all, points: .graphicsCard), try picture(of: all, points: .processor))
      let differences = zip(card.rgba, processor.rgba).map { abs(Int($0) - Int($1)) }
      // A centre is rounded to a sixteenth of a pixel, which shifts the edge of a disc by at most a 23rd.
      #expect(Double(differences.reduce(0, +)) / Double(differences.count) < 3)
      #expect(differences.allSatisfy { $0 <= 40 })
    }
  }
}

/// SplitMix64 (Steele, Lea, Flood 2014): the same numbers in every run.
struct SplitMix64 {
  var state: UInt64

  mutating func unit() -> Double {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return Double((z ^ (z >> 31)) >> 11) * 0x1p-53
  }
}
