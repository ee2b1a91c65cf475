import Geometry
import Scene
import Testing

@testable import Platform
@testable import Renderer

extension Drawing {
  @Test("text has ink inside its box and none outside", arguments: [Text.Alignment.left, .center, .right])
  func textBox(_ alignment: Text.Alignment) throws {
    let rasterizer = try TextRasterizer()
    let line = Text("Relevance 0.25", at: Point(150, 30), size: 16, color: white, alignment: alignment)
    let width = rasterizer.width(of: line.string, size: 16, weight: .regular)
    #expect(width > 80 && width < 140)
    let left =
      switch alignment {
      case .left: 150.0
      case .center: 150 - width / 2
      case .right: 150 - width
      }
    let ink = try #require(try picture(of: scene(300, 60, [.init(.text(line))])).inkBounds)
    #expect(Double(ink.left) >= left - 1 && Double(ink.right) <= left + width + 1)
    #expect(Double(ink.right - ink.left) > width - 6)
    #expect(ink.top >= 30 - 10 && ink.bottom <= 30 + 10)
    // Capitals stand around the middle of the line.
    #expect(ink.top < 28 && ink.bottom > 32)
  }

  @Test("text wider than it may be is cut with an ellipsis")
  func textIsCut() throws {
    let rasterizer = try TextRasterizer()
    let string = "a rather long line about nothing in particular"
    let whole = try #require(rasterizer.bitmap(of: string, size: 13, weight: .regular, maxWidth: nil))
    let cut = try #require(rasterizer.bitmap(of: string, size: 13, weight: .regular, maxWidth: 100))
    #expect(whole.width > 200)
    #expect(cut.width <= 100 && cut.width > 80)
    #expect(rasterizer.bitmap(of: string, size: 13, weight: .regular, maxWidth: 2) == nil)
    #expect(rasterizer.bitmap(of: string, size: 13, weight: .regular, maxWidth: 5000) == whole)
    let ink = try #require(
      try picture(of: scene(300, 30, [.init(.text(Text(string, at: Point(20, 15), color: white, maxWidth: 100)))])).inkBounds)
    #expect(ink.left >= 20 && ink.right <= 120 && ink.right > 100)
  }

  @Test("bold text is wider, larger text higher, and nothing has no bitmap")
  func faces() throws {
    let rasterizer = try TextRasterizer()
    let regular = try #require(rasterizer.bitmap(of: "Heatlens", size: 13, weight: .regular, maxWidth: nil))
    let bold = try #require(rasterizer.bitmap(of: "Heatlens", size: 13, weight: .bold, maxWidth: nil))
    let large = try #require(rasterizer.bitmap(of: "Heatlens", size: 26, weight: .regular, maxWidth: nil))
    #expect(bold.width > regular.width)
    #expect(large.height > regular.height && large.width > regular.width)
    #expect(regular.ascent > 0 && regular.ascent < regular.height)
    #expect(rasterizer.bitmap(of: "", size: 13, weight: .regular, maxWidth: nil) == nil)
    #expect(rasterizer.width(of: "", size: 13, weight: .regular) == 0)
  }

  @Test("text keeps its colour where a letter covers the pixel wholly")
  func textColor() throws {
    let image = try picture(of: scene(60, 60, [.init(.text(Text("\u{2588}", at: Point(10, 30), size: 30, color: Color(hex: 0x4080C0))))]))
    #expect(image[18, 30] == [0x40, 0x80, 0xC0])
  }

  @Test("more lines than the atlas holds are still drawn, as long as one frame's lines fit")
  func atlasOverflow() throws {
    try withRenderer(400, 60) { renderer in
      func draw(_ string: String) -> PixelBuffer {
        // The line that stays is second, so that it moves when the atlas is packed anew.
        let lines = [Text(string, at: Point(4, 40), size: 30, color: white), Text("fixed", at: Point(4, 12), color: white)]
        renderer.draw(scene(400, 60, lines.map { .init(.text($0)) }))
        return renderer.readPixels()
      }
      let first = draw("number 1000 of many")
      for number in 1001..<1600 { _ = draw("number \(number) of many") }
      #expect(draw("number 1000 of many") == first)
    }
  }

  @Test("a font that is missing or broken is an error that names it", arguments: ["/nonexistent/font.ttf", "/etc/hostname"])
  func brokenFont(_ path: String) throws {
    let error = #expect(throws: PlatformError.self) { try TextRasterizer(files: FontFiles(regular: path, bold: nil)) }
    #expect(error?.description.contains(path) == true)
    #expect(error?.exitCode == 69)
  }

  @Test("the environment chooses the font, and a wrong choice is an error")
  func fontChoice() throws {
    let installed = try FontFiles.find(environment: [:])
    #expect(try FontFiles.find(environment: ["HEATLENS_FONT": installed.regular]) == FontFiles(regular: installed.regular, bold: nil))
    #expect(throws: PlatformError.self) { try FontFiles.find(environment: ["HEATLENS_FONT": "/nonexistent.ttf"]) }
  }
}
