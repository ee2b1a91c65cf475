import AppCore
import Datasets
import Embedding
import Foundation
import Geometry
import Platform
import Renderer
import Scene
import Tensors
import Workers

/// Sends a window what a hand would send, and times the answers.
struct FrameSituations {
  let dataPath: String?
  let modelPath: String?
  /// What must be in a situation's name.
  let only: String?
  static let size = Size(1280, 800)
  let clock = ContinuousClock()
  /// Between two events of a hand.
  static let pace = Duration.microseconds(16_667)
  static let penPace = Duration.milliseconds(8)
  static let seed: UInt64 = 0xF4A3E5

  init(dataPath: String?, modelPath: String?, only: String?) {
    (self.dataPath, self.modelPath, self.only) = (dataPath, modelPath, only)
  }

  func measure() throws -> (window: String, rows: [FrameRow]) {
    var rows: [FrameRow] = []
    if isWanted("start") { rows += try starts() }
    let window = try usual(&rows)
    try deepNetwork(&rows)
    return (window, rows)
  }

  /// In a window as it starts.
  private func usual(_ rows: inout [FrameRow]) throws -> String {
    func add(_ situation: String, goal: Double? = nil, _ values: () throws -> [Double]) rethrows {
      if isWanted(situation) { rows.append(FrameRow(situation, try values(), goal: goal)) }
    }
    let session = try makeSession()
    defer { session.close() }
    try settle(session)
    let frame = session.state.mapFrame
    let middle = frame.center

    add("pan by whole pixels", goal: 16.7) { drag(session, circle(middle, 90, 240).map { Point($0.x.rounded(), $0.y.rounded()) }) }
    add("pan by parts of pixels", goal: 16.7) { drag(session, circle(middle, 90, 240)) }
    add("zoom, gliding", goal: 33) { times(session, wheel(middle, 8) + wheel(middle, -8)) }
    try settle(session)
    try add("fit, gliding") {
      var all: [Double] = []
      for _ in 0..<6 {
        _ = times(session, wheel(middle, 4))
        try settle(session)
        all += times(session, [.keyPressed(.character("f"), [])] + [Event?](repeating: nil, count: 20))
      }
      return all
    }
    if isWanted("hover") { rows.append(try hover(session, around: middle)) }
    try add("lasso") {
      let around = circle(middle, 60, 180)
      let drawn = times(
        session,
        [.pointerPressed(.left, around[0], clicks: 1, .shift)] + around.map { .pointerMoved($0, .shift) }
          + [.pointerReleased(.left, around[0], .shift)])
      session.send(.keyPressed(.escape, []))
      try settle(session)
      return drawn
    }
    add("a group of the legend hidden, shown") {
      let last = Point(frame.minX + 40, frame.maxY - 20)
      return (0..<40).flatMap { _ in click(session, last) }
    }
    add("other colours") { times(session, [Event?](repeating: .keyPressed(.character("c"), []), count: 36)) }
    add("a panel fills the window, or not") {
      times(session, (0..<48).map { .keyPressed(.function(7 + $0 / 2 % 3), []) })
    }
    add("splitter") {
      let knob = Point(frame.maxX + 3, middle.y)
      return drag(session, circle(Point(knob.x - 60, knob.y), 60, 120) + [knob])
    }
    try settle(session)
    if isWanted("click to heatmap") { rows.append(try clicks(session, in: frame)) }
    try stroke(session, &rows)
    try strokeWithNetwork(session, &rows)
    try pictures(session, middle, &rows)
    if isWanted("idle") { rows += try idle(session) }
    try oneMillion(session, middle, &rows)
    let kind = View.hasDisplay ? "a display" : "no display"
    return "\(Int(session.state.windowSize.width)) x \(Int(session.state.windowSize.height)), \(kind), \(Renderer.driver)"
  }

  func isWanted(_ situation: String) -> Bool { only.map { situation.contains($0) } ?? true }

  // MARK: - Situations

  /// A ring that is missing in the frame of its pointer event is a goal that is missed.
  private func hover(_ session: Session, around middle: Point) throws -> FrameRow {
    var all: [Double] = []
    var isPrompt = true
    for point in circle(middle, 110, 300) {
      let before = stateReport(of: session.state, frame: 0).hovered
      let drawn = times(session, [.pointerMoved(point, [])])
      if stateReport(of: session.state, frame: 0).hovered != before, drawn.isEmpty { isPrompt = false }
      all += drawn
      Thread.sleep(forTimeInterval: 0.008)
    }
    try settle(session)
    return FrameRow("hover", all, goal: 16.7, isRight: isPrompt)
  }

