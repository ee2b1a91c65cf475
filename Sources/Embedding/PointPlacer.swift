import CEmbeddingKernels

/// Puts new points into a finished map, which stays as it is.
///
/// A point starts at the median of its nearest neighbours' places and moves by the gradient of its own divergence: attraction by
/// conditional probabilities of perplexity 5, exaggerated by 1.5, repulsion by the field of the whole map, which is computed once
/// (Poličar, Stražar and Zupan 2021, with their defaults). Owned by one thread.
///
/// - Cost: N D multiplications a point for its neighbours, then some microseconds; to make, one evaluation of the mesh.
public final class PointPlacer {
  private let rows: ProjectedRows
  private let positions: Block<SIMD2<Float>>
  private let field: FrozenField
  private let distances: Block<Float>

  private static let perplexity = 5.0
  private static let medianNeighbours = 25
  private static let exaggeration: Float = 1.5
  private static let iterations = 250
  private static let rate: Float = 0.1
  private static let momentum: Float = 0.8
  private static let steepest: Float = 0.25

  /// - Parameters:
  ///   - rows: what the map is of; at least one.
  ///   - positions: the map, x and y in turn.
  public init(rows: ProjectedRows, positions: [Float], threads: Int? = nil) {
    precondition(positions.count == 2 * rows.count && rows.count > 0, "\(positions.count) coordinates for \(rows.count) points")
    self.rows = rows
    self.positions = Block(rows.count, repeating: .zero)
    for index in 0..<rows.count { self.positions.start[index] = SIMD2(positions[2 * index], positions[2 * index + 1]) }
    field = FrozenField(of: self.positions.start, count: rows.count, team: WorkerTeam(threadCount: threads))
    distances = Block(rows.count, repeating: 0)
  }

  /// - Parameters:
  ///   - query: a row along the same components: `rows.components.project(picture:)`; finite.
  ///   - k: neighbours to tell, at most all points.
  public func place(_ query: [Float], k: Int = 10) -> Placement {
    precondition(query.count == rows.dimension, "\(query.count) coordinates where \(rows.dimension) are expected")
    let near = nearest(query, k: min(rows.count, max(k, Self.medianNeighbours)))
    let pulling = min(near.count, Int(3 * Self.perplexity))
    var weights = [Float](repeating: 0, count: pulling)
    var scratch = [Float](repeating: 0, count: 2 * (pulling + 7))
    Bandwidths.probabilities(
      near.prefix(pulling).map(\.squaredDistance), count: pulling,
      perplexity: Affinities.effectivePerplexity(Self.perplexity, count: pulling + 1), into: &weights, scratch: &scratch)
    let pulls = (0..<pulling).map { (place: positions.start[near[$0].index], weight: weights[$0]) }
    let start = median(near.prefix(Self.medianNeighbours).map { positions.start[$0.index] })
    return Placement(
      position: descend(from: start, pulls),
      neighbours: near.prefix(k).map { Placement.Neighbour(index: $0.index, distance: $0.squaredDistance.squareRoot()) })
  }

  private func descend(from start: SIMD2<Float>, _ pulls: [(place: SIMD2<Float>, weight: Float)]) -> SIMD2<Float> {
    var place = start
    var velocity = SIMD2<Float>.zero
    var gain = SIMD2<Float>(repeating: 1)
    for _ in 0..<Self.iterations {
      var gradient = SIMD2<Float>.zero
      for pull in pulls {
        let difference = place - pull.place
        gradient += difference * (pull.weight / (1 + (difference * difference).sum()))
      }
      let (value, slope) = field.sample(place)
      gradient = gradient * Self.exaggeration + slope * (0.5 / max(value, .leastNormalMagnitude))
      let length = (gradient * gradient).sum().squareRoot()
      if length > Self.steepest { gradient *= Self.steepest / length }
      let agreement = velocity * gradient
      gain.x = agreement.x > 0 ? gain.x * 0.8 + 0.01 : gain.x + 0.2
      gain.y = agreement.y > 0 ? gain.y * 0.8 + 0.01 : gain.y + 0.2
      velocity = velocity * Self.momentum - gain * gradient * Self.rate
      place = field.clamped(place + velocity)
    }
    return place
  }

  private func median(_ places: [SIMD2<Float>]) -> SIMD2<Float> {
    func middle(_ values: [Float]) -> Float {
      let sorted = values.sorted()
      let half = sorted.count / 2
      return sorted.count % 2 == 1 ? sorted[half] : 0.5 * (sorted[half - 1] + sorted[half])
    }
    return SIMD2(middle(places.map(\.x)), middle(places.map(\.y)))
  }

  /// The k nearest rows, nearest first, equal ones by index.
  private func nearest(_ query: [Float], k: Int) -> [(index: Int, squaredDistance: Float)] {
    loops.scan(rows.points, query, Int64(rows.dimension), 0, Int64(rows.count), distances.start)
    var best = [UInt64](repeating: .max, count: k)
    for row in 0..<rows.count {
      let key = UInt64(distances.start[row].bitPattern) << 32 | UInt64(row)
      guard key < best[k - 1] else { continue }
      var slot = k - 1
      while slot > 0 && best[slot - 1] > key {
        best[slot] = best[slot - 1]
        slot -= 1
      }
      best[slot] = key
    }
    return best.map { (Int($0 & 0xFFFF_FFFF), Float(bitPattern: UInt32($0 >> 32))) }
  }
}

/// Where a new point came to lie.
public struct Placement: Sendable, Hashable {
  public let position: SIMD2<Float>
  /// Nearest first.
  public let neighbours: [Neighbour]

  public init(position: SIMD2<Float>, neighbours: [Neighbour]) {
    self.position = position
    self.neighbours = neighbours
  }

  public struct Neighbour: Sendable, Hashable {
    public let index: Int
    /// Along the principal components.
    public let distance: Float

    public init(index: Int, distance: Float) {
      self.index = index
      self.distance = distance
    }
  }
}
