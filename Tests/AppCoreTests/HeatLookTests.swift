import Datasets
import Geometry
import Relevance
import Scene
import Testing

@testable import AppCore

@Suite("How heatmaps look")
struct HeatLookTests {
  private func explained(_ size: Size = Size(1280, 800)) -> AppState {
    var state = Fixture.loaded(size)
    Fixture.send(&state, .keyPressed(.tab, []))
    return state
  }

  private func plane(_ values: [Float]) -> HeatPlane { HeatPlane(Pictures.Plane(values: values, width: values.count, height: 1)) }

  @Test("the ends are the largest |R|, the |R| that 99 of 100 pixels do not exceed, or what they were when they were locked")
  func ends() {
    let ramp = plane((1...100).map { Float($0) * ($0 % 2 == 0 ? 1 : -1) })
    var look = HeatLook()
    #expect(look.end(of: [ramp]) == 100)
    look.normalization = .robust
    #expect(look.end(of: [ramp]) == 99)
    look.normalization = .locked
    #expect(look.end(of: [ramp]) == 100, "nothing is locked yet")
    look.lockedEnd = 7
    #expect(look.end(of: [ramp]) == 7)
    #expect(HeatPlane.quantile([plane([0, 0, .nan])], 0.99) == nil && HeatPlane.quantile([], 0.5) == nil)
  }

  @Test("X goes from one scale to the next; a locked one stays for other digits, and what lies beyond it is said")
  func locking() throws {
    var state = explained()
    let first = try #require(state.digit.shown)
    #expect(first.end == first.largest && first.largest == 2)
    Fixture.press(&state, "x")
    #expect(state.heatLook.normalization == .robust)
    Fixture.press(&state, "x")
    #expect(state.heatLook.normalization == .locked && state.heatLook.lockedEnd == state.digit.shown?.end)
    state.heatLook.lockedEnd = 0.5
    Fixture.send(&state, .keyPressed(.tab, []))
    let locked = try #require(state.digit.shown)
    #expect(locked.end == 0.5 && locked.largest == 2)
    #expect(scene(of: state).texts.contains { $0.string == "\u{2264} \u{2212}0.500" })
    #expect(stateReport(of: state, frame: 0).normalization == "locked" && stateReport(of: state, frame: 0).colorEnd == 0.5)
    Fixture.press(&state, "x")
    #expect(state.digit.shown?.end == 2 && state.heatLook.lockedEnd == nil)
  }

  @Test("the colour of R = 0 is the colormap's neutral on every scale, with every colormap, in both themes")
  func neutral() throws {
    var state = explained()
    for _ in Appearance.Ground.allCases {
      for _ in Colormap.all {
        for _ in HeatLook.Normalization.allCases {
          let shown = try #require(state.digit.shown)
          let place = try #require(shown.heat.values.firstIndex(of: 0))
          let pixels = shown.heatmapImage.pixels.rgba
          let bytes = state.colormap.bytes(0)
          #expect([pixels[4 * place], pixels[4 * place + 1], pixels[4 * place + 2]] == [bytes.0, bytes.1, bytes.2])
          Fixture.press(&state, "x")
        }
        Fixture.press(&state, "k")
      }
      Fixture.send(&state, .keyPressed(.character("t"), .control))
    }
  }

  @Test("a stronger overlay lets through less of the digit, a weaker one more, between bounds")
  func strength() throws {
    var state = explained()
    func red() -> Int { state.digit.shown.map { Int($0.overlayImage.pixels.rgba[4 * 11]) } ?? 0 }
    let usual = red()
    for _ in 0..<20 { Fixture.press(&state, "(") }
    #expect(state.heatLook.strength == HeatLook.strengths.lowerBound && red() != usual)
    for _ in 0..<40 { Fixture.press(&state, ")") }
    #expect(state.heatLook.strength == HeatLook.strengths.upperBound)
  }

  @Test("O draws the digit's outline over its heatmaps, not over the digit")
  func outline() throws {
    var state = explained()
    let before = scene(of: state).items.count
    Fixture.press(&state, "o")
    let lines = try #require(state.digit.shown?.outline)
    #expect(!lines.isEmpty && scene(of: state).items.count == before + 4 * lines.count)
  }

  @Test("what is pointed at is told: row, column, input, R; in all pictures of it")
  func readout() throws {
    var state = explained()
    let square = try #require(draw(state).hits.first { $0.action == .perform(.nextPictureMode) }).rect
    // Pixel (1, 3) of 8 x 8.
    let place = Point(square.x + square.width * 3.5 / 8, square.y + square.height * 1.5 / 8)
    _ = update(&state, .pointerMoved(place, []))
    let pixel = try #require(stateReport(of: state, frame: 0).pixel)
    #expect(pixel.row == 1 && pixel.column == 3 && pixel.relevance == 2)
    let shown = try #require(state.digit.shown)
    #expect(pixel.input == Int(shown.picture.pixels[(1 * 28 / 8) * 28 + 3 * 28 / 8]))
    #expect(scene(of: state).texts.contains { $0.string.hasPrefix("R 2.00, 17 % of") })
    _ = update(&state, .pointerMoved(Point(2, 2), []))
    #expect(stateReport(of: state, frame: 0).pixel == nil)
  }

  @Test("Shift+H explains the class of the label, also of digits that are selected later, until it is pressed again")
  func label() {
    var state = explained()
    Fixture.send(&state, .keyPressed(.character("h"), .shift))
    #expect(state.digit.target == .class(0) && state.digit.followsLabel)
    Fixture.send(&state, .keyPressed(.tab, []))
    #expect(state.digit.target == .class(1) && state.digit.shown?.explanation.targetClass == 1)
    #expect(stateReport(of: state, frame: 0).targetDescription == "1 (the label)")
    Fixture.send(&state, .keyPressed(.character("h"), .shift))
    #expect(state.digit.target == .predicted && !state.digit.followsLabel)
  }
}

@Suite("Outline of a digit")
struct DigitOutlineTests {
  private func picture(_ rows: [String]) -> GrayPicture {
    GrayPicture(width: rows[0].count, height: rows.count, pixels: rows.flatMap { $0.map { $0 == "#" ? 255 : 0 } })
  }

  /// Twice the signed area of closed lines, in pixels.
  private func area(_ lines: [[Point]], _ picture: GrayPicture) -> Double {
    lines.reduce(0) { sum, line in
      sum
        + zip(line, line.dropFirst()).reduce(0) { $0 + ($1.0.x * $1.1.y - $1.1.x * $1.0.y) }
        * Double(picture.width * picture.height) / 2
    }
  }

  @Test(
    "closed lines hold as much area as there is ink, holes taken away",
    arguments: [
      ["...", ".#.", "..."], ["###", "#.#", "###"], ["#..", ".#.", "..#"], ["##..", "##..", "..##", "..##"],
      ["....", "....", "....", "...."],
      ["####", "####", "####", "####"],
    ])
  func areas(rows: [String]) {
    let picture = picture(rows)
    let lines = DigitOutline.lines(of: picture)
    #expect(abs(area(lines, picture) - Double(picture.pixels.count { $0 == 255 })) < 1e-9)
    #expect(lines.allSatisfy { $0.first == $0.last && $0.count >= 5 })
  }

  @Test("pixels that touch at a corner keep a line each")
  func corners() { #expect(DigitOutline.lines(of: picture(["#..", ".#.", "..#"])).count == 3) }
}
