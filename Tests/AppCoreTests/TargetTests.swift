import Geometry
import Networks
import Relevance
import Tensors
import Testing

@testable import AppCore

@Suite("Targets")
struct TargetTests {
  /// A digit is explained: predicted 7, runner-up 1.
  private func explained(_ size: Size = Size(1280, 800)) -> AppState {
    var state = Fixture.loaded(size)
    Fixture.send(&state, .keyPressed(.tab, []))
    return state
  }

  @Test(
    "keys choose the target",
    arguments: [
      ("u", Target.runnerUp), ("uu", .predicted), ("w", .contrast(7, 1)), ("ww", .predicted), ("w4", .contrast(7, 4)),
      ("w44", .predicted), ("w7", .class(7)), ("3w", .contrast(3, 7)), ("3w1", .contrast(3, 1)), ("3h", .predicted), ("33", .predicted),
      ("uw", .contrast(1, 7)),
    ])
  func keys(typed: String, target: Target) {
    var state = explained()
    for key in typed {
      let before = state.digit.target
      let requests = update(&state, .keyPressed(.character(key), [])).requests
      // What changes is asked for at once, and only that.
      #expect(requests.map(\.query.target) == (state.digit.target == before ? [] : [state.digit.target]))
      for request in requests { _ = update(&state, .explained(request.id, Fixture.explanations(of: request))) }
    }
    #expect(state.digit.target == target)
  }

  @Test("Shift and a click on a class's bar ask why the target and not that class")
  func shiftClick() throws {
    var state = explained()
    let place = try #require(state.place(of: .perform(.target(4))))
    let request = try #require(update(&state, .pointerPressed(.left, place, clicks: 1, .shift)).requests.first)
    #expect(request.query.target == .contrast(7, 4))
    _ = update(&state, .explained(request.id, Fixture.explanations(of: request)))
    let report = stateReport(of: state, frame: 0)
    #expect(report.targetDescription == "7 and not 4")
    #expect(scene(of: state).texts.contains { $0.string.contains("Target 7 and not 4, difference of logits") })
  }

  @Test("what was chosen for one digit goes with it; what is asked of every digit stays")
  func selecting() {
    for (key, stays) in [("3", false), ("w", false), ("u", true)] {
      var state = explained()
      Fixture.press(&state, key)
      let target = state.digit.target
      Fixture.send(&state, .keyPressed(.tab, []))
      #expect(state.digit.target == (stays ? target : .predicted))
    }
  }

  @Test("a chosen feature map is where relevance starts, or what it must go through, by mouse and by key", arguments: [false, true])
  func channels(byKey: Bool) throws {
    var state = explained()
    let node = try #require(state.place(ofNode: "layer2.1"))
    Fixture.click(&state, node)
    let layer = "layer2.1.relu3"
    func act(_ action: Action, _ key: Character) throws -> [ExplanationRequest] {
      if byKey { return update(&state, .keyPressed(.character(key), [])).requests }
      return try press(.perform(action))
    }
    func press(_ action: HitAction) throws -> [ExplanationRequest] {
      let place = try #require(state.place(of: action), "\(action)")
      return update(&state, .pointerPressed(.left, place, clicks: 1, [])).requests
    }
    /// By key a channel is only chosen; a click explains through it at once, which is undone here.
    func choose(_ channel: Int) throws {
      if byKey {
        #expect(try act(.nextChannel, ">").isEmpty)
      } else {
        let before = state.conditions
        let request = try #require(try press(.featureMap(channel: channel)).first)
        #expect(request.query.conditions == [ChannelCondition(layer: layer, channels: [channel])])
        _ = update(&state, .explained(request.id, Fixture.explanations(of: request)))
        state.conditions = before
      }
      #expect(state.selectedUnit?.channel == channel)
    }
    // Channel 15 has the largest sum, 14 the next.
    try choose(15)
    let start = try #require(try act(.startAtChannel, "s").first)
    #expect(start.query == Query(.standard, target: .channel(layer: layer, channel: 15)))
    _ = update(&state, .explained(start.id, Fixture.explanations(of: start)))
    #expect(stateReport(of: state, frame: 0).targetDescription == "channel 15 of \(layer)")
    let back = try #require(try act(.startAtChannel, "s").first)
    #expect(back.query.target == .predicted)
    _ = update(&state, .explained(back.id, Fixture.explanations(of: back)))

    let through = try #require(try act(.throughChannel, "g").first)
    #expect(through.query.conditions == [ChannelCondition(layer: layer, channels: [15])])
    _ = update(&state, .explained(through.id, Fixture.explanations(of: through)))
    try choose(14)
    let both = try #require(try act(.throughChannel, "g").first)
    #expect(both.query.conditions == [ChannelCondition(layer: layer, channels: [15, 14])])
    _ = update(&state, .explained(both.id, Fixture.explanations(of: both)))
    #expect(stateReport(of: state, frame: 0).conditions == ["\(layer): 15, 14"])
    // They hold for the next digit too, until they are cleared.
    let next = try #require(update(&state, .keyPressed(.tab, [])).requests.first)
    #expect(next.query.conditions.count == 1)
    _ = update(&state, .explained(next.id, Fixture.explanations(of: next)))
    let place = try #require(state.place(of: .perform(.clearConditions)))
    let free = try #require(update(&state, .pointerPressed(.left, place, clicks: 1, [])).requests.first)
    #expect(free.query.conditions.isEmpty)
  }

