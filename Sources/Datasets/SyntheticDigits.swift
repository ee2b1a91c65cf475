import Foundation
import Synchronization

/// Digits like handwriting, drawn from `seed` with no data at all: ten classes mixed at random, six of seven for training.
///
/// Each digit is one of several ways of writing its class; its points are shaken, the whole is stretched, slanted, turned and bent, and
/// it is drawn by the pen and the preprocessing of the drawing pad. The same seed gives the same digits, however many threads draw them.
/// Cost: about 0.1 ms a digit on each of two threads.
public func syntheticDigits(count: Int = 10_000, seed: UInt64 = 1) -> DigitCollection {
  precondition(count >= 0, "a collection has no negative number of pictures")
  var numbers = RandomNumbers(seed: seed)
  let labels = (0..<count).map { _ in UInt8(numbers.next() % 10) }
  return DigitCollection(
    width: 28, height: 28, pixels: drawnOnTwoThreads(labels, seed: seed), labels: labels, trainCount: count * 6 / 7,
    origin: .synthetic(seed: seed))
}

/// One digit of this class; `index` chooses which of the endless row that belongs to the seed.
func syntheticStrokes(of label: UInt8, seed: UInt64, index: Int) -> [Stroke] {
  var numbers = RandomNumbers(seed: seed, stream: index)
  let glyph = chosen(from: DigitGlyph.all[Int(label)], &numbers)
  let hand = Hand(&numbers, isOne: label == 1)
  return glyph.strokes.map { stroke in
    let shaken = stroke.points.map { (x: $0.x + numbers.normal(hand.shake), y: $0.y + numbers.normal(hand.shake)) }
    let way = stroke.isCurve ? spline(through: shaken) : polyline(through: shaken)
    return Stroke(points: way.map(hand.placed), radius: hand.radius)
  }
}

private func chosen(from glyphs: [DigitGlyph], _ numbers: inout RandomNumbers) -> DigitGlyph {
  var rest = numbers.uniform(0, glyphs.reduce(0) { $0 + $1.share })
  for glyph in glyphs {
    rest -= glyph.share
    if rest < 0 { return glyph }
  }
  return glyphs[glyphs.count - 1]
}

/// How one person wrote one digit.
private struct Hand {
  let shake: Double
  let radius: Double
  private let stretch: Double
  private let slant: Double
  private let cosine: Double
  private let sine: Double
  private let bendX: Double
  private let bendY: Double
  private let phaseX: Double
  private let phaseY: Double

  init(_ numbers: inout RandomNumbers, isOne: Bool) {
    shake = isOne ? 0.012 : 0.026
    radius = max(0.038, 0.064 + numbers.normal(0.015))
    stretch = max(0.5, 0.86 + numbers.normal(0.13))
    // A one leans as the whole hand does, and nothing else of it can vary.
    slant = 0.12 + numbers.normal(isOne ? 0.26 : 0.17)
    let angle = numbers.normal(0.08)
    (cosine, sine) = (cos(angle), sin(angle))
    bendX = numbers.normal(0.028)
    bendY = numbers.normal(0.028)
    phaseX = numbers.uniform(0, 2 * .pi)
    phaseY = numbers.uniform(0, 2 * .pi)
  }

  func placed(_ point: (x: Double, y: Double)) -> Stroke.Point {
    let bentX = point.x - 0.5 + bendX * sin(5 * point.y + phaseX)
    let bentY = point.y - 0.5 + bendY * sin(5 * point.x + phaseY)
    let x = stretch * bentX - slant * bentY
    return Stroke.Point(x: cosine * x - sine * bentY, y: sine * x + cosine * bentY)
  }
}

/// A Catmull-Rom spline, eight steps from each point to the next.
private func spline(through points: [(x: Double, y: Double)]) -> [(x: Double, y: Double)] {
  guard points.count > 2 else { return points }
  var way = [points[0]]
  for index in 0..<points.count - 1 {
    let (a, b) = (points[max(0, index - 1)], points[index])
    let (c, d) = (points[index + 1], points[min(points.count - 1, index + 2)])
    for step in 1...8 {
      let t = Double(step) / 8
      let wa = t * (-0.5 + t * (1 - 0.5 * t))
      let wb = 1 + t * t * (-2.5 + 1.5 * t)
      let wc = t * (0.5 + t * (2 - 1.5 * t))
      let wd = t * t * (-0.5 + 0.5 * t)
      way.append((x: wa * a.x + wb * b.x + wc * c.x + wd * d.x, y: wa * a.y + wb * b.y + wc * c.y + wd * d.y))
    }
  }
  return way
}

/// Straight lines in four steps each, so that the hand can bend them.
private func polyline(through points: [(x: Double, y: Double)]) -> [(x: Double, y: Double)] {
  var way = [points[0]]
  for (a, b) in zip(points, points.dropFirst()) {
    for step in 1...4 {
      let t = Double(step) / 4
      way.append((x: a.x + t * (b.x - a.x), y: a.y + t * (b.y - a.y)))
    }
  }
  return way
}

/// Each thread draws half of the pictures, on a stack and at a time of its own: the cooperative threads of Swift stay free.
private func drawnOnTwoThreads(_ labels: [UInt8], seed: UInt64) -> [UInt8] {
  @Sendable func drawn(_ range: Range<Int>) -> [UInt8] {
    var pixels: [UInt8] = []
    pixels.reserveCapacity(range.count * 28 * 28)
    for index in range {
      pixels += handwrittenDigit(from: syntheticStrokes(of: labels[index], seed: seed, index: index)).pixels
    }
    return pixels
  }
  let half = labels.count / 2
  let secondHalf = Mutex<[UInt8]>([])
  let done = DispatchSemaphore(value: 0)
  let helper = Thread {
    let pixels = drawn(half..<labels.count)
    secondHalf.withLock { $0 = pixels }
    done.signal()
  }
  helper.start()
  let firstHalf = drawn(0..<half)
  done.wait()
  return firstHalf + secondHalf.withLock { $0 }
}
