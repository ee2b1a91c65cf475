import Geometry
import Networks
import Testing

@testable import AppCore
@testable import Embedding

@Suite("From layer to layer")
struct StagesTests {
  /// Maps of all stages were ordered; those of the first `count` are there, each twice as large as the one before.
  private func ordered(_ count: Int, reducesMotion: Bool = true) throws -> (AppState, RequestID) {
    var state = Fixture.loaded(options: AppOptions(reducesMotion: reducesMotion))
    guard case .embedStages(let request)? = update(&state, .keyPressed(.character("y"), [])).first else {
      Issue.record("no stages were ordered")
      throw CancellationError()
    }
    for stage in 0..<count { _ = update(&state, .stageFinished(request.id, stage, map(stage))) }
    return (state, request.id)
  }

  private func map(_ stage: Int) -> EmbeddedMap {
    EmbeddedMap(positions: Fixture.positions.map { $0 * Float(1 << stage) }, divergence: Double(stage) + 0.5)
  }

  @Test("the stages of a ResNet are pixels, stem, the end of each stage, and the features")
  func stages() {
    let stages = Fixture.network.mapStages(NetworkOutline(Fixture.network))
    #expect(stages.map(\.title) == ["pixels", "stem", "layer1", "layer2", "layer3", "layer4", "features"])
    #expect(
      stages.map(\.representation) == [
        .pixels, .layer("maxpool"), .layer("layer1.2.relu3"), .layer("layer2.3.relu3"), .layer("layer3.5.relu3"), .layer("layer4.2.relu3"),
        .layer("flatten"),
      ])
  }

  @Test("the slider goes along with what is computed until a person takes it")
  func following() throws {
    var (state, id) = try ordered(3)
    #expect(state.map.stages?.place == 2 && state.map.positions == map(2).positions)
    #expect(stateReport(of: state, frame: 0).map.source == "layer1.2.relu3")
    _ = update(&state, .keyPressed(.pageUp, []))
    #expect(state.map.stages?.place == 1 && state.map.positions == map(1).positions)
    _ = update(&state, .stageFinished(id, 3, map(3)))
    #expect(state.map.stages?.place == 1)
    #expect(stateReport(of: state, frame: 0).map.divergence == 1.5)
    for stage in 4...6 { _ = update(&state, .stageFinished(id, stage, map(stage))) }
    #expect(stateReport(of: state, frame: 0).map.phase == "finished" && state.isSettled)
  }

  @Test("dragging the knob between two stages mixes their maps; let go of, it falls onto the nearer one; nothing goes beyond what is there")
  func dragging() throws {
    var (state, _) = try ordered(3)
    _ = update(&state, .keyPressed(.pageUp, []))
    let track = try #require(state.sliderTrack)
    func point(_ place: Double) -> Point { Point(track.x + track.width * place / 6, track.center.y) }
    _ = update(&state, .pointerPressed(.left, point(1), clicks: 1, []))
    _ = update(&state, .pointerMoved(point(1.25), []))
    for (mixed, expected) in zip(state.map.positions, Fixture.positions.map { $0 * 2.5 }) { #expect(abs(mixed - expected) < 1e-3) }
    _ = update(&state, .pointerMoved(point(5), []))
    #expect(state.map.stages?.place == 2)
    _ = update(&state, .pointerMoved(point(0.4), []))
    _ = update(&state, .pointerReleased(.left, point(0.4), []))
    #expect(state.map.stages?.place == 0 && state.map.positions == Fixture.positions)
  }

  @Test("a click on a stage glides there in a second, and each point with it")
  func gliding() throws {
    var (state, _) = try ordered(3, reducesMotion: false)
    // All that was under way arrives.
    for second in 10...20 { _ = update(&state, .clock(.seconds(second))) }
    #expect(state.map.stages?.place == 2 && !state.isAnimating)
    let track = try #require(state.sliderTrack)
    _ = update(&state, .pointerPressed(.left, Point(track.x, track.center.y), clicks: 1, []))
    _ = update(&state, .pointerReleased(.left, Point(track.x, track.center.y), []))
    _ = update(&state, .clock(.seconds(30)))
    _ = update(&state, .clock(.milliseconds(30_500)))
    #expect(state.map.stages?.place == 1, "half way in the middle of the time")
    _ = update(&state, .clock(.seconds(31)))
    #expect(state.map.stages?.place == 0 && !state.isAnimating)
  }

  @Test("another order ends the stages; what comes of them later changes nothing")
  func ending() throws {
    var (state, id) = try ordered(3)
    for case .embed(let request) in update(&state, .keyPressed(.character("r"), .control)) {
      #expect(request.representation == .layer("layer1.2.relu3"), "what is on screen is run anew")
    }
    #expect(state.map.stages == nil)
    let positions = state.map.positions
    _ = update(&state, .stageFinished(id, 3, map(3)))
    #expect(state.map.positions == positions && state.map.stages == nil)
  }

  @Test("another network stops them: its layers are others")
  func otherNetwork() throws {
    var (state, _) = try ordered(2)
    let effects = update(&state, .networkLoaded(Fixture.makeNetwork(stages: [1, 1]), path: "b"))
    if case .stopEmbedding? = effects.first {} else { Issue.record("the maps go on") }
    #expect(state.map.stages == nil)
  }
}

