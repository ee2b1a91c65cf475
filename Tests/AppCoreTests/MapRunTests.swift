import Embedding
import Geometry
import Testing

@testable import AppCore

@Suite("Runs of the map")
struct MapRunTests {
  static let table: [(MapRun.Phase, MapRun.Step, MapRun.Phase?)] = [
    (.idle, .ordered, .running), (.idle, .finished, nil), (.idle, .failed, nil), (.idle, .pause, nil), (.idle, .resume, nil),
    (.idle, .stop, nil),
    (.running, .ordered, .running), (.running, .finished, .finished), (.running, .failed, .stopped), (.running, .pause, .paused),
    (.running, .resume, nil), (.running, .stop, .stopped),
    (.paused, .ordered, .running), (.paused, .finished, .finished), (.paused, .failed, .stopped), (.paused, .pause, nil),
    (.paused, .resume, .running), (.paused, .stop, .stopped),
    (.stopped, .ordered, .running), (.stopped, .finished, .stopped), (.stopped, .failed, nil), (.stopped, .pause, nil),
    (.stopped, .resume, nil), (.stopped, .stop, nil),
    (.finished, .ordered, .running), (.finished, .finished, nil), (.finished, .failed, nil), (.finished, .pause, nil),
    (.finished, .resume, nil), (.finished, .stop, nil),
  ]

  @Test("every step in every phase leads where the table says", arguments: table)
  func phases(phase: MapRun.Phase, step: MapRun.Step, next: MapRun.Phase?) {
    #expect(MapRun.phase(phase, after: step) == next)
  }

