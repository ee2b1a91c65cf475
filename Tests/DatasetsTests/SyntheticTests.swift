import Datasets
import Testing

private func everySecond(_ pixels: ArraySlice<UInt8>) -> [Float] {
  stride(from: pixels.startIndex, to: pixels.endIndex, by: 2).map { Float(pixels[$0]) }
}

@Suite struct SyntheticTests {
  private static let shared = syntheticDigits(count: 700, seed: 7)
  private var digits: DigitCollection { SyntheticTests.shared }

  @Test("One seed gives one collection, another seed another")
  func seeds() {
    let start = syntheticDigits(count: 101, seed: 7)
    // A shorter collection is the start of a longer one, though the threads then share the work otherwise.
    #expect(start.pixels == Array(digits.pixels.prefix(101 * 784)) && start.labels == Array(digits.labels.prefix(101)))
    #expect(syntheticDigits(count: 101, seed: 8).pixels != start.pixels)
  }

  @Test("All classes are there in about equal parts, and mixed")
  func classes() {
    for label in UInt8(0)...9 {
      #expect((45...95).contains(digits.labels.count { $0 == label }))
      #expect(digits.labels.prefix(100).contains(label))
    }
    #expect(digits.origin == .synthetic(seed: 7))
    #expect(digits.trainCount == 600)
    #expect(syntheticDigits(count: 0).count == 0)
  }

  @Test("Every picture is centred like those of MNIST, and no two are equal")
  func pictures() {
    var seen: Set<[UInt8]> = []
    for index in 0..<digits.count {
      let picture = Array(digits.picture(index))
      var (mass, x, y) = (0.0, 0.0, 0.0)
      for (place, level) in picture.enumerated() {
        mass += Double(level)
        x += Double(level) * Double(place % 28)
        y += Double(level) * Double(place / 28)
      }
      #expect(mass > 255 * 15)
      #expect(abs(x / mass - 14) <= 0.5 && abs(y / mass - 14) <= 0.5)
      seen.insert(picture)
    }
    #expect(seen.count == digits.count)
  }

  @Test("The nearest other digit is nearly always of the same class")
  func nearest() {
    // Every second pixel will do.
    let pictures = (0..<450).map { index in everySecond(digits.picture(index)) }
    var right = 0
    for index in 400..<450 {
      var nearest = (distance: Float.infinity, label: UInt8(0))
      for other in 0..<400 {
        var distance: Float = 0
        for (a, b) in zip(pictures[index], pictures[other]) { distance += (a - b) * (a - b) }
        if distance < nearest.distance { nearest = (distance, digits.labels[other]) }
      }
      if nearest.label == digits.labels[index] { right += 1 }
    }
    #expect(right >= 42)
  }
}
