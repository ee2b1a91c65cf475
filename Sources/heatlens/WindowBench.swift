import AppCore
import Embedding
import Geometry
import Platform

/// Measures what a person at the window waits for, in a window without a display: the same events, workers and drawing.
struct WindowBench {
  let dataPath: String?
  let modelPath: String?
  private let clock = ContinuousClock()
  private static let size = Size(1280, 800)

  func rows() throws -> [BenchRow] {
    var rows: [BenchRow] = []
    let start = clock.now
    let session = try makeSession(seed: EmbeddingParameters().seed)
    while stateReport(of: session.state, frame: 0).points == 0 && session.state.errorMessage == nil { _ = session.step(waitingAtMost: 5) }
    rows.append(BenchRow(name: "window: start to the map's first frame", milliseconds: milliseconds(since: start)))
    settle(session)
    if let message = session.state.errorMessage { throw CommandFailure(message: message, exitCode: 65) }
    rows.append(BenchRow(name: "window: choosing a digit to its heatmap", milliseconds: choosing(session)))
    rows += drawing(session)
    session.close()
    rows.append(try longestGapWhileMapping())
    return rows
  }

  private func makeSession(seed: UInt64) throws -> Session {
    try Session(
      window: Window(offscreenSize: Self.size),
      options: AppOptions(dataPath: dataPath, modelPath: modelPath, embedding: EmbeddingParameters(seed: seed)))
  }

  private func settle(_ session: Session) {
    while (!session.state.isSettled || session.isDrawPending) && session.state.errorMessage == nil { _ = session.step(waitingAtMost: 5) }
  }

  /// Median over digits that the Tab key walks through, from the key to the frame with the heatmap.
  private func choosing(_ session: Session) -> Double {
    var times: [Double] = []
    for _ in 0..<15 {
      let start = clock.now
      session.send(.keyPressed(.tab, []))
      settle(session)
      times.append(milliseconds(since: start))
    }
    return times.sorted()[times.count / 2]
  }

  /// A pen that moves for three seconds, 125 times a second as most do: time per explained frame, and the longest time without any frame.
  private func drawing(_ session: Session) -> [BenchRow] {
    session.send(.keyPressed(.character("d"), []))
    _ = session.step(waitingAtMost: 5)
    guard let pad = session.state.padFrame else { return [] }
    // The first stroke of a session makes what places drawings in the map, once, behind everything else.
    session.send(.pointerPressed(.left, pad.center, clicks: 1, []))
    session.send(.pointerReleased(.left, pad.center, []))
    settle(session)
    let start = clock.now
    let explained = session.explanationCount
    var gap = FrameGap(clock)
    var frames: [Double] = []
    session.send(.pointerPressed(.left, pad.center, clicks: 1, []))
    while clock.now - start < .seconds(3) {
      let share = (clock.now - start).seconds / 3
      session.send(.pointerMoved(Point(pad.x + pad.width * (0.25 + 0.5 * share), pad.y + pad.height * (0.3 + 0.4 * share)), []))
      if session.step(waitingAtMost: 8) {
        gap.frame()
        frames.append(session.lastFrameTime.seconds * 1000)
      }
    }
    let count = session.explanationCount - explained
    session.send(.pointerReleased(.left, pad.center, []))
    settle(session)
    return [
      BenchRow(name: "window: one explained frame while drawing", milliseconds: 3000 / Double(max(1, count))),
      BenchRow(name: "window: drawing one frame meanwhile", milliseconds: frames.isEmpty ? 0 : frames.sorted()[frames.count / 2]),
      BenchRow(name: "window: longest gap between frames while drawing", milliseconds: gap.longest),
    ]
  }

  /// A map of all digits is computed anew while the view is panned for twelve seconds.
  private func longestGapWhileMapping() throws -> BenchRow {
    // Another seed than the shipped map's, so that there is something to compute.
    let session = try makeSession(seed: 0x5EED)
    while stateReport(of: session.state, frame: 0).points == 0 && session.state.errorMessage == nil { _ = session.step(waitingAtMost: 5) }
    let start = clock.now
    var gap = FrameGap(clock)
    while clock.now - start < .seconds(12) {
      let isEven = Int((clock.now - start).seconds * 20) % 2 == 0
      session.send(.wheelTurned(notches: isEven ? 0.2 : -0.2, at: Point(300, 300), []))
      if session.step(waitingAtMost: 5) { gap.frame() }
    }
    session.close()
    return BenchRow(name: "window: longest gap between frames while a map is computed", milliseconds: gap.longest)
  }

  private func milliseconds(since start: ContinuousClock.Instant) -> Double { (clock.now - start).seconds * 1000 }
}

/// The longest time between two frames.
struct FrameGap {
  private let clock: ContinuousClock
  private var last: ContinuousClock.Instant
  private(set) var longest = 0.0

  init(_ clock: ContinuousClock) {
    self.clock = clock
    last = clock.now
  }

  mutating func frame() {
    let now = clock.now
    longest = max(longest, (now - last).seconds * 1000)
    last = now
  }
}
