import CEmbeddingKernels

/// For every point the candidates that may still be among its nearest, with a threshold that only falls.
///
/// A candidate is one 64-bit number, the bits of its squared distance above its index: for numbers that are not negative the
/// order of the bits is the order of the values, and equal distances are ordered by index.
final class CandidateLists {
  let lists: heatlens_candidates
  private let entries: Block<UInt64>
  private let counts: Block<Int32>
  private let thresholds: Block<Float>

  /// - Parameter points: a multiple of sixteen, so that thresholds can be read in whole vectors.
  init(points: Int, keep: Int) {
    let capacity = (2 * keep + 32) / 16 * 16
    entries = Block(points * capacity, repeating: 0)
    counts = Block(points, repeating: 0)
    thresholds = Block(points, repeating: .greatestFiniteMagnitude)
    lists = heatlens_candidates(
      entries: entries.start, counts: counts.start, thresholds: thresholds.start, capacity: Int64(capacity), keep: Int64(keep))
  }

  /// The kept candidates of `point`: at most `keep`, in no particular order.
  func finish(point: Int) -> UnsafeBufferPointer<UInt64> {
    let found = withUnsafePointer(to: lists) { loops.near_finish($0, Int64(point)) }
    return UnsafeBufferPointer(start: entries.start + point * Int(lists.capacity), count: Int(found))
  }
}
