import Geometry
import Platform
import Scene
import Testing

@testable import Renderer

extension Drawing {
  /// Numbers without a pattern, the same each time.
  private struct Dice {
    var state: UInt64
    mutating func roll(_ count: Int) -> Int {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int(state >> 33) % count
    }
    mutating func number(_ low: Double, _ high: Double) -> Double { low + (high - low) * Double(roll(4096)) / 4096 }
  }

  private static func item(_ dice: inout Dice) -> Scene.Item {
    let colors = [red, green, blue, white, Color(0.4, 0.5, 0.6).opacity(0.5)]
    let color = colors[dice.roll(colors.count)]
    let frame = Rect(dice.number(-20, 180), dice.number(-20, 140), dice.number(1, 160), dice.number(1, 120))
    let clip = dice.roll(4) == 0 ? Rect(dice.number(0, 100), dice.number(0, 80), dice.number(10, 100), dice.number(10, 80)) : nil
    switch dice.roll(6) {
    case 0:
      return .init(
        .rectangle(Rectangle(frame, fill: color, border: white, borderWidth: dice.number(0, 3), cornerRadius: dice.number(0, 9))),
        clip: clip)
    case 1:
      return .init(.disc(Disc(centre: frame.center, radius: dice.number(1, 40), fill: color, border: blue, borderWidth: 2)), clip: clip)
    case 2:
      let points = (0..<4).map { _ in Point(dice.number(0, 200), dice.number(0, 150)) }
      return .init(.polyline(Polyline(points, color: color, width: dice.number(0.5, 6), isDashed: dice.roll(2) == 0)), clip: clip)
    case 3:
      let alignments = [Text.Alignment.left, .center, .right]
      return .init(
        .text(
          Text(
            "jagged \(dice.roll(3))", at: frame.center, size: dice.number(9, 24), color: color, alignment: alignments[dice.roll(3)],
            maxWidth: dice.roll(3) == 0 ? nil : dice.number(10, 90))), clip: clip)
    case 4:
      let pixels = PixelBuffer(width: 2, height: 2, rgba: (0..<16).map { UInt8($0 * 16 + 15) })
      return .init(.image(Image(key: "a", revision: 1, pixels: pixels, frame: frame, opacity: dice.number(0.2, 1))), clip: clip)
    default:
      let positions = (0..<40).map { _ in Float(dice.number(-40, 40)) }
      return .init(
        .points(
          PointCloud(
            positions: positions, positionsRevision: dice.roll(1_000_000), colorIndices: (0..<20).map { UInt8($0 % 3) }, colorsRevision: 1,
            palette: [red, green, blue], camera: Camera(centre: .zero, scale: 1), frame: frame, pointSize: 5, opacity: 0.7)), clip: clip)
    }
  }

  @Test(
    "a picture that is drawn over the last one where it differs has the very bytes of one that is drawn at once, also in the back buffer itself",
    arguments: [false, true])
  func partsAndWhole(inBackBuffer: Bool) throws {
    var dice = Dice(state: 7)
    var items = (0..<12).map { _ in Self.item(&dice) }
    var scenes: [Scene] = []
    for _ in 0..<60 {
      // One to three things come, go or change places.
      for _ in 0...dice.roll(3) {
        switch dice.roll(3) {
        case 0: items.insert(Self.item(&dice), at: dice.roll(items.count + 1))
        case 1 where items.count > 4: items.remove(at: dice.roll(items.count))
        default: items.swapAt(dice.roll(items.count), dice.roll(items.count))
        }
      }
      scenes.append(scene(200, 150, items))
    }
    let window = try Window(offscreenSize: Size(200, 150))
    let renderer = try Renderer(text: TextRasterizer())
    if inBackBuffer { renderer.learn { window.swap() } }
    let after = withExtendedLifetime(window) {
      scenes.map { scene in
        renderer.draw(scene)
        defer { window.swap() }
        return renderer.readPixels()
      }
    }
    for (index, scene) in scenes.enumerated() { #expect(try picture(of: scene) == after[index], "scene \(index)") }
  }

  @Test("what does not change is not drawn again; another size or ground draws all of it")
  func unchanged() throws {
    let still = Scene.Item(.rectangle(Rectangle(Rect(0, 0, 100, 40), fill: red)))
    func moving(_ x: Double) -> Scene.Item { Scene.Item(.rectangle(Rectangle(Rect(x, 60, 10, 10), fill: green))) }
    try withRenderer(100, 80) { renderer in
      renderer.draw(scene(100, 80, [still, moving(10)]))
      #expect(renderer.drawnPixelCount == 8000)
      renderer.draw(scene(100, 80, [still, moving(10)]))
      #expect(renderer.drawnPixelCount == 0)
      renderer.draw(scene(100, 80, [still, moving(12)]))
      #expect(renderer.drawnPixelCount > 0 && renderer.drawnPixelCount <= 20 * 17)
      renderer.draw(scene(100, 80, background: blue, [still, moving(12)]))
      #expect(renderer.drawnPixelCount == 8000)
      renderer.draw(scene(90, 80, background: blue, [still, moving(12)]))
      #expect(renderer.drawnPixelCount == 7200)
    }
  }

  @Test("where many things change in two corners, what is between the corners is not drawn again")
  func corners() {
    func items(_ shift: Double) -> [Scene.Item] {
      [Point(10, 10), Point(330, 230)].flatMap { corner in
        (0..<12).map { place in
          let at = corner + Point(Double(place % 4) * 15 + shift, Double(place / 4) * 20)
          return Scene.Item(.rectangle(Rectangle(Rect(at.x, at.y, 6, 6), fill: red)))
        }
      }
    }
    let window = PixelRect(x: 0, y: 0, width: 400, height: 300)
    let damage = Damage(from: scene(400, 300, items(0)), to: scene(400, 300, items(1)), window: window)
    #expect(damage.parts.count <= 8)
    for (index, part) in damage.parts.enumerated() {
      #expect(damage.parts[..<index].allSatisfy { !$0.overlaps(part) })
    }
    // Each corner takes 51 x 46 pixels, and a few more around each thing.
    let drawn = damage.parts.reduce(0) { $0 + $1.width * $1.height }
    #expect(drawn >= 2 * 12 * 6 * 7 && drawn <= 2 * 60 * 60)
    for item in items(0) + items(1) {
      let pixels = item.pixels(in: window)
      #expect(damage.parts.contains { $0.union(pixels) == $0 })
    }
  }
}
