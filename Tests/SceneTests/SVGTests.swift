import Foundation
import Geometry
import Testing

@testable import Scene

#if canImport(FoundationXML)
  import FoundationXML
#endif

/// An element of a parsed document.
private final class Element {
  let name: String
  let attributes: [String: String]
  var children: [Element] = []
  var text = ""

  init(_ name: String, _ attributes: [String: String]) {
    self.name = name
    self.attributes = attributes
  }

  subscript(_ attribute: String) -> String? { attributes[attribute] }
  func value(_ attribute: String) -> Double { attributes[attribute].flatMap(Double.init) ?? .nan }
  func all(_ name: String) -> [Element] { children.flatMap { ($0.name == name ? [$0] : []) + $0.all(name) } }
}

private final class TreeBuilder: NSObject, XMLParserDelegate {
  var root: Element?
  private var open: [Element] = []

  func parser(
    _ parser: XMLParser, didStartElement name: String, namespaceURI: String?, qualifiedName: String?, attributes: [String: String]
  ) {
    let element = Element(name, attributes)
    open.last?.children.append(element)
    if root == nil { root = element }
    open.append(element)
  }

  func parser(_ parser: XMLParser, didEndElement name: String, namespaceURI: String?, qualifiedName: String?) { open.removeLast() }

  func parser(_ parser: XMLParser, foundCharacters string: String) { open.last?.text += string }
}

/// Every letter is as wide as it is high.
private final class MonospacedFont: TextBitmaps {
  func bitmap(of string: String, size: Double, weight: Text.Weight, maxWidth: Double?) -> TextBitmap? { nil }
  func width(of string: String, size: Double, weight: Text.Weight) -> Double { Double(string.count) * size }
}

@Suite struct SVGTests {
  private let white = Color(1, 1, 1)
  private let red = Color(1, 0, 0)

  private func parse(_ items: [Scene.Item], imageData: (PixelBuffer) -> [UInt8] = { _ in [] }) throws -> Element {
    let scene = Scene(size: Size(320, 200.5), background: Color(hex: 0x102030), items: items)
    let builder = TreeBuilder()
    let parser = XMLParser(data: Data(scene.svg(imageData: imageData).utf8))
    parser.delegate = builder
    #expect(parser.parse(), "\(String(describing: parser.parserError))")
    return try #require(builder.root)
  }

  private func parse(_ primitives: Primitive...) throws -> Element { try parse(primitives.map { Scene.Item($0) }) }

  @Test("The document has the scene's size and begins with its background")
  func size() throws {
    let root = try parse([])
    #expect(root.name == "svg")
    #expect((root["width"], root["height"], root["viewBox"]) == ("320", "200.5", "0 0 320 200.5"))
    #expect(root["xmlns"] == "http://www.w3.org/2000/svg")
    #expect(root.children.map(\.name) == ["rect"])
    #expect((root.children[0]["fill"], root.children[0]["width"]) == ("#102030", "320"))
  }

  @Test("A border lies inside its rectangle or disc")
  func borders() throws {
    let root = try parse(
      .rectangle(Rectangle(Rect(10, 20, 100, 50), fill: white, border: red, borderWidth: 4, cornerRadius: 8)),
      .disc(Disc(centre: Point(50, 60), radius: 10, fill: white, border: red, borderWidth: 2)))
    let rect = root.children[1]
    #expect(["x", "y", "width", "height", "rx", "stroke-width"].map(rect.value) == [12, 22, 96, 46, 6, 4])
    #expect((rect["fill"], rect["stroke"]) == ("#ffffff", "#ff0000"))
    #expect(["cx", "cy", "r"].map(root.children[2].value) == [50, 60, 9])
  }

  @Test("Under a border that can be seen through there is no filling")
  func translucentBorder() throws {
    let root = try parse(.rectangle(Rectangle(Rect(0, 0, 40, 40), fill: white, border: red.opacity(0.5), borderWidth: 4)))
    let (inside, border) = (root.children[1], root.children[2])
    #expect(["x", "width"].map(inside.value) == [4, 32])
    #expect(["x", "width"].map(border.value) == [2, 36])
    #expect((border["fill"], border["stroke-opacity"], inside["stroke"]) == ("none", "0.5", nil))
  }

  @Test("A border wider than half of its shape fills it, and a shape without paint is left out")
  func extremes() throws {
    let root = try parse(
      .rectangle(Rectangle(Rect(0, 0, 10, 40), fill: white, border: red, borderWidth: 6)), .rectangle(Rectangle(Rect(0, 0, 10, 40))),
      .rectangle(Rectangle(Rect(0, 0, .nan, 40), fill: white)), .disc(Disc(centre: .zero, radius: 0, fill: white)))
    #expect(root.children.count == 2)
    #expect((root.children[1]["fill"], root.children[1]["width"], root.children[1]["stroke"]) == ("#ff0000", "10", nil))
  }

