import CEmbeddingKernels
import Foundation
import Testing

@testable import Embedding

/// Both kinds of loops against their definitions in double precision.
@Suite("Inner loops")
struct LoopsTests {
  enum Kind: CaseIterable { case narrow, wide }

  /// Nil where the processor has not what the loops need.
  private func loops(_ kind: Kind) -> heatlens_loops? {
    (kind == .narrow ? heatlens_embedding_narrow_loops() : heatlens_embedding_wide_loops())?.pointee
  }

  @Test("Attraction and cross entropy are the sums over the edges", arguments: Kind.allCases)
  func attraction(kind: Kind) throws {
    guard let loops = loops(kind) else { return }
    var random = TestNumbers(61)
    let (count, bits) = (40, UInt32(6))
    let positions = random.normals(2 * count).map { $0 * 4 }
    var edges: [UInt32] = []
    var starts: [Int64] = [0]
    for _ in 0..<count {
      for _ in 0..<8 * Int(random.uniform() * 3) { edges.append(UInt32(random.uniform() * 5e7) << bits | UInt32(random.uniform() * 40)) }
      starts.append(Int64(edges.count))
    }
    let steps = (0..<count).map { _ in Float(random.uniform() * 1e-9) }
    var forces = [Float](repeating: .nan, count: 2 * count)
    var (entropy, mass) = (0.0, 0.0)
    edges.withUnsafeBufferPointer { edges in
      starts.withUnsafeBufferPointer { starts in
        steps.withUnsafeBufferPointer { steps in
          var rows = heatlens_edges(
            edges: edges.baseAddress, starts: starts.baseAddress, steps: steps.baseAddress, index_bits: Int32(bits))
          loops.attract(&rows, positions, 0, Int64(count), &forces)
          loops.cross_entropy(&rows, positions, 0, Int64(count), &entropy, &mass)
        }
      }
    }
    var (expectedEntropy, expectedMass) = (0.0, 0.0)
    for row in 0..<count {
      var (x, y, size) = (0.0, 0.0, 0.0)
      for edge in edges[Int(starts[row])..<Int(starts[row + 1])] {
        let (other, p) = (Int(edge & 63), Double(edge >> bits) * Double(steps[row]))
        let (dx, dy) = (
          Double(positions[2 * row]) - Double(positions[2 * other]), Double(positions[2 * row + 1]) - Double(positions[2 * other + 1])
        )
        let squared = dx * dx + dy * dy
        x += p * dx / (1 + squared)
        y += p * dy / (1 + squared)
        size += p * squared.squareRoot() / (1 + squared)
        expectedEntropy += p * log(1 + squared)
        expectedMass += p
      }
      #expect(abs(Double(forces[2 * row]) - x) <= 1e-5 * size && abs(Double(forces[2 * row + 1]) - y) <= 1e-5 * size)
    }
    #expect(abs(entropy / expectedEntropy - 1) < 1e-6 && abs(mass / expectedMass - 1) < 1e-6)
  }

