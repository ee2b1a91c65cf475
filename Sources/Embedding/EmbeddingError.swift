/// Why no map can be computed from what was given.
public enum EmbeddingError: Error, Sendable, Hashable, CustomStringConvertible {
  /// `values` numbers are not `count` rows of `dimension`.
  case wrongSize(values: Int, count: Int, dimension: Int)
  /// More points than indices of 32 bits can name.
  case tooManyPoints(count: Int, allowed: Int)
  case parameter(name: String, found: Double, allowed: String)
  /// A map to start from is no map of the data.
  case initialMap(found: String)

  public var description: String {
    switch self {
    case .wrongSize(let values, let count, let dimension):
      "the data has \(values) values, which are not \(count) rows of \(dimension)"
    case .tooManyPoints(let count, let allowed): "\(count) points are more than the \(allowed) that a map can hold"
    case .parameter(let name, let found, let allowed): "\(name) is \(found); allowed: \(allowed)"
    case .initialMap(let found): "the map to start from \(found)"
    }
  }
}

extension EmbeddingParameters {
  /// Throws for values with which no optimization makes sense.
  public func check() throws(EmbeddingError) {
    func require(_ holds: Bool, _ name: String, _ found: Double, _ allowed: String) throws(EmbeddingError) {
      if !holds { throw .parameter(name: name, found: found, allowed: allowed) }
    }
    try require(perplexity.isFinite && perplexity >= 1 && perplexity <= 10_000, "perplexity", perplexity, "1 to 10000")
    try require(exaggeration.isFinite && exaggeration >= 1 && exaggeration <= 1000, "exaggeration", exaggeration, "1 to 1000")
    if let learningRate {
      try require(learningRate.isFinite && learningRate > 0 && learningRate <= 1e9, "learningRate", learningRate, "above 0 to 1e9")
    }
    try require(earlyIterations >= 0 && earlyIterations <= 1_000_000, "earlyIterations", Double(earlyIterations), "0 to 1000000")
    try require(iterations >= 0 && iterations <= 1_000_000, "iterations", Double(iterations), "0 to 1000000")
    try require(components >= 1 && components <= 4096, "components", Double(components), "1 to 4096")
  }
}