  @Test("Dashes are four widths long and gaps three; a point that is no number interrupts, a single one is a dot")
  func polylines() throws {
    let root = try parse(
      .polyline(Polyline([Point(0, 0), Point(10.126, -5)], color: red, width: 2, isDashed: true)),
      .polyline(Polyline([Point(1, 1), Point(2, 2), Point(.nan, 0), Point(3, 3)], color: red.opacity(0.25), width: 0.5)))
    let lines = root.all("polyline")
    #expect(lines.map { $0["points"] } == ["0,0 10.13,-5", "1,1 2,2"])
    #expect((lines[0]["stroke-dasharray"], lines[1]["stroke-dasharray"]) == ("8 6", nil))
    #expect((lines[1]["stroke-width"], lines[1]["stroke-opacity"], lines[1]["stroke-linecap"]) == ("0.5", "0.25", "round"))
    #expect(root.all("circle").map { $0.value("r") } == [0.25])
  }

  @Test("Text keeps its characters; what XML cannot hold is replaced")
  func escaping() throws {
    let text = "a < b && \"c\" > 'd'\u{0}\u{7}\t\n é 数 \u{FFFF}  ]]>"
    let root = try parse(.text(Text(text, at: Point(5, 5), color: white)))
    #expect(root.all("text")[0].text == "a < b && \"c\" > 'd'     é 数 \u{FFFD}  ]]>")
    #expect(root["xml:space"] == "preserve")
  }

  @Test("The anchor is the middle of the line, on the side that the alignment says")
  func textPlacement() throws {
    let root = try parse(
      .text(Text("a", at: Point(10, 50), size: 20, color: white)),
      .text(Text("b", at: Point(10, 50), size: 20.4, color: white, alignment: .center, weight: .bold)),
      .text(Text("c", at: Point(10, 50), size: 20, color: white.opacity(0.5), alignment: .right)))
    let texts = root.all("text")
    #expect(texts.map { $0["text-anchor"] } == [nil, "middle", "end"])
    #expect(texts.map { $0["font-weight"] } == [nil, "bold", nil])
    #expect(texts.allSatisfy { $0["font-size"] == "20" && $0["x"] == "10" })
    // DejaVu Sans: the line reaches 1901 units above and 483 below the baseline, of 2048 an em.
    let top = texts[0].value("y") - 20 * 1901 / 2048
    let bottom = texts[0].value("y") + 20 * 483 / 2048
    #expect(abs((top + bottom) / 2 - 50) < 0.01)
    #expect(texts[2]["fill-opacity"] == "0.5")
    #expect(root["font-family"]?.hasPrefix("DejaVu Sans") == true)
  }

  @Test("Text that may be wider than allowed is clipped to that width, other text is not")
  func textWidth() throws {
    let long = String(repeating: "W", count: 30)
    let root = try parse(
      .text(Text(long, at: Point(100, 50), size: 10, color: white, alignment: .center, maxWidth: 60)),
      .text(Text("ab", at: Point(100, 50), size: 10, color: white, maxWidth: 60)),
      .text(Text(long, at: Point(100, 50), size: 10, color: white, maxWidth: 0.5)))
    let texts = root.all("text")
    #expect(texts.map { $0["clip-path"] } == ["url(#clip1)", nil])
    let clip = root.all("clipPath")[0].children[0]
    #expect((clip.value("x"), clip.value("width")) == (70, 60))
  }

  @Test("With fonts at hand text is cut with an ellipsis instead")
  func ellipsis() throws {
    let texts = ["four", "1234567", "123 567", "1234567"].enumerated().map { index, string in
      Scene.Item(.text(Text(string, at: .zero, size: 10, color: white, maxWidth: index < 3 ? 50 : 9)))
    }
    let scene = Scene(size: Size(10, 10), background: white, items: texts)
    let document = scene.svg(imageData: { _ in [] }, fonts: MonospacedFont())
    #expect(document.components(separatedBy: "</text>").dropLast().map { $0.split(separator: ">").last } == ["four", "1234…", "123…"])
    #expect(!document.contains("clip"))
  }

  @Test("Items with equal clips share a clip path; items without stand outside")
  func clips() throws {
    func item(_ clip: Rect?) -> Scene.Item { Scene.Item(.disc(Disc(centre: Point(9, 9), radius: 3, fill: white)), clip: clip) }
    let (a, b) = (Rect(0, 0, 50, 50), Rect(10, 10, 5.5, 5))
    let root = try parse([item(a), item(a), item(nil), item(b), item(a), item(Rect(0, 0, 0, 9))])
    #expect(root.all("clipPath").map { $0["id"] } == ["clip1", "clip2"])
    #expect(root.all("clipPath").map { $0.children[0].value("width") } == [50, 5.5])
    let parts = root.children.dropFirst(2)
    #expect(parts.map { $0["clip-path"] } == ["url(#clip1)", nil, "url(#clip2)", "url(#clip1)"])
    #expect(parts.map(\.children.count) == [2, 0, 1, 1])
  }

