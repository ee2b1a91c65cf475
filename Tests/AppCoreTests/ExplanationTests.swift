import Geometry
import Relevance
import Testing

@testable import AppCore

@Suite("Explaining")
struct ExplanationTests {
  @Test("the newest request wins: results of older ones are dropped and the old heatmap stays until the new one is there")
  func newestWins() throws {
    var state = Fixture.loaded()
    Fixture.send(&state, .keyPressed(.tab, []))
    #expect(stateReport(of: state, frame: 0).explained == .point(0))
    let first = try #require(update(&state, .keyPressed(.tab, [])).requests.first)
    let second = try #require(update(&state, .keyPressed(.tab, [])).requests.first)
    #expect(first.id < second.id)
    #expect(state.digit.shown?.subject == .point(0))
    _ = update(&state, .explained(second.id, Fixture.explanations(of: second, prediction: 4)))
    _ = update(&state, .explained(first.id, Fixture.explanations(of: first, prediction: 9)))
    let report = stateReport(of: state, frame: 0)
    #expect(report.explained == .point(2))
    #expect(report.prediction == 4)
    #expect(report.selected == 2)
  }

  @Test("a digit key explains that class, the same key again the predicted one")
  func target() throws {
    var state = Fixture.loaded()
    Fixture.send(&state, .keyPressed(.tab, []))
    #expect(stateReport(of: state, frame: 0).target == 7)
    let chosen = try #require(update(&state, .keyPressed(.character("3"), [])).requests.first)
    #expect(chosen.query.target == .class(3))
    _ = update(&state, .explained(chosen.id, Fixture.explanations(of: chosen)))
    #expect(stateReport(of: state, frame: 0).target == 3)
    let back = try #require(update(&state, .keyPressed(.character("3"), [])).requests.first)
    #expect(back.query.target == .predicted)
    let other = try #require(update(&state, .keyPressed(.character("5"), [])).requests.first)
    #expect(other.query.target == .class(5))
  }

  @Test("a click on a class bar chooses the class")
  func classBar() throws {
    var state = Fixture.loaded()
    Fixture.send(&state, .keyPressed(.tab, []))
    let place = try #require(state.place(of: .perform(.target(2))))
    let request = try #require(update(&state, .pointerPressed(.left, place, clicks: 1, [])).requests.first)
    #expect(request.query.target == .class(2))
  }

  @Test("The error of a network that cannot be read stands although the data arrives after it")
  func errorOutlivesData() {
    var state = AppState(windowSize: Size(1280, 800))
    _ = start(&state)
    _ = update(&state, .failed(.loadingNetwork, message: "net.safetensors: is cut short"))
    _ = update(&state, .dataLoaded(Fixture.data))
    #expect(state.errorMessage == "net.safetensors: is cut short")
  }

  @Test("Esc closes one layer at a time: help, message, selection, running map")
  func escape() {
    var state = Fixture.empty()
    _ = update(&state, .dataLoaded(Fixture.data))
    Fixture.send(&state, .keyPressed(.tab, []))
    _ = update(&state, .failed(.loadingNetwork, message: "net.safetensors: truncated"))
    Fixture.press(&state, "?")
    #expect(state.showsHelp)
    #expect(update(&state, .keyPressed(.escape, [])).isEmpty)
    #expect(!state.showsHelp && state.message != nil)
    #expect(update(&state, .keyPressed(.escape, [])).isEmpty)
    #expect(state.message == nil && state.selected == 0)
    #expect(update(&state, .keyPressed(.escape, [])).isEmpty)
    #expect(state.selected == nil)
    let effects = update(&state, .keyPressed(.escape, []))
    #expect(effects.count == 1)
    if case .stopEmbedding? = effects.first {} else { Issue.record("the map should stop") }
  }

  @Test("a failure keeps the data, the map and the explanation, and shows its message until it is closed")
  func failure() throws {
    var state = Fixture.loaded()
    Fixture.send(&state, .keyPressed(.tab, []))
    _ = update(&state, .failed(.loadingData, message: "train-images: 12 bytes, 16 needed"))
    _ = update(&state, .clock(.seconds(60)))
    let report = stateReport(of: state, frame: 0)
    #expect(report.points == Fixture.count)
    #expect(report.explained == .point(0))
    #expect(report.message == "train-images: 12 bytes, 16 needed")
    let close = try #require(state.place(of: .perform(.dismissMessage)))
    _ = update(&state, .pointerPressed(.left, close, clicks: 1, []))
    #expect(stateReport(of: state, frame: 0).message == nil)
  }

