import Datasets
import Geometry
import GraphLayout
import Scene
import Testing

@testable import AppCore

/// The core with a person before it and workers behind it who answer at once. Time passes only as frames are drawn.
struct GoldenProgram {
  private(set) var state: AppState
  private var time = Duration.zero
  /// Whether maps that are asked for come; otherwise their runs go on.
  var computesMaps = true
  /// What is in the folder that is looked into.
  var folder: FolderListing?

  private static let frame = Duration.milliseconds(16)
  /// More frames in a row are a motion without end.
  private static let mostFrames = 400

  /// The program as it is before anything is read.
  init(starting size: Size, options: AppOptions = .init()) throws {
    state = AppState(windowSize: size, options: options)
    _ = start(&state)
    try rest()
  }

  /// The program with its data, network, map and predictions.
  init(_ size: Size, options: AppOptions = .init()) throws {
    state = AppState(windowSize: size, options: options)
    try answer(start(&state))
    try rest()
  }

  /// Something happens, everything that is asked for because of it is answered, and what moves comes to rest.
  mutating func send(_ event: Event) throws {
    try answer(update(&state, event))
    try rest()
  }

  private mutating func answer(_ effects: [Effect]) throws {
    var waiting = effects
    while !waiting.isEmpty {
      for event in try answers(waiting.removeFirst()) { waiting += update(&state, event) }
    }
  }

  private func answers(_ effect: Effect) throws -> [Event] {
    switch effect {
    case .loadData: return [.dataLoaded(GoldenWorld.digits)]
    case .loadNetwork: return [.networkLoaded(GoldenWorld.network, path: GoldenWorld.networkPath)]
    case .loadComposites: return [.compositesLoaded([])]
    case .embed(let request): return computesMaps ? [.embeddingFinished(request.id, try GoldenWorld.map())] : []
    case .embedStages(let request):
      let count = request.representations.count
      return try (0..<count).map { .stageFinished(request.id, $0, try GoldenWorld.map(order: Float($0 + 1) / Float(count))) }
    case .rankDigits(let revision, let positions): return [.digitsRanked(revision: revision, DigitRanks(positions))]
    case .predict(let request): return [.predicted(request.id, from: 0, GoldenWorld.predictions)]
    case .findNeighbours(let request): return [GoldenWorld.answer(request)]
    case .average(let request): return [try GoldenWorld.answer(request)]
    case .place(let request): return [GoldenWorld.answer(request)]
    case .explain(let request): return [GoldenWorld.answer(request)]
    case .layOut(let id, let request): return layOut(request).map { [.laidOut(id, $0)] } ?? []
    case .describeWeights(let id, let network, let layer):
      return LayerWeightFacts(network.layers[layer]).map { [.weightsDescribed(id, $0)] } ?? []
    case .rankChannel(let request): return [GoldenWorld.answer(request)]
    case .listFolder: return folder.map { [.folderListed($0)] } ?? []
    // What is written, copied or done to the window is not seen in it; other files are not opened here.
    default: return []
    }
  }

  /// Frames are drawn until nothing moves.
  private mutating func rest() throws {
    var frames = 0
    repeat {
      try wait(Self.frame)
      frames += 1
    } while state.isAnimating && frames < Self.mostFrames
  }

  /// Nothing happens for a while.
  mutating func wait(_ duration: Duration) throws {
    time += duration
    try answer(update(&state, .clock(time)))
  }

  /// A frame took this long: only a clock knows.
  mutating func note(frame: Duration) { state.note(frame: frame) }
}

/// What the person does.
extension GoldenProgram {
  /// Types characters; letters that need Shift are written as small ones to `press`.
  mutating func type(_ text: String) throws {
    for character in text { try press(.character(character)) }
  }

  mutating func press(_ key: Key, _ modifiers: Modifiers = []) throws { try send(.keyPressed(key, modifiers)) }

  mutating func point(at place: Point) throws { try send(.pointerMoved(place, [])) }

  mutating func click(_ place: Point, _ modifiers: Modifiers = []) throws {
    try send(.pointerMoved(place, modifiers))
    try send(.pointerPressed(.left, place, clicks: 1, modifiers))
    try send(.pointerReleased(.left, place, modifiers))
  }

  mutating func click(_ action: Action) throws { try click(try place(of: .perform(action))) }

  /// With the pointer away from everything.
  mutating func leave() throws { try send(.pointerLeft) }

  /// Drags along a line, a frame from corner to corner.
  mutating func drag(_ corners: [Point], _ modifiers: Modifiers = [], lets: Bool = true) throws {
    guard let first = corners.first, let last = corners.last else { return }
    try answer(update(&state, .pointerMoved(first, modifiers)))
    try answer(update(&state, .pointerPressed(.left, first, clicks: 1, modifiers)))
    for corner in corners.dropFirst() {
      try answer(update(&state, .pointerMoved(corner, modifiers)))
      try wait(Self.frame)
    }
    guard lets else { return }
    try send(.pointerReleased(.left, last, modifiers))
  }

  /// Draws a line on the pad, whose sides are 1 long.
  mutating func draw(_ corners: [(Double, Double)]) throws {
    let pad = try #require(state.padFrame)
    var line: [Point] = []
    for (from, to) in zip(corners, corners.dropFirst()) {
      line += (0..<6).map { step in
        let share = Double(step) / 6
        return Point(pad.x + pad.width * (from.0 + (to.0 - from.0) * share), pad.y + pad.height * (from.1 + (to.1 - from.1) * share))
      }
    }
    if let (x, y) = corners.last { line.append(Point(pad.x + pad.width * x, pad.y + pad.height * y)) }
    try drag(line)
  }
}

/// Where things are.
extension GoldenProgram {
  /// The middle of what does something when it is pressed.
  ///
  /// - Parameter isFirst: of several, the one that is drawn first: a node, and not its layers' bars.
  func place(of action: HitAction, isFirst: Bool = false) throws -> Point {
    let hits = AppCore.draw(state).hits.filter { $0.action == action }
    return try #require(isFirst ? hits.first : hits.last, "nothing does \(action)").rect.center
  }

  /// A digit in the map.
  func place(ofDigit index: Int) -> Point {
    let positions = state.map.positions
    return state.map.camera.windowFromEmbedding(Point(Double(positions[2 * index]), Double(positions[2 * index + 1])), in: state.mapFrame)
  }

  /// The largest picture whose key begins so.
  func frame(ofImage key: String) throws -> Rect {
    let frames = scene(of: state).items.compactMap { item -> Rect? in
      if case .image(let image) = item.primitive, image.key.hasPrefix(key) { image.frame } else { nil }
    }
    return try #require(frames.max { $0.width < $1.width }, "no picture is called \(key)")
  }
}
