import AppCore
import Foundation
import Geometry
import Scene

/// The graph of a deep network, with one digit explained.
extension FrameSituations {
  private static let deep = "resnet152"

  /// Every operation of it in the usual panel, and in one that fills the window; blocks that are opened.
  func deepNetwork(_ rows: inout [FrameRow]) throws {
    let hands = ["pan", "zoom, gliding", "pointer", "describing"]
    let names = ["panel", "window"].flatMap { place in hands.map { "\(Self.deep), \(place)" + ": " + $0 } } + ["\(Self.deep): opening"]
    guard names.contains(where: isWanted) else { return }
    let name = "heatlens-\(Self.deep)-\(ProcessInfo.processInfo.processIdentifier).safetensors"
    let file = FileManager.default.temporaryDirectory.appendingPathComponent(name)
    defer { try? FileManager.default.removeItem(at: file) }
    try NarrowResNet152.write(to: file.path)
    let session = try makeSession(modelPath: file.path)
    defer { session.close() }
    try settle(session)
    // A digit, and keys that go to the network with nothing in it chosen.
    for key in [Key.tab, .character("."), .escape] {
      session.send(.keyPressed(key, []))
      try settle(session)
    }
    for place in ["panel", "window"] {
      if place == "window" { session.send(.keyPressed(.function(9), [])) }
      try opening(session, "\(Self.deep), \(place)", &rows)
      session.send(.keyPressed(.character("3"), []))
      try settle(session)
      try operations(session, "\(Self.deep), \(place)", &rows)
    }
  }

  /// What a hand does to all operations: where they can be read, where they are small, and where all of them are in view.
  private func operations(_ session: Session, _ name: String, _ rows: inout [FrameRow]) throws {
    guard var middle = place(of: session) else { return }
    // Not where it begins, where half of the panel would be empty.
    _ = drag(session, (0...20).map { middle - Point(30 * Double($0), 0) })
    let steps: [(name: String, events: [Event?])] = [
      ("readable", []), ("small", wheel(middle, -3)), ("all of it", [.keyPressed(.character("f"), [])]),
    ]
    let title = "\(name): "
    for (look, events) in steps {
      _ = times(session, events)
      try settle(session)
      middle = place(of: session) ?? middle
      let count = scene(of: session.state).items.count
      if isWanted(title + "pan") {
        rows.append(FrameRow("\(title)pan, \(look) (\(count) items)", drag(session, sweep(middle, 240)), goal: 33.3))
        try settle(session)
        middle = place(of: session) ?? middle
      }
      if isWanted(title + "pointer") { rows += try pointer(session, title + "pointer, " + look, middle) }
      if isWanted(title + "describing") { rows.append(FrameRow("\(title)describing, \(look)", describing(session), goal: nil)) }
    }
    if isWanted(title + "zoom, gliding") {
      rows.append(FrameRow(title + "zoom, gliding", times(session, wheel(middle, 16) + wheel(middle, -16)), goal: 33.3))
      try settle(session)
    }
  }

  /// Where the way through the network crosses the middle of the window.
  private func place(of session: Session) -> Point? {
    // Most nodes stand on it.
    let heights = stateReport(of: session.state, frame: 0).network.nodes.map(\.frame.center.y).sorted()
    return heights.isEmpty ? nil : Point(Self.size.width / 2, heights[heights.count / 2].rounded())
  }

  /// Far along, and a little up and down.
  private func sweep(_ middle: Point, _ count: Int) -> [Point] {
    (0..<count).map { middle + Point(-500 * sin(0.013 * Double($0)), 20 * sin(0.07 * Double($0))) }
  }

  /// A pointer that moves over the nodes: what the event alone costs, and the frames that answer it.
  private func pointer(_ session: Session, _ name: String, _ middle: Point) throws -> [FrameRow] {
    var (events, frames): ([Double], [Double]) = ([], [])
    for step in 0..<200 {
      let point = middle + Point(480 * sin(0.017 * Double(step)), 8 * sin(0.17 * Double(step)))
      let start = clock.now
      session.send(.pointerMoved(point, []))
      events.append(milliseconds(since: start))
      if session.step(waitingAtMost: 0) { frames.append(milliseconds(since: start)) }
      Thread.sleep(forTimeInterval: 0.004)
    }
    session.send(.pointerLeft)
    try settle(session)
    return [FrameRow("\(name): event", events, goal: 5), FrameRow("\(name): frame", frames, goal: 33.3)]
  }

  private func describing(_ session: Session) -> [Double] {
    (0..<60).map { _ in
      let start = clock.now
      _ = scene(of: session.state)
      return milliseconds(since: start)
    }
  }

  /// From the key that opens a block, or all of them, to the first frame that has what was in it; and the longest time without a frame
  /// until everything is in its place.
  private func opening(_ session: Session, _ place: String, _ rows: inout [FrameRow]) throws {
    let names = ["a block", "everything"].map { "\(Self.deep): opening \($0), \(place.hasSuffix("window") ? "window" : "panel")" }
    session.send(.keyPressed(.character("2"), []))
    try settle(session)
    if isWanted(names[0]) {
      for _ in 0..<14 { session.send(.keyPressed(.character("."), [])) }
      try settle(session)
      add(
        names[0],
        try (0..<10).map { _ in
          let opened = try answer(session, to: .keyPressed(.enter, []))
          _ = try answer(session, to: .keyPressed(.enter, []))
          return opened
        }, &rows)
      session.send(.keyPressed(.escape, []))
    }
    if isWanted(names[1]) {
      add(
        names[1],
        try (0..<10).map { _ in
          session.send(.keyPressed(.character("2"), []))
          try settle(session)
          return try answer(session, to: .keyPressed(.character("3"), []))
        }, &rows)
    }
  }

  private func add(_ name: String, _ answers: [(first: Double, gap: Double)], _ rows: inout [FrameRow]) {
    rows.append(FrameRow("\(name): first frame", answers.map(\.first), goal: 100))
    rows.append(FrameRow("\(name): longest gap", answers.map(\.gap), goal: 100))
  }

  private func answer(_ session: Session, to event: Event) throws -> (first: Double, gap: Double) {
    let start = clock.now
    var gap = FrameGap(clock)
    var first: Double?
    session.send(event)
    repeat {
      guard session.step(waitingAtMost: 5) else { continue }
      gap.frame()
      // Nodes are on their way as soon as their new places are known.
      if first == nil, session.state.isAnimating || session.state.isSettled { first = milliseconds(since: start) }
    } while !session.state.isSettled || session.isDrawPending
    let time = first ?? milliseconds(since: start)
    try settle(session)
    return (time, gap.longest)
  }
}
