import Foundation
import Testing

@testable import Embedding

@Suite("Procrustes")
struct ProcrustesTests {
  private func moved(_ map: [Float], angle: Double, mirrored: Bool, scale: Double) -> [Float] {
    (0..<map.count / 2).flatMap { point -> [Float] in
      let (x, y) = (Double(map[2 * point]) * (mirrored ? -1 : 1), Double(map[2 * point + 1]))
      return [
        Float(scale * (cos(angle) * x - sin(angle) * y) + 3), Float(scale * (sin(angle) * x + cos(angle) * y) - 8),
      ]
    }
  }

  @Test("A map that was turned, mirrored, moved and scaled comes back", arguments: [false, true])
  func comesBack(mirrored: Bool) {
    var random = TestNumbers(2)
    let map = random.normals(100)
    for angle in [0, 0.7, 2.9, -1.6] {
      let other = moved(map, angle: angle, mirrored: mirrored, scale: 1)
      let back = Procrustes(aligning: other, to: map)(other)
      #expect(zip(back, map).allSatisfy { abs($0 - $1) < 1e-4 })
      let scaled = moved(map, angle: angle, mirrored: mirrored, scale: 4)
      let fitted = Procrustes(aligning: scaled, to: map, scaling: true)(scaled)
      #expect(zip(fitted, map).allSatisfy { abs($0 - $1) < 1e-4 })
    }
  }

  @Test("No turn by hand comes nearer to a map that is not the same")
  func isBest() {
    var random = TestNumbers(6)
    let (map, reference) = (random.normals(60), random.normals(60))
    func error(_ moved: [Float]) -> Double { zip(moved, reference).reduce(0.0) { $0 + pow(Double($1.0 - $1.1), 2) } }
    let best = Procrustes(aligning: map, to: reference)(map)
    // The mean of a map moved by hand is brought to the reference's, which is the best translation.
    func centred(_ map: [Float]) -> [Float] {
      var shift: [Float] = [0, 0]
      for index in 0..<60 { shift[index % 2] += (map[index] - reference[index]) / 30 }
      return (0..<60).map { (index: Int) -> Float in map[index] - shift[index % 2] }
    }
    for step in 0..<72 {
      for mirrored in [false, true] {
        let other = centred(moved(map, angle: Double(step) * .pi / 36, mirrored: mirrored, scale: 1))
        #expect(error(best) <= error(other) + 1e-4)
      }
    }
  }

  @Test("No points, one point and points on one place stay finite")
  func degenerate() {
    #expect(Procrustes(aligning: [], to: [])([]) == [])
    #expect(Procrustes(aligning: [1, 2], to: [5, 6], scaling: true)([1, 2]) == [5, 6])
    #expect(Procrustes(aligning: [1, 2, 1, 2], to: [5, 6, 7, 8], scaling: true)([1, 2, 1, 2]) == [6, 7, 6, 7])
  }
}
