import Datasets
import Geometry
import Networks
import Scene
import Testing

@testable import AppCore

/// The fixture's digits: labels 0, 1, ... 9 in turn; 7, 37, 67, ... are taken for a 1; 0...199 are for training.
@Suite("What points look like")
struct PointLookTests {
  private func groups(_ coloring: PointColoring, _ state: AppState) throws -> PointGroups {
    let data = try #require(state.data)
    return PointGroups(coloring, data, classNames: Fixture.network.classNames, grid: state.map.grid)
  }

  @Test("every digit has the group that its label, prediction or split says, and the legend counts them")
  func grouping() throws {
    let state = Fixture.loaded()
    let labels = try groups(.label, state)
    #expect(labels.titles == (0..<10).map(String.init) && labels.counts == Array(repeating: 30, count: 10))
    let predictions = try groups(.prediction, state)
    #expect(predictions.counts == [30, 40, 30, 30, 30, 30, 30, 20, 30, 30] && predictions.groupOf[7] == 1)
    let correctness = try groups(.correctness, state)
    #expect(correctness.titles == ["right", "wrong"] && correctness.counts == [290, 10] && correctness.groupOf[37] == 1)
    let split = try groups(.split, state)
    #expect(split.counts == [200, 100] && split.groupOf[199] == 0 && split.groupOf[200] == 1)
    // 0.50 to 0.99 in hundredths, six times each.
    let confidence = try groups(.confidence, state)
    #expect(confidence.counts == [0, 6, 54, 120, 120, 0])
  }

