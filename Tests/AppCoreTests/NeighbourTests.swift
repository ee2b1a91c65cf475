import Geometry
import Relevance
import Scene
import Testing

@testable import AppCore

@Suite("Neighbours and means")
struct NeighbourTests {
  @Test("the nearest digits of the selected one are asked for once its heatmap is there, shown with distances, and reached by a click")
  func neighbours() throws {
    var state = Fixture.loaded()
    let effects = update(&state, .keyPressed(.tab, []))
    #expect(!effects.contains { if case .findNeighbours = $0 { true } else { false } }, "first the heatmap")
    let request = try #require(effects.requests.first)
    let after = update(&state, .explained(request.id, Fixture.explanations(of: request)))
    guard case .findNeighbours(let wanted)? = after.first(where: { if case .findNeighbours = $0 { true } else { false } }) else {
      Issue.record("no neighbours are asked for")
      return
    }
    #expect(wanted.index == 0 && wanted.count == 10)
    _ = update(&state, .neighboursFound(RequestID(wanted.id.number - 1), [DigitNeighbour(index: 9, distance: 1)]))
    #expect(state.shownNeighbours == nil, "that is an older request's")
    _ = update(&state, .neighboursFound(wanted.id, (1...10).map { DigitNeighbour(index: 2 * $0, distance: 1000 + Float($0)) }))
    #expect(state.shownNeighbours?.found.count == 10)
    let texts = scene(of: state).texts.map(\.string)
    #expect(texts.contains("1001") && texts.contains { $0 == "Nearest to #0 (Q hides)" })
    Fixture.click(&state, try #require(state.place(of: .perform(.selectNeighbour(6)))))
    #expect(state.selected == 6 && state.neighbours.of == 6)
    Fixture.press(&state, "q")
    #expect(state.shownNeighbours == nil && state.place(of: .perform(.selectNeighbour(8))) == nil)
  }

  @Test("a lasso may begin on the neighbours' strip")
  func lassoFromStrip() throws {
    var state = Fixture.loaded()
    Fixture.send(&state, .keyPressed(.tab, []))
    let frame = state.mapFrame
    let first = try #require(state.place(of: .perform(.selectNeighbour(1))))
    // Between two pictures nothing is to be pressed.
    let start = Point(first.x, first.y - 26)
    #expect(state.hit(at: start)?.action == HitAction.none)
    _ = update(&state, .pointerPressed(.left, start, clicks: 1, .shift))
    for corner in [Point(frame.maxX - 5, frame.minY + 5), Point(frame.maxX - 5, frame.maxY - 5), Point(frame.minX + 5, frame.maxY - 5)] {
      _ = update(&state, .pointerMoved(corner, .shift))
    }
    _ = update(&state, .pointerReleased(.left, start, .shift))
    #expect(state.selection.map { $0.count > 50 } == true)
  }

  @Test("the mean relevance of what is chosen is asked for, anew for another method or other digits, and stopped when none are chosen")
  func means() throws {
    func average(_ effects: [Effect]) -> AverageRequest? {
      effects.compactMap { if case .average(let request) = $0 { request } else { nil } }.first
    }
    var state = Fixture.loaded()
    Fixture.send(&state, .keyPressed(.tab, []))
    let frame = state.mapFrame
    _ = update(&state, .pointerPressed(.left, Point(frame.minX + 5, frame.minY + 120), clicks: 1, .shift))
    for corner in [Point(frame.maxX - 5, frame.minY + 120), Point(frame.maxX - 5, frame.maxY - 5), Point(frame.minX + 5, frame.maxY - 5)] {
      _ = update(&state, .pointerMoved(corner, .shift))
    }
    let effects = update(&state, .pointerReleased(.left, Point(frame.minX + 5, frame.maxY - 5), .shift))
    let request = try #require(average(effects))
    #expect(request.members == state.selection?.members && request.query.attribution == state.attribution)
    _ = update(&state, .averaged(request.id, AverageRelevance(count: 3, values: [0, 1, -2, 0], width: 2, height: 2)))
    #expect(state.selection?.relevance?.image != nil && state.selection?.relevance?.isComplete == false && state.isAveraging)
    _ = update(&state, .averaged(request.id, AverageRelevance(count: request.members.count, values: [0, 1, -2, 0], width: 2, height: 2)))
    #expect(state.selection?.relevance?.isComplete == true && !state.isAveraging)
    let next = try #require(average(update(&state, .keyPressed(.character("m"), []))))
    #expect(next.query.attribution == state.attribution && next.id > request.id)
    _ = update(&state, .averaged(request.id, AverageRelevance(count: 1, values: [5], width: 1, height: 1)))
    #expect(state.selection?.relevance?.heat == nil, "that is of the method before")
    let dropped = update(&state, .keyPressed(.escape, []))
    #expect(state.selection == nil && dropped.contains { if case .stopAveraging = $0 { true } else { false } })
  }

  @Test("of more digits than are explained every part of them is represented")
  func sampling() throws {
    var state = Fixture.loaded()
    var chosen = DigitSelection(digits: Fixture.count)
    chosen.take(Array(0..<Fixture.count), .replace)
    state.selection = chosen
    let effects = state.tendAverage()
    guard case .average(let request)? = effects.first else {
      Issue.record("nothing is asked for")
      return
    }
    #expect(request.members == Array(0..<Fixture.count))
    #expect(SelectionRelevance.most == 512)
  }
}
