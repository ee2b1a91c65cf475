import Geometry
import Scene
import ShaderSources
import Testing

@testable import Renderer

extension Drawing {
  @Test("every shader compiles and links", arguments: ShaderSource.allCases)
  func shadersCompile(_ source: ShaderSource) throws {
    try withRenderer(8, 8) { _ in
      let program = try ShaderProgram(source)
      #expect(program.location("windowSize") >= 0 || source == .pointCloud)
    }
  }

  @Test("a rectangle fills exactly its pixels")
  func rectangleIsExact() throws {
    let image = try picture(of: scene(20, 16, [.init(.rectangle(Rectangle(Rect(3, 4, 7, 5), fill: Color(hex: 0x336699))))]))
    for y in 0..<16 {
      for x in 0..<20 {
        #expect(image[x, y] == ((3..<10).contains(x) && (4..<9).contains(y) ? [0x33, 0x66, 0x99] : [0, 0, 0]))
      }
    }
  }

  @Test("the edge of a rectangle between pixels is blended by the share it covers")
  func fractionalEdge() throws {
    let image = try picture(of: scene(12, 12, [.init(.rectangle(Rectangle(Rect(2.25, 3, 5.5, 4), fill: white)))]))
    #expect(abs(Int(image[2, 4][0]) - 191) <= 1)
    #expect(abs(Int(image[7, 4][0]) - 191) <= 1)
    #expect(image[3, 4] == [255, 255, 255])
    #expect(image[1, 4] == [0, 0, 0])
  }

  @Test("a border lies inside the frame, and the fill inside the border")
  func border() throws {
    let rectangle = Rectangle(Rect(2, 2, 10, 8), fill: green, border: red, borderWidth: 2)
    let image = try picture(of: scene(16, 14, [.init(.rectangle(rectangle))]))
    for y in 0..<14 {
      for x in 0..<16 {
        let isInside = (4..<10).contains(x) && (4..<8).contains(y)
        let isFrame = (2..<12).contains(x) && (2..<10).contains(y)
        #expect(image[x, y] == (isInside ? [0, 255, 0] : isFrame ? [255, 0, 0] : [0, 0, 0]))
      }
    }
  }

  @Test("a clip cuts, and a clip without area hides")
  func clip() throws {
    let all = Primitive.rectangle(Rectangle(Rect(0, 0, 20, 20), fill: white))
    let cut = try picture(of: scene(20, 20, [.init(all, clip: Rect(5, 6, 3, 2))]))
    #expect(cut.inkBounds.map { [$0.left, $0.top, $0.right, $0.bottom] } == [5, 6, 8, 8])
    let hidden = try picture(of: scene(20, 20, [.init(all, clip: Rect(5, 6, 0, 2)), .init(all, clip: Rect(.nan, 0, 9, 9))]))
    #expect(hidden.inkBounds == nil)
  }

  @Test("the area of a disc and of a rounded rectangle is that of geometry")
  func areas() throws {
    func area(_ primitive: Primitive) throws -> Double {
      let image = try picture(of: scene(64, 64, [.init(primitive)]))
      return (0..<64).reduce(0) { sum, y in sum + (0..<64).reduce(0) { $0 + Double(image[$1, y][0]) / 255 } }
    }
    let disc = try area(.disc(Disc(centre: Point(31.3, 32.8), radius: 20, fill: white)))
    #expect(abs(disc - .pi * 400) < 4)
    let ring = try area(.disc(Disc(centre: Point(32, 32), radius: 20, border: white, borderWidth: 4)))
    #expect(abs(ring - .pi * (400 - 256)) < 4)
    let rounded = try area(.rectangle(Rectangle(Rect(4, 6, 50, 40), fill: white, cornerRadius: 12)))
    #expect(abs(rounded - (2000 - (4 - .pi) * 144)) < 4)
  }