  @Test("what is not predicted yet is a group of its own")
  func unpredicted() throws {
    var state = Fixture.unpredicted()
    _ = update(&state, .predicted(try #require(state.predicting?.id), from: 0, Array(Fixture.predictions.prefix(100))))
    for coloring in [PointColoring.prediction, .correctness, .confidence] {
      let found = try groups(coloring, state)
      #expect(found.titles.last == "not predicted yet" && found.counts.last == 200 && found.counts.reduce(0, +) == 300)
    }
  }

  @Test("of a thousand classes the nine that are predicted most often have colours")
  func manyClasses() throws {
    var state = Fixture.loaded()
    for index in 0..<300 { state.data?.predictions[index] = Prediction(number: index % 2 == 0 ? 500 : index, confidence: 1) }
    let data = try #require(state.data)
    let found = PointGroups(.prediction, data, classNames: (0..<1000).map { "class \($0)" }, grid: nil)
    #expect(found.titles.count == 10 && found.titles.last == "others" && found.titles.contains("class 500"))
    #expect(found.counts[found.titles.firstIndex(of: "class 500") ?? 0] == 150 && found.counts.reduce(0, +) == 300)
  }

  @Test("by density the crowded digits come before the lonely ones")
  func density() throws {
    var positions: [Float] = []
    for index in 0..<300 {
      let isLonely = index < 30
      positions += [isLonely ? Float(index + 20) * 3 : Float(index % 10) / 100, Float(index / 10) / 1000]
    }
    let state = try #require(Optional(Fixture.loaded()))
    let data = try #require(state.data)
    let found = PointGroups(.density, data, classNames: [], grid: SpatialGrid(positions))
    #expect((0..<30).allSatisfy { found.groupOf[$0] == 4 } && found.groupOf[150] == 0)
  }

  @Test("C goes through the colourings, and the points' colours follow")
  func stepping() {
    var state = Fixture.loaded()
    var seen = [state.map.look.coloring]
    for _ in 1..<PointColoring.allCases.count {
      let revision = state.map.look.revision
      Fixture.press(&state, "c")
      #expect(state.map.look.revision > revision && state.map.look.indices.count == Fixture.count)
      seen.append(state.map.look.coloring)
    }
    #expect(seen == PointColoring.allCases)
    Fixture.press(&state, "c")
    #expect(state.map.look.coloring == .label && stateReport(of: state, frame: 0).map.coloring == "label")
  }

  @Test("a click on the legend hides a group: its digits are neither drawn nor under the pointer; Alt+click shows one alone, then all")
  func legend() throws {
    var state = Fixture.loaded()
    func click(_ group: Int, _ modifiers: Modifiers = []) throws {
      let hit = try #require(draw(state).hits.last { $0.action == .perform(.toggleLegend(group)) })
      _ = update(&state, .pointerPressed(.left, hit.rect.center, clicks: 1, modifiers))
      _ = update(&state, .pointerReleased(.left, hit.rect.center, modifiers))
    }
    let five = state.window(of: 145)
    #expect(state.digit(under: five) == 145)
    try click(5)
    #expect(state.map.look.indices[145] == PointGroups.none && state.map.look.indices[146] == 6)
    #expect(state.digit(under: five) == nil && stateReport(of: state, frame: 0).map.hidden == ["5"])
    try click(5)
    #expect(state.digit(under: five) == 145)
    try click(5, .alt)
    #expect(state.map.look.hidden == Set(0..<10).subtracting([5]) && state.digit(under: state.window(of: 146)) == nil)
    try click(5, .alt)
    #expect(state.map.look.hidden.isEmpty && state.selected == nil)
  }

  @Test("other data keeps the colouring and takes its own groups")
  func otherData() {
    var state = Fixture.loaded()
    Fixture.press(&state, "c")
    let revision = state.map.look.revision
    _ = update(&state, .dataLoaded(Fixture.data))
    #expect(state.map.look.coloring == .prediction && state.map.look.revision > revision)
    #expect(state.map.look.groups?.counts.last == 300 && state.data?.predictions.count == 0)
  }
}

@Suite("Search")
struct SearchTests {
  private func matches(_ text: String) throws -> [Int] {
    let state = Fixture.loaded()
    let data = try #require(state.data)
    let query = try DigitQuery(text)
    return (0..<Fixture.count).filter { query.matches($0, data) }
  }

  /// A text, and the digits that it finds.
  private static let searches: [(text: String, isMatch: @Sendable (Int) -> Bool)] = [
    ("7", { $0 % 10 == 7 }),
    ("label:7 pred:1", { $0 % 30 == 7 }),
    ("wrong", { $0 % 30 == 7 }),
    ("WRONG  7", { $0 % 30 == 7 }),
    ("#123", { $0 == 123 }),
    ("#300", { _ in false }),
    ("conf<0.505", { $0 % 50 == 0 }),
    ("conf < 0.505 label: 0, 5", { $0 % 50 == 0 }),
    ("conf>97.5%", { $0 % 50 >= 48 }),
    ("confidence<=0.5 train", { $0 % 50 == 0 && $0 < 200 }),
    ("test 4,5", { $0 >= 200 && [4, 5].contains($0 % 10) }),
    ("right label:7 test", { $0 >= 200 && $0 % 10 == 7 && $0 % 30 != 7 }),
  ]

  @Test("each word is a condition, and all must hold", arguments: searches.indices)
  func language(number: Int) throws {
    let (text, isMatch) = Self.searches[number]
    #expect(try matches(text) == (0..<Fixture.count).filter(isMatch), "\(text)")
  }

  @Test(
    "what cannot be understood is named",
    arguments: ["foo", "label:", "label:x", "pred:-1", "#", "#1x", "conf", "conf=3", "conf<", "conf<abc", "colour:3", "7x", "conf<nan"])
  func problems(text: String) {
    #expect { try DigitQuery("wrong \(text)") } throws: {
      ($0 as? DigitQuery.Problem)?.text.contains(text.split(separator: ":")[0]) == true
    }
  }

  @Test("/ opens the field, what is typed goes into it alone, matches stand out, Enter walks through them, Esc closes it")
  func field() {
    var state = Fixture.loaded()
    Fixture.press(&state, "/")
    Fixture.press(&state, "wrong")
    #expect(state.search?.text == "wrong" && state.search?.count == 10 && state.map.look.coloring == .label)
    #expect(
      state.map.look.emphasizedCount == 10 && state.map.look.emphasized?[37] == 7 && state.map.look.emphasized?[38] == PointGroups.none)
    let report = stateReport(of: state, frame: 0)
    #expect(report.map.search == "wrong" && report.map.matches == 10)
    for expected in [7, 37, 67] {
      Fixture.send(&state, .keyPressed(.enter, []))
      #expect(state.selected == expected)
    }
    Fixture.send(&state, .keyPressed(.enter, .shift))
    #expect(state.selected == 37)
    Fixture.send(&state, .keyPressed(.backspace, []))
    #expect(state.search?.text == "wron" && state.search?.problem != nil && state.map.look.emphasized == nil)
    Fixture.send(&state, .keyPressed(.escape, []))
    #expect(state.search == nil && state.selected == 37)
  }

  @Test("a click into the map gives the keys back to the window, while matches still stand out")
  func leaving() {
    var state = Fixture.loaded()
    Fixture.press(&state, "/")
    Fixture.press(&state, "3")
    Fixture.click(&state, state.window(of: 145))
    Fixture.press(&state, "c")
    #expect(state.search?.text == "3" && state.map.look.coloring == .prediction && state.map.look.emphasizedCount == 30)
    Fixture.send(&state, .keyPressed(.character("f"), .control))
    Fixture.press(&state, " ")
    #expect(state.search?.text == "3 ")
  }

  @Test("the field holds two hundred characters, not more")
  func longest() {
    var state = Fixture.loaded()
    Fixture.press(&state, "/")
    Fixture.press(&state, String(repeating: "7", count: 300))
    #expect(state.search?.text.count == 200)
  }

