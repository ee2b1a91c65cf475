/// What is told of many numbers at once: a layer's weights, its bias, or what it gives out.
///
/// Numbers that are not finite are counted apart and left out of everything else. Where no number is finite, all is 0.
/// Cost: three passes over the numbers, sums in double precision.
public struct NumberStatistics: Sendable, Equatable {
  /// How many are finite.
  public let count: Int
  /// How many are infinite or no numbers.
  public let nonFiniteCount: Int
  public let minimum: Float
  public let maximum: Float
  public let mean: Double
  /// Of the numbers themselves, not of what they are a sample of: the square root of the mean squared distance from the mean.
  public let standardDeviation: Double
  /// Which part of the finite ones is exactly 0.
  public let zeroShare: Double
  /// How many lie in each of 32 bins of one width from the minimum to the maximum, as `numpy.histogram` counts: a number between two bins
  /// belongs to the upper one, and the maximum to the last. Where all are one number v, the bins go from v - 0.5 to v + 0.5.
  public let histogram: [Int]

  public static let binCount = 32

  public init(_ values: [Float]) { self = values.withUnsafeBufferPointer { NumberStatistics($0) } }

  public init(_ values: UnsafeBufferPointer<Float>) {
    var (count, zeros, sum) = (0, 0, 0.0)
    var (low, high) = (Float.infinity, -Float.infinity)
    for value in values where value.isFinite {
      count += 1
      if value == 0 { zeros += 1 }
      sum += Double(value)
      low = min(low, value)
      high = max(high, value)
    }
    let mean = count == 0 ? 0 : sum / Double(count)
    var squares = 0.0
    for value in values where value.isFinite {
      let distance = Double(value) - mean
      squares += distance * distance
    }
    self.count = count
    nonFiniteCount = values.count - count
    minimum = count == 0 ? 0 : low
    maximum = count == 0 ? 0 : high
    self.mean = mean
    standardDeviation = count == 0 ? 0 : (squares / Double(count)).squareRoot()
    zeroShare = count == 0 ? 0 : Double(zeros) / Double(count)
    histogram = Self.histogram(values, Double(minimum), Double(maximum))
  }

  private static func histogram(_ values: UnsafeBufferPointer<Float>, _ minimum: Double, _ maximum: Double) -> [Int] {
    let (start, end) = minimum < maximum ? (minimum, maximum) : (minimum - 0.5, maximum + 0.5)
    let width = (end - start) / Double(binCount)
    let edges = (0..<binCount).map { start + Double($0) * width } + [end]
    var counts = [Int](repeating: 0, count: binCount)
    edges.withUnsafeBufferPointer { edges in
      counts.withUnsafeMutableBufferPointer { counts in
        for value in values where value.isFinite {
          let value = Double(value)
          // The division may round over an edge: the edges decide.
          var bin = min(binCount - 1, Int((value - start) / width))
          if value < edges[bin] {
            bin -= 1
          } else if bin < binCount - 1 && value >= edges[bin + 1] {
            bin += 1
          }
          counts[bin] += 1
        }
      }
    }
    return counts
  }
}