  @Test("blending is colour times alpha plus background times the rest")
  func blending() throws {
    let image = try picture(
      of: scene(
        8, 8, background: Color(0.2, 0.4, 0.8),
        [
          .init(.rectangle(Rectangle(Rect(0, 0, 8, 8), fill: Color(0.9, 0.1, 0.5, 0.3)))),
          .init(.rectangle(Rectangle(Rect(0, 0, 4, 8), fill: Color(0.1, 0.7, 0.3, 0.65)))),
        ]))
    for (channel, colors) in [(0, (0.2, 0.9, 0.1)), (1, (0.4, 0.1, 0.7)), (2, (0.8, 0.5, 0.3))] {
      let once = colors.0 * 0.7 + colors.1 * 0.3
      let twice = once * 0.35 + colors.2 * 0.65
      #expect(abs(Double(image[6, 4][channel]) - 255 * once) <= 1)
      #expect(abs(Double(image[2, 4][channel]) - 255 * twice) <= 1.36)  // the first result was rounded, too
    }
  }

  @Test("later items cover earlier ones, whatever their kinds")
  func order() throws {
    let place = Rect(2, 2, 6, 6)
    let rectangle = Primitive.rectangle(Rectangle(place, fill: red))
    let image = Primitive.image(
      Image(key: "a", revision: 1, pixels: PixelBuffer(width: 1, height: 1, rgba: [0, 255, 0, 255]), frame: place))
    let points = Primitive.points(
      PointCloud(
        positions: [0, 0], positionsRevision: 1, colorIndices: [0], colorsRevision: 1, palette: [blue],
        camera: Camera(centre: .zero, scale: 1), frame: Rect(0, 0, 10, 10), pointSize: 8, opacity: 1))
    let kinds = [(rectangle, [UInt8]([255, 0, 0])), (image, [0, 255, 0]), (points, [0, 0, 255])]
    for first in 0..<3 {
      let items = (0..<3).map { kinds[(first + $0) % 3] }
      let drawn = try picture(of: scene(10, 10, items.map { .init($0.0) }))
      #expect(drawn[5, 5] == items[2].1)
    }
  }

