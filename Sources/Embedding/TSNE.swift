import CEmbeddingKernels
import Glibc

/// t-distributed stochastic neighbour embedding in two dimensions, one iteration at a time.
///
/// Van der Maaten and Hinton 2008; learning rate N / exaggeration after Belkina et al. 2019; repulsion by `ParticleMesh`, for
/// fewer points pair by pair. The same affinities, start and parameters give the same bytes, whatever the number of threads.
public final class TSNE {
  public let parameters: EmbeddingParameters
  public let count: Int
  /// Iterations done.
  public private(set) var iteration = 0
  /// Kullback-Leibler divergence of P from the map's Q in nats, as of the start of the last iteration that was asked for it.
  public private(set) var divergence: Double?

  private let affinities: Affinities
  private let team: WorkerTeam
  private let mesh: ParticleMesh?
  private var attraction: Attraction
  /// The point of the data at each place, and its inverse.
  private var order: [Int32]
  private var places: [Int32]
  private var positions: Block<SIMD2<Float>>
  private var velocities: Block<SIMD2<Float>>
  private var gains: Block<SIMD2<Float>>
  private let repulsive: Block<SIMD2<Float>>
  /// Of each slab: the sums of x and y, and least and greatest x and y.
  private let sums = Block<Double>(2 * TSNE.slabs, repeating: 0)
  private let bounds = Block<Float>(4 * TSNE.slabs, repeating: 0)
  private let attractive: Block<SIMD2<Float>>
  private var low = SIMD2<Float>(repeating: 0)
  private var high = SIMD2<Float>(repeating: 0)

  /// From here on the mesh is faster than all pairs.
  static let fewestForMesh = 1000
  private static let momentum: Float = 0.8
  private static let longestStep: Float = 5
  private static let slabs = 64

  /// - Parameters:
  ///   - initial: x and y in turn, in the order of the affinities; finite.
  ///   - team: used by one object at a time.
  public init(affinities: Affinities, initial: [Float], parameters: EmbeddingParameters, team: WorkerTeam) {
    precondition(initial.count == 2 * affinities.count, "\(initial.count) coordinates for \(affinities.count) points")
    count = affinities.count
    self.affinities = affinities
    self.parameters = parameters
    self.team = team
    mesh = count >= Self.fewestForMesh ? ParticleMesh(count: count, team: team) : nil
    let start = Block<SIMD2<Float>>(count, repeating: .zero)
    for point in 0..<count { start.start[point] = SIMD2(initial[2 * point], initial[2 * point + 1]) }
    order = (0..<Int32(count)).map { $0 }
    places = order
    positions = start
    velocities = Block(count, repeating: .zero)
    gains = Block(count, repeating: SIMD2(repeating: 1))
    repulsive = Block(count, repeating: .zero)
    attractive = Block(count, repeating: .zero)
    order = MortonOrder.order(start.start, count: count)
    places = Self.inverse(order)
    attraction = Attraction(affinities, order: order, places: places, team: team)
    positions = Self.permuted(start, by: order)
    for slab in 0..<Self.slabs {
      for place in count * slab / Self.slabs..<count * (slab + 1) / Self.slabs {
        sums.start[2 * slab] += Double(positions.start[place].x)
        sums.start[2 * slab + 1] += Double(positions.start[place].y)
      }
    }
    recentre()
  }

  public var totalIterations: Int { parameters.earlyIterations + parameters.iterations }

  /// Factor on P in the next iteration.
  public var exaggeration: Double { iteration < parameters.earlyIterations ? parameters.exaggeration : 1 }

  /// x and y in turn, in the order of the data.
  public var map: [Float] {
    [Float](unsafeUninitializedCapacity: 2 * count) { result, size in
      for place in 0..<count {
        let point = Int(order[place])
        result[2 * point] = positions.start[place].x
        result[2 * point + 1] = positions.start[place].y
      }
      size = 2 * count
    }
  }

  /// One iteration of gradient descent with momentum and gains.
  ///
  /// - Parameter measuringDivergence: also computes `divergence`, for about twice the time.
  /// - Cost: proportional to the edges of P and to N, with one pair of Fourier transforms of the map's extent.
  public func step(measuringDivergence: Bool = false) {
    if reordersNow { reorder() }
    let normalization = evaluateForces()
    if measuringDivergence { divergence = measure(normalization) }
    let pull = Float(exaggeration)
    let push = Float(1 / normalization)
    let rate = Float(parameters.learningRate ?? Double(count) / exaggeration)
    let descent = heatlens_descent(
      pull: pull, push: push, momentum: Self.momentum, rate: rate, longest_step: Self.longestStep)
    let (positions, velocities, gains) = (positions.start, velocities.start, gains.start)
    let (attractive, repulsive) = (attractive.start, repulsive.start)
    team.ranges(count, slabs: Self.slabs) { slab, range, _ in
      withUnsafePointer(to: descent) {
        loops.descend(
          $0, Int64(range.lowerBound), Int64(range.upperBound), coordinates(positions), coordinates(velocities), coordinates(gains),
          coordinates(attractive), coordinates(repulsive), sums.start + 2 * slab)
      }
    }
    recentre()
    iteration += 1
  }

