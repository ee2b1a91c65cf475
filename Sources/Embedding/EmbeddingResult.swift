/// A map and how it came about.
public struct EmbeddingResult: Sendable {
  /// x and y in turn, in the order of the data.
  public var positions: [Float]
  /// False when cancelled before the last iteration.
  public var completed: Bool
  public var iterations: Int
  /// Kullback-Leibler divergence of the map in nats; nil when cancelled before the optimization.
  public var divergence: Double?
  /// What the number of points allowed of the perplexity asked for.
  public var effectivePerplexity: Double
  /// Share of the ten nearest in the data that are among the ten nearest in the map; nil when cancelled.
  public var neighboursKept: Double?
  /// What the reader of the map should know, such as a lowered perplexity.
  public var messages: [String]
  /// Of the data, for a restart or the quality of another map; nil when cancelled before they were known.
  public var neighbours: NearestNeighbours?
  public var seconds: StageSeconds

  /// Wall time of each stage.
  public struct StageSeconds: Sendable, Hashable {
    public var neighbours = 0.0
    public var affinities = 0.0
    public var optimization = 0.0

    public init() {}
    public var total: Double { neighbours + affinities + optimization }
  }

  public init(
    positions: [Float], completed: Bool, iterations: Int, divergence: Double?, effectivePerplexity: Double,
    neighboursKept: Double?, messages: [String], neighbours: NearestNeighbours? = nil, seconds: StageSeconds
  ) {
    self.positions = positions
    self.completed = completed
    self.iterations = iterations
    self.divergence = divergence
    self.effectivePerplexity = effectivePerplexity
    self.neighboursKept = neighboursKept
    self.messages = messages
    self.neighbours = neighbours
    self.seconds = seconds
  }
}