@Suite("The drawing in the map")
struct DrawnPlaceTests {
  private func placement(_ indices: [Int]) -> Placement {
    Placement(
      position: SIMD2(4.5, 7.5), neighbours: indices.enumerated().map { Placement.Neighbour(index: $0.element, distance: Float($0.offset)) }
    )
  }

  private func requests(_ effects: [Effect]) -> [PlacementRequest] {
    effects.compactMap { if case .place(let request) = $0 { request } else { nil } }
  }

  /// The Draw tab is open, and a stroke was begun; what was asked of the place of the drawing.
  private func drawing() throws -> (AppState, Point, PlacementRequest) {
    var state = Fixture.loaded()
    let prepare = requests(update(&state, .keyPressed(.character("d"), [])))
    #expect(prepare.count == 1, "the worker makes ready")
    _ = update(&state, .placed(try #require(prepare.first).id, nil))
    let middle = try #require(state.place(of: .pad))
    let first = requests(update(&state, .pointerPressed(.left, middle, clicks: 1, [])))
    return (state, middle, try #require(first.first))
  }

  @Test("while a stroke grows one request is under way at a time, about the newest drawing that is explained, with the map on screen")
  func requests() throws {
    var (state, middle, first) = try drawing()
    #expect(first.representation == .pixels && first.positions == Fixture.positions)
    var more: [PlacementRequest] = []
    for step in 1...10 {
      more += requests(update(&state, .pointerMoved(middle + Point(0, 4 * Double(step)), [])))
      more += requests(update(&state, .clock(.milliseconds(16 * step))))
    }
    #expect(more.isEmpty)
    #expect(requests(update(&state, .placed(first.id, placement([3, 1, 2])))).isEmpty, "its explanation is not there yet")
    let explained = try #require(state.drawing.outstanding.first)
    _ = update(&state, .explanationFailed(explained.id, message: ""))
    let next = requests(update(&state, .clock(.seconds(1))))
    #expect(next.count == 1 && next.first?.picture == state.sketch.picture)
  }

  @Test("it stands among its neighbours, whose pictures are listed; a click on one explains it")
  func showing() throws {
    var (state, _, first) = try drawing()
    let near = [33, 41, 52, 7, 8, 9, 10, 11, 12, 13]
    _ = update(&state, .placed(first.id, placement(near)))
    let report = stateReport(of: state, frame: 0).map
    // By their pixels, as those of a digit are.
    let drawn = state.sketch.picture.pixels
    func square(_ index: Int) -> Int {
      zip(drawn, Fixture.data.picture(index)).reduce(0) { $0 + (Int($1.0) - Int($1.1)) * (Int($1.0) - Int($1.1)) }
    }
    #expect(report.drawing == [4.5, 7.5] && report.neighbours == near.sorted { (square($0), $0) < (square($1), $1) })
    let distances = try #require(state.drawnPlace.shown).placement.neighbours.map(\.distance)
    #expect(zip(distances, report.neighbours).allSatisfy { abs(Double($0) - Double(square($1)).squareRoot()) < 0.01 })
    let scene = scene(of: state)
    let pictures = scene.items.compactMap { item in
      if case .image(let image) = item.primitive, image.key.hasPrefix("drawn.neighbour") { image } else { nil }
    }
    #expect(pictures.count == 10)
    let place = state.map.camera.windowFromEmbedding(Point(4.5, 7.5), in: state.mapFrame)
    #expect(
      scene.items.contains { item in
        if case .disc(let disc) = item.primitive { disc.centre.distance(to: place) < 1e-6 } else { false }
      })
    _ = update(&state, .pointerReleased(.left, Point(900, 200), []))
    let click = try #require(state.place(of: .perform(.selectNeighbour(41))))
    let effects = update(&state, .pointerPressed(.left, click, clicks: 1, []))
    #expect(state.selected == 41 && effects.requests.count == 1)
  }

  @Test("nothing is placed while the map runs, and the place of another map is not shown")
  func moving() throws {
    var (state, _, first) = try drawing()
    _ = update(&state, .placed(first.id, placement([3, 1, 2])))
    #expect(stateReport(of: state, frame: 0).map.drawing == [4.5, 7.5])
    for request in requests(update(&state, .pointerReleased(.left, Point(900, 200), []))) {
      _ = update(&state, .placed(request.id, placement([3])))
    }
    _ = update(&state, .keyPressed(.character("r"), .control))
    _ = update(&state, Fixture.advanced(state, Fixture.positions.map { $0 * 2 }))
    for second in 40...44 { #expect(requests(update(&state, .clock(.seconds(second)))).isEmpty) }
    #expect(stateReport(of: state, frame: 0).map.drawing == [])
    _ = update(&state, Fixture.finished(state, Fixture.positions.map { $0 * 2 }))
    var late: [PlacementRequest] = []
    for second in 50...53 { late += requests(update(&state, .clock(.seconds(second)))) }
    #expect(late.count == 1 && late.first?.revision == state.map.positionsRevision)
  }

  @Test("a place that cannot be found, and an empty pad, show nothing")
  func nothing() throws {
    var (state, _, first) = try drawing()
    _ = update(&state, .pointerReleased(.left, Point(900, 200), []))
    _ = update(&state, .placed(first.id, nil))
    #expect(stateReport(of: state, frame: 0).map.drawing == [])
    _ = scene(of: state)
    _ = update(&state, .keyPressed(.delete, []))
    #expect(state.shownDrawnPlace == nil)
  }
}
