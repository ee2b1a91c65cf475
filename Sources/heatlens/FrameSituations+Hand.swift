import AppCore
import Foundation
import Geometry
import Platform

/// What a hand does, and how long the window takes to answer.
extension FrameSituations {
  func makeSession(modelPath: String? = nil) throws -> Session {
    let window = View.hasDisplay ? try Window(size: Self.size) : try Window(offscreenSize: Self.size)
    return try Session(window: window, options: AppOptions(dataPath: dataPath, modelPath: modelPath ?? self.modelPath))
  }

  func settle(_ session: Session) throws {
    while !session.state.isAtRest || session.isDrawPending {
      _ = session.step(waitingAtMost: 5)
      if let message = session.state.errorMessage { throw CommandFailure(message: message, exitCode: EX_DATAERR) }
    }
  }

  /// Events at the pace of a hand; nil is time that passes. The times of the frames that answered.
  func times(_ session: Session, _ events: [Event?]) -> [Double] {
    var times: [Double] = []
    var due = clock.now
    for event in events {
      sleep(until: due)
      let start = clock.now
      due = max(due, start - Self.pace) + Self.pace
      if let event { session.send(event) }
      if session.step(waitingAtMost: 0) { times.append(milliseconds(since: start)) }
    }
    return times
  }

  func sleep(until due: ContinuousClock.Instant) {
    let rest = (due - clock.now).seconds
    if rest > 0 { Thread.sleep(forTimeInterval: rest) }
  }

  func drag(_ session: Session, _ points: [Point]) -> [Double] {
    session.send(.pointerPressed(.left, points[0], clicks: 1, []))
    defer { session.send(.pointerReleased(.left, points[points.count - 1], [])) }
    return times(session, points.dropFirst().map { .pointerMoved($0, []) })
  }

  func click(_ session: Session, _ point: Point) -> [Double] {
    defer { session.send(.pointerReleased(.left, point, [])) }
    return times(session, [.pointerPressed(.left, point, clicks: 1, [])])
  }

  func circle(_ centre: Point, _ radius: Double, _ count: Int) -> [Point] {
    (0..<count).map { centre + Point(cos(0.11 * Double($0)), sin(0.07 * Double($0))) * radius }
  }

  /// A notch, and what is seen of it before the next.
  func wheel(_ point: Point, _ notches: Int) -> [Event?] {
    (0..<abs(notches)).flatMap { _ in
      [.wheelTurned(notches: notches > 0 ? 1 : -1, at: point, [])] + [Event?](repeating: nil, count: 7)
    }
  }

  func milliseconds(since start: ContinuousClock.Instant) -> Double { (clock.now - start).seconds * 1000 }
}
