import Foundation
import Networks
import TestSupport
import Testing

@Suite struct NumberStatisticsTests {
  private struct Golden: Decodable {
    struct Layer: Decodable {
      let count: Int
      let minimum: Double
      let maximum: Double
      let mean: Double
      let standardDeviation: Double
      let zeroShare: Double
      let histogram: [Int]
    }
    let layers: [String: Layer]
  }

  @Test("The shipped network's weights have the statistics that NumPy finds", .enabled(if: shippedNetwork != nil))
  func shipped() throws {
    let network = try readNetwork(from: try #require(shippedNetwork))
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    let golden = try decoder.decode(
      Golden.self, from: Data(contentsOf: URL(fileURLWithPath: golden("resnet50-mnist-statistics.json"))))
    #expect(golden.layers.keys.sorted() == ["conv1", "fc", "layer2.0.conv2", "layer4.2.conv3"])
    for (name, expected) in golden.layers {
      let index = try #require(network.index(ofLayerNamed: name))
      let found = NumberStatistics(try #require(network.layers[index].linear).weights)
      func expectClose(_ found: Double, _ expected: Double, _ what: String) {
        #expect(abs(found - expected) <= 1e-5 * abs(expected), "\(name): \(what) \(found), \(expected) by NumPy")
      }
      #expect(found.count == expected.count && found.nonFiniteCount == 0, "\(name)")
      expectClose(Double(found.minimum), expected.minimum, "minimum")
      expectClose(Double(found.maximum), expected.maximum, "maximum")
      expectClose(found.mean, expected.mean, "mean")
      expectClose(found.standardDeviation, expected.standardDeviation, "standard deviation")
      expectClose(found.zeroShare, expected.zeroShare, "share of zeros")
      // The same double precision rounded to the same single precision: no number falls into another bin.
      #expect(found.histogram == expected.histogram, "\(name)")
    }
  }

  @Test("A number between two bins belongs to the upper one, the maximum to the last")
  func edges() {
    let found = NumberStatistics((0...32).map { Float($0) / 32 - 0.25 })
    #expect(found.histogram == [Int](repeating: 1, count: 31) + [2])
    // Sevenths and tenths on edges that floating point does not hit; as numpy.histogram(values.astype(numpy.float64), bins=32) has them.
    let sevenths = NumberStatistics((0...64).map { Float($0) / 7 })
    #expect(
      sevenths.histogram == [2, 2, 3, 1, 3, 2, 2, 1, 3, 2, 2, 2, 2, 2, 2, 1, 3, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2])
    let tenths = NumberStatistics((0...32).map { Float($0) / 10 })
    #expect(tenths.histogram == [1, 1, 1, 1, 2, 0, 2, 0, 2, 1, 0, 1, 2, 1, 1, 0, 1, 2, 1, 1, 1, 0, 2, 0, 2, 1, 0, 2, 0, 2, 1, 1])
  }

  @Test("Equal numbers lie in the middle of a range of one")
  func equal() {
    let found = NumberStatistics([Float](repeating: 7, count: 5))
    #expect(found.minimum == 7 && found.maximum == 7 && found.mean == 7 && found.standardDeviation == 0 && found.zeroShare == 0)
    #expect(found.histogram == [Int](repeating: 0, count: 16) + [5] + [Int](repeating: 0, count: 15))
  }

  @Test("What is not finite is counted apart, and both zeros are zeros")
  func notFinite() {
    let found = NumberStatistics([.nan, 1, -.infinity, 0, -0.0, .infinity, 3])
    #expect(found.count == 4 && found.nonFiniteCount == 3 && found.zeroShare == 0.5)
    #expect(found.minimum == 0 && found.maximum == 3 && found.mean == 1 && found.standardDeviation == 1.5.squareRoot())
    #expect(found.histogram.reduce(0, +) == 4 && found.histogram[0] == 2 && found.histogram[31] == 1)
    for values in [[], [Float.nan, .infinity]] {
      let none = NumberStatistics(values)
      #expect(none.count == 0 && none.nonFiniteCount == values.count && none.mean == 0 && none.histogram == [Int](repeating: 0, count: 32))
    }
  }

  @Test("The smallest and largest numbers there are do not overflow")
  func extremes() {
    let most = Float.greatestFiniteMagnitude
    let found = NumberStatistics([-most, most, 0])
    #expect(found.standardDeviation.isFinite && found.histogram[0] == 1 && found.histogram[16] == 1 && found.histogram[31] == 1)
    let least = NumberStatistics([0, .leastNonzeroMagnitude])
    #expect(least.histogram[0] == 1 && least.histogram[31] == 1)
  }

  @Test("A large common part does not drown the deviation")
  func offset() {
    let values = (0..<1_000).map { Float(1 << 20) + Float($0 % 2) }
    #expect(NumberStatistics(values).standardDeviation == 0.5)
  }
}