  /// From the press to the frame with the heatmap of the digit that was pressed, each another one.
  private func clicks(_ session: Session, in frame: Rect) throws -> FrameRow {
    var random = SplitMix64(seed: Self.seed)
    var (all, seen): ([Double], Set<Int>) = ([], [])
    for _ in 0..<1000 where all.count < 60 {
      func within(_ length: Double) -> Double { length * (0.3 + 0.5 * Double(random.next() >> 11) * 0x1p-53) }
      let point = Point(frame.x + within(frame.width), frame.y + within(frame.height) * 0.9)
      let (start, before) = (clock.now, session.asked)
      session.send(.pointerPressed(.left, point, clicks: 1, []))
      session.send(.pointerReleased(.left, point, []))
      if let asked = session.asked, asked != before, let digit = stateReport(of: session.state, frame: 0).selected, !seen.contains(digit) {
        _ = session.step(waitingAtMost: 0)
        while session.explained != asked { _ = session.step(waitingAtMost: 50) }
        all.append(milliseconds(since: start))
        seen.insert(digit)
      }
      try settle(session)
      Thread.sleep(forTimeInterval: 0.05)
    }
    return FrameRow("click to heatmap", all, goal: 60)
  }

  /// Digits as pictures, those that have room.
  private func pictures(_ session: Session, _ middle: Point, _ rows: inout [FrameRow]) throws {
    guard ["pictures: pan", "pictures: zoom, gliding"].contains(where: isWanted) else { return }
    for notches in [9, 12] {
      _ = times(session, wheel(middle, notches))
      try settle(session)
      let count = scene(of: session.state).items.reduce(0) { sum, item in
        if case .thumbnails(let pictures) = item.primitive { sum + pictures.marks.count } else { sum }
      }
      for (name, times) in [
        ("pictures: pan (\(count))", { drag(session, circle(middle, 90, 240)) }),
        ("pictures: zoom, gliding (\(count))", { times(session, wheel(middle, 4) + wheel(middle, -4)) }),
      ] where isWanted(name) {
        rows.append(FrameRow(name, times(), goal: 33))
        try settle(session)
      }
      session.send(.keyPressed(.character("f"), []))
      try settle(session)
    }
  }

  /// Frames, wake-ups and seconds of the processor while nobody does anything.
  private func idle(_ session: Session) throws -> [FrameRow] {
    let seconds = 10.0
    session.send(.pointerLeft)
    try settle(session)
    // What workers still have to say.
    let rest = clock.now + .seconds(2)
    while clock.now < rest { _ = session.step(waitingAtMost: 100) }
    let (end, frame, before) = (clock.now + .seconds(seconds), session.frame, processorSeconds())
    var wakes = -1
    while clock.now < end {
      _ = session.step(waitingAtMost: max(1, Int(((end - clock.now).seconds * 1000).rounded(.up))))
      wakes += 1
    }
    let used = processorSeconds() - before
    return [
      FrameRow("idle for \(Int(seconds)) s: frames", [Double(session.frame - frame)], unit: "", goal: 0),
      FrameRow("idle for \(Int(seconds)) s: wake-ups", [Double(max(0, wakes))], unit: "", goal: 0),
      // Without a display SDL looks for events a thousand times a second.
      FrameRow("idle for \(Int(seconds)) s: processor", [100 * used / seconds], unit: "%", goal: View.hasDisplay ? 0.1 : nil),
    ]
  }

  private func processorSeconds() -> Double {
    var usage = rusage()
    getrusage(RUSAGE_SELF.rawValue, &usage)
    func seconds(_ time: timeval) -> Double { Double(time.tv_sec) + Double(time.tv_usec) * 1e-6 }
    return seconds(usage.ru_utime) + seconds(usage.ru_stime)
  }