  @Test("the table is whole")
  func whole() { #expect(Self.table.count == MapRun.Phase.allCases.count * MapRun.Step.allCases.count) }

  /// Data and network are there, the first map is on its way.
  private func running(_ options: AppOptions = .init()) -> AppState {
    var state = Fixture.empty(options: options)
    _ = update(&state, .dataLoaded(Fixture.data))
    Fixture.answerAside(&state, update(&state, .networkLoaded(Fixture.network, path: "n")))
    _ = update(&state, Fixture.advanced(state, Fixture.positions))
    return state
  }

  private func names(_ effects: [Effect]) -> [String] {
    effects.map { effect in
      switch effect {
      case .embed: "embed"
      case .embedStages: "stages"
      case .pauseEmbedding: "pause"
      case .resumeEmbedding: "resume"
      case .stopEmbedding: "stop"
      case .loadMap: "load"
      case .exportMap: "export"
      case .place: "place"
      case .predict: "predict"
      case .pausePredicting: "hold predictions"
      case .resumePredicting: "go on predicting"
      default: "another"
      }
    }
  }

  @Test("Space pauses and goes on, Esc stops, Ctrl+R runs anew; each asks the worker for just that. Predictions have the time between")
  func control() {
    var state = running()
    #expect(names(update(&state, .keyPressed(.space, [])).main) == ["pause", "predict"])
    #expect(stateReport(of: state, frame: 0).map.phase == "paused" && state.isSettled)
    #expect(names(update(&state, .keyPressed(.space, [])).main) == ["resume", "hold predictions"])
    #expect(stateReport(of: state, frame: 0).map.phase == "running" && !state.isSettled)
    #expect(names(update(&state, .keyPressed(.space, [])).main) == ["pause", "go on predicting"])
    #expect(names(update(&state, .keyPressed(.escape, [])).main) == ["stop"])
    #expect(stateReport(of: state, frame: 0).map.phase == "stopped")
    #expect(state.map.positions == Fixture.positions, "stopping keeps the map")
    #expect(names(update(&state, .keyPressed(.space, []))).isEmpty)
    #expect(names(update(&state, .keyPressed(.character("r"), .control)).main) == ["embed", "hold predictions"])
    #expect(stateReport(of: state, frame: 0).map.phase == "running")
  }

  @Test("what comes late of a stopped or replaced run changes nothing, but for the map of the stopped one")
  func lateness() {
    var state = running()
    let late = Fixture.advanced(state, Fixture.positions.map { $0 * 3 })
    let last = Fixture.finished(state, Fixture.positions.map { $0 * 2 })
    _ = update(&state, .keyPressed(.escape, []))
    _ = update(&state, late)
    #expect(state.map.positions == Fixture.positions)
    _ = update(&state, last)
    #expect(state.map.positions == Fixture.positions.map { $0 * 2 })
    #expect(stateReport(of: state, frame: 0).map.phase == "stopped")
    _ = update(&state, .keyPressed(.character("r"), .control))
    _ = update(&state, late)
    _ = update(&state, last)
    #expect(state.map.positions == Fixture.positions.map { $0 * 2 })
    #expect(stateReport(of: state, frame: 0).map.phase == "running")
  }

  @Test("Stop before there is a map keeps the one before, and a failure keeps it and says why")
  func endings() {
    var state = Fixture.loaded()
    _ = update(&state, .keyPressed(.character("r"), .control))
    let id = state.map.run.order?.id ?? RequestID(0)
    _ = update(&state, .keyPressed(.escape, []))
    _ = update(&state, .embeddingFinished(id, EmbeddedMap(positions: [], isComplete: false)))
    #expect(state.map.positions == Fixture.positions)
    _ = update(&state, .keyPressed(.character("r"), .control))
    _ = update(&state, .failed(.embedding, message: "no memory"))
    #expect(state.map.positions == Fixture.positions && state.errorMessage == "no memory" && state.isSettled)
  }

  @Test("a run anew has the numbers that were set, with the keys and with the mouse, and does not take a known map")
  func parameters() throws {
    var state = Fixture.loaded()
    Fixture.press(&state, "i")
    #expect(stateReport(of: state, frame: 0).overlay == "map")
    for key in "50" { _ = update(&state, .keyPressed(.character(key), [])) }
    _ = update(&state, .keyPressed(.enter, []))
    #expect(state.mapParameters.perplexity == 50)
    _ = update(&state, .keyPressed(.down, []))
    _ = update(&state, .keyPressed(.right, []))
    #expect(state.mapParameters.exaggeration == 13)
    let lessSteps = try #require(state.place(of: .perform(.stepParameter(3, -1))))
    _ = update(&state, .pointerPressed(.left, lessSteps, clicks: 1, []))
    #expect(state.mapParameters.iterations == 450)
    let moreSeed = try #require(state.place(of: .perform(.stepParameter(5, 1))))
    _ = update(&state, .pointerPressed(.left, moreSeed, clicks: 1, []))
    #expect(state.mapParameters.seed == 2)
    let run = try #require(state.place(of: .perform(.runMap)))
    let effects = update(&state, .pointerPressed(.left, run, clicks: 1, []))
    guard case .embed(let request)? = effects.first else {
      Issue.record("no map was ordered")
      return
    }
    #expect(!request.takesKnownMap && request.representation == .pixels)
    #expect(request.parameters == state.mapParameters)
    #expect(request.parameters == EmbeddingParameters(perplexity: 50, iterations: 450, exaggeration: 13, seed: 2))
  }

  static let typed: [(row: Int, text: String, isTaken: Bool)] = [
    (0, "0.5", false), (0, "5", true), (0, "1001", false), (1, "0", false), (1, "4.5", true), (2, "-1", false), (3, "100001", false),
    (4, "200", true), (4, "0", false), (5, "-3", false), (5, "77", true), (5, "1.2.3", false),
  ]

  @Test("a number out of range is refused with what is allowed; Delete takes back what was set", arguments: typed)
  func limits(row: Int, text: String, isTaken: Bool) {
    var state = Fixture.loaded()
    Fixture.press(&state, "i")
    for _ in 0..<row { _ = update(&state, .keyPressed(.down, [])) }
    for key in text { _ = update(&state, .keyPressed(.character(key), [])) }
    let effects = update(&state, .keyPressed(.enter, []))
    #expect(effects.isEmpty)
    #expect((state.mapParameters != EmbeddingParameters()) == isTaken)
    guard case .map(let editor)? = state.overlay else {
      Issue.record("the editor is closed")
      return
    }
    #expect((editor.complaint == nil) == isTaken)
    if let complaint = editor.complaint { #expect(scene(of: state).texts.contains { $0.string == complaint }) }
    _ = update(&state, .keyPressed(.delete, []))
    #expect(state.mapParameters == EmbeddingParameters())
  }

  @Test("the view follows the growing map until it is panned or zoomed; F gives it back, and so does a run anew")
  func following() {
    var state = running()
    #expect(stateReport(of: state, frame: 0).map.isFollowed)
    _ = update(&state, .keyPressed(.right, []))
    #expect(!stateReport(of: state, frame: 0).map.isFollowed)
    let camera = state.map.camera
    _ = update(&state, Fixture.advanced(state, Fixture.positions.map { $0 * 4 }))
    #expect(state.map.camera == camera)
    Fixture.press(&state, "f")
    #expect(stateReport(of: state, frame: 0).map.isFollowed && state.map.camera != camera)
    _ = update(&state, .keyPressed(.character("+"), []))
    _ = update(&state, .keyPressed(.character("r"), .control))
    #expect(stateReport(of: state, frame: 0).map.isFollowed)
  }

  @Test("iteration, divergence, time an iteration and time left are on screen while it runs, the quality when it is there")
  func numbers() {
    var state = running()
    Fixture.press(&state, "i")
    var shown = scene(of: state).texts.map(\.string)
    #expect(shown.contains { $0.contains("iteration 375 of 750") && $0.contains("3 s left") })
    #expect(shown.contains { $0.contains("KL 2.000") && $0.contains("8.00 ms") })
    #expect(shown.contains("Iteration 375 of 750, 3 s left, 8.00 ms each"))
    _ = update(&state, Fixture.finished(state))
    shown = scene(of: state).texts.map(\.string)
    #expect(shown.contains("2.500") && shown.contains("38 %") && shown.contains("96.2 %"))
    let report = stateReport(of: state, frame: 0).map
    #expect(report.divergence == 2.5 && report.neighboursKept == 0.38 && report.labelAgreement == 0.962)
  }

  @Test("a representation is chosen from the list by typing; its map is taken as it is known, and needs the network")
  func choosing() {
    var state = Fixture.loaded()
    _ = update(&state, .keyPressed(.character("i"), .shift))
    #expect(stateReport(of: state, frame: 0).overlay == "representations")
    for key in "classifier" { _ = update(&state, .keyPressed(.character(key), [])) }
    guard case .embed(let request)? = update(&state, .keyPressed(.enter, [])).first else {
      Issue.record("no map was ordered")
      return
    }
    #expect(request.representation == .layer("flatten") && request.takesKnownMap && request.network != nil)
    #expect(state.overlay == nil && stateReport(of: state, frame: 0).map.source == "pixels", "the old map stays")
    _ = update(&state, .clock(.seconds(1)))
    _ = update(&state, .representationAdvanced(request.id, fraction: 0.25))
    #expect(stateReport(of: state, frame: 0).progress == 0.25)
    _ = update(&state, .keyPressed(.character("i"), .shift))
    for key in "relevance plus-flat" { _ = update(&state, .keyPressed(key == " " ? .space : .character(key), [])) }
    guard case .embed(let next)? = update(&state, .keyPressed(.enter, [])).first, case .relevance(let composite) = next.representation
    else {
      Issue.record("no map of relevance was ordered")
      return
    }
    #expect(composite.name == "epsilon-plus-flat")
  }

  @Test("the selected node's output is mapped by its button's action; without a selection nothing is")
  func mapOfNode() throws {
    var state = Fixture.loaded()
    #expect(update(&state, .keyPressed(.character("n"), .shift)).isEmpty)
    let blocks = try #require(state.network).blocks
    let node = try #require(blocks.first { $0.outputLayer > 0 })
    _ = state.perform(.node(node.name))
    guard case .embed(let request)? = update(&state, .keyPressed(.character("n"), .shift)).first else {
      Issue.record("no map was ordered")
      return
    }
    let layer = try #require(state.network).network.layers[node.outputLayer].name
    #expect(request.representation == .layer(layer) && request.takesKnownMap)
    // The input's numbers are the pixels, whose map is there.
    _ = state.perform(.node(blocks[0].name))
    #expect(state.selectedNodeRepresentation == .pixels)
  }

  @Test("of a node all layers can be stepped through, back to the one whose output is the node's; another node starts at its own output")
  func layersOfNode() throws {
    var state = Fixture.loaded()
    let blocks = try #require(state.network).blocks
    let node = try #require(blocks.first { $0.layers.count > 1 })
    _ = state.perform(.node(node.name))
    #expect(state.shownLayer?.layer == node.outputLayer)
    var visited: [Int] = []
    for _ in node.layers {
      _ = update(&state, .keyPressed(.character(";"), []))
      visited.append(try #require(state.shownLayer).layer)
    }
    #expect(visited.sorted() == node.layers.sorted() && visited.last == node.outputLayer)
    _ = update(&state, .keyPressed(.character(":"), .shift))
    let before = try #require(state.shownLayer).layer
    #expect(before == visited.dropLast().last)
    if before > 0 { #expect(state.selectedNodeRepresentation == .layer(Fixture.network.layers[before].name)) }
    let other = try #require(blocks.last { $0.name != node.name })
    _ = state.perform(.node(other.name))
    #expect(state.shownLayer?.layer == other.outputLayer)
  }

  @Test("a bulk pass tells its time left at the pace since it began, or since it was resumed")
  func timeLeft() {
    var state = Fixture.loaded()
    _ = state.orderMap(.layer("flatten"), takesKnownMap: true)
    guard let id = state.map.run.order?.id else { return }
    func advance(to seconds: Int, _ fraction: Double) -> String {
      _ = update(&state, .representationAdvanced(id, fraction: fraction))
      _ = update(&state, .clock(.seconds(seconds)))
      return statusTitle(.embedding, state)
    }
    #expect(advance(to: 100, 0) == "Computing flatten, 0 %")
    #expect(advance(to: 110, 0.25) == "Computing flatten, 25 %, 30 s left")
    _ = state.perform(.pauseOrResumeMap)
    _ = update(&state, .clock(.seconds(500)))
    _ = state.perform(.pauseOrResumeMap)
    _ = update(&state, .clock(.seconds(501)))
    #expect(advance(to: 502, 0.25) == "Computing flatten, 25 %")
    #expect(advance(to: 512, 0.5) == "Computing flatten, 50 %, 20 s left")
  }

  @Test("another representation morphs the cloud: a turned map lies like the old one, every point goes its own way, for a second")
  func morphing() {
    var state = Fixture.loaded()
    let old = state.map.positions
    _ = state.orderMap(.layer("flatten"), takesKnownMap: true)
    // A quarter turn and a mirror image, three units away.
    var new = old
    for index in 0..<Fixture.count {
      new[2 * index] = old[2 * index + 1] + 3
      new[2 * index + 1] = old[2 * index] - 1
    }
    _ = update(&state, Fixture.finished(state, new))
    #expect(state.map.positions == old && state.isMapMoving && state.isAnimating)
    _ = update(&state, .clock(.seconds(10)))
    _ = update(&state, .clock(.milliseconds(10_500)))
    // Turned onto the old map there is no way to go.
    for (a, b) in zip(state.map.positions, old) { #expect(abs(a - b) < 1e-3) }
    _ = update(&state, .clock(.milliseconds(11_000)))
    #expect(!state.isMapMoving && !state.isAnimating)
    #expect(stateReport(of: state, frame: 0).map.source == "flatten")
  }

  @Test("half way every point is between where it was and where it goes; with reduced motion it is there at once")
  func halfWay() {
    for reducesMotion in [false, true] {
      var state = Fixture.loaded(options: AppOptions(reducesMotion: reducesMotion))
      let old = state.map.positions
      _ = state.orderMap(.layer("flatten"), takesKnownMap: true)
      _ = update(&state, Fixture.finished(state, old.enumerated().map { $0.offset % 2 == 0 ? $0.element * 2 : $0.element }))
      _ = update(&state, .clock(.seconds(20)))
      let before = state.map.positions
      _ = update(&state, .clock(.milliseconds(20_500)))
      let half = state.map.positions
      _ = update(&state, .clock(.milliseconds(21_000)))
      let after = state.map.positions
      for index in old.indices {
        #expect(abs(half[index] - (reducesMotion ? after[index] : (before[index] + after[index]) / 2)) < 1e-4)
      }
      #expect((before == old) == !reducesMotion)
    }
  }

  @Test("a dropped .npy is loaded as a map of these digits, and so is the one that the options name")
  func loading() {
    var state = Fixture.loaded()
    guard case .loadMap(let id, "/maps/other.npy", let digits, _)? = update(&state, .identified(path: "/maps/other.npy", .map)).first else {
      Issue.record("no map is loaded")
      return
    }
    #expect(digits.count == Fixture.count)
    _ = update(&state, .embeddingFinished(id, EmbeddedMap(positions: Fixture.positions, labelAgreement: 0.5)))
    let report = stateReport(of: state, frame: 0)
    #expect(report.map.source == "other.npy" && report.map.phase == "finished" && report.map.labelAgreement == 0.5)
    _ = update(&state, .mapJudged(RequestID(id.number - 1), divergence: 9, neighboursKept: 0.9))
    #expect(state.map.quality.divergence == nil, "that is of another map")
    _ = update(&state, .mapJudged(id, divergence: 2.5, neighboursKept: 0.25))
    #expect(stateReport(of: state, frame: 0).map.divergence == 2.5 && stateReport(of: state, frame: 0).map.neighboursKept == 0.25)
    var named = Fixture.empty(options: AppOptions(mapPath: "/maps/named.npy"))
    guard case .loadMap(_, "/maps/named.npy", _, _)? = update(&named, .dataLoaded(Fixture.data)).first else {
      Issue.record("no map is loaded")
      return
    }
  }

  @Test("Ctrl+E and Ctrl+Shift+E save what is on screen, with the predictions that are known")
  func exporting() {
    var state = Fixture.unpredicted()
    Fixture.send(&state, .keyPressed(.tab, []))
    guard case .exportMap(let export)? = update(&state, .keyPressed(.character("e"), [.control, .shift])).first else {
      Issue.record("nothing is saved")
      return
    }
    #expect(export.format == .csv && export.name == "map-of-pixels" && export.positions == Fixture.positions)
    #expect(export.labels == Fixture.data.labels && export.predictions == [0: 7])
    let found = [1, 2, 3].map { Prediction(number: $0, confidence: 1) }
    if let id = state.predicting?.id { _ = update(&state, .predicted(id, from: 0, found)) }
    guard case .exportMap(let next)? = update(&state, .keyPressed(.character("e"), .control)).first else { return }
    #expect(next.format == .npy && next.predictions == [0: 1, 1: 2, 2: 3])
    _ = update(&state, .mapExported(path: "/data/map-of-pixels.npy"))
    #expect(state.message?.text == "Saved as /data/map-of-pixels.npy" && state.isSettled)
  }
}