  @Test("another network explains the selected digit anew; new data forgets the selection and is mapped")
  func replacing() throws {
    var state = Fixture.loaded()
    Fixture.send(&state, .keyPressed(.tab, []))
    let again = try #require(update(&state, .networkLoaded(Fixture.makeNetwork(stages: [1, 1]), path: "b.safetensors")).requests.first)
    #expect(again.picture.pixels == Array(Fixture.data.picture(0)))
    // A result of the old network, too long for the new one, must not hurt.
    _ = update(&state, .explained(again.id, Fixture.explanations(of: again)))
    _ = scene(of: state)
    let effects = update(&state, .dataLoaded(Fixture.data))
    #expect(state.selected == nil && state.digit.shown == nil)
    if case .embed(let request)? = effects.first { #expect(request.digits.count == 300) } else { Issue.record("not mapped") }
  }

  @Test("the digit that the options name is explained for their target once data, network and map are there, in whatever order")
  func initialIndex() {
    let events: [(AppState) -> Event] = [
      { _ in .dataLoaded(Fixture.data) }, { _ in .networkLoaded(Fixture.network, path: "n") }, { Fixture.finished($0) },
    ]
    for order in [[0, 1, 2], [0, 2, 1], [1, 0, 2]] {
      var state = Fixture.empty(options: AppOptions(initialIndex: 42, query: Query(target: .contrast(1, 2))))
      var requests: [ExplanationRequest] = []
      for index in order { requests += update(&state, events[index](state)).requests }
      #expect(state.selected == 42)
      #expect(requests.count == 1)
      #expect(requests.first?.query.target == .contrast(1, 2))
    }
    let state = Fixture.loaded(options: AppOptions(initialIndex: 300))
    #expect(state.selected == nil)
    #expect(state.message?.kind == .error)
  }

  @Test("a wait of more than 100 ms is shown")
  func patience() {
    var state = Fixture.loaded()
    _ = update(&state, .clock(.seconds(1)))
    _ = update(&state, .keyPressed(.tab, []))
    #expect(state.isAnimating)
    _ = update(&state, .clock(.milliseconds(1010)))
    #expect(!state.digit.isWaiting(at: state.now))
    #expect(state.nextDeadline == .milliseconds(1110))
    _ = update(&state, .clock(.milliseconds(1110)))
    #expect(state.digit.isWaiting(at: state.now))
  }

  @Test("sums and texts say what the numbers are")
  func facts() throws {
    var state = Fixture.loaded()
    Fixture.send(&state, .keyPressed(.tab, []))
    let shown = try #require(state.digit.shown)
    #expect(shown.sum == 3 && shown.largest == 2)
    // 3 of a logit of 12.
    #expect(sumLine(shown).contains("25 %"))
    #expect(targetLine(state, shown).contains("Target 7 (predicted)"))
    // Pixels without relevance have exactly the neutral colour.
    let neutral = state.colormap.bytes(0)
    #expect(Array(shown.heatmapImage.pixels.rgba[0..<3]) == [neutral.0, neutral.1, neutral.2])
    #expect(shown.heatmapImage.pixels.rgba[36] != neutral.0)
  }
}

@Suite("State report")
struct StateReportTests {
  @Test("the report has exactly the keys that are promised, null where there is nothing")
  func keys() {
    let json = stateReport(of: Fixture.empty(), frame: 12).json
    let keys = json.split(separator: "\"").enumerated().filter { $0.offset % 2 == 1 }.map { String($0.element) }
    #expect(
      keys == [
        "frame", "points", "view", "centre", "scale", "hovered", "selected", "explained", "prediction", "target", "target_description",
        "composite", "epsilon-alpha2-beta1-flat", "attribution", "epsilon-alpha2-beta1-flat", "parameters", "Stabilizer",
        "as each rule has it", "Sums", "norm", "Biases", "as they are", "Alpha", "2", "Epsilon rule", "1e\u{2212}6", "comparison",
        "pixel", "colormap", "ember-ice", "normalization", "symmetric", "color_end", "correlation", "classes", "conditions", "warnings",
        "overlay", "focused", "tab", "explanation", "theme", "dark", "unit", "layer", "network",
        "level", "blocks", "open", "nodes", "sums", "scale", "is_waiting", "is_active", "shown_layer", "tab", "maps", "order",
        "by relevance",
        "map_scale", "scale per layer", "channels", "channel", "relevance", "activation", "search", "found", "step", "steps",
        "by_relevance", "by_activation", "map", "phase", "idle", "source", "iteration",
        "milliseconds_per_iteration", "seconds_left", "divergence", "neighbours_kept", "label_agreement", "is_followed", "is_moving",
        "order",
        "stage", "stages", "coloring", "label", "hidden", "search", "matches", "predicted", "chosen", "drawing", "neighbours", "thumbnails",
        "automatic",
        "pictures", "nearest", "averaged", "progress",
        "message",
      ])
    #expect(json.contains("\"frame\": 12,"))
    #expect(json.contains("\"hovered\": null") && json.contains("\"explained\": null") && json.contains("\"message\": null"))
  }

  @Test("texts are escaped")
  func escaping() {
    var state = Fixture.empty()
    _ = update(&state, .failed(.loadingData, message: "a\"b\\c\u{1}\nd"))
    #expect(stateReport(of: state, frame: 0).json.contains("\"a\\\"b\\\\c\\u0001\\nd\""))
  }
}

@Suite("Numbers as text")
struct NumbersTests {
  @Test("numbers are written as people read them")
  func examples() {
    #expect(Numbers.grouped(70000) == "70,000")
    #expect(Numbers.grouped(999) == "999")
    #expect(Numbers.grouped(1_234_567) == "1,234,567")
    #expect(Numbers.fixed(-1.005, 1) == "\u{2212}1.0")
    #expect(Numbers.fixed(-0.04, 1) == "0.0")
    #expect(Numbers.significant(0.0421) == "0.0421")
    #expect(Numbers.significant(13.52) == "13.5")
    #expect(Numbers.significant(0.0000021) == "2.1e\u{2212}6")
    #expect(Numbers.percent(1) == "100 %")
    #expect(Numbers.probability(0.000006) == "<0.01 %" && Numbers.probability(0.999999) == ">99.99 %")
    #expect(Numbers.probability(0) == "0 %" && Numbers.probability(0.5) == "50 %" && Numbers.probability(1) == "100 %")
    #expect(Numbers.percent(0.99984) == "99.98 %")
    #expect(Numbers.percent(0.2391) == "24 %")
    #expect(Numbers.seconds(125) == "2 min 05 s")
  }
}
