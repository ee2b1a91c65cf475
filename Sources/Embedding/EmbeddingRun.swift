import Glibc

/// Maps projected rows: exact neighbours, affinities, optimization.
///
/// Runs on the caller's thread and a small team of its own, which is gone when the function returns.
///
/// - Parameters:
///   - neighbours: of the same rows, such as those of an earlier result: used where they reach as far as the perplexity asks.
///   - initial: a map to start from, x and y in turn, whose arrangement is inherited, not its size; nil for the first components.
///   - threads: nil for two, or as many as there are cores if fewer; the result does not depend on it.
///   - control: pauses and stops the run, from any thread.
///   - report: progress of every stage and, while optimizing, the map, about 60 times a second, on the caller's thread.
/// - Returns: the map, `completed` or as far as it came.
/// - Throws: `EmbeddingError` for parameters that make no sense.
public func embed(
  _ rows: ProjectedRows, neighbours: NearestNeighbours? = nil, initial: [Float]? = nil, parameters: EmbeddingParameters,
  threads: Int? = nil, control: EmbeddingControl = EmbeddingControl(), report: (EmbeddingSnapshot) -> Void
) throws(EmbeddingError) -> EmbeddingResult {
  try checkCount(rows.count)
  try parameters.check()
  try checkMemory(count: rows.count, perplexity: parameters.perplexity)
  if let initial {
    guard initial.count == 2 * rows.count else {
      throw .initialMap(found: "has \(initial.count) coordinates; expected: \(2 * rows.count)")
    }
    guard initial.allSatisfy(\.isFinite) else { throw .initialMap(found: "has coordinates that are no numbers") }
  }
  return withoutActuallyEscaping(report) { report in
    let run = EmbeddingRun(
      parameters: parameters, count: rows.count, team: WorkerTeam(threadCount: threads), control: control, report: report)
    return run.perform(rows, neighbours: neighbours, initial: initial)
  }
}

/// The divergence of any map of the rows whose neighbours are given, in nats: P of `perplexity` from the map's Q.
///
/// - Parameter positions: x and y in turn.
public func divergence(
  of positions: [Float], neighbours: NearestNeighbours, perplexity: Double, threads: Int? = nil
) throws(EmbeddingError) -> Double {
  let parameters = EmbeddingParameters(perplexity: perplexity)
  try parameters.check()
  guard positions.count == 2 * neighbours.count, positions.allSatisfy(\.isFinite) else {
    throw .initialMap(found: "is no map of \(neighbours.count) points")
  }
  guard positions.allSatisfy({ abs($0) <= largestCoordinate }) else {
    throw .initialMap(found: "has coordinates beyond \(largestCoordinate), whose distances single precision cannot hold")
  }
  let team = WorkerTeam(threadCount: threads)
  let k = Affinities.neighbours(
    perplexity: Affinities.effectivePerplexity(perplexity, count: neighbours.count), count: neighbours.count)
  guard let near = neighbours.nearest(k) else {
    throw .parameter(name: "perplexity", found: perplexity, allowed: "at most a third of the \(neighbours.k) neighbours that are known")
  }
  guard let affinities = Affinities(near, perplexity: perplexity, team: team, progress: { _ in true }) else { return 0 }
  return TSNE(affinities: affinities, initial: positions, parameters: parameters, team: team).measureDivergence()
}

/// Squares of what is larger are no longer numbers of single precision.
public let largestCoordinate: Float = 1e15

/// Refuses neighbours that this machine's memory cannot hold: the search takes about 20 bytes for each, the affinities 24.
private func checkMemory(count: Int, perplexity: Double) throws(EmbeddingError) {
  let k = Affinities.neighbours(perplexity: Affinities.effectivePerplexity(perplexity, count: count), count: count)
  let memory = Double(sysconf(Int32(_SC_PHYS_PAGES))) * Double(sysconf(Int32(_SC_PAGESIZE)))
  let needed = 44 * Double(count) * Double(k)
  guard needed <= memory else {
    throw .parameter(
      name: "perplexity", found: perplexity,
      allowed: "for \(count) points at most \(Int(perplexity * memory / needed)), by this machine's memory")
  }
}

/// One run: its clock, its progress, what is known of the map so far.
private final class EmbeddingRun {
  private let parameters: EmbeddingParameters
  private let count: Int
  private let team: WorkerTeam
  private let control: EmbeddingControl
  private let report: (EmbeddingSnapshot) -> Void
  private var result: EmbeddingResult
  private var stage = EmbeddingSnapshot.Stage.neighbours
  private var stageStart = seconds()
  private var lastReport = -1.0
  private var millisecondsPerIteration = 0.0
  private var optimizer: TSNE?

  static let secondsBetweenReports = 1.0 / 60
  private static let iterationsBetweenDivergences = 20
  private static let judgedNeighbours = 10

