import Files
import Tensors
import TestSupport
import Testing

@testable import Networks

private func preprocessing(_ height: Int, _ width: Int, mean: [Float] = [0], std: [Float] = [1]) -> Preprocessing {
  Preprocessing(channels: mean.count, height: height, width: width, mean: mean, std: std)
}

@Suite struct PreprocessingTests {
  @Test("Other sizes are what PyTorch's interpolate makes of them", arguments: ["enlarged", "enlarged-unevenly", "shrunk"])
  func interpolation(name: String) throws {
    let source = try readNPY(golden("\(name)-source.npy"))
    let expected = try readNPY(golden("\(name)-result.npy"))
    let input = preprocessing(expected.shape[0], expected.shape[1])
      .input(fromGray: source.values.map { UInt8($0) }, width: source.shape[1], height: source.shape[0])
    #expect(input.shape == [1] + expected.shape)
    #expect(relativeDifference(input.values, expected.values) < 1e-6)
  }

  @Test("A picture of the network's size is only scaled, and every channel has its mean and deviation")
  func equalSize() {
    let pixels: [UInt8] = [0, 51, 102, 153, 204, 255]
    let mean: [Float] = [0, 0.5]
    let input = preprocessing(2, 3, mean: mean, std: [1, 0.25]).input(fromGray: pixels, width: 3, height: 2)
    #expect(input.shape == [2, 2, 3])
    let expected: [Float] = [0, 0.2, 0.4, 0.6, 0.8, 1, -2, -1.2, -0.4, 0.4, 1.2, 2]
    #expect(relativeDifference(input.values, expected) < 1e-6)
  }

  @Test("Red, green and blue go to their channels")
  func colours() {
    let input = preprocessing(1, 2, mean: [0, 0, 0.5], std: [1, 2, 1]).input(fromRGB: [255, 0, 51, 0, 255, 102], width: 2, height: 1)
    #expect(relativeDifference(input.values, [1, 0, 0, 0.5, -0.3, -0.1]) < 1e-6)
  }

  @Test("A constant picture stays constant", arguments: [(100, 56), (31, 7), (57, 56), (3, 56), (1, 5), (300, 1)])
  func constant(from: Int, to: Int) {
    let input = preprocessing(to, to).input(fromGray: [UInt8](repeating: 51, count: from * from), width: from, height: from)
    #expect(input.values.allSatisfy { abs($0 - 0.2) < 1e-6 })
  }

  @Test("Shrinking by a whole factor keeps the mean of a picture whose border is even", arguments: [2, 3, 4, 5])
  func mean(factor: Int) {
    var numbers = SeededNumbers(seed: UInt64(factor))
    // The windows at the edge are cut; a border as wide as two new pixels keeps what is random out of them.
    let (side, border) = (16 * factor, 2 * factor)
    var pixels = [UInt8](repeating: 40, count: side * side)
    for y in border..<side - border {
      for x in border..<side - border { pixels[y * side + x] = UInt8.random(in: 0...255, using: &numbers) }
    }
    let input = preprocessing(16, 16).input(fromGray: pixels, width: side, height: side)
    let expected = pixels.reduce(0.0) { $0 + Double($1) / 255 } / Double(pixels.count)
    #expect(abs(input.sum / 256 - expected) < 1e-6)
  }

  @Test("Black and white are the lowest and the highest input")
  func range() {
    let preprocessing = preprocessing(1, 2, mean: [0.25, 0.5], std: [0.5, 2])
    let input = preprocessing.input(fromGray: [0, 255], width: 2, height: 1)
    #expect(preprocessing.lowest == [input.values[0], input.values[2]])
    #expect(preprocessing.highest == [input.values[1], input.values[3]])
    #expect(preprocessing.lowest == [-0.5, -0.25])
    #expect(preprocessing.highest == [1.5, 0.25])
  }
}
