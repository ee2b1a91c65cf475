/// For every point the candidates that may still be among its nearest, with a threshold that only falls.
///
/// A candidate is one 64-bit number, the bits of its squared distance above its index: for numbers that are not negative the
/// order of the bits is the order of the values, and equal distances are ordered by index.
final class CandidateLists {
  let keep: Int
  let capacity: Int
  /// Squared distances at or above this are of no interest to the point.
  let thresholds: Block<Float>
  private let entries: Block<UInt64>
  private let counts: Block<Int32>

  init(points: Int, keep: Int) {
    self.keep = keep
    capacity = (2 * keep + 32) / 16 * 16
    thresholds = Block(points, repeating: .greatestFiniteMagnitude)
    entries = Block(points * capacity, repeating: 0)
    counts = Block(points, repeating: 0)
  }

  /// Adds every `columns[c]` of a row of distances that lies below the threshold of `point`.
  @inline(__always)
  func offer(point: Int, _ distances: UnsafePointer<Float>, count: Int, firstIndex: Int) {
    let raw = UnsafeRawPointer(distances)
    var limit = thresholds.start[point]
    var column = 0
    while column + 16 <= count {
      let a = raw.loadUnaligned(fromByteOffset: column * 4, as: SIMD8<Float>.self) - limit
      let b = raw.loadUnaligned(fromByteOffset: column * 4 + 32, as: SIMD8<Float>.self) - limit
      if Self.anyNegative(a, b) {
        for candidate in column..<column + 16 where distances[candidate] < limit {
          append(point, distances[candidate], firstIndex + candidate)
          limit = thresholds.start[point]
        }
      }
      column += 16
    }
    while column < count {
      if distances[column] < limit {
        append(point, distances[column], firstIndex + column)
        limit = thresholds.start[point]
      }
      column += 1
    }
  }

  /// Adds `index` to every point of `firstPoint..<firstPoint + count` whose distance to it lies below the point's threshold.
  @inline(__always)
  func offerToAll(firstPoint: Int, _ distances: UnsafePointer<Float>, count: Int, index: Int) {
    let raw = UnsafeRawPointer(distances)
    let limits = thresholds.start + firstPoint
    let rawLimits = UnsafeRawPointer(limits)
    var column = 0
    while column + 16 <= count {
      let a =
        raw.loadUnaligned(fromByteOffset: column * 4, as: SIMD8<Float>.self)
        - rawLimits.loadUnaligned(fromByteOffset: column * 4, as: SIMD8<Float>.self)
      let b =
        raw.loadUnaligned(fromByteOffset: column * 4 + 32, as: SIMD8<Float>.self)
        - rawLimits.loadUnaligned(fromByteOffset: column * 4 + 32, as: SIMD8<Float>.self)
      if Self.anyNegative(a, b) {
        for candidate in column..<column + 16 where distances[candidate] < limits[candidate] {
          append(firstPoint + candidate, distances[candidate], index)
        }
      }
      column += 16
    }
    while column < count {
      if distances[column] < limits[column] { append(firstPoint + column, distances[column], index) }
      column += 1
    }
  }

  /// The kept candidates of `point`: at most `keep` indices, in no particular order, left at the front of its list.
  func finish(point: Int) -> UnsafeBufferPointer<UInt64> {
    if counts.start[point] > keep { shrink(point) }
    return UnsafeBufferPointer(start: entries.start + point * capacity, count: Int(counts.start[point]))
  }

  /// True if the sign bit of any of the sixteen numbers is set; a difference of equal numbers is +0.
  @inline(__always)
  private static func anyNegative(_ a: SIMD8<Float>, _ b: SIMD8<Float>) -> Bool {
    let bits = unsafeBitCast(a, to: SIMD4<UInt64>.self) | unsafeBitCast(b, to: SIMD4<UInt64>.self)
    let pair = bits.lowHalf | bits.highHalf
    return (pair.x | pair.y) & 0x8000_0000_8000_0000 != 0
  }

  @inline(__always)
  private func append(_ point: Int, _ distance: Float, _ index: Int) {
    guard point != index else { return }
    let position = Int(counts.start[point])
    entries.start[point * capacity + position] = UInt64(max(0, distance).bitPattern) << 32 | UInt64(UInt32(truncatingIfNeeded: index))
    counts.start[point] = Int32(truncatingIfNeeded: position + 1)
    if position + 1 == capacity { shrink(point) }
  }

  /// Quickselect: the `keep` smallest to the front, the largest of them as the new threshold.
  @inline(never)
  private func shrink(_ point: Int) {
    let list = entries.start + point * capacity
    var low = 0
    var high = Int(counts.start[point]) - 1
    let target = keep - 1
    while low < high {
      let a = list[low]
      let b = list[(low + high) / 2]
      let c = list[high]
      let pivot = max(min(a, b), min(max(a, b), c))
      var i = low
      var j = high
      while i <= j {
        while list[i] < pivot { i += 1 }
        while list[j] > pivot { j -= 1 }
        if i <= j {
          let swapped = list[i]
          list[i] = list[j]
          list[j] = swapped
          i += 1
          j -= 1
        }
      }
      if target <= j { high = j } else if target >= i { low = i } else { break }
    }
    counts.start[point] = Int32(truncatingIfNeeded: keep)
    thresholds.start[point] = Float(bitPattern: UInt32(truncatingIfNeeded: list[target] >> 32))
  }
}
