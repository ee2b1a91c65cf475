import Geometry
import Relevance
import Scene
import Testing

@testable import AppCore
@testable import Embedding

/// Where a person looks: no text cut, none over another.
@Suite("Texts of the new panels")
struct TextLayoutTests {
  enum Situation: String, CaseIterable {
    case plain, contrast, allClasses, comparison, methods, parameters, rules, channel, drawing
    case mapRun, mapRunning, representations, stages, drawnPlace
    case comparedParameters, prediction, confidence, search, searchProblem, searchWhileRunning, chosen
  }

  static let sizes = [Size(1280, 800), Size(800, 500)]

  private func state(_ situation: Situation, _ size: Size) throws -> AppState {
    var state = Fixture.loaded(size)
    Fixture.send(&state, .keyPressed(.tab, []))
    switch situation {
    case .plain: break
    case .contrast: Fixture.press(&state, "w")
    case .allClasses: Fixture.press(&state, "a")
    case .comparison:
      for request in state.compare(with: Attribution.named("epsilon-gamma-box")).requests {
        _ = update(&state, .explained(request.id, Fixture.explanations(of: request)))
      }
    case .comparedParameters:
      _ = state.compare(with: Attribution.named("integrated-gradients"))
      Fixture.send(&state, .keyPressed(.character("p"), .shift))
    case .prediction: Fixture.press(&state, "c")
    case .confidence: Fixture.press(&state, "ccc")
    case .chosen: state.take(Lasso.around(state.mapFrame))
    case .searchProblem: Fixture.press(&state, "/label:7 foo")
    case .search: Fixture.press(&state, "/label:7 wrong")
    case .searchWhileRunning:
      Fixture.press(&state, "/7")
      _ = state.runMap()
      _ = update(&state, Fixture.advanced(state, Fixture.positions))
    case .methods: Fixture.press(&state, "l")
    case .parameters: Fixture.press(&state, "p")
    case .rules: Fixture.press(&state, "r")
    case .channel: Fixture.press(&state, "....>g")
    case .drawing:
      Fixture.press(&state, "d")
      let pad = try #require(state.place(of: .pad))
      Fixture.send(&state, .pointerPressed(.left, pad, clicks: 1, []))
      Fixture.send(&state, .pointerReleased(.left, pad + Point(0, 40), []))
    case .mapRun: Fixture.press(&state, "i")
    case .mapRunning:
      _ = state.runMap()
      _ = update(&state, Fixture.advanced(state, Fixture.positions))
      Fixture.press(&state, "i")
    case .representations: Fixture.send(&state, .keyPressed(.character("i"), .shift))
    case .stages:
      for case .embedStages(let request) in state.layerByLayer() {
        for stage in 0..<4 { _ = update(&state, .stageFinished(request.id, stage, EmbeddedMap(positions: Fixture.positions))) }
      }
    case .drawnPlace:
      Fixture.press(&state, "d")
      state.drawnPlace.outstanding = nil
      let pad = try #require(state.place(of: .pad))
      for case .place(let request) in update(&state, .pointerPressed(.left, pad, clicks: 1, [])) {
        let neighbours = (0..<10).map { Placement.Neighbour(index: $0, distance: Float($0)) }
        _ = update(&state, .placed(request.id, Placement(position: SIMD2(3, 3), neighbours: neighbours)))
      }
    }
    return state
  }

  /// Texts that may be shortened: they stand in full elsewhere (a tooltip, the row's own list).
  private func mayBeCut(_ text: Text) -> Bool {
    let names = Fixture.network.layers.map(\.name) + ["input", "conv1", "maxpool", "avgpool", "fc"]
    return names.contains(text.string) || Composite.builtIn.contains { text.string.contains($0.name) || text.string.contains($0.summary) }
      || text.string.contains("(as preprocessed)") || text.string.contains(", alpha-beta") || text.string.contains("flat, ")
  }

  @Test("no text is cut", arguments: Situation.allCases, sizes)
  func cuts(situation: Situation, size: Size) throws {
    let state = try state(situation, size)
    let frames = [state.layout.explanation?.frame, state.overlayPlace?.frame, state.layout.network?.frame].compactMap { $0 }
    for text in scene(of: state).texts where frames.contains(where: { $0.contains(text.anchor) }) && !mayBeCut(text) {
      #expect(!isCut(text), "\(situation) \(text.string)")
      #expect(text.size >= 9, "\(situation) \(text.string)")
    }
  }

  @Test("no text stands over another", arguments: Situation.allCases, sizes)
  func overlaps(situation: Situation, size: Size) throws {
    let state = try state(situation, size)
    let overlay = state.overlayPlace?.frame
    var texts = scene(of: state).texts
    // What lies below an open list is covered by it.
    if let overlay,
      let first = texts.firstIndex(where: { ["Method", "Parameters", "Rules", "Run", "Map of"].contains($0.string) && $0.size >= 14 })
    {
      texts = texts[..<first].filter { !overlay.intersects($0.inkFrame) } + texts[first...]
    }
    for (index, text) in texts.enumerated() {
      for other in texts[..<index] where text.inkFrame.intersects(other.inkFrame) {
        Issue.record("\(situation): \(text.string) over \(other.string)")
      }
    }
  }
}