  init(
    parameters: EmbeddingParameters, count: Int, team: WorkerTeam, control: EmbeddingControl,
    report: @escaping (EmbeddingSnapshot) -> Void
  ) {
    self.parameters = parameters
    self.count = count
    self.team = team
    self.control = control
    self.report = report
    let perplexity = Affinities.effectivePerplexity(parameters.perplexity, count: count)
    result = EmbeddingResult(
      positions: [], completed: false, iterations: 0, divergence: nil, effectivePerplexity: perplexity, neighboursKept: nil,
      messages: [], seconds: EmbeddingResult.StageSeconds())
    if perplexity < parameters.perplexity {
      result.messages.append(
        "perplexity lowered from \(parameters.perplexity) to \((perplexity * 100).rounded() / 100): there are only \(count) points")
    }
  }

  func perform(_ rows: ProjectedRows, neighbours known: NearestNeighbours?, initial: [Float]?) -> EmbeddingResult {
    guard count > 0 else {
      result.completed = true
      result.divergence = 0
      return result
    }
    result.positions =
      initial.map { InitialMap.positions(from: $0, seed: parameters.seed) }
      ?? InitialMap.positions(components: rows.points, count: count, dimension: rows.dimension, seed: parameters.seed)

    begin(.neighbours)
    let k = Affinities.neighbours(perplexity: result.effectivePerplexity, count: count)
    // How good the map is is told by ten, also where a low perplexity asks for fewer.
    let wanted = max(k, min(Self.judgedNeighbours, count - 1))
    let all =
      known.flatMap { $0.count == count && $0.k >= wanted ? $0 : nil }
      ?? NearestNeighbours(
        points: rows.points, count: count, dimension: rows.dimension, k: wanted, team: team, progress: { goOn($0) })
    result.seconds.neighbours = elapsed
    guard let all, let neighbours = all.nearest(k) else { return result }
    result.neighbours = all

    begin(.affinities)
    let affinities = Affinities(neighbours, perplexity: parameters.perplexity, team: team) { goOn($0) }
    result.seconds.affinities = elapsed
    guard let affinities else { return result }

    optimize(affinities)
    if result.completed || result.iterations > 0 {
      result.neighboursKept =
        MapQuality(positions: result.positions, neighbours: all, labels: nil, k: Self.judgedNeighbours, team: team).neighboursKept
    }
    return result
  }

  private func optimize(_ affinities: Affinities) {
    begin(.optimization)
    let optimizer = TSNE(affinities: affinities, initial: result.positions, parameters: parameters, team: team)
    self.optimizer = optimizer
    let total = optimizer.totalIterations
    while optimizer.iteration < total && control.goOn(rests: rest) {
      let start = seconds()
      optimizer.step(measuringDivergence: optimizer.iteration % Self.iterationsBetweenDivergences == 0)
      let milliseconds = 1000 * (seconds() - start)
      millisecondsPerIteration += (milliseconds - millisecondsPerIteration) * (optimizer.iteration == 1 ? 1 : 0.1)
      if seconds() - lastReport >= Self.secondsBetweenReports { publish() }
    }
    result.iterations = optimizer.iteration
    result.completed = optimizer.iteration == total
    result.divergence = optimizer.measureDivergence()
    result.positions = optimizer.map
    publish()
    result.seconds.optimization = elapsed
  }

  private func begin(_ stage: EmbeddingSnapshot.Stage) {
    self.stage = stage
    stageStart = seconds()
    lastReport = -1
  }

  private var elapsed: Double { seconds() - stageStart }

  /// Reports now and then; false when stopped.
  private func goOn(_ fraction: Double) -> Bool {
    if seconds() - lastReport >= Self.secondsBetweenReports { publish(fraction) }
    return control.goOn(rests: rest)
  }

  /// A pause is told as it begins and as it ends, and is nobody's working time.
  private func rest(begins: Bool) {
    if begins { restStart = seconds() } else { stageStart += seconds() - restStart }
    isPaused = begins
    publish()
  }

  private var restStart = 0.0
  private var isPaused = false
  private var fraction = 0.0

  private func publish(_ newFraction: Double? = nil) {
    lastReport = seconds()
    if let newFraction { fraction = max(0, min(1, newFraction)) }
    let total = parameters.earlyIterations + parameters.iterations
    let isOptimizing = stage == .optimization
    let iteration = optimizer?.iteration ?? 0
    report(
      EmbeddingSnapshot(
        positions: optimizer?.map ?? result.positions, stage: stage,
        fraction: !isOptimizing ? fraction : total == 0 ? 1 : Double(iteration) / Double(total), iteration: iteration,
        totalIterations: total, divergence: optimizer?.divergence, millisecondsPerIteration: millisecondsPerIteration,
        secondsLeft: isOptimizing ? Double(total - iteration) * millisecondsPerIteration / 1000 : nil, isPaused: isPaused))
  }
}

/// A clock that only runs forward.
private func seconds() -> Double {
  var time = timespec()
  clock_gettime(CLOCK_MONOTONIC, &time)
  return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
}
