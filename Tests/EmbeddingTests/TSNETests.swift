import Foundation
import Testing

@testable import Embedding

@Suite("t-SNE")
struct TSNETests {
  private func optimizer(
    _ points: [Float], dimension: Int, initial: [Float], parameters: EmbeddingParameters, threads: Int = 2
  ) throws -> TSNE {
    let count = points.count / dimension
    let team = WorkerTeam(threadCount: threads)
    let effective = Affinities.effectivePerplexity(parameters.perplexity, count: count)
    let neighbours = try #require(
      NearestNeighbours(
        points: points, count: count, dimension: dimension, k: Affinities.neighbours(perplexity: effective, count: count),
        team: team, progress: { _ in true }))
    let affinities = try #require(Affinities(neighbours, perplexity: parameters.perplexity, team: team, progress: { _ in true }))
    return TSNE(affinities: affinities, initial: initial, parameters: parameters, team: team)
  }

  /// The divergence from its definition, over all pairs, in double precision.
  private func divergence(_ p: [[Double]], _ y: [Double]) -> Double {
    let n = p.count
    var q = [[Double]](repeating: [Double](repeating: 0, count: n), count: n)
    var z = 0.0
    for i in 0..<n {
      for j in 0..<n where i != j {
        let (dx, dy) = (y[2 * i] - y[2 * j], y[2 * i + 1] - y[2 * j + 1])
        q[i][j] = 1 / (1 + dx * dx + dy * dy)
        z += q[i][j]
      }
    }
    var sum = 0.0
    for i in 0..<n { for j in 0..<n where p[i][j] > 0 { sum += p[i][j] * log(p[i][j] * z / q[i][j]) } }
    return sum
  }

  @Test("The gradient is the numerical derivative of the divergence, and the divergence its definition")
  func gradient() throws {
    var random = TestNumbers(21)
    let count = 40
    let points = random.normals(count * 3)
    let initial = random.normals(count * 2).map { $0 * 3 }
    let team = WorkerTeam(threadCount: 2)
    let parameters = EmbeddingParameters(perplexity: 8)
    let neighbours = try #require(
      NearestNeighbours(
        points: points, count: count, dimension: 3, k: 24, team: team, progress: { _ in true }))
    let affinities = try #require(Affinities(neighbours, perplexity: 8, team: team, progress: { _ in true }))
    var p = [[Double]](repeating: [Double](repeating: 0, count: count), count: count)
    for row in 0..<count {
      for edge in affinities.rowStarts[row]..<affinities.rowStarts[row + 1] {
        p[row][Int(affinities.columns[edge])] = Double(affinities.values[edge])
      }
    }
    let tsne = TSNE(affinities: affinities, initial: initial, parameters: parameters, team: team)
    let y = tsne.map.map(Double.init)
    #expect(abs(tsne.measureDivergence() - divergence(p, y)) < 1e-5)
    let gradient = tsne.gradient(exaggeration: 1)
    let largest = gradient.reduce(0) { max($0, abs(Double($1))) }
    for coordinate in 0..<2 * count {
      var (forward, backward) = (y, y)
      forward[coordinate] += 1e-4
      backward[coordinate] -= 1e-4
      let slope = (divergence(p, forward) - divergence(p, backward)) / 2e-4
      #expect(abs(4 * Double(gradient[coordinate]) - slope) < 1e-4 * 4 * largest)
    }
  }

  /// Three groups far apart in ten dimensions.
  private func groups(_ each: Int) -> [Float] {
    var random = TestNumbers(31)
    return (0..<3 * each).flatMap { point in
      (0..<10).map { Float(random.normal() + ($0 == point % 3 ? 20 : 0)) }
    }
  }

  @Test("Three groups far apart come apart in the map, by pairs and by mesh", arguments: [60, 400])
  func threeGroups(each: Int) throws {
    var parameters = EmbeddingParameters(perplexity: 15)
    parameters.iterations = 150
    parameters.earlyIterations = 150
    let points = groups(each)
    let initial = InitialMap.positions(components: points, count: 3 * each, dimension: 10, seed: 1)
    let tsne = try optimizer(points, dimension: 10, initial: initial, parameters: parameters)
    tsne.step(measuringDivergence: true)
    let start = try #require(tsne.divergence)
    while tsne.iteration < tsne.totalIterations { tsne.step() }
    #expect(tsne.measureDivergence() < 0.6 * start)
    let labels = (0..<3 * each).map { UInt8($0 % 3) }
    #expect(MapQuality.labelAgreement(positions: tsne.map, labels: labels) == 1)
    let map = tsne.map
    func centre(_ group: Int) -> SIMD2<Float> {
      stride(from: group, to: 3 * each, by: 3).reduce(.zero) { $0 + SIMD2(map[2 * $1], map[2 * $1 + 1]) } / Float(each)
    }
    func radius(_ group: Int) -> Float {
      let middle = centre(group)
      return stride(from: group, to: 3 * each, by: 3).map {
        let difference = SIMD2(map[2 * $0], map[2 * $0 + 1]) - middle
        return (difference * difference).sum().squareRoot()
      }.reduce(0, +) / Float(each)
    }
    for (a, b) in [(0, 1), (1, 2), (0, 2)] {
      let difference = centre(a) - centre(b)
      #expect((difference * difference).sum().squareRoot() > radius(a) + radius(b))
    }
  }

  @Test(
    "The divergence agrees with the definition over all pairs, also of maps too wide for the mesh", arguments: [1, 10, 1000] as [Float])
  func divergenceByMesh(enlarged: Float) throws {
    let each = 400
    let points = groups(each)
    var parameters = EmbeddingParameters(perplexity: 10)
    parameters.earlyIterations = 60
    parameters.iterations = 60
    let initial = InitialMap.positions(components: points, count: 3 * each, dimension: 10, seed: 1)
    let team = WorkerTeam(threadCount: 2)
    let neighbours = try #require(
      NearestNeighbours(
        points: points, count: 3 * each, dimension: 10, k: 30, team: team, progress: { _ in true }))
    let p = try #require(Affinities(neighbours, perplexity: 10, team: team, progress: { _ in true }))
    let tsne = TSNE(affinities: p, initial: initial, parameters: parameters, team: team)
    while tsne.iteration < tsne.totalIterations { tsne.step() }
    let map = tsne.map.map { $0 * enlarged }
    let judged = try Embedding.divergence(of: map, neighbours: neighbours, perplexity: 10)
    let y = map.map(Double.init)
    func q(_ i: Int, _ j: Int) -> Double {
      let (dx, dy) = (y[2 * i] - y[2 * j], y[2 * i + 1] - y[2 * j + 1])
      return 1 / (1 + dx * dx + dy * dy)
    }
    var (z, sum, mass) = (0.0, 0.0, 0.0)
    for i in 0..<3 * each {
      for j in 0..<3 * each where j != i { z += q(i, j) }
      for edge in p.rowStarts[i]..<p.rowStarts[i + 1] {
        let value = Double(p.values[edge])
        sum += value * log(value / q(i, Int(p.columns[edge])))
        mass += value
      }
    }
    #expect(abs(judged - (sum + mass * log(z))) < 2e-3)
    if enlarged == 1 { #expect(abs(tsne.measureDivergence() - judged) < 1e-5) }
  }

  @Test("The same start gives the same bytes, with one thread and with three", arguments: [50, 1100])
  func deterministic(count: Int) throws {
    var random = TestNumbers(41)
    let points = random.normals(count * 6)
    var parameters = EmbeddingParameters(perplexity: 10)
    parameters.earlyIterations = 60
    parameters.iterations = 60
    let maps = try [1, 2, 3, 2].map { threads in
      let initial = InitialMap.positions(components: points, count: count, dimension: 6, seed: 9)
      let tsne = try optimizer(points, dimension: 6, initial: initial, parameters: parameters, threads: threads)
      while tsne.iteration < tsne.totalIterations { tsne.step() }
      return tsne.map.map(\.bitPattern)
    }
    #expect(maps[0] == maps[1] && maps[1] == maps[2] && maps[2] == maps[3])
    #expect(
      InitialMap.positions(components: points, count: count, dimension: 6, seed: 8)
        != InitialMap.positions(components: points, count: count, dimension: 6, seed: 9))
  }

  @Test("The initial map has deviation 1e-4 along its first axis")
  func initialDeviation() {
    var random = TestNumbers(51)
    let points = random.normals(2000 * 3).map { $0 * 40 }
    let map = InitialMap.positions(components: points, count: 2000, dimension: 3, seed: 1)
    let squares = (0..<2000).reduce(0.0) { $0 + Double(map[2 * $1]) * Double(map[2 * $1]) }
    #expect(abs((squares / 2000).squareRoot() / 1e-4 - 1) < 0.05)
  }
}
