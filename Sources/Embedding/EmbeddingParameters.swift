/// What decides a map, with the defaults of openTSNE and FIt-SNE.
public struct EmbeddingParameters: Sendable, Hashable {
  public var perplexity: Double
  /// Iterations with early exaggeration.
  public var earlyIterations: Int
  /// Iterations after it.
  public var iterations: Int
  public var exaggeration: Double
  /// Step along the gradient; nil for N / exaggeration (Belkina et al. 2019).
  public var learningRate: Double?
  /// Pictures are first projected to this many principal components.
  public var components: Int
  public var seed: UInt64

  public init(
    perplexity: Double = 30, earlyIterations: Int = 250, iterations: Int = 500, exaggeration: Double = 12,
    learningRate: Double? = nil, components: Int = 50, seed: UInt64 = 1
  ) {
    self.perplexity = perplexity
    self.earlyIterations = earlyIterations
    self.iterations = iterations
    self.exaggeration = exaggeration
    self.learningRate = learningRate
    self.components = components
    self.seed = seed
  }
}

/// A map on its way.
public struct EmbeddingSnapshot: Sendable {
  /// x and y in turn, in the order of the data.
  public var positions: [Float]
  public var stage: Stage
  /// Of the current stage, 0...1.
  public var fraction: Double
  public var iteration: Int
  public var totalIterations: Int
  /// Kullback-Leibler divergence when last computed, in nats.
  public var divergence: Double?
  public var millisecondsPerIteration: Double
  /// Of the optimization at its present speed; nil before it began.
  public var secondsLeft: Double?
  /// True in the one snapshot that is sent when the run goes to rest.
  public var isPaused: Bool

  public enum Stage: String, Sendable { case components, neighbours, affinities, optimization }

  public init(
    positions: [Float], stage: Stage, fraction: Double, iteration: Int, totalIterations: Int, divergence: Double?,
    millisecondsPerIteration: Double, secondsLeft: Double? = nil, isPaused: Bool = false
  ) {
    self.positions = positions
    self.stage = stage
    self.fraction = fraction
    self.iteration = iteration
    self.totalIterations = totalIterations
    self.divergence = divergence
    self.millisecondsPerIteration = millisecondsPerIteration
    self.secondsLeft = secondsLeft
    self.isPaused = isPaused
  }
}
