import Relevance
import Tensors
import Testing

@Suite("Measures of explanations") struct ExplanationMeasuresTests {
  /// 28 x 28 with one bright pixel at (10, 10).
  private let picture: [UInt8] = {
    var pixels = [UInt8](repeating: 0, count: 784)
    pixels[10 * 28 + 10] = 255
    return pixels
  }()

  @Test("Relevance of an enlarged input is added up per pixel of the picture, magnitudes or signed")
  func perPixel() {
    let relevance = Tensor(shape: [1, 4, 4], values: [1, -1, 2, 2, 1, 1, 2, 2, 0, 0, -3, 0, 0, 0, 0, 0])
    #expect(ExplanationMeasures.perPixel(relevance, width: 2, height: 2, magnitudes: false) == [2, 8, 0, -3])
    #expect(ExplanationMeasures.perPixel(relevance, width: 2, height: 2, magnitudes: true) == [4, 8, 0, 3])
  }

  @Test("Evenly spread relevance lies on the digit in proportion to its dilated area")
  func onDigit() {
    let even = [Float](repeating: 1, count: 784)
    #expect(abs(ExplanationMeasures.shareOnDigit(magnitudes: even, picture: picture, width: 28, height: 28) - 25.0 / 784) < 1e-9)
    var inside = [Float](repeating: 0, count: 784)
    inside[12 * 28 + 8] = 3
    #expect(ExplanationMeasures.shareOnDigit(magnitudes: inside, picture: picture, width: 28, height: 28) == 1)
    var outside = [Float](repeating: 0, count: 784)
    outside[13 * 28 + 10] = 3
    #expect(ExplanationMeasures.shareOnDigit(magnitudes: outside, picture: picture, width: 28, height: 28) == 0)
  }

  @Test("The largest patch of evenly spread relevance is 16 pixels, of a single spot everything")
  func largestPatch() {
    let even = [Float](repeating: 1, count: 784)
    #expect(abs(ExplanationMeasures.largestPatchShare(magnitudes: even, width: 28, height: 28) - 16.0 / 784) < 1e-9)
    var spot = [Float](repeating: 0, count: 784)
    spot[5] = 1
    #expect(ExplanationMeasures.largestPatchShare(magnitudes: spot, width: 28, height: 28) == 1)
    #expect(ExplanationMeasures.largestPatchShare(magnitudes: [Float](repeating: 0, count: 784), width: 28, height: 28) == 0)
  }

  @Test("Flipping blanks the 49 patches one after another, the most relevant first")
  func flipping() {
    var relevance = [Float](repeating: 0, count: 784)
    relevance[10 * 28 + 10] = 5
    relevance[0] = -1
    let order = ExplanationMeasures.patchesByRelevance(relevance, width: 28, height: 28)
    #expect(order.count == 49)
    #expect(order[0] == (8, 8))
    #expect(order[48] == (0, 0))
    let white = [UInt8](repeating: 255, count: 784)
    let steps = ExplanationMeasures.flipped(white, width: 28, patches: order)
    #expect(steps[0][8 * 28 + 8] == 0 && steps[0][11 * 28 + 11] == 0 && steps[0][12 * 28 + 11] == 255)
    #expect(steps[0].count { $0 == 0 } == 16)
    #expect(steps[48].allSatisfy { $0 == 0 })
  }
}
