import Geometry
import Relevance
import Scene
import Testing

@testable import AppCore
@testable import Embedding

/// Where a person looks: no text cut, none over another, none too small; in every size of the window and at every scale.
@Suite("Layout")
struct TextLayoutTests {
  enum Situation: String, CaseIterable {
    case plain, contrast, allClasses, comparison, methods, parameters, rules, channel, drawing
    case mapRun, mapRunning, representations, stages, drawnPlace
    case comparedParameters, prediction, confidence, search, searchProblem, searchWhileRunning, chosen
    case nothing, certain, commands, files, help, editing, thumbnails, mapAlone, explanationAlone, networkAlone, message, locked
  }

  struct View: Sendable, CustomStringConvertible {
    let size: Size
    let scale: Double
    var description: String { "\(Int(size.width))x\(Int(size.height)) at \(Int(scale * 100)) %" }
  }

  static let views = [(800, 500), (1024, 640), (1280, 800), (1920, 1080), (3840, 2160)].flatMap { width, height in
    [0.75, 1, 1.5, 3].map { View(size: Size(width, height), scale: $0) }
  }

  private func state(_ situation: Situation, _ view: View) throws -> AppState {
    var state = Fixture.loaded(view.size)
    state.appearance.scale = view.scale
    state.followMap()
    if situation == .nothing { return state }
    Fixture.send(&state, .keyPressed(.tab, []))
    switch situation {
    case .plain, .nothing: break
    case .certain:
      for request in state.aim(at: .runnerUp).requests {
        _ = update(&state, .explained(request.id, Explanations(Fixture.explanation(of: request.query, certainty: 0.999_95))))
      }
    case .commands: Fixture.send(&state, .keyPressed(.character("p"), .control))
    case .files:
      _ = update(&state, .keyPressed(.character("o"), .control))
      _ = update(
        &state,
        .folderListed(
          FolderListing(
            path: "/home/ann/a-folder-with-a-rather-long-name/another-one-below-it/and-one-more",
            entries: (0..<30).map { .init(name: "digits-\($0).csv", isFolder: $0 % 4 == 0, size: 123_456 * $0) })))
    case .help: Fixture.press(&state, "?")
    case .editing:
      Fixture.send(&state, .keyPressed(.character("d"), .shift))
      for step in 0..<5 { state.logitTrail.add((0..<10).map { Float(($0 * 7 + step) % 10) }, at: .seconds(step)) }
    case .thumbnails: Fixture.press(&state, "t")
    case .mapAlone: Fixture.send(&state, .keyPressed(.function(7), []))
    case .explanationAlone: Fixture.send(&state, .keyPressed(.function(8), []))
    case .networkAlone: Fixture.send(&state, .keyPressed(.function(9), []))
    case .message: state.message = Message(kind: .error, text: "/data/digits.csv: line 7: has 783 columns; 785 are needed")
    case .locked: Fixture.press(&state, "xx")
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
      || text.string.contains("digits.csv")
  }

  @Test("the core takes text to be as wide as the font makes it, to five pixels in a hundred")
  func widths() {
    let texts = [
      "Target 7 (predicted), logit 16.8, >99.99 %", "epsilon-alpha2-beta1-flat", "\u{2212}0.0231", "mnist: 70,000 digits", "512x7x7",
      "The quick brown fox jumps over the lazy dog 0123456789 (){}[]<>/\\",
    ]
    for text in texts {
      for em in 8...60 {
        for weight in [Text.Weight.regular, .bold] {
          let real = measuredWidth(Text(text, at: .zero, size: Double(em), color: Color(1, 1, 1), weight: weight))
          let taken = TextWidths.width(of: text, em: Double(em), weight)
          #expect(abs(real - taken) <= 3 + 0.05 * real, "\(text) at \(em), \(weight): \(taken) for \(real)")
        }
      }
    }
  }

  @Test("no text is cut, none is smaller than 9 units", arguments: Situation.allCases, views)
  func cuts(situation: Situation, view: View) throws {
    let state = try state(situation, view)
    for text in scene(of: state).seenTexts where !mayBeCut(text) {
      #expect(!isCut(text), "\(text.string), \(text.size / state.layout.unit) units in \(text.maxWidth ?? 0)")
      #expect(text.size / state.layout.unit >= 8.99, "\(text.string)")
    }
  }

  @Test("no text stands over another, none leaves the window", arguments: Situation.allCases, views)
  func overlaps(situation: Situation, view: View) throws {
    let state = try state(situation, view)
    let window = state.layout.window
    var texts = scene(of: state).seenTexts
    // What lies below an open list is covered by it.
    let titles = ["Method", "Parameters", "Rules", "Run", "Map of", "Commands", "Open", "Keys"]
    if let first = texts.firstIndex(where: { titles.contains($0.string) && $0.size >= 14 * state.layout.unit }) {
      let cover = state.overlayPlace?.frame ?? window
      texts = texts[..<first].filter { !cover.intersects($0.inkFrame) } + texts[first...]
    }
    for (index, text) in texts.enumerated() {
      let ink = text.inkFrame
      #expect(
        ink.minX >= -1 && ink.maxX <= window.maxX + 1 && ink.minY >= -1 && ink.maxY <= window.maxY + 1, "\(text.string) leaves the window")
      for other in texts[..<index] where ink.intersects(other.inkFrame) {
        Issue.record("\(text.string) over \(other.string)")
      }
    }
  }

  @Test("words have a contrast of 4.5 on what lies below them, in both themes", arguments: Situation.allCases, Appearance.Ground.allCases)
  func contrast(situation: Situation, ground: Appearance.Ground) throws {
    var state = try state(situation, View(size: Size(1280, 800), scale: 1))
    state.changeTheme(to: ground)
    let theme = state.theme
    let scene = scene(of: state)
    for (place, item) in scene.items.enumerated() {
      guard case .text(let text) = item.primitive, item.clip.map({ $0.intersects(text.inkFrame) }) ?? true else { continue }
      // What cannot be pressed now is pale on purpose, and so is the pad's invitation (WCAG 1.4.3 leaves both out).
      if text.color == theme.strongBorder { continue }
      let below = scene.ground(at: text.inkFrame.center, before: place)
      let contrast = text.color.over(below).contrast(to: below)
      #expect(contrast >= 4.5, "\(text.string): \(contrast)")
    }
  }
}

extension Scene {
  /// The colour at a point, of the areas that are drawn there before an item; points and pictures do not count.
  fileprivate func ground(at point: Point, before end: Int) -> Color {
    items[..<end].reduce(background) { below, item in
      guard item.clip.map({ $0.contains(point) }) ?? true else { return below }
      switch item.primitive {
      case .rectangle(let box): return box.frame.contains(point) ? box.fill.map { $0.over(below) } ?? below : below
      case .disc(let disc): return disc.centre.distance(to: point) < disc.radius ? disc.fill.map { $0.over(below) } ?? below : below
      case .polyline, .text, .image, .points, .thumbnails: return below
      }
    }
  }
}
