import Datasets
import Embedding
import Geometry
import Scene
import Testing

@testable import AppCore

@Suite("Map")
struct MapTests {
  @Test("while Space is held a drag moves the map from anywhere in it, and selects nothing; afterwards the legend is the legend again")
  func spaceDrag() throws {
    var state = Fixture.loaded()
    let legend = try #require(state.place(of: .perform(.toggleLegend(3))))
    let before = state.map.camera
    _ = update(&state, .keyPressed(.space, []))
    _ = update(&state, .pointerPressed(.left, legend, clicks: 1, []))
    _ = update(&state, .pointerMoved(legend + Point(40, -25), []))
    _ = update(&state, .pointerReleased(.left, legend + Point(40, -25), []))
    #expect(abs((before.centre.x - state.map.camera.centre.x) * before.scale - 40) < 1e-9)
    #expect(abs((state.map.camera.centre.y - before.centre.y) * before.scale + 25) < 1e-9)
    #expect(state.map.look.hidden.isEmpty && state.selected == nil)
    _ = update(&state, .keyReleased(.space))
    Fixture.click(&state, legend)
    #expect(state.map.look.hidden == [3])
  }

  @Test("the wheel zooms about the cursor: the point under it stays within a pixel, five notches are 1.25^5")
  func wheel() {
    var state = Fixture.loaded()
    let cursor = Point(311, 207)
    let before = state.map.camera
    let under = before.embeddingFromWindow(cursor, in: state.mapFrame)
    for _ in 0..<5 { _ = update(&state, .wheelTurned(notches: 1, at: cursor, [])) }
    #expect(state.map.camera.windowFromEmbedding(under, in: state.mapFrame).distance(to: cursor) < 1)
    #expect(abs(state.map.camera.scale / before.scale - 3.0517578125) < 1e-9)
    for _ in 0..<5 { _ = update(&state, .wheelTurned(notches: -1, at: cursor, [])) }
    #expect(abs(state.map.camera.scale / before.scale - 1) < 1e-9)
  }

  @Test("a drag of 200 pixels moves the map by 200 pixels and selects nothing", arguments: [PointerButton.left, .middle])
  func drag(button: PointerButton) {
    var state = Fixture.loaded()
    let start = state.window(of: 145)
    let before = state.window(of: 3)
    #expect(update(&state, .pointerPressed(button, start, clicks: 1, [])).isEmpty)
    for step in 1...50 { _ = update(&state, .pointerMoved(start + Point(-4 * Double(step), 0), [])) }
    let effects = update(&state, .pointerReleased(button, start + Point(-200, 0), []))
    #expect(effects.isEmpty)
    #expect(state.selected == nil)
    #expect((state.window(of: 3) - before).distance(to: Point(-200, 0)) < 1e-6)
  }

  @Test("moving two pixels while pressed is a click: it selects, explains and leaves the view alone")
  func click() throws {
    var state = Fixture.loaded()
    let camera = state.map.camera
    let place = state.window(of: 145)
    _ = update(&state, .pointerPressed(.left, place, clicks: 1, []))
    _ = update(&state, .pointerMoved(place + Point(2, 0), []))
    let effects = update(&state, .pointerReleased(.left, place + Point(2, 0), []))
    #expect(state.selected == 145)
    #expect(state.map.camera == camera)
    let request = try #require(effects.requests.first)
    #expect(effects.count == 1)
    #expect(request.query.target == .predicted)
    #expect(request.picture.pixels == Array(Fixture.data.picture(145)))
  }

  @Test("hover names the digit under the pointer in the same event and is gone while dragging")
  func hover() {
    var state = Fixture.loaded()
    for index in [0, 19, 145, 299] {
      _ = update(&state, .pointerMoved(state.window(of: index) + Point(2, -2), []))
      #expect(state.hover?.index == index)
      #expect(stateReport(of: state, frame: 0).hovered == index)
    }
    let place = state.window(of: 145)
    _ = update(&state, .pointerMoved(place, []))
    _ = update(&state, .pointerPressed(.left, place, clicks: 1, []))
    _ = update(&state, .pointerMoved(place + Point(30, 0), []))
    #expect(state.hover == nil)
    _ = update(&state, .pointerReleased(.left, place + Point(30, 0), []))
    #expect(state.hover?.index == 145)
    _ = update(&state, .pointerLeft)
    #expect(state.hover == nil)
  }

  @Test("the tooltip comes 120 ms after the pointer and a deadline asks for the clock")
  func tooltip() {
    var state = Fixture.loaded()
    _ = update(&state, .clock(.milliseconds(5000)))
    _ = update(&state, .pointerMoved(state.window(of: 145), []))
    func showsTooltip() -> Bool {
      scene(of: state).items.contains { item in
        if case .text(let text) = item.primitive { text.string == "#145" } else { false }
      }
    }
    #expect(state.isAnimating)
    _ = update(&state, .clock(.milliseconds(5010)))
    #expect(!state.isAnimating)
    #expect(state.nextDeadline == .milliseconds(5130))
    #expect(!showsTooltip())
    _ = update(&state, .clock(.milliseconds(5130)))
    #expect(showsTooltip())
    #expect(state.nextDeadline == nil)
  }

