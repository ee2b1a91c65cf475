import Glibc
import Tensors

/// Maps pictures: principal components, exact neighbours, affinities, optimization.
///
/// Runs on the caller's thread and a small team of its own, which is gone when the function returns.
///
/// - Parameters:
///   - images: `[count, dimension]`, bytes.
///   - threads: nil for two, or as many as there are cores if fewer; the result does not depend on it.
///   - isCancelled: asked between blocks and iterations, on the caller's thread; acted upon within about 200 ms.
///   - report: progress of every stage and, while optimizing, the map, at most 40 times a second, on the caller's thread. There
///     are no positions before the principal components are known.
/// - Returns: the map, `completed` or as far as it came; nil when cancelled before there was one.
/// - Throws: `EmbeddingError` for sizes or parameters that make no sense.
public func embed(
  images: [UInt8], count: Int, dimension: Int, parameters: EmbeddingParameters, matrices: any MatrixProduct, threads: Int? = nil,
  isCancelled: () -> Bool, report: (EmbeddingSnapshot) -> Void
) throws(EmbeddingError) -> EmbeddingResult? {
  try checkSize(values: images.count, count: count, dimension: dimension)
  try parameters.check()
  return images.withUnsafeBufferPointer { pixels in
    run(
      PixelRows(rows: pixels, dimension: dimension), count: count, scale: 1 / 255, parameters: parameters, matrices: matrices,
      threads: threads, isCancelled: isCancelled, report: report)
  }
}

/// Maps rows of numbers, such as the output of a layer of a network; otherwise like the function for pictures.
public func embed(
  values: [Float], count: Int, dimension: Int, parameters: EmbeddingParameters, matrices: any MatrixProduct, threads: Int? = nil,
  isCancelled: () -> Bool, report: (EmbeddingSnapshot) -> Void
) throws(EmbeddingError) -> EmbeddingResult? {
  try checkSize(values: values.count, count: count, dimension: dimension)
  try parameters.check()
  return values.withUnsafeBufferPointer { values in
    run(
      NumberRows(rows: values, dimension: dimension), count: count, scale: 1, parameters: parameters, matrices: matrices,
      threads: threads, isCancelled: isCancelled, report: report)
  }
}

private func checkSize(values: Int, count: Int, dimension: Int) throws(EmbeddingError) {
  let (product, overflow) = count.multipliedReportingOverflow(by: dimension)
  guard count >= 0, dimension >= 1, !overflow, product == values else {
    throw .wrongSize(values: values, count: count, dimension: dimension)
  }
  let most = 10_000_000
  guard count <= most else { throw .tooManyPoints(count: count, allowed: most) }
}

private func run(
  _ source: some RowSource, count: Int, scale: Float, parameters: EmbeddingParameters, matrices: any MatrixProduct, threads: Int?,
  isCancelled: () -> Bool, report: (EmbeddingSnapshot) -> Void
) -> EmbeddingResult? {
  withoutActuallyEscaping(isCancelled) { isCancelled in
    withoutActuallyEscaping(report) { report in
      let run = EmbeddingRun(
        parameters: parameters, count: count, team: WorkerTeam(threadCount: threads), isCancelled: isCancelled, report: report)
      return run.perform(source, scale: scale, matrices: matrices)
    }
  }
}

/// One run: its clock, its progress, what is known of the map so far.
private final class EmbeddingRun {
  private let parameters: EmbeddingParameters
  private let count: Int
  private let team: WorkerTeam
  private let isCancelled: () -> Bool
  private let report: (EmbeddingSnapshot) -> Void
  private var result: EmbeddingResult
  private var stage = EmbeddingSnapshot.Stage.components
  private var stageStart = seconds()
  private var lastReport = -1.0
  private var millisecondsPerIteration = 0.0

  private static let secondsBetweenReports = 0.025
  private static let iterationsBetweenDivergences = 25

