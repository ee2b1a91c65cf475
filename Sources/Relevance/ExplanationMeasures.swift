import Tensors

/// How legible and how faithful a relevance map of a digit is.
public enum ExplanationMeasures {
  /// Side of the square patches that are compared and blanked, in pixels of the picture.
  public static let patch = 4

  /// Relevance per pixel of the picture: the network's input is the picture enlarged by a whole factor, whose cells are added up.
  ///
  /// - Parameter magnitudes: whether |R| is added instead of R.
  public static func perPixel(_ relevance: Tensor, width: Int, height: Int, magnitudes: Bool) -> [Float] {
    let (rows, columns) = (relevance.shape[1], relevance.shape[2])
    var result = [Float](repeating: 0, count: width * height)
    for channel in 0..<relevance.shape[0] {
      for y in 0..<rows {
        for x in 0..<columns {
          let value = relevance.values[(channel * rows + y) * columns + x]
          result[y * height / rows * width + x * width / columns] += magnitudes ? abs(value) : value
        }
      }
    }
    return result
  }

  /// Share of |R| on the digit: its pixels brighter than 60, and those up to 2 pixels from one in x and y.
  public static func shareOnDigit(magnitudes: [Float], picture: [UInt8], width: Int, height: Int) -> Double {
    var onDigit = 0.0
    var total = 0.0
    for y in 0..<height {
      for x in 0..<width {
        let value = Double(magnitudes[y * width + x])
        total += value
        let isNear = (max(0, y - 2)...min(height - 1, y + 2)).contains { row in
          (max(0, x - 2)...min(width - 1, x + 2)).contains { picture[row * width + $0] > 60 }
        }
        if isNear { onDigit += value }
      }
    }
    return total > 0 ? onDigit / total : 0
  }

  /// The largest share of |R| in one patch of 4x4 pixels; patches start at every second pixel.
  public static func largestPatchShare(magnitudes: [Float], width: Int, height: Int) -> Double {
    let total = magnitudes.reduce(0.0) { $0 + Double($1) }
    guard total > 0 else { return 0 }
    var largest = 0.0
    for top in stride(from: 0, through: height - patch, by: 2) {
      for left in stride(from: 0, through: width - patch, by: 2) {
        largest = max(largest, sum(magnitudes, left: left, top: top, width: width))
      }
    }
    return largest / total
  }

  /// Upper left corners of the disjoint patches, those with the largest sum first; ties keep the order of reading.
  public static func patchesByRelevance(_ relevance: [Float], width: Int, height: Int) -> [(left: Int, top: Int)] {
    var patches: [(left: Int, top: Int, sum: Double)] = []
    for top in stride(from: 0, through: height - patch, by: patch) {
      for left in stride(from: 0, through: width - patch, by: patch) {
        patches.append((left, top, sum(relevance, left: left, top: top, width: width)))
      }
    }
    let order = patches.indices.sorted { (patches[$1].sum, $0) < (patches[$0].sum, $1) }
    return order.map { (patches[$0].left, patches[$0].top) }
  }

  /// The pictures of pixel flipping (Samek et al. 2017, section II): after each step one more patch is black.
  public static func flipped(_ picture: [UInt8], width: Int, patches: some Sequence<(left: Int, top: Int)>) -> [[UInt8]] {
    var current = picture
    return patches.map { corner in
      for y in corner.top..<corner.top + patch {
        for x in corner.left..<corner.left + patch { current[y * width + x] = 0 }
      }
      return current
    }
  }

  private static func sum(_ values: [Float], left: Int, top: Int, width: Int) -> Double {
    var sum = 0.0
    for y in top..<top + patch {
      for x in left..<left + patch { sum += Double(values[y * width + x]) }
    }
    return sum
  }
}
