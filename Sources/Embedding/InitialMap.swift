/// Where the optimization starts.
enum InitialMap {
  /// Standard deviation along the first axis.
  static let deviation = 1e-4

  /// The first two components scaled, with a hundredth of noise so that equal points can part; noise alone where the first
  /// component does not vary.
  ///
  /// - Parameter components: `[count, dimension]`, of which the first two columns are used.
  static func positions(components: [Float], count: Int, dimension: Int, seed: UInt64) -> [Float] {
    var random = RandomNumbers(seed: seed)
    var result = [Float](repeating: 0, count: 2 * count)
    var (sum, squares) = (0.0, 0.0)
    for point in 0..<count { sum += Double(components[point * dimension]) }
    let mean = sum / Double(max(1, count))
    for point in 0..<count {
      let difference = Double(components[point * dimension]) - mean
      squares += difference * difference
    }
    let spread = (squares / Double(max(1, count))).squareRoot()
    let varies = spread > 1e-6
    let noise = varies ? 0.01 * deviation : deviation
    for point in 0..<count {
      for axis in 0..<2 {
        let component = varies && axis < dimension ? Double(components[point * dimension + axis]) * deviation / spread : 0
        result[2 * point + axis] = Float(component + noise * random.normal())
      }
    }
    return result
  }

  /// Another map, its size brought to the deviation of a start and with the same noise, so that arrangement is inherited and not size.
  static func positions(from map: [Float], seed: UInt64) -> [Float] {
    let count = map.count / 2
    var mean = SIMD2<Double>.zero
    for point in 0..<count { mean += SIMD2(Double(map[2 * point]), Double(map[2 * point + 1])) }
    mean /= Double(max(1, count))
    let centred = (0..<2 * count).map { Float(Double(map[$0]) - mean[$0 % 2]) }
    return positions(components: centred, count: count, dimension: 2, seed: seed)
  }
}