  @Test("a click on nothing clears the selection, a double click there fits the map")
  func nothing() {
    var state = Fixture.loaded()
    let fitted = state.map.camera
    Fixture.send(&state, .keyPressed(.tab, []))
    #expect(state.selected == 0)
    let corner = Point(state.mapFrame.maxX - 5, state.mapFrame.minY + 5)
    _ = update(&state, .wheelTurned(notches: -1, at: corner, []))
    _ = update(&state, .pointerPressed(.left, corner, clicks: 1, []))
    _ = update(&state, .pointerReleased(.left, corner, []))
    #expect(state.selected == nil)
    #expect(state.map.camera != fitted)
    _ = update(&state, .pointerPressed(.left, corner, clicks: 2, []))
    _ = update(&state, .pointerReleased(.left, corner, []))
    #expect(state.map.camera == fitted)
  }

  @Test("arrows pan by a quarter of the view; plus and minus zoom; F and Home fit")
  func keys() {
    var state = Fixture.loaded()
    let fitted = state.map.camera
    let before = state.window(of: 7)
    _ = update(&state, .keyPressed(.right, []))
    #expect((state.window(of: 7) - before).distance(to: Point(-state.mapFrame.width / 4, 0)) < 1e-6)
    _ = update(&state, .keyPressed(.down, []))
    #expect((state.window(of: 7) - before).distance(to: Point(-state.mapFrame.width / 4, -state.mapFrame.height / 4)) < 1e-6)
    _ = update(&state, .keyPressed(.home, []))
    #expect(state.map.camera == fitted)
    Fixture.press(&state, "++-")
    #expect(abs(state.map.camera.scale / fitted.scale - 1.25) < 1e-9)
    Fixture.press(&state, "f")
    #expect(state.map.camera == fitted)
  }

  @Test("the view follows a growing map until a person moves it")
  func following() {
    var state = Fixture.empty()
    _ = update(&state, .dataLoaded(Fixture.data))
    func snapshot(_ factor: Float) -> Event { Fixture.advanced(state, Fixture.positions.map { $0 * factor }) }
    _ = update(&state, snapshot(1))
    let first = state.map.camera
    _ = update(&state, snapshot(10))
    #expect(abs(first.scale / state.map.camera.scale - 10) < 1e-6)
    _ = update(&state, .wheelTurned(notches: 2, at: state.mapFrame.center, []))
    let chosen = state.map.camera
    _ = update(&state, snapshot(20))
    #expect(state.map.camera == chosen)
    _ = update(&state, Fixture.finished(state))
    #expect(state.map.camera == chosen)
  }

  @Test("Tab goes through the digits, J through the nearest neighbours without turning back")
  func walking() {
    var state = Fixture.loaded()
    _ = update(&state, .keyPressed(.tab, []))
    _ = update(&state, .keyPressed(.tab, []))
    #expect(state.selected == 1)
    _ = update(&state, .keyPressed(.tab, .shift))
    _ = update(&state, .keyPressed(.tab, .shift))
    #expect(state.selected == 299)
    var seen: Set<Int> = [299]
    for _ in 0..<50 {
      let here = state.selected ?? 0
      _ = update(&state, .keyPressed(.character("j"), []))
      let next = state.selected ?? 0
      #expect(seen.insert(next).inserted)
      // By comparison with all others.
      let distances = (0..<Fixture.count).filter { !seen.contains($0) || $0 == next }.map { distance(here, $0) }
      #expect(distance(here, next) == distances.min())
    }
  }

  private func distance(_ a: Int, _ b: Int) -> Int {
    let dx = a % Fixture.columns - b % Fixture.columns
    let dy = a / Fixture.columns - b / Fixture.columns
    return dx * dx + dy * dy
  }
}

@Suite("Spatial grid")
struct SpatialGridTests {
  @Test("nearest points are those that a comparison with all points finds")
  func nearest() {
    var seed: UInt64 = 3
    func random() -> Float {
      seed = seed &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Float(seed >> 40) / Float(1 << 24)
    }
    let positions = (0..<4000).map { $0 % 2 == 0 ? random() * 90 - 40 : random() * 7 }
    let grid = SpatialGrid(positions)
    for _ in 0..<300 {
      let query = Point(Double(random()) * 120 - 60, Double(random()) * 20 - 6)
      let radius = Double(random()) * 3
      let all = (0..<2000).map { Point(Double(positions[2 * $0]), Double(positions[2 * $0 + 1])).distance(to: query) }
      let best = all.indices.min { all[$0] < all[$1] } ?? 0
      #expect(grid.nearest(to: query, within: radius) == (all[best] <= radius ? best : nil))
      #expect(grid.nearest(to: query, where: { _ in true }) == best)
    }
  }

  @Test("a rectangle that holds everything counts everything, one that is elsewhere nothing")
  func counting() {
    let grid = SpatialGrid(Fixture.positions)
    #expect(grid.bounds == Rect(0, 0, 19, 14))
    #expect(grid.count(in: Rect(-1, -1, 30, 30)) == 300)
    #expect(grid.count(in: Rect(100, 100, 5, 5)) == 0)
    // Whole cells count: at most a cell too much on each side.
    #expect((50...110).contains(grid.count(in: Rect(0, 0, 9, 6))))
  }

  @Test("points that are not finite are never found and do not hurt")
  func notFinite() {
    let grid = SpatialGrid([.nan, 0, .infinity, 1, 2, 3])
    #expect(grid.bounds == Rect(2, 3, 0, 0))
    #expect(grid.nearest(to: Point(2, 3), within: 1) == 2)
    #expect(SpatialGrid([]).nearest(to: .zero, where: { _ in true }) == nil)
  }
}