  /// The digits again and again, each beside where it was, in a map that nobody computed.
  private func oneMillion(_ session: Session, _ middle: Point, _ rows: inout [FrameRow]) throws {
    let names = ["pan by whole pixels", "pan by parts of pixels", "zoom, gliding"].map { "1,000,000 points: \($0)" }
    guard names.contains(where: isWanted) else { return }
    let places = Places()
    let digits = try places.digits(dataPath)
    guard let map = places.maps.map(for: MapKey(digits: digits, parameters: EmbeddingParameters()), count: digits.count) else {
      return note("heatlens: these digits have no map yet of which a million points could be made")
    }
    let (many, positions) = augmented(digits, map.positions)
    for effect in session.effects(of: .dataLoaded(many)) {
      // Neither mapped nor predicted, which would take minutes.
      guard case .embed(let request) = effect else { continue }
      session.perform(
        session.effects(of: .embeddingFinished(request.id, EmbeddedMap(positions: positions))).filter {
          if case .predict = $0 { false } else { true }
        })
    }
    session.send(.keyPressed(.character("f"), []))
    try settle(session)
    let around = circle(middle, 90, 120)
    let hands: [(times: () -> [Double], goal: Double?)] = [
      ({ drag(session, around.map { Point($0.x.rounded(), $0.y.rounded()) }) }, 33.3), ({ drag(session, around) }, 33.3),
      ({ times(session, wheel(middle, 8) + wheel(middle, -8)) }, nil),
    ]
    for (name, hand) in zip(names, hands) where isWanted(name) {
      rows.append(FrameRow(name, hand.times(), goal: hand.goal))
      try settle(session)
    }
  }

  /// A million digits at half their size, moved by up to a hundredth of the map's width.
  private func augmented(_ digits: DigitCollection, _ positions: [Float]) -> (DigitCollection, [Float]) {
    let count = 1_000_000
    let (width, height) = (max(1, digits.width / 2), max(1, digits.height / 2))
    var small: [UInt8] = []
    small.reserveCapacity(digits.count * width * height)
    for index in 0..<digits.count {
      let start = index * digits.width * digits.height
      for row in 0..<height { for column in 0..<width { small.append(digits.pixels[start + 2 * row * digits.width + 2 * column]) } }
    }
    var pixels: [UInt8] = []
    pixels.reserveCapacity(count * width * height)
    while pixels.count < count * width * height { pixels += small.prefix(count * width * height - pixels.count) }
    var random = SplitMix64(seed: Self.seed)
    let reach = 0.01 * ((positions.max() ?? 0) - (positions.min() ?? 0))
    let moved = (0..<2 * count).map { index in
      positions[index % positions.count] + reach * (Float(random.next() >> 40) * 0x1p-23 - 1)
    }
    let labels = (0..<count).map { digits.labels[$0 % digits.count] }
    let collection = DigitCollection(
      width: width, height: height, pixels: pixels, labels: labels, trainCount: count, origin: .files("augmented digits"))
    return (collection, moved)
  }

  // MARK: - Starting

  /// Starts in processes of their own, the first not counted: what is on disk is in memory then.
  private func starts() throws -> [FrameRow] {
    guard let executable = Places.executable else { return [] }
    var (frames, maps): ([Double], [Double]) = ([], [])
    for turn in 0..<10 {
      let (process, pipe) = (Process(), Pipe())
      process.executableURL = URL(fileURLWithPath: executable)
      process.arguments =
        ["bench", "frames", "--started-at", "\(Self.monotonicSeconds())"] + (dataPath.map { ["--data", $0] } ?? [])
        + (modelPath.map { ["--model", $0] } ?? [])
      process.standardOutput = pipe
      try process.run()
      let text = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
      process.waitUntilExit()
      let values = text.split(whereSeparator: \.isWhitespace).compactMap { Double($0) }
      guard process.terminationStatus == 0, values.count == 2 else { return [] }
      if turn > 0 { (frames, maps) = (frames + [values[0]], maps + [values[1]]) }
    }
    return [FrameRow("start to the first frame", frames, goal: 500), FrameRow("start to the map", maps, goal: 800)]
  }

  /// Milliseconds from a time that the parent noted to the first frame, and to the first with the map, which then answers the pointer.
  func start(at time: Double) throws -> [Double] {
    let session = try makeSession()
    defer { session.close() }
    var first: Double?
    while true {
      let drew = session.step()
      if let message = session.state.errorMessage { throw CommandFailure(message: message, exitCode: EX_DATAERR) }
      guard drew else { continue }
      let now = 1000 * (Self.monotonicSeconds() - time)
      first = first ?? now
      if stateReport(of: session.state, frame: 0).points > 0 { return [first ?? now, now] }
    }
  }

  private static func monotonicSeconds() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
  }
}