  /// Divergence of the present map, in nats.
  ///
  /// - Cost: that of the forces; of a map so wide that its mesh gets coarse, as some from elsewhere are, N^2.
  public func measureDivergence() -> Double {
    var normalization = evaluateForces()
    if mesh != nil, ParticleMesh.isCoarse(extent: (high - low).max()) {
      normalization = max(DirectRepulsion.evaluate(positions.start, count: count, forces: repulsive.start, team: team), 1e-30)
    }
    let value = measure(normalization)
    divergence = value
    return value
  }

  /// A quarter of the gradient of the divergence with P exaggerated, in the order of the data: what a step descends.
  func gradient(exaggeration: Double) -> [Float] {
    let normalization = evaluateForces()
    var result = [Float](repeating: 0, count: 2 * count)
    for place in 0..<count {
      let value = attractive.start[place] * Float(exaggeration) - repulsive.start[place] * Float(1 / normalization)
      result[2 * Int(order[place])] = value.x
      result[2 * Int(order[place]) + 1] = value.y
    }
    return result
  }

  /// Fills `repulsive` and `attractive`; returns Z, above zero.
  private func evaluateForces() -> Double {
    attraction.evaluate(positions.start, forces: attractive.start, team: team)
    let normalization: Double
    if let mesh {
      normalization = mesh.evaluate(positions.start, low: low, high: high, forces: repulsive.start)
    } else {
      normalization = DirectRepulsion.evaluate(positions.start, count: count, forces: repulsive.start, team: team)
    }
    return max(normalization, 1e-30)
  }

  private func measure(_ normalization: Double) -> Double {
    let (entropy, mass) = attraction.crossEntropy(positions.start, team: team)
    return mass > 0 ? affinities.negativeEntropy + entropy + mass * log(normalization) : 0
  }

  /// Subtracts the mean, whose sums are in `sums`, and notes the extent.
  private func recentre() {
    var mean = SIMD2<Double>.zero
    for slab in 0..<Self.slabs { mean += SIMD2(sums.start[2 * slab], sums.start[2 * slab + 1]) }
    mean /= Double(max(1, count))
    let positions = coordinates(positions.start)
    team.ranges(count, slabs: Self.slabs) { slab, range, _ in
      loops.recentre(
        Float(mean.x), Float(mean.y), Int64(range.lowerBound), Int64(range.upperBound), positions, bounds.start + 4 * slab)
    }
    low = SIMD2(repeating: .greatestFiniteMagnitude)
    high = -low
    for slab in 0..<Self.slabs {
      low = pointwiseMin(low, SIMD2(bounds.start[4 * slab], bounds.start[4 * slab + 1]))
      high = pointwiseMax(high, SIMD2(bounds.start[4 * slab + 2], bounds.start[4 * slab + 3]))
    }
  }

  /// As the map unfolds, neighbours in memory stop being neighbours in the map.
  private var reordersNow: Bool {
    guard mesh != nil, iteration > 0 else { return false }
    let early = parameters.earlyIterations
    return iteration == min(50, early) || iteration == early || iteration == early + 50
  }

  private func reorder() {
    let turn = MortonOrder.order(positions.start, count: count)
    order = turn.map { order[Int($0)] }
    places = Self.inverse(order)
    positions = Self.permuted(positions, by: turn)
    velocities = Self.permuted(velocities, by: turn)
    gains = Self.permuted(gains, by: turn)
    attraction = Attraction(affinities, order: order, places: places, team: team)
  }

  private static func permuted(_ block: Block<SIMD2<Float>>, by order: [Int32]) -> Block<SIMD2<Float>> {
    let result = Block<SIMD2<Float>>(block.count, repeating: .zero)
    for (place, from) in order.enumerated() { result.start[place] = block.start[Int(from)] }
    return result
  }

  private static func inverse(_ order: [Int32]) -> [Int32] {
    var result = [Int32](repeating: 0, count: order.count)
    for (place, point) in order.enumerated() { result[Int(point)] = Int32(truncatingIfNeeded: place) }
    return result
  }
}