  @Test("one position of a feature map is where relevance starts, by mouse and by key", arguments: [false, true])
  func positions(byKey: Bool) throws {
    var state = explained()
    let layer = "layer2.1.relu3"
    Fixture.click(&state, try #require(state.place(ofNode: "layer2.1")))
    if byKey {
      // The first key takes the position with most relevance, which is the first of four alike.
      Fixture.press(&state, ">")
      #expect(state.selectedUnit == SelectedUnit(channel: 15, position: .init(row: 0, column: 0)))
      for key in [Key.down, .right, .right, .up, .down] { Fixture.send(&state, .keyPressed(key, .alt)) }
    } else {
      let picture = try #require(draw(state).hits.last { $0.action == .featureMap(channel: 15) }).rect
      for corner in [Point(1, 1), Point(picture.width - 1, picture.height - 1)] {
        Fixture.send(&state, .pointerPressed(.left, Point(picture.x, picture.y) + corner, clicks: 1, []))
      }
    }
    #expect(state.selectedUnit == SelectedUnit(channel: 15, position: .init(row: 1, column: 1)))
    func toggle() throws -> ExplanationRequest {
      let place = try #require(state.place(of: .perform(.startAtPosition)))
      let event: Event = byKey ? .keyPressed(.character("s"), .shift) : .pointerPressed(.left, place, clicks: 1, [])
      let request = try #require(update(&state, event).requests.first)
      _ = update(&state, .explained(request.id, Fixture.explanations(of: request)))
      return request
    }
    #expect(try toggle().query.target == .channel(layer: layer, channel: 15, position: .init(row: 1, column: 1)))
    #expect(stateReport(of: state, frame: 0).targetDescription == "channel 15 of \(layer) at 1, 1")
    #expect(try toggle().query.target == .predicted)
    // What has no rows and columns has no positions to start at.
    Fixture.click(&state, try #require(state.place(ofNode: "fc")))
    Fixture.press(&state, ">")
    #expect(state.place(of: .perform(.startAtChannel)) != nil && state.place(of: .perform(.startAtPosition)) == nil)
    #expect(update(&state, .keyPressed(.character("s"), .shift)).isEmpty)
  }

  @Test(
    "every feature map of a layer can be reached: page by page with the wheel, buttons and keys, and one by one",
    arguments: WindowTests.sizes)
  func pages(size: Size) throws {
    var state = explained(size)
    _ = state.perform(.node("layer4.1"))
    var count = state.mapsOnPage
    func shown() -> [Int] {
      draw(state).hits.compactMap { hit in
        if case .featureMap(let channel) = hit.action { channel } else { nil }
      }.reduce(into: []) { if $0.last != $1 { $0.append($1) } }
    }
    // By the magnitude of their sums: channel 63 first.
    let order = Array((0..<64).reversed())
    #expect(count < 64 && shown() == Array(order.prefix(count)))
    let strip = try #require(state.layerMapStrip)
    Fixture.send(&state, .wheelTurned(notches: -0.5, at: strip.center, []))
    #expect(shown() == Array(order.prefix(count)))
    Fixture.send(&state, .wheelTurned(notches: -0.5, at: strip.center, []))
    #expect(shown() == Array(order[count...].prefix(count)))
    Fixture.send(&state, .pointerPressed(.left, try #require(state.place(of: .perform(.previousMaps))), clicks: 1, []))
    #expect(shown() == Array(order.prefix(count)))
    // The last page, and no further; its buttons say so.
    for _ in 0..<64 { Fixture.press(&state, "}") }
    #expect(shown() == Array(order[(63 / count * count)...]))
    #expect(state.place(of: .perform(.nextMaps)) == nil)
    for _ in 0..<64 { Fixture.press(&state, "{") }
    #expect(shown() == Array(order.prefix(count)))
    // A chosen channel leaves room for the digits that speak for it.
    Fixture.press(&state, ">")
    count = state.mapsOnPage
    Fixture.press(&state, "<")
    // Stepping goes on to the next page, and over the end to the first.
    var stepped: [Int] = []
    for _ in 0..<64 {
      Fixture.press(&state, ">")
      let channel = try #require(state.selectedUnit?.channel)
      #expect(shown().contains(channel))
      stepped.append(channel)
    }
    #expect(stepped == order)
    Fixture.press(&state, ">")
    #expect(state.selectedUnit?.channel == 63 && shown() == Array(order.prefix(count)))
    // Another layer begins at its first.
    Fixture.press(&state, "}")
    Fixture.press(&state, ".")
    #expect(state.layerMaps?.first == 0)
  }

  @Test("all ten classes come with one request and share one scale; a click on one makes it the target")
  func allClasses() throws {
    var state = explained()
    let request = try #require(update(&state, .keyPressed(.character("a"), [])).requests.first)
    #expect(request.classes == 10)
    var explanations = Fixture.explanations(of: request)
    // Class 3 is twice as strong as the others.
    let strong = explanations.classes[3]
    explanations.classes[3] = Explanation(
      logits: strong.logits, probabilities: strong.probabilities, target: strong.target, targetClass: 3, input: strong.input,
      relevance: .init(shape: [1, 8, 8], values: strong.relevance.values.map { $0 * 2 }), start: strong.start, layers: [])
    _ = update(&state, .explained(request.id, explanations))
    let shown = try #require(state.digit.shown)
    #expect(shown.classes.map(\.number) == Array(0...9))
    #expect(shown.classesEnd == 4)
    #expect(stateReport(of: state, frame: 0).classes == Array(0...9))
    // On the common scale the same relevance has the same colour, here 2 of 4; in the class's own heatmap it would be the strongest.
    let half = state.colormap.bytes(0.5)
    #expect(Array(shown.classes[0].image.pixels.rgba[36..<39]) == [half.0, half.1, half.2])
    let place = try #require(state.place(of: .perform(.target(5))))
    let chosen = try #require(update(&state, .pointerPressed(.left, place, clicks: 1, [])).requests.first)
    #expect(chosen.query.target == .class(5) && chosen.classes == 10)
    _ = update(&state, .explained(chosen.id, Fixture.explanations(of: chosen)))
    // The key again: back to one, nothing is computed.
    #expect(update(&state, .keyPressed(.character("a"), [])).isEmpty)
    #expect(stateReport(of: state, frame: 0).classes == [])
  }

  @Test("of a thousand classes the panel shows the ten largest and what the target is about")
  func manyClasses() {
    let explanation = Fixture.explanation(of: Query(target: .class(500)), prediction: 7, classes: 1000)
    let classes = classesWithRows(explanation)
    #expect(classes.count == 10)
    #expect(classes.first == 7 && classes[1] == 1 && classes.contains(500))
    let contrast = Fixture.explanation(of: Query(target: .contrast(7, 999)), classes: 1000)
    #expect(classesWithRows(contrast).contains(999))
    #expect(classesWithRows(Fixture.explanation(of: Query())) == Array(0...9))
  }

  @Test(
    "a network of colour pictures with many named classes shows them by name, and judges nothing right or wrong",
    arguments: WindowTests.sizes)
  func colourNetwork(size: Size) throws {
    let names = (0..<1000).map { "kind of thing number \($0)" }
    let usual = Fixture.network
    let network = Network(
      layers: usual.layers, preprocessing: Preprocessing(channels: 3, height: 224, width: 224, mean: [0, 0, 0], std: [1, 1, 1]),
      classNames: names)
    var state = Fixture.empty(size)
    _ = update(&state, .dataLoaded(Fixture.data))
    _ = update(&state, .networkLoaded(network, path: "colour.onnx"))
    _ = update(&state, Fixture.finished(state))
    let request = try #require(update(&state, .keyPressed(.tab, [])).requests.first)
    let usualExplanation = Fixture.explanation(of: request.query, classes: 1000)
    let colour = Explanation(
      logits: usualExplanation.logits, probabilities: usualExplanation.probabilities, target: .predicted, targetClass: 7,
      input: Tensor(zeros: [3, 224, 224]), relevance: Tensor(shape: [3, 224, 224], values: [Float](repeating: 0.5, count: 3 * 224 * 224)),
      start: 12, layers: usualExplanation.layers)
    _ = update(&state, .explained(request.id, Explanations(colour)))
    // Channels are added up.
    #expect(state.digit.shown?.heat.values.allSatisfy { $0 == 1.5 } == true)
    let texts = scene(of: state).texts
    #expect(texts.contains { $0.string == "predicted \(names[7])" })
    #expect(texts.filter { names.contains($0.string) }.count == 10)
    #expect(texts.contains { $0.string == (size.width > 1000 ? "all 10" : "all") || $0.string == "all ten" })
    // Keys reach the first ten classes.
    let chosen = try #require(update(&state, .keyPressed(.character("3"), [])).requests.first)
    #expect(chosen.query.target == .class(3))
  }

  @Test("another network forgets targets and channels that it does not have")
  func anotherNetwork() {
    var state = explained()
    state.digit.target = .channel(layer: "layer3.5.relu3", channel: 2)
    state.drawing.target = .channel(layer: "layer1.0.relu3", channel: 2)
    state.conditions = [ChannelCondition(layer: "layer4.0.relu3", channels: [1]), ChannelCondition(layer: "conv1", channels: [3])]
    _ = update(&state, .networkLoaded(Fixture.makeNetwork(stages: [1, 1]), path: "b.safetensors"))
    #expect(state.digit.target == .predicted)
    #expect(state.drawing.target == .channel(layer: "layer1.0.relu3", channel: 2))
    #expect(state.conditions == [ChannelCondition(layer: "conv1", channels: [3])])
  }

  @Test("a network that cannot run is shown with the operator's name and reason, and nothing is asked of it")
  func cannotRun() throws {
    var state = Fixture.loaded()
    Fixture.send(&state, .keyPressed(.tab, []))
    #expect(state.digit.shown != nil)
    let layers = [
      Layer(name: "input", operation: .input, inputs: [], outputShape: [1, 8, 8]),
      Layer(name: "odd", operation: .unsupported(name: "Swirl", reason: "no such operator is known"), inputs: [0], outputShape: []),
      Layer(
        name: "behind", operation: .unsupported(name: "AveragePool", reason: "the shape of its input is unknown"), inputs: [1],
        outputShape: []),
    ]
    let network = Network(
      layers: layers, preprocessing: Preprocessing(channels: 1, height: 8, width: 8, mean: [0], std: [1]), classNames: ["a", "b"])
    #expect(network.problem == "cannot run, because of Swirl (odd): no such operator is known")
    #expect(update(&state, .networkLoaded(network, path: "odd.onnx")).requests.isEmpty)
    #expect(state.message?.text == "odd.onnx: cannot run, because of Swirl (odd): no such operator is known")
    #expect((0..<3).map { state.network?.node(ofLayer: $0).problem } == [nil, "Swirl: no such operator is known", nil])
    #expect(update(&state, .keyPressed(.tab, [])).requests.isEmpty && state.digit.shown == nil)
    Fixture.press(&state, "d")
    let middle = try #require(state.place(of: .pad))
    #expect(update(&state, .pointerPressed(.left, middle, clicks: 1, [])).requests.isEmpty)
    // Its node can be chosen like any other.
    Fixture.send(&state, .pointerReleased(.left, middle, []))
    _ = state.perform(.node("odd"))
    let texts = scene(of: state).items.compactMap { item in
      if case .text(let text) = item.primitive { text.string } else { nil }
    }
    #expect(texts.contains { $0.contains("because of Swirl (odd)") } && texts.contains { $0.hasPrefix("odd: ") })
    // The next network is asked at once.
    #expect(!update(&state, .networkLoaded(Fixture.network, path: "n")).requests.isEmpty)
  }
}
