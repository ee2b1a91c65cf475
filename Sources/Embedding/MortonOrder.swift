/// An order of points in the plane along Morton's curve, in which points near each other mostly stand near each other.
enum MortonOrder {
  /// Indices of the points in the order of the curve; points in the same of 65536^2 cells by index.
  static func order(_ positions: UnsafePointer<SIMD2<Float>>, count: Int) -> [Int32] {
    guard count > 0 else { return [] }
    var (low, high) = (positions[0], positions[0])
    for index in 0..<count {
      low = pointwiseMin(low, positions[index])
      high = pointwiseMax(high, positions[index])
    }
    let extent = max((high - low).max(), .leastNormalMagnitude)
    let scale = 65535 / extent
    var keys = (0..<count).map { index -> UInt64 in
      let cell = (positions[index] - low) * scale
      let code = spread(UInt32(max(0, min(65535, cell.x)))) | spread(UInt32(max(0, min(65535, cell.y)))) << 1
      return UInt64(code) << 32 | UInt64(index)
    }
    keys.sort()
    return keys.map { Int32(truncatingIfNeeded: $0 & 0xFFFF_FFFF) }
  }

  /// The lower 16 bits to the even places.
  private static func spread(_ value: UInt32) -> UInt32 {
    var bits = value & 0xFFFF
    bits = (bits | bits << 8) & 0x00FF_00FF
    bits = (bits | bits << 4) & 0x0F0F_0F0F
    bits = (bits | bits << 2) & 0x3333_3333
    return (bits | bits << 1) & 0x5555_5555
  }
}