  @Test("Pictures are embedded as the bytes they are given", arguments: 0..<7)
  func images(_ count: Int) throws {
    let pixels = PixelBuffer(width: 1, height: 2, rgba: [1, 2, 3, 4, 5, 6, 7, 8])
    let bytes = (0..<count).map { UInt8(truncatingIfNeeded: 250 + 3 * $0) }
    let image = Image(key: "k", revision: 1, pixels: pixels, frame: Rect(1, 2, 30, 40), opacity: 0.5)
    let root = try parse([Scene.Item(.image(image))]) { buffer in
      #expect(buffer == pixels)
      return bytes
    }
    let element = root.all("image")[0]
    let prefix = "data:image/png;base64,"
    #expect(element["xlink:href"]?.hasPrefix(prefix) == true)
    #expect(Data(base64Encoded: String(element["xlink:href"]?.dropFirst(prefix.count) ?? "")) == Data(bytes))
    #expect(["x", "y", "width", "height", "opacity"].map(element.value) == [1, 2, 30, 40, 0.5])
    #expect(element["preserveAspectRatio"] == "none" && element["style"]?.contains("pixelated") == true)
  }

  @Test("Points stand where the camera sees them, in the colours of the palette, clipped to their frame")
  func points() throws {
    let cloud = PointCloud(
      positions: [0, 0, 1, 2, 1000, 0, 0, 0, .nan, 0], positionsRevision: 0, colorIndices: [0, 1, 0, 9, 0], colorsRevision: 0,
      palette: [red, white], camera: Camera(centre: .zero, scale: 10), frame: Rect(0, 0, 100, 80), pointSize: 3, opacity: 0.5)
    let root = try parse(.points(cloud))
    let circles = root.all("circle")
    #expect(circles.map { [$0.value("cx"), $0.value("cy"), $0.value("r")] } == [[50, 40, 1.5], [60, 20, 1.5]])
    #expect(circles.map { $0["fill"] } == ["#ff0000", "#ffffff"])
    #expect(circles.allSatisfy { $0["fill-opacity"] == "0.5" })
    #expect(root.all("g")[0]["clip-path"] == "url(#clip1)")
  }

  @Test("A thumbnail is a picture of its ink with a rim around it")
  func thumbnails() throws {
    var ink = [UInt8](repeating: 0, count: 2 * 16)
    ink[16 + 5] = 255
    let thumbnails = Thumbnails(
      pictures: ink, picturesRevision: 0, width: 4, height: 4,
      marks: [
        Thumbnails.Mark(index: 1, centre: Point(50, 40), color: 0, opacity: 1), .init(index: 2, centre: .zero, color: 0, opacity: 1),
      ],
      side: 20, palette: [red], ground: Color(0, 0, 1), frame: Rect(0, 0, 100, 80))
    var pictures: [PixelBuffer] = []
    let root = try parse([Scene.Item(.thumbnails(thumbnails))]) { pixels in
      pictures.append(pixels)
      return pixels.rgba
    }
    #expect(root.all("image").map { [$0.value("x"), $0.value("y"), $0.value("width")] } == [[40, 30, 20]])
    let pixels = try #require(pictures.first).rgba
    #expect(pixels[4 * 5..<4 * 6] == [255, 0, 0, 255])
    #expect(pixels[4 * 10..<4 * 11] == [0, 0, 255, 204])
    #expect(pixels[4 * 3..<4 * 4] == [0, 0, 255, 0])
  }

  @Test(
    "Numbers have two decimals at most",
    arguments: [(1.0, "1"), (-0.001, "0"), (2.5, "2.5"), (-3.046, "-3.05"), (0.1 + 0.2, "0.3"), (1e300, "1000000000")])
  func numbers(_ value: Double, _ text: String) throws {
    let root = try parse(.disc(Disc(centre: Point(value, 0), radius: 1, fill: white)))
    #expect(root.all("circle")[0]["cx"] == text)
  }

  @Test("The same scene gives the same document")
  func determinism() {
    let items = (0..<20).map { Scene.Item(.disc(Disc(centre: .zero, radius: 1, fill: red)), clip: Rect(0, 0, Double($0 % 7 + 1), 9)) }
    let scene = Scene(size: Size(9, 9), background: white, items: items)
    #expect(scene.svg { _ in [] } == scene.svg { _ in [] })
  }
}