  @Test("a line of one pixel on pixel centres fills these pixels and no others")
  func hairline() throws {
    let image = try picture(of: scene(20, 9, [.init(.polyline(Polyline([Point(-5, 4.5), Point(30, 4.5)], color: white)))]))
    for x in 0..<20 {
      for y in 0..<9 { #expect(image[x, y] == (y == 4 ? [255, 255, 255] : [0, 0, 0])) }
    }
  }

  @Test("a translucent line is not darker at its joins")
  func joins() throws {
    let zigzag = [Point(5, 5), Point(40, 8), Point(12, 20), Point(40, 30), Point(25.5, 30.5), Point(25.5, 45)]
    let image = try picture(of: scene(50, 50, [.init(.polyline(Polyline(zigzag, color: white.opacity(0.5), width: 5)))]))
    let brightest = (0..<50).flatMap { y in (0..<50).map { image[$0, y][0] } }.max()
    #expect(brightest == 128 || brightest == 127)
    for corner in zigzag { #expect(image[Int(corner.x), Int(corner.y)][0] >= 127) }
  }

  @Test("dashes are four widths of line and three of gap")
  func dashes() throws {
    let line = Polyline([Point(0, 5), Point(70, 5)], color: white, width: 2, isDashed: true)
    let image = try picture(of: scene(70, 10, [.init(.polyline(line))]))
    for x in 0..<70 { #expect(image[x, 5][0] == (x % 14 < 8 ? 255 : 0)) }
  }

  @Test("what is empty, off screen or not a number is left out")
  func harmlessInput() throws {
    let nan = Double.nan
    let huge = 1e300
    let empty = PixelBuffer(width: 0, height: 0, rgba: [])
    var broken = PixelBuffer(width: 2, height: 2, rgba: [UInt8](repeating: 255, count: 16))
    broken.rgba.removeLast(3)
    let camera = Camera(centre: Point(nan, 0), scale: 1)
    func cloud(_ positions: [Float], _ indices: [UInt8], _ camera: Camera) -> Primitive {
      .points(
        PointCloud(
          positions: positions, positionsRevision: 1, colorIndices: indices, colorsRevision: 1, palette: [white], camera: camera,
          frame: Rect(0, 0, 32, 32), pointSize: 4, opacity: 1))
    }
    let primitives: [Primitive] = [
      .rectangle(Rectangle(Rect(nan, 0, 5, 5), fill: white)), .rectangle(Rectangle(Rect(0, 0, -5, 5), fill: white)),
      .rectangle(Rectangle(Rect(0, 0, nan, .infinity), fill: white)), .rectangle(Rectangle(Rect(huge, huge, huge, huge), fill: white)),
      .disc(Disc(centre: Point(nan, nan), radius: 5, fill: white)), .disc(Disc(centre: .zero, radius: -1, fill: white)),
      .disc(Disc(centre: Point(5, 5), radius: nan, fill: white)), .disc(Disc(centre: Point(huge, 5), radius: 3, fill: white)),
      .polyline(Polyline([], color: white)), .polyline(Polyline([Point(nan, 1), Point(1, nan)], color: white)),
      .polyline(Polyline([Point(1, 1), Point(9, 9)], color: white, width: nan)),
      .polyline(Polyline([Point(-huge, -huge), Point(huge, -huge)], color: white)),
      .text(Text("", at: Point(5, 5), color: white)), .text(Text("a", at: Point(nan, 5), color: white)),
      .text(Text("a", at: Point(huge, 5), color: white)), .text(Text("a", at: Point(5, 5), size: nan, color: white)),
      .text(Text("\u{0}\n", at: Point(5, 5), color: white)), .text(Text("abc", at: Point(5, 5), color: white, maxWidth: nan)),
      .text(Text("abc", at: Point(5, 5), color: white, maxWidth: 0)),
      .image(Image(key: "empty", revision: 1, pixels: empty, frame: Rect(0, 0, 9, 9))),
      .image(Image(key: "broken", revision: 1, pixels: broken, frame: Rect(0, 0, 9, 9))),
      .image(
        Image(key: "nan", revision: 1, pixels: PixelBuffer(width: 1, height: 1, rgba: [255, 255, 255, 255]), frame: Rect(nan, 0, 9, 9))),
      cloud([], [], Camera(centre: .zero, scale: 1)), cloud([0, 0], [], Camera(centre: .zero, scale: 1)),
      cloud([0, 0], [0], camera), cloud([0, 0], [0], Camera(centre: .zero, scale: 0)),
      cloud([.nan, 0, .infinity, 0], [0, 0], Camera(centre: .zero, scale: 1)),
      cloud([0, 0], [7], Camera(centre: .zero, scale: 1)),
    ]
    let image = try picture(of: scene(32, 32, primitives.map { .init($0) }))
    #expect(image.inkBounds == nil)
  }

  @Test("a window without pixels and a scene without items draw nothing and do not fail")
  func degenerateScenes() throws {
    try withRenderer(8, 8) { renderer in
      for size in [Size(0, 0), Size(0, 9), Size(-3, 4), Size(.nan, 5)] {
        renderer.draw(Scene(size: size, background: red))
        #expect(renderer.readPixels().rgba.isEmpty)
      }
      renderer.draw(scene(8, 8, background: red, []))
      #expect(renderer.readPixels().rgba == Array([[255, 0, 0, 255]].flatMap { [[UInt8]](repeating: $0, count: 64) }.joined()))
    }
  }

  @Test("a rectangle far larger than the window fills it")
  func hugeRectangle() throws {
    let image = try picture(of: scene(16, 16, [.init(.rectangle(Rectangle(Rect(-1e30, -1e30, 2e30, 2e30), fill: green)))]))
    #expect((0..<16).allSatisfy { y in (0..<16).allSatisfy { image[$0, y] == [0, 255, 0] } })
  }

  @Test("a large opaque panel has the same pixels as its parts drawn one by one through small clips")
  func largePanel() throws {
    let panel = Rectangle(
      Rect(7.5, 9.25, 280, 200), fill: Color(hex: 0x1B1E25), border: Color(hex: 0xC0D0E0), borderWidth: 1.5, cornerRadius: 9)
    let whole = try picture(of: scene(300, 220, [.init(.rectangle(panel))]))
    let tiles = (0..<5).flatMap { row in
      (0..<5).map { Scene.Item(.rectangle(panel), clip: Rect(Double($0) * 60, Double(row) * 44, 60, 44)) }
    }
    #expect(OpaqueArea(of: panel, visible: PixelRect(x: 0, y: 0, width: 300, height: 220)) != nil)
    #expect(OpaqueArea(of: panel, visible: PixelRect(x: 60, y: 44, width: 60, height: 44)) == nil)
    #expect(try picture(of: scene(300, 220, tiles)) == whole)
  }
}
