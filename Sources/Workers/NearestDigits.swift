import AppCore
import Datasets

extension DigitCollection {
  /// The `count` pictures nearest to one of them, by the Euclidean distance of their pixels, the nearest first, of equally near ones the
  /// first; nil when cancelled. Cost: all pixels once, about 20 ms for MNIST.
  func nearest(to index: Int, count wanted: Int, isCancelled: () -> Bool) -> [DigitNeighbour]? {
    let size = width * height
    guard index >= 0, index < count else { return [] }
    guard !isCancelled() else { return nil }
    var best: [(square: Int, index: Int)] = []
    let isOver = pixels.withUnsafeBufferPointer { pixels in
      let own = pixels.baseAddress.map { $0 + index * size }
      for other in 0..<count where other != index {
        if other % 4096 == 0, isCancelled() { return false }
        guard let own, let picture = pixels.baseAddress.map({ $0 + other * size }) else { return true }
        let square = Self.squaredDistance(own, picture, size)
        if best.count == wanted, let last = best.last, square >= last.square { continue }
        let place = best.firstIndex { $0.square > square } ?? best.count
        best.insert((square, other), at: place)
        if best.count > wanted { best.removeLast() }
      }
      return true
    }
    return isOver ? best.map { DigitNeighbour(index: $0.index, distance: Float(Double($0.square).squareRoot())) } : nil
  }

  /// A row of 2^15 pixels at most is added up in 32 bits: 255^2 x 2^15 < 2^31.
  private static func squaredDistance(_ a: UnsafePointer<UInt8>, _ b: UnsafePointer<UInt8>, _ size: Int) -> Int {
    var whole = 0
    var start = 0
    while start < size {
      let end = min(size, start + 1 << 15)
      var part: Int32 = 0
      for at in start..<end {
        let difference = Int32(a[at]) &- Int32(b[at])
        part = part &+ difference &* difference
      }
      whole += Int(part)
      start = end
    }
    return whole
  }
}
