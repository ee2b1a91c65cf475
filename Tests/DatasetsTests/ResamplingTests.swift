import Datasets
import Testing

@Suite struct ResamplingTests {
  @Test("Enlarging is PyTorch's bilinear interpolation with align_corners=False")
  func enlarging() {
    // torch.nn.functional.interpolate([[1, 2, 4], [8, 16, 32]], size=(4, 5), mode="bilinear", align_corners=False), by its formula:
    // columns at 0 (clamped from -0.2), 0.4, 1, 1.6, 2 (2.2 clamped); rows at 0, 0.25, 0.75, 1.
    let plane = FloatPlane(width: 3, height: 2, values: [1, 2, 4, 8, 16, 32])
    let top: [Float] = [1, 1.4, 2, 3.2, 4]
    let bottom: [Float] = [8, 11.2, 16, 25.6, 32]
    let mixed = { (share: Float) in zip(top, bottom).map { (1 - share) * $0 + share * $1 } }
    let result = plane.resampled(width: 5, height: 4)
    for (found, expected) in zip(result.values, top + mixed(0.25) + mixed(0.75) + bottom) { #expect(abs(found - expected) < 1e-5) }
  }

  @Test("Twice the size weighs neighbours three to one")
  func doubling() {
    let plane = FloatPlane(width: 2, height: 1, values: [0, 100])
    #expect(plane.resampled(width: 4, height: 2).values == [0, 25, 75, 100, 0, 25, 75, 100])
  }

  @Test("Shrinking by a whole factor is the mean of each block")
  func blocks() {
    let plane = FloatPlane(width: 4, height: 4, values: (0..<16).map(Float.init))
    #expect(plane.resampled(width: 2, height: 2).values == [2.5, 4.5, 10.5, 12.5])
  }

  @Test("Shrinking by any factor weighs pixels by the area covered")
  func areas() {
    // 3 pixels to 2: the first covers all of pixel 0 and half of pixel 1.
    let plane = FloatPlane(width: 3, height: 1, values: [3, 6, 12])
    let result = plane.resampled(width: 2, height: 1).values
    #expect(abs(result[0] - 4) < 1e-5 && abs(result[1] - 10) < 1e-5)
  }

  @Test("A constant picture stays constant, and the same size changes nothing")
  func constants() {
    let flat = FloatPlane(width: 7, height: 5, values: [Float](repeating: 3, count: 35))
    for (width, height) in [(1, 1), (28, 28), (3, 9), (7, 5), (100, 2)] {
      for value in flat.resampled(width: width, height: height).values { #expect(abs(value - 3) < 1e-5) }
    }
    let picture = GrayPicture(width: 9, height: 7, pixels: noise(63))
    #expect(picture.resampled(width: 9, height: 7) == picture)
    #expect(GrayPicture(picture.plane.resampled(width: 9, height: 7)) == picture)
  }
}
