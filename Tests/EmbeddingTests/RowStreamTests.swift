import Foundation
import Testing

@testable import Embedding

@Suite("Row stream")
struct RowStreamTests {
  /// Rows of `dimension` numbers with falling variance along skewed directions, and a far mean.
  private func rows(_ count: Int, dimension: Int, seed: UInt64) -> [Float] {
    var random = TestNumbers(seed)
    let mixing = random.normals(dimension * dimension)
    return (0..<count).flatMap { _ -> [Float] in
      let sources = (0..<dimension).map { Float(random.normal() * exp(-0.35 * Double($0))) }
      return (0..<dimension).map { column in
        30 + (0..<dimension).reduce(Float(0)) { $0 + mixing[column * dimension + $1] * sources[$1] }
      }
    }
  }

  private func streamed(_ values: [Float], count: Int, dimension: Int, components: Int, piece: Int) -> ProjectedRows {
    var stream = RowStream(count: count, dimension: dimension, components: components, matrices: SlowMatrixProduct())
    for first in stride(from: 0, to: count, by: piece) {
      stream.add(Array(values[first * dimension..<min(count, first + piece) * dimension]))
    }
    return stream.finished()
  }

  @Test("Rows that come in pieces give the components of all of them together", arguments: [1, 7, 64, 300])
  func agreesWithWhole(piece: Int) throws {
    let (count, dimension, components) = (300, 60, 5)
    let values = rows(count, dimension: dimension, seed: 3)
    let whole = try #require(
      try ProjectedRows(
        values: values, count: count, dimension: dimension, components: components, matrices: SlowMatrixProduct(),
        progress: { _ in true }))
    let found = streamed(values, count: count, dimension: dimension, components: components, piece: piece)
    for component in 0..<components {
      #expect(abs(found.components.variances[component] / whole.components.variances[component] - 1) < 1e-3)
      let size = whole.components.variances[component].squareRoot()
      for row in 0..<count {
        let difference = found.points[row * components + component] - whole.points[row * components + component]
        #expect(Double(abs(difference)) < 0.02 * size, "row \(row), component \(component)")
      }
    }
    #expect(zip(found.components.mean, whole.components.mean).allSatisfy { abs($0 - $1) < 1e-3 })
  }

  @Test("A row that was streamed is projected to where it came to lie")
  func projectsAgain() {
    let values = rows(200, dimension: 40, seed: 4)
    let found = streamed(values, count: 200, dimension: 40, components: 4, piece: 33)
    for row in [0, 57, 199] {
      let again = values[row * 40..<(row + 1) * 40].withUnsafeBufferPointer { found.components.project(row: $0) }
      for component in 0..<4 {
        let size = Float(found.components.variances[component].squareRoot())
        #expect(abs(again[component] - found.points[row * 4 + component]) < 0.02 * size)
      }
    }
  }

  @Test("Constant rows, one row, none, and fewer numbers than components have no directions but stay finite")
  func degenerate() {
    for (count, dimension) in [(0, 3), (1, 5), (2, 1), (40, 3)] {
      let found = streamed([Float](repeating: 2, count: count * dimension), count: count, dimension: dimension, components: 4, piece: 8)
      #expect(found.points.count == count * min(4, dimension) && found.points.allSatisfy { abs($0) < 1e-3 })
      #expect(found.components.variances.allSatisfy { $0 >= 0 && $0 < 1e-6 })
    }
  }
}
