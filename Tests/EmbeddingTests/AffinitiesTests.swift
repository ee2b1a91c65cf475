import Foundation
import Testing

@testable import Embedding

@Suite("Affinities")
struct AffinitiesTests {
  private func affinities(_ points: [Float], count: Int, dimension: Int, perplexity: Double) throws -> Affinities {
    let team = WorkerTeam(threadCount: 2)
    let effective = Affinities.effectivePerplexity(perplexity, count: count)
    let neighbours = try #require(
      NearestNeighbours(
        points: points, count: count, dimension: dimension, k: Affinities.neighbours(perplexity: effective, count: count),
        team: team, progress: { _ in true }))
    return try #require(Affinities(neighbours, perplexity: perplexity, team: team, progress: { _ in true }))
  }

  @Test("Each row of conditional probabilities has the perplexity asked for and sum one", arguments: [2.0, 12, 30, 80])
  func perplexity(wanted: Double) {
    var random = TestNumbers(3)
    for scale in [1e-6, 1, 1e5] {
      let distances = (0..<100).map { _ in Float(scale * (4 + random.normal() * random.normal())) }.map { abs($0) }
      let result = Block<Float>(100, repeating: 0)
      let scratch = Block<Float>(2 * 107, repeating: 0)
      Bandwidths.probabilities(distances, count: 100, perplexity: wanted, into: result.start, scratch: scratch.start)
      let row = result.array.map(Double.init)
      #expect(abs(row.reduce(0, +) - 1) < 1e-5)
      let entropy = row.reduce(0) { $1 > 0 ? $0 - $1 * log($1) : $0 }
      #expect(abs(exp(entropy) - wanted) < 1e-4 * wanted)
      // Gaussian: the logarithm falls linearly with the distance.
      let order = (0..<100).sorted { distances[$0] < distances[$1] }
      let (a, b, c) = (order[0], order[1], order[2])
      let first = (log(row[a]) - log(row[b])) / Double(distances[b] - distances[a])
      let second = (log(row[a]) - log(row[c])) / Double(distances[c] - distances[a])
      #expect(abs(first / second - 1) < 0.02)
      scratch.keep()
    }
  }

  @Test("Equal distances give equal probabilities, and more ties than the perplexity stay finite")
  func ties() {
    let result = Block<Float>(50, repeating: 0)
    let scratch = Block<Float>(2 * 57, repeating: 0)
    Bandwidths.probabilities([Float](repeating: 7, count: 50), count: 50, perplexity: 10, into: result.start, scratch: scratch.start)
    #expect(result.array.allSatisfy { abs($0 - 0.02) < 1e-7 })
    let distances = [Float](repeating: 0, count: 40) + [Float](repeating: 1, count: 10)
    Bandwidths.probabilities(distances, count: 50, perplexity: 10, into: result.start, scratch: scratch.start)
    #expect(result.array[..<40].allSatisfy { abs($0 - 0.025) < 1e-4 } && result.array[40...].allSatisfy { $0 < 1e-4 })
    scratch.keep()
  }

  @Test("P is symmetric, not negative, sums to one and has no diagonal")
  func symmetric() throws {
    var random = TestNumbers(5)
    let count = 400
    let p = try affinities(random.normals(count * 4), count: count, dimension: 4, perplexity: 15)
    var entries: [Int: Float] = [:]
    var sum = 0.0
    for row in 0..<count {
      let range = p.rowStarts[row]..<p.rowStarts[row + 1]
      #expect(Array(p.columns[range]) == p.columns[range].sorted() && Set(p.columns[range]).count == range.count)
      for edge in range {
        entries[row * count + Int(p.columns[edge])] = p.values[edge]
        sum += Double(p.values[edge])
        #expect(p.values[edge] >= 0 && Int(p.columns[edge]) != row)
      }
    }
    #expect(abs(sum - 1) < 1e-5)
    for (key, value) in entries { #expect(entries[key % count * count + key / count] == value) }
    #expect(p.perplexity == 15)
  }

  @Test("The perplexity is lowered to a third of the other points")
  func lowered() throws {
    var random = TestNumbers(6)
    #expect(Affinities.effectivePerplexity(30, count: 31) == 10)
    #expect(Affinities.effectivePerplexity(30, count: 91) == 30)
    #expect(Affinities.neighbours(perplexity: 10, count: 31) == 30)
    let p = try affinities(random.normals(31 * 2), count: 31, dimension: 2, perplexity: 30)
    #expect(p.perplexity == 10)
  }
}
