import Networks
import Tensors

/// What a data set lets expect in a square patch of a picture: a normal distribution of its numbers, the same wherever the patch lies
/// (Zintgraf et al. 2017, "Visualizing deep neural network decisions: prediction difference analysis", section 3.1).
///
/// A patch is a window and `padding` rows and columns around it; what is asked for is the window's distribution given what surrounds it.
public struct PatchModel: Sendable {
  public let window: Int
  public let padding: Int
  public let channels: Int
  /// How many pictures the data set has: N of the Laplace correction.
  public let pictureCount: Int
  /// Of a patch, row by row, channel innermost.
  let mean: [Double]
  /// With the ridge added, row by row.
  let covariance: [Double]
  /// The smallest and the largest number of each channel: samples are clipped to them.
  let lowest: [Float]
  let highest: [Float]

  /// Share of the mean variance that is added to each variance: numbers of a picture that was enlarged nearly determine each other.
  public static let ridge = 1e-3
  /// The most numbers that a patch may have: its covariance has their square.
  public static let largestPatch = 2048

  /// The side of a patch.
  var side: Int { window + 2 * padding }
  var size: Int { channels * side * side }

  /// Fits to inputs `[C, H, W]`.
  public init(
    fittedTo inputs: [Tensor], window: Int, padding: Int = 2, patchesPerPicture: Int = 16, seed: UInt64 = 1
  ) throws(RelevanceError) {
    try self.init(
      count: inputs.count, window: window, padding: padding, patchesPerPicture: patchesPerPicture, seed: seed, input: { inputs[$0] })
  }

  /// Fits to patches at random places of pictures: mean and covariance (divided by the number of patches) plus the ridge.
  ///
  /// - Parameters:
  ///   - count: how many pictures are looked at.
  ///   - pictureCount: how many the data set has; nil: `count`.
  ///   - input: the n-th prepared input `[C, H, W]`, all of one shape; what it throws ends the fit.
  /// - Throws: `RelevanceError.parameter` where there are too few patches, patches do not fit into a picture, or have more than
  ///   `largestPatch` numbers.
  /// Cost: the square of a patch's numbers for each patch.
  public init(
    count: Int, window: Int, padding: Int = 2, patchesPerPicture: Int = 16, seed: UInt64 = 1, pictureCount: Int? = nil,
    input: (Int) throws(RelevanceError) -> Tensor
  ) throws(RelevanceError) {
    guard window >= 1, padding >= 0 else { throw .parameter("a window of \(window) with a padding of \(padding) is no patch") }
    guard count >= 1, patchesPerPicture >= 1, count * patchesPerPicture >= 2 else {
      throw .parameter("a patch model needs two patches or more; there are \(count) pictures with \(patchesPerPicture) patches each")
    }
    let shape = try input(0).shape
    let side = window + 2 * padding
    guard shape.count == 3, side <= shape[1], side <= shape[2] else {
      throw .parameter("patches of \(side) x \(side) (window and padding) do not fit into inputs of shape \(shape)")
    }
    let size = shape[0] * side * side
    guard size <= Self.largestPatch else {
      throw .parameter(
        "patches of \(side) x \(side) with \(shape[0]) channels are \(size) numbers; at most \(Self.largestPatch) are allowed")
    }
    var numbers = SeededNoise(seed: seed)
    var moments = PatchMoments(size: size)
    var lowest = [Float](repeating: .infinity, count: shape[0])
    var highest = [Float](repeating: -.infinity, count: shape[0])
    for index in 0..<count {
      let picture = try input(index)
      guard picture.shape == shape else { throw .parameter("inputs of shapes \(shape) and \(picture.shape) are not of one data set") }
      let maps = FeatureMaps(picture.reshaped([1] + shape))
      guard maps.values.allSatisfy({ $0.isFinite }) else { throw .parameter("input \(index) has numbers that are not finite") }
      for (at, value) in maps.values.enumerated() {
        lowest[at % shape[0]] = min(lowest[at % shape[0]], value)
        highest[at % shape[0]] = max(highest[at % shape[0]], value)
      }
      for _ in 0..<patchesPerPicture {
        let (row, column) = (numbers.index(below: shape[1] - side + 1), numbers.index(below: shape[2] - side + 1))
        moments.add(Self.patch(maps, row: row, column: column, side: side))
      }
    }
    self.window = window
    self.padding = padding
    channels = shape[0]
    self.pictureCount = pictureCount ?? count
    mean = moments.mean
    covariance = moments.covariance(ridge: Self.ridge)
    self.lowest = lowest
    self.highest = highest
  }

  /// A patch of one picture, row by row, channel innermost.
  static func patch(_ maps: FeatureMaps, row: Int, column: Int, side: Int) -> [Double] {
    let channels = maps.channels
    return (row..<row + side).flatMap { y in
      let first = (y * maps.width + column) * channels
      return maps.values[first..<first + side * channels].map { Double($0) }
    }
  }
}

/// Sums over patches that mean and covariance come from.
private struct PatchMoments {
  private let size: Int
  private var count = 0
  private var sums: [Double]
  /// Lower triangle, row by row.
  private var products: [Double]

  init(size: Int) {
    self.size = size
    sums = [Double](repeating: 0, count: size)
    products = [Double](repeating: 0, count: size * size)
  }

  mutating func add(_ patch: [Double]) {
    count += 1
    products.withUnsafeMutableBufferPointer { products in
      patch.withUnsafeBufferPointer { patch in
        for row in 0..<size {
          let factor = patch[row]
          sums[row] += factor
          guard factor != 0 else { continue }
          for column in 0...row { products[row * size + column] += factor * patch[column] }
        }
      }
    }
  }

  var mean: [Double] { sums.map { $0 / Double(count) } }

  func covariance(ridge: Double) -> [Double] {
    let mean = mean
    var result = [Double](repeating: 0, count: size * size)
    for row in 0..<size {
      for column in 0...row {
        let value = products[row * size + column] / Double(count) - mean[row] * mean[column]
        result[row * size + column] = value
        result[column * size + row] = value
      }
    }
    let variance = (0..<size).reduce(0) { $0 + max(0, result[$1 * size + $1]) } / Double(size)
    // Pictures that are all alike have no variance, and a normal distribution needs some.
    let added = max(ridge * variance, 1e-9)
    for row in 0..<size { result[row * size + row] += added }
    return result
  }
}