  @Test("Spreading puts charge one around a point, and gathering reads a field that is a polynomial exactly", arguments: Kind.allCases)
  func mesh(kind: Kind) throws {
    guard let loops = loops(kind) else { return }
    var random = TestNumbers(62)
    let stride = 32
    let nodes = Block<Float>(stride * 24, repeating: 0)
    var mesh = heatlens_mesh(nodes: nodes.start, stride: Int64(stride), origin_x: -3, origin_y: -2, inverse: 4)
    let positions = (0..<50).flatMap { _ in [Float(-2.5 + 6 * random.uniform()), Float(-1.5 + 4 * random.uniform())] }
    loops.spread(&mesh, positions, 0, 50)
    var (charge, x, y) = (0.0, 0.0, 0.0)
    for node in 0..<nodes.count {
      charge += Double(nodes.start[node])
      x += Double(nodes.start[node]) * (-3 + Double(node % stride) / 4)
      y += Double(nodes.start[node]) * (-2 + Double(node / stride) / 4)
    }
    let sums = (0..<50).reduce(into: (0.0, 0.0)) { sum, point in
      sum.0 += Double(positions[2 * point])
      sum.1 += Double(positions[2 * point + 1])
    }
    #expect(abs(charge - 50) < 1e-4 && abs(x - sums.0) < 1e-3 && abs(y - sums.1) < 1e-3)
    // B-splines of the third degree reproduce linear functions.
    for node in 0..<nodes.count {
      nodes.start[node] = 7 + 2 * (-3 + Float(node % stride) / 4) - 3 * (-2 + Float(node / stride) / 4)
    }
    var forces = [Float](repeating: .nan, count: 100)
    let total = loops.gather(&mesh, positions, 0, 50, &forces)
    #expect(abs(total - (350 + 2 * sums.0 - 3 * sums.1)) < 1e-3)
    for point in 0..<50 { #expect(abs(forces[2 * point] + 1) < 1e-4 && abs(forces[2 * point + 1] - 1.5) < 1e-4) }
    nodes.keep()
  }

  @Test("Exponentials and their sums are those of the library", arguments: Kind.allCases)
  func gaussian(kind: Kind) throws {
    guard let loops = loops(kind) else { return }
    let distances: [Float] = [0, 1e-6, 0.3, 1, 2.5, 10, 60, 86, 88, 1000, 1e30, 7, 7.1, 0.01, 20, 33]
    var weights = [Float](repeating: .nan, count: 16)
    var sums = [Double](repeating: .nan, count: 3)
    loops.gaussian(Array(distances.map { min($0, 1e15) }), 16, 0.9, &weights, &sums)
    for (distance, weight) in zip(distances, weights) {
      let expected = exp(-0.9 * Double(distance))
      // The exponent itself is rounded.
      #expect(abs(Double(weight) - expected) <= (4e-7 + 6e-8 * min(100, Double(distance))) * expected + 1e-37)
    }
    let exact = distances.map { (exp(-0.9 * Double($0)), Double($0)) }
    #expect(abs(sums[0] / exact.reduce(0) { $0 + $1.0 } - 1) < 1e-6)
    #expect(abs(sums[1] / exact.reduce(0) { $0 + $1.0 * $1.1 } - 1) < 1e-6)
    #expect(abs(sums[2] / exact.reduce(0) { $0 + $1.0 * $1.1 * $1.1 } - 1) < 1e-6)
  }

  @Test("Distances are sums of squares for every dimension", arguments: Kind.allCases, [1, 7, 8, 9, 50, 784])
  func distances(kind: Kind, dimension: Int) throws {
    guard let loops = loops(kind) else { return }
    var random = TestNumbers(63)
    let rows = random.normals(5 * dimension)
    let point = random.normals(dimension)
    var found = [Float](repeating: .nan, count: 5)
    loops.scan(rows, point, Int64(dimension), 0, 5, &found)
    for row in 0..<5 {
      let own = Array(rows[row * dimension..<(row + 1) * dimension])
      let expected = zip(own, point).reduce(0.0) { $0 + Double($1.0 - $1.1) * Double($1.0 - $1.1) }
      #expect(abs(Double(found[row]) - expected) < 1e-6 * expected)
      #expect(abs(loops.distance(own, point, Int64(dimension)) - expected) < 1e-14 * expected * Double(dimension))
    }
  }

  @Test("A tile offers each pair to both points, and lists keep the nearest", arguments: Kind.allCases, [(37, 5), (100, 20)])
  func tiles(kind: Kind, size: (count: Int, keep: Int)) throws {
    guard let loops = loops(kind) else { return }
    let (count, keep) = size
    let (dimension, padded) = (3, (count + 15) / 16 * 16)
    var random = TestNumbers(64)
    let points = random.normals(count * dimension)
    var panels = [Float](repeating: 0, count: padded * dimension)
    var norms = [Float](repeating: .infinity, count: padded)
    for row in 0..<count {
      norms[row] = 0
      for index in 0..<dimension {
        let value = points[row * dimension + index]
        panels[row / 16 * 16 * dimension + index * 16 + row % 16] = value
        norms[row] += value * value
      }
    }
    let candidates = CandidateLists(points: padded, keep: keep)
    var lists = candidates.lists
    for row in stride(from: 0, to: count, by: 16) {
      for column in stride(from: row, to: count, by: 16) {
        loops.near_tile(&lists, points, panels, norms, Int64(dimension), Int64(row), Int64(min(16, count - row)), Int64(column), 16)
      }
    }
    for point in 0..<count {
      let found = candidates.finish(point: point).prefix(keep).map { Int($0 & 0xFFFF_FFFF) }
      let expected = (0..<count).filter { $0 != point }.sorted {
        func distance(_ other: Int) -> Double {
          (0..<dimension).reduce(0.0) { $0 + pow(Double(points[point * dimension + $1] - points[other * dimension + $1]), 2) }
        }
        return distance($0) < distance($1)
      }.prefix(keep)
      #expect(Set(found) == Set(expected), "point \(point)")
    }
  }
}