  init(
    parameters: EmbeddingParameters, count: Int, team: WorkerTeam, isCancelled: @escaping () -> Bool,
    report: @escaping (EmbeddingSnapshot) -> Void
  ) {
    self.parameters = parameters
    self.count = count
    self.team = team
    self.isCancelled = isCancelled
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

  func perform(_ source: some RowSource, scale: Float, matrices: any MatrixProduct) -> EmbeddingResult? {
    guard count > 0 else {
      result.completed = true
      result.divergence = 0
      return result
    }
    begin(.components)
    let components = PrincipalComponents(
      source: source, rowCount: count, scale: scale, components: parameters.components, matrices: matrices,
      progress: { goOn(0.8 * $0) })
    guard let components,
      let points = components.project(source: source, rowCount: count, matrices: matrices, progress: { goOn(0.8 + 0.2 * $0) })
    else { return nil }
    result.positions = InitialMap.positions(components: points, count: count, dimension: components.count, seed: parameters.seed)
    result.seconds.components = elapsed

    begin(.neighbours)
    let neighbours = NearestNeighbours(
      points: points, count: count, dimension: components.count,
      k: Affinities.neighbours(perplexity: result.effectivePerplexity, count: count), matrices: matrices, team: team,
      progress: { goOn($0) })
    result.seconds.neighbours = elapsed
    guard let neighbours else { return result }

    begin(.affinities)
    let affinities = Affinities(neighbours, perplexity: parameters.perplexity, team: team) { goOn($0) }
    result.seconds.affinities = elapsed
    guard let affinities else { return result }

    optimize(affinities)
    if result.completed {
      result.neighboursKept = NeighbourQuality.neighboursKept(positions: result.positions, neighbours: neighbours, team: team)
    }
    return result
  }

  private func optimize(_ affinities: Affinities) {
    begin(.optimization)
    let optimizer = TSNE(affinities: affinities, initial: result.positions, parameters: parameters, team: team)
    let total = optimizer.totalIterations
    while optimizer.iteration < total && !isCancelled() {
      let start = seconds()
      optimizer.step(measuringDivergence: optimizer.iteration % Self.iterationsBetweenDivergences == 0)
      let milliseconds = 1000 * (seconds() - start)
      millisecondsPerIteration += (milliseconds - millisecondsPerIteration) * (optimizer.iteration == 1 ? 1 : 0.1)
      if seconds() - lastReport >= Self.secondsBetweenReports { publish(optimizer) }
    }
    result.iterations = optimizer.iteration
    result.completed = optimizer.iteration == total
    result.divergence = optimizer.measureDivergence()
    result.positions = optimizer.map
    publish(optimizer)
    result.seconds.optimization = elapsed
  }

  private func publish(_ optimizer: TSNE) {
    lastReport = seconds()
    let total = optimizer.totalIterations
    report(
      EmbeddingSnapshot(
        positions: optimizer.map, stage: .optimization, fraction: total == 0 ? 1 : Double(optimizer.iteration) / Double(total),
        iteration: optimizer.iteration, totalIterations: total, divergence: optimizer.divergence,
        millisecondsPerIteration: millisecondsPerIteration))
  }

  private func begin(_ stage: EmbeddingSnapshot.Stage) {
    self.stage = stage
    stageStart = seconds()
    lastReport = -1
  }

  private var elapsed: Double { seconds() - stageStart }

  /// Reports now and then; false when cancelled.
  private func goOn(_ fraction: Double) -> Bool {
    if seconds() - lastReport >= Self.secondsBetweenReports {
      lastReport = seconds()
      report(
        EmbeddingSnapshot(
          positions: result.positions, stage: stage, fraction: max(0, min(1, fraction)), iteration: 0,
          totalIterations: parameters.earlyIterations + parameters.iterations, divergence: nil, millisecondsPerIteration: 0))
    }
    return !isCancelled()
  }
}

/// A clock that only runs forward.
private func seconds() -> Double {
  var time = timespec()
  clock_gettime(CLOCK_MONOTONIC, &time)
  return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
}
