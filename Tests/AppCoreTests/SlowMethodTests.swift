import Geometry
import Relevance
import Testing

@testable import AppCore

@Suite("Methods that take long")
struct SlowMethodTests {
  private static let occlusion = Attribution.occlusion(window: 8, stride: 4, baseline: .brightness(0))

  private func waiting() throws -> (AppState, ExplanationRequest) {
    var state = Fixture.loaded()
    Fixture.send(&state, .keyPressed(.tab, []))
    let request = try #require(state.choose(Self.occlusion).requests.first)
    return (state, request)
  }

  @Test("progress is shown with Cancel; Esc cancels, the old heatmap stays and says that it is old, Explain asks again")
  func cancelling() throws {
    var (state, request) = try waiting()
    _ = update(&state, .clock(.seconds(1)))
    _ = update(&state, .explanationProgressed(request.id, fraction: 0.42))
    _ = update(&state, .clock(.milliseconds(1200)))
    #expect(stateReport(of: state, frame: 0).progress == 0.42)
    #expect(!state.isSettled)
    #expect(scene(of: state).texts.contains { $0.string.hasPrefix("occlusion, 42 %") })
    #expect(state.place(of: .perform(.cancelExplanation)) != nil)
    let effects = update(&state, .keyPressed(.escape, []))
    #expect(effects.count == 1)
    if case .cancelExplanation? = effects.first {} else { Issue.record("nothing is cancelled") }
    #expect(state.isSettled && state.selected == 0)
    // What the worker had posted before it knew is passed over.
    _ = update(&state, .explanationProgressed(request.id, fraction: 0.5))
    _ = update(&state, .explained(request.id, Fixture.explanations(of: request)))
    #expect(state.digit.shown?.query.attribution == .standard)
    #expect(stateReport(of: state, frame: 0).progress == nil)
    #expect(scene(of: state).texts.contains { $0.string == "what you see: \(Attribution.standard.name)" })
    let place = try #require(state.place(of: .perform(.explainAgain)))
    let again = try #require(update(&state, .pointerPressed(.left, place, clicks: 1, [])).requests.first)
    #expect(again.query.attribution == Self.occlusion)
    _ = update(&state, .explained(again.id, Fixture.explanations(of: again)))
    #expect(state.digit.shown?.query.attribution == Self.occlusion)
    #expect(state.place(of: .perform(.explainAgain)) == nil)
  }

  @Test("Esc stops what takes long before it closes a message")
  func escape() throws {
    var (state, request) = try waiting()
    _ = update(&state, .explanationProgressed(request.id, fraction: 0.1))
    state.message = Message(kind: .warning, text: "no train split")
    if case .cancelExplanation? = update(&state, .keyPressed(.escape, [])).first {} else { Issue.record("nothing is cancelled") }
    #expect(state.message != nil)
    #expect(update(&state, .keyPressed(.escape, [])).isEmpty && state.message == nil)
  }

  @Test("progress of an older request is passed over")
  func oldProgress() throws {
    var (state, first) = try waiting()
    let second = try #require(update(&state, .keyPressed(.tab, [])).requests.first)
    _ = update(&state, .explanationProgressed(first.id, fraction: 0.9))
    #expect(stateReport(of: state, frame: 0).progress == nil)
    _ = update(&state, .explanationProgressed(second.id, fraction: 0.1))
    #expect(stateReport(of: state, frame: 0).progress == 0.1)
  }

  @Test("a failure names its cause and keeps what is on screen; one of an older request is passed over")
  func failure() throws {
    var (state, first) = try waiting()
    let second = try #require(update(&state, .keyPressed(.tab, [])).requests.first)
    _ = update(&state, .explanationFailed(first.id, message: "occlusion: too large a window"))
    #expect(state.message == nil && state.isExplaining)
    _ = update(&state, .explanationFailed(second.id, message: "occlusion: a window of 80 in a picture of 56"))
    #expect(state.errorMessage == "occlusion: a window of 80 in a picture of 56")
    #expect(state.isSettled)
    #expect(state.digit.shown?.query.attribution == .standard)
    // Once an explanation comes there is nothing to complain about any more.
    state.attribution = .standard
    Fixture.send(&state, .keyPressed(.tab, []))
    #expect(state.message == nil)
  }

  @Test("while the pen is down the last fast method explains, the chosen one when it is lifted; the panel says so")
  func drawing() throws {
    var (state, request) = try waiting()
    _ = update(&state, .explained(request.id, Fixture.explanations(of: request)))
    Fixture.press(&state, "d")
    let pad = try #require(state.place(of: .pad))
    let live = try #require(update(&state, .pointerPressed(.left, pad, clicks: 1, [])).requests.first)
    #expect(live.query.attribution == .standard)
    _ = update(&state, .explained(live.id, Fixture.explanations(of: live)))
    #expect(scene(of: state).texts.contains { $0.string == "Live: \(Attribution.standard.name); occlusion when the pen is lifted" })
    let exact = try #require(update(&state, .pointerReleased(.left, pad + Point(0, 60), [])).requests.last)
    #expect(exact.query.attribution == Self.occlusion)
    _ = update(&state, .explained(exact.id, Fixture.explanations(of: exact)))
    #expect(!scene(of: state).texts.contains { $0.string.hasPrefix("Live:") })
  }

  @Test("a second method that takes long waits for the pen, and does not hold up the first")
  func comparing() throws {
    var state = Fixture.loaded()
    Fixture.send(&state, .keyPressed(.tab, []))
    let request = try #require(state.compare(with: Self.occlusion).requests.first)
    #expect(request.compared?.attribution == Self.occlusion)
    let all = Fixture.explanations(of: request)
    _ = update(&state, .explained(request.id, Explanations(all.main, isPartial: true)))
    #expect(state.digit.shown?.id == request.id && state.digit.shown?.comparison == nil)
    #expect(state.isExplaining)
    #expect(scene(of: state).texts.contains { $0.string == "computing\u{2026}" })
    _ = update(&state, .explained(request.id, all))
    #expect(state.digit.shown?.comparison != nil)
    #expect(state.isSettled)

    Fixture.press(&state, "d")
    let pad = try #require(state.place(of: .pad))
    let live = try #require(update(&state, .pointerPressed(.left, pad, clicks: 1, [])).requests.first)
    #expect(live.compared == nil)
    let exact = try #require(update(&state, .pointerReleased(.left, pad + Point(0, 60), [])).requests.last)
    #expect(exact.compared?.attribution == Self.occlusion)
  }
}
