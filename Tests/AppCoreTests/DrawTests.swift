import Geometry
import Relevance
import Testing

@testable import AppCore

@Suite("Drawing")
struct DrawTests {
  /// The Draw tab is open; gives the middle of the pad.
  private func open() throws -> (AppState, Point) {
    var state = Fixture.loaded()
    Fixture.press(&state, "d")
    return (state, try #require(state.place(of: .pad)))
  }

  private func stroke(_ state: inout AppState, from start: Point, by way: Point, button: PointerButton = .left, moves: Int = 10) {
    Fixture.send(&state, .pointerPressed(button, start, clicks: 1, []))
    for step in 1...moves { Fixture.send(&state, .pointerMoved(start + way * (Double(step) / Double(moves)), [])) }
    Fixture.send(&state, .pointerReleased(button, start + way, []))
  }

  @Test("while a stroke grows one request is under way at a time; lifting the pen sends one exact request")
  func requests() throws {
    var (state, middle) = try open()
    var live: [ExplanationRequest] = update(&state, .pointerPressed(.left, middle, clicks: 1, [])).requests
    #expect(live.count == 1)
    for step in 1...20 {
      live += update(&state, .pointerMoved(middle + Point(0, 3 * Double(step)), [])).requests
      live += update(&state, .clock(.milliseconds(16 * step))).requests
    }
    #expect(live.count == 1, "nothing more before the first result is there")
    let next = update(&state, .explained(live[0].id, Fixture.explanations(of: live[0]))).requests
    #expect(next.count == 1)
    #expect(next.first?.picture != live[0].picture)
    #expect(stateReport(of: state, frame: 0).explained == .drawing)
    let last = update(&state, .pointerReleased(.left, middle + Point(0, 60), [])).requests
    #expect(last.count == 1)
    #expect(last.first?.picture == state.sketch.picture)
    // The frame that was under way is newer than the shown one: it is shown, then the exact one, and never the other way round.
    let underWay = try #require(next.first)
    let exact = try #require(last.first)
    _ = update(&state, .explained(underWay.id, Fixture.explanations(of: underWay)))
    #expect(state.drawing.shown?.id == underWay.id)
    _ = update(&state, .explained(exact.id, Fixture.explanations(of: exact)))
    #expect(state.drawing.shown?.id == exact.id)
    #expect(update(&state, .clock(.seconds(2))).isEmpty)
    #expect(!state.isAnimating)
  }

  @Test("undo and redo bring back the same bits, a hundred strokes deep; Clear can be undone")
  func undo() throws {
    var (state, middle) = try open()
    var pads = [state.sketch.pixels]
    for index in 0..<100 {
      let way = Point(Double(index % 13) * 4 - 20, Double(index % 7) * 6 - 20)
      stroke(&state, from: middle + Point(Double(index) - 50, 0), by: way, button: index % 25 == 24 ? .right : .left, moves: 2)
      pads.append(state.sketch.pixels)
    }
    #expect(pads[100] != pads[99])
    Fixture.send(&state, .keyPressed(.delete, []))
    #expect(state.sketch.pixels == pads[0])
    #expect(stateReport(of: state, frame: 0).explained == nil)
    Fixture.send(&state, .keyPressed(.character("z"), .control))
    for index in stride(from: 100, through: 1, by: -1) {
      #expect(state.sketch.pixels == pads[index])
      Fixture.send(&state, .keyPressed(.character("z"), .control))
    }
    #expect(state.sketch.pixels == pads[0])
    for index in 1...100 {
      Fixture.send(&state, .keyPressed(.character("Z"), [.control, .shift]))
      #expect(state.sketch.pixels == pads[index])
    }
  }

  @Test("the right button and E erase")
  func eraser() throws {
    for usesKey in [false, true] {
      var (state, middle) = try open()
      stroke(&state, from: middle, by: Point(40, 0))
      let drawn = state.sketch.pixels
      if usesKey { Fixture.press(&state, "e") }
      stroke(&state, from: middle, by: Point(40, 0), button: usesKey ? .left : .right)
      #expect(state.sketch.pixels != drawn)
      #expect(state.sketch.strokes.last?.isErasing == true)
    }
  }

  @Test("brackets change the brush within its limits")
  func brush() throws {
    var (state, _) = try open()
    for _ in 0..<40 { Fixture.press(&state, "]") }
    #expect(state.sketch.brushRadius == Sketch.brushRadii.upperBound)
    for _ in 0..<40 { Fixture.press(&state, "[") }
    #expect(state.sketch.brushRadius == Sketch.brushRadii.lowerBound)
  }

  @Test("both tabs keep their explanations; one that was lost to the other tab is asked for again")
  func tabs() throws {
    var (state, middle) = try open()
    stroke(&state, from: middle, by: Point(0, 50))
    Fixture.press(&state, "d")
    #expect(stateReport(of: state, frame: 0).explained == nil)
    Fixture.send(&state, .keyPressed(.tab, []))
    #expect(stateReport(of: state, frame: 0).explained == .point(0))
    Fixture.press(&state, "d")
    #expect(stateReport(of: state, frame: 0).explained == .drawing)
    // A request for the drawing is under way, then a digit is asked for.
    let effects = update(&state, .pointerPressed(.left, middle, clicks: 1, []))
    #expect(effects.requests.count == 1)
    _ = update(&state, .keyPressed(.tab, []))
    let again = update(&state, .keyPressed(.character("d"), []))
    #expect(again.requests.count == 1)
  }
}
