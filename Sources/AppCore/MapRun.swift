import Embedding

/// How far the run is whose map is, or will be, on screen.
struct MapRun: Sendable {
  enum Phase: String, Sendable, CaseIterable {
    /// Nothing was asked for.
    case idle
    case running
    case paused
    /// Ended before its last iteration; its map is kept as far as it came.
    case stopped
    case finished
  }

  /// What happens to a run.
  enum Step: Sendable, CaseIterable { case ordered, finished, failed, pause, resume, stop }

  /// What was asked for last.
  struct Order: Sendable {
    let id: RequestID
    let source: MapSource
    let parameters: EmbeddingParameters
  }

  /// The newest report.
  struct Report: Sendable {
    let stage: EmbeddingSnapshot.Stage
    let iteration: Int
    let totalIterations: Int
    let divergence: Double?
    let millisecondsPerIteration: Double
    let secondsLeft: Double?
  }

  var phase = Phase.idle
  var order: Order?
  var report: Report?

  /// Whether something is under way that can be stopped.
  var isActive: Bool { phase == .running || phase == .paused }

  /// The phase after a step; nil where the step means nothing in this phase.
  static func phase(_ phase: Phase, after step: Step) -> Phase? {
    switch (step, phase) {
    case (.ordered, _): .running
    case (.pause, .running): .paused
    case (.resume, .paused): .running
    case (.stop, .running), (.stop, .paused): .stopped
    case (.finished, .running), (.finished, .paused): .finished
    // The map of a run that was stopped comes after it.
    case (.finished, .stopped): .stopped
    case (.failed, .running), (.failed, .paused): .stopped
    case (.pause, _), (.resume, _), (.stop, _), (.finished, _), (.failed, _): nil
    }
  }
}
