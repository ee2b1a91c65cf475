import AppCore
import Geometry
import Scene

/// Strokes on the pad, and what follows them.
extension FrameSituations {
  /// What was measured while a pen moved.
  private struct Strokes {
    /// From each move to the frame with a heatmap of a picture that has it.
    var delays: [Double] = []
    /// Between frames with other heatmaps.
    var periods: [Double] = []
    /// Heatmaps a second, stroke by stroke.
    var rates: [Double] = []
    /// Describing and drawing a frame.
    var frames: [Double] = []
  }

  func stroke(_ session: Session, _ rows: inout [FrameRow]) throws {
    let names = ["stroke to heatmap", "stroke: heatmaps a second"]
    guard names.contains(where: isWanted) else { return }
    let strokes = try self.strokes(session)
    rows.append(FrameRow(names[0], strokes.delays, goal: 50))
    rows.append(FrameRow(names[1], strokes.rates, unit: "1/s", goal: nil, isRate: true))
  }

  /// The same while the network shows it too: pictures in blocks, and all maps of one that is chosen.
  func strokeWithNetwork(_ session: Session, _ rows: inout [FrameRow]) throws {
    let name = "stroke with the network open"
    guard isWanted(name) else { return }
    for _ in 0..<12 { session.send(.keyPressed(.character("."), [])) }
    try settle(session)
    var showsAll = true
    let strokes = try self.strokes(session) {
      let keys = scene(of: session.state).items.compactMap { item in if case .image(let image) = item.primitive { image.key } else { nil } }
      showsAll = ["node.", "map.activation.", "map.relevance."].allSatisfy { kind in keys.contains { $0.hasPrefix(kind) } }
    }
    rows.append(FrameRow("\(name): to heatmap", strokes.delays, goal: nil, isRight: showsAll))
    rows.append(FrameRow("\(name): between heatmaps", strokes.periods, goal: nil))
    rows.append(FrameRow("\(name): heatmaps a second", strokes.rates, unit: "1/s", goal: 20, isRight: showsAll, isRate: true))
    rows.append(FrameRow("\(name): one frame", strokes.frames, goal: nil))
    session.send(.keyPressed(.escape, []))
    try settle(session)
  }

  /// A pen that moves 125 times a second, whatever the window does.
  ///
  /// - Parameter look: called when the strokes are there, before the pad is closed.
  private func strokes(_ session: Session, look: () -> Void = {}) throws -> Strokes {
    var strokes = Strokes()
    session.send(.keyPressed(.character("d"), []))
    _ = session.step(waitingAtMost: 5)
    guard let pad = session.state.padFrame else { return strokes }
    // The first stroke of a session makes what places drawings in the map, once, behind everything else.
    session.send(.pointerPressed(.left, pad.center, clicks: 1, []))
    session.send(.pointerReleased(.left, pad.center, []))
    try settle(session)
    for turn in 0..<3 {
      let moves = circle(Point(pad.center.x, pad.center.y + pad.height * 0.04 * Double(turn)), pad.width * 0.25, 200)
      // With each move the newest request before it: any newer one is of a picture that has the move.
      var waiting: [(since: ContinuousClock.Instant, before: RequestID)] = []
      var next = 0
      session.send(.pointerPressed(.left, moves[0], clicks: 1, []))
      let start = clock.now
      var shown = (id: session.explained, at: start, count: 0)
      while next < moves.count || !waiting.isEmpty {
        while next < moves.count, clock.now >= start + Self.penPace * next {
          waiting.append((start + Self.penPace * next, session.asked ?? RequestID(0)))
          session.send(.pointerMoved(moves[next], []))
          next += 1
        }
        let rest = start + Self.penPace * next - clock.now
        guard session.step(waitingAtMost: max(0, Int(rest.seconds * 1000))) else { continue }
        strokes.frames.append(session.lastFrameTime.seconds * 1000)
        guard let explained = session.explained, explained != shown.id else { continue }
        if shown.count > 0 { strokes.periods.append(milliseconds(since: shown.at)) }
        shown = (explained, clock.now, shown.count + 1)
        while let first = waiting.first, first.before < explained {
          strokes.delays.append(milliseconds(since: first.since))
          waiting.removeFirst()
        }
      }
      strokes.rates.append(1000 * Double(shown.count) / milliseconds(since: start))
      session.send(.pointerReleased(.left, moves[moves.count - 1], []))
      try settle(session)
    }
    look()
    session.send(.keyPressed(.character("d"), []))
    try settle(session)
    return strokes
  }
}