  @Test("N goes to the next digit that is taken for another one, around the end")
  func mistakes() {
    var state = Fixture.loaded()
    for expected in [7, 37, 67] {
      Fixture.press(&state, "n")
      #expect(state.selected == expected)
    }
    _ = state.select(290)
    Fixture.press(&state, "n")
    #expect(state.selected == 7)
    var early = Fixture.unpredicted()
    Fixture.press(&early, "n")
    #expect(early.selected == nil && early.message?.text.contains("predictions") == true)
  }

  @Test("a search from the command line is run when the digits are there")
  func fromStart() {
    let state = Fixture.loaded(options: AppOptions(coloring: .correctness, search: "wrong test"))
    #expect(state.search?.count == 3 && state.search?.isTyping == false && state.map.look.groups?.counts == [290, 10])
  }
}

@Suite("Predictions")
struct PredictionTests {
  @Test("they are ordered once data, network and map are there, and come in parts that are told as progress")
  func order() throws {
    var state = Fixture.empty()
    #expect(update(&state, .dataLoaded(Fixture.data)).count { if case .predict = $0 { true } else { false } } == 0)
    let loading = update(&state, .networkLoaded(Fixture.network, path: "/n"))
    #expect(loading.main.isEmpty)
    Fixture.answerAside(&state, loading)
    guard case .predict(let request)? = update(&state, Fixture.finished(state)).main.last else {
      Issue.record("no predictions are ordered")
      return
    }
    #expect(request.digits.count == 300 && state.isSettled && !state.progress.isEmpty)
    #expect(update(&state, .predicted(request.id, from: 0, Array(Fixture.predictions.prefix(150)))).isEmpty)
    #expect(state.progress[.predicting]?.fraction == 0.5 && state.data?.predictions[7]?.number == 1)
    #expect(statusTitle(.predicting, state).contains("50 %"))
    #expect(update(&state, .predicted(request.id, from: 150, Array(Fixture.predictions.suffix(150)))).isEmpty)
    #expect(state.predicting == nil && state.progress.isEmpty && state.data?.predictions.isComplete == true)
  }

  @Test("of a network that takes hours they are ordered only when they are needed")
  func slowNetwork() {
    var state = Fixture.loaded()
    let layers = Fixture.network.layers.map { layer in
      Layer(name: layer.name, operation: layer.operation, inputs: layer.inputs, outputShape: [layer.outputShape[0], 512, 512])
    }
    let large = Network(layers: layers, preprocessing: Fixture.network.preprocessing, classNames: Fixture.network.classNames)
    func isOrdered(_ effects: [Effect]) -> Bool { effects.contains { if case .predict = $0 { true } else { false } } }
    #expect(!isOrdered(update(&state, .networkLoaded(large, path: "/large"))) && state.predicting == nil)
    #expect(isOrdered(update(&state, .keyPressed(.character("c"), []))))
  }

  @Test("what is on screen waits for them where it needs them")
  func waiting() {
    var state = Fixture.unpredicted()
    #expect(state.isSettled)
    Fixture.press(&state, "c")
    #expect(!state.isSettled)
  }

  @Test("they wait while a map is computed")
  func pausing() {
    var state = Fixture.unpredicted()
    let effects = update(&state, .keyPressed(.character("r"), .control))
    #expect(effects.contains { if case .pausePredicting = $0 { true } else { false } } && state.predicting?.isPaused == true)
    #expect(update(&state, Fixture.finished(state)).contains { if case .resumePredicting = $0 { true } else { false } })
    #expect(state.predicting?.isPaused == false)
  }

  @Test("Stop ends them, and they are ordered again when they are needed")
  func declining() {
    var state = Fixture.unpredicted()
    if let id = state.predicting?.id { _ = update(&state, .predicted(id, from: 0, [Prediction(number: 0, confidence: 1)])) }
    let stop = draw(state).hits.last { $0.action == .perform(.declinePredictions) }
    #expect(
      update(&state, .pointerPressed(.left, stop?.rect.center ?? .zero, clicks: 1, [])).contains {
        if case .stopPredicting = $0 { true } else { false }
      })
    #expect(update(&state, .pointerLeft).isEmpty && state.predicting == nil)
    let effects = update(&state, .keyPressed(.character("c"), []))
    #expect(effects.contains { if case .predict = $0 { true } else { false } })
  }

  @Test("those of an older order, of other data or of another network count no more")
  func outdated() throws {
    var state = Fixture.unpredicted()
    let old = try #require(state.predicting?.id)
    let effects = update(&state, .networkLoaded(Fixture.network, path: "/other"))
    #expect(effects.contains { if case .stopPredicting = $0 { true } else { false } })
    #expect(state.predicting.map { $0.id > old } == true)
    _ = update(&state, .predicted(old, from: 0, Fixture.predictions))
    #expect(state.data?.predictions.count == 0)
  }
}
