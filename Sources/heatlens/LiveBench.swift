import AppCore
import Datasets
import Embedding
import Foundation
import FusedKernels
import Geometry
import Platform
import Workers

/// What watching a run costs: the same iterations of the same run once alone, and once in a window that is panned and zoomed all the
/// time; in pairs, so that a machine whose speed drifts slows both.
struct LiveBench {
  let dataPath: String?
  let modelPath: String?
  let pairs: Int
  private let clock = ContinuousClock()
  private static let size = Size(1280, 800)
  /// Iterations that are timed: late enough for a map of some size, early enough for a run that is never finished, so never kept.
  private static let timed = 300..<600

  private struct Watched {
    let millisecondsPerIteration: Double
    let framesPerSecond: Double
    let longestGap: Double
    let frameTime: Double
  }

  func rows() throws -> [BenchRow] {
    let digits = try Places().digits(dataPath)
    // A seed that no kept map has, so that there is something to compute.
    let parameters = EmbeddingParameters(seed: .random(in: 1 << 32..<1 << 53))
    var alone: [Double] = []
    var watched: [Watched] = []
    for _ in 0..<pairs {
      alone.append(try iterationAlone(digits, parameters))
      watched.append(try iterationWatched(parameters))
    }
    let slowing = zip(alone, watched).map { $1.millisecondsPerIteration / $0 }
    return [
      BenchRow(name: "live: one iteration alone", milliseconds: median(alone)),
      BenchRow(
        name: "live: one iteration while the map is panned and zoomed", milliseconds: median(watched.map(\.millisecondsPerIteration))),
      BenchRow(name: "live: times as long, in the pair", value: median(slowing), unit: "x"),
      BenchRow(name: "live: frames a second meanwhile", value: median(watched.map(\.framesPerSecond)), unit: "1/s"),
      BenchRow(name: "live: describing and drawing one of them", milliseconds: median(watched.map(\.frameTime))),
      BenchRow(name: "live: longest gap between two of them", milliseconds: watched.map(\.longestGap).max() ?? 0),
    ]
  }

  /// By the same worker as in the window, at whose reports nobody looks but a stopwatch.
  private func iterationAlone(_ digits: DigitCollection, _ parameters: EmbeddingParameters) throws -> Double {
    let workers = Workers(kernels: FusedKernels(), places: Places()) {}
    defer { workers.stop() }
    workers.perform(.embed(MapRequest(id: RequestID(1), digits: digits, parameters: parameters, takesKnownMap: false)))
    var stopwatch = IterationStopwatch(Self.timed, clock)
    while !stopwatch.isOver {
      for event in workers.mailbox.drain() {
        switch event {
        case .embeddingAdvanced(_, let snapshot): stopwatch.note(snapshot.iteration)
        case .failed(_, let message): throw CommandFailure(message: message, exitCode: 70)
        default: break
        }
      }
      Thread.sleep(forTimeInterval: 0.005)
    }
    return stopwatch.millisecondsPerIteration
  }

  private func iterationWatched(_ parameters: EmbeddingParameters) throws -> Watched {
    let session = try Session(
      window: Window(offscreenSize: Self.size),
      options: AppOptions(dataPath: dataPath, modelPath: modelPath, embedding: parameters))
    defer { session.close() }
    var stopwatch = IterationStopwatch(Self.timed, clock)
    var gap = FrameGap(clock)
    var frames: [Double] = []
    var turn = 0
    while !stopwatch.isOver, session.state.errorMessage == nil {
      stopwatch.note(stateReport(of: session.state, frame: 0).map.iteration ?? 0)
      guard stopwatch.isRunning else {
        _ = session.step(waitingAtMost: 5)
        gap.frame()
        continue
      }
      // What a hand does: the wheel back and forth, and the view dragged in between, every few milliseconds.
      turn += 1
      if turn % 64 < 32 {
        session.send(.wheelTurned(notches: turn % 32 < 16 ? 0.1 : -0.1, at: Point(300, 300), []))
      } else {
        session.send(.keyPressed(turn % 32 < 16 ? .left : .right, []))
      }
      if session.step(waitingAtMost: 8) {
        gap.frame()
        frames.append(session.lastFrameTime.seconds * 1000)
      }
    }
    if let message = session.state.errorMessage { throw CommandFailure(message: message, exitCode: 65) }
    return Watched(
      millisecondsPerIteration: stopwatch.millisecondsPerIteration, framesPerSecond: Double(frames.count) / stopwatch.seconds,
      longestGap: gap.longest, frameTime: median(frames))
  }

  private func median(_ values: [Double]) -> Double { values.isEmpty ? 0 : values.sorted()[values.count / 2] }
}

/// The time that a range of iterations takes, from the reports that come of them.
private struct IterationStopwatch {
  private let range: Range<Int>
  private let clock: ContinuousClock
  private var start: (iteration: Int, instant: ContinuousClock.Instant)?
  private var end: (iteration: Int, instant: ContinuousClock.Instant)?

  init(_ range: Range<Int>, _ clock: ContinuousClock) {
    self.range = range
    self.clock = clock
  }

  var isRunning: Bool { start != nil && end == nil }
  var isOver: Bool { end != nil }

  mutating func note(_ iteration: Int) {
    if start == nil, iteration >= range.lowerBound { start = (iteration, clock.now) }
    if end == nil, iteration >= range.upperBound { end = (iteration, clock.now) }
  }

  var seconds: Double { start.flatMap { start in end.map { ($0.instant - start.instant).seconds } } ?? 0 }

  var millisecondsPerIteration: Double {
    guard let start, let end, end.iteration > start.iteration else { return 0 }
    return 1000 * seconds / Double(end.iteration - start.iteration)
  }
}
