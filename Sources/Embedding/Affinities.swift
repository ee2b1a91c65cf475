import Glibc

/// The joint probabilities P of pairs of points in compact rows: symmetric, none negative, sum 1, diagonal empty.
public struct Affinities: Sendable {
  public let count: Int
  /// `count + 1` positions in `columns` and `values`.
  public let rowStarts: [Int]
  /// In rising order within a row.
  public let columns: [Int32]
  public let values: [Float]
  /// Sum of p log p, in nats.
  public let negativeEntropy: Double
  /// What the number of points allowed of the perplexity asked for.
  public let perplexity: Double

  /// The perplexity that `count` points allow: three times as many neighbours must exist.
  public static func effectivePerplexity(_ perplexity: Double, count: Int) -> Double {
    max(1, min(perplexity, Double(count - 1) / 3))
  }

  /// Neighbours that a perplexity asks for.
  public static func neighbours(perplexity: Double, count: Int) -> Int {
    max(0, min(count - 1, max(1, Int((3 * perplexity).rounded(.down)))))
  }

  /// Gaussian conditional probabilities of each row's neighbours, then P = (P + P^T) / 2N (van der Maaten and Hinton 2008).
  ///
  /// - Returns: nil when `progress` said false. Cost: about 8 N k exponentials and 24 N k bytes.
  public init?(_ neighbours: NearestNeighbours, perplexity: Double, team: WorkerTeam, progress: (Double) -> Bool) {
    let (count, k) = (neighbours.count, neighbours.k)
    self.count = count
    self.perplexity = Self.effectivePerplexity(perplexity, count: count)
    let target = self.perplexity
    let conditional = Block<Float>(count * k, repeating: 0)
    let scratchLength = 2 * (k + 7)
    let scratch = Block<Float>(team.threadCount * scratchLength, repeating: 0)
    defer {
      conditional.keep()
      scratch.keep()
    }
    let batch = 8192
    for first in stride(from: 0, to: count, by: batch) {
      let rows = min(batch, count - first)
      neighbours.squaredDistances.withUnsafeBufferPointer { distances in
        guard let distances = distances.baseAddress, k > 0 else { return }
        team.ranges(rows, slabs: 32) { _, range, worker in
          for row in range {
            let start = (first + row) * k
            Bandwidths.probabilities(
              distances + start, count: k, perplexity: target, into: conditional.start + start,
              scratch: scratch.start + worker * scratchLength)
          }
        }
      }
      guard progress(0.6 * Double(first + rows) / Double(count)) else { return nil }
    }
    let joint = neighbours.indices.withUnsafeBufferPointer {
      SymmetricRows(indices: $0.baseAddress, values: conditional.start, count: count, k: k, team: team) { progress(0.6 + 0.4 * $0) }
    }
    guard let joint else { return nil }
    rowStarts = joint.rowStarts
    columns = joint.columns.array
    values = joint.values.array
    negativeEntropy = joint.negativeEntropy
  }
}

/// (A + A^T) / 2N of a matrix with k entries a row.
private struct SymmetricRows {
  let rowStarts: [Int]
  let columns: Block<Int32>
  let values: Block<Float>
  let negativeEntropy: Double

  init?(
    indices: UnsafePointer<Int32>?, values conditional: UnsafePointer<Float>, count: Int, k: Int, team: WorkerTeam,
    progress: (Double) -> Bool
  ) {
    guard let indices, k > 0 else {
      rowStarts = [Int](repeating: 0, count: count + 1)
      columns = Block(0, repeating: 0)
      values = Block(0, repeating: 0)
      negativeEntropy = 0
      return
    }
    // The transpose by counting: its rows come out sorted by column.
    let starts = Block<Int>(count + 1, repeating: 0)
    let cursor = Block<Int>(count, repeating: 0)
    let transposedColumns = Block<Int32>(count * k, repeating: 0)
    let transposedValues = Block<Float>(count * k, repeating: 0)
    for entry in 0..<count * k { starts.start[Int(indices[entry]) + 1] += 1 }
    for row in 0..<count {
      starts.start[row + 1] += starts.start[row]
      cursor.start[row] = starts.start[row]
    }
    guard progress(0.2) else { return nil }
    for row in 0..<count {
      for entry in row * k..<(row + 1) * k {
        let column = Int(indices[entry])
        let position = cursor.start[column]
        cursor.start[column] = position + 1
        transposedColumns.start[position] = Int32(truncatingIfNeeded: row)
        transposedValues.start[position] = conditional[entry]
      }
    }
    guard progress(0.4) else { return nil }
    // Each row sorted once; merged twice: to count and to fill.
    let sorted = Block<UInt64>(count * k, repeating: 0)
    let lengths = Block<Int>(count, repeating: 0)
    defer {
      starts.keep()
      cursor.keep()
      transposedColumns.keep()
      transposedValues.keep()
      sorted.keep()
      lengths.keep()
    }
    team.ranges(count, slabs: 32) { _, range, _ in
      for row in range {
        var own = UnsafeMutableBufferPointer(start: sorted.start + row * k, count: k)
        for position in 0..<k {
          own[position] =
            UInt64(UInt32(bitPattern: indices[row * k + position])) << 32
            | UInt64(conditional[row * k + position].bitPattern)
        }
        own.sort()
        let first = starts.start[row]
        let size = starts.start[row + 1] - first
        lengths.start[row] = Self.merge(own, transposedColumns.start + first, transposedValues.start + first, size) { _, _, _ in }
      }
    }
    guard progress(0.7) else { return nil }
    var rowStarts = [0]
    rowStarts.reserveCapacity(count + 1)
    var total = 0
    for row in 0..<count {
      total += lengths.start[row]
      rowStarts.append(total)
    }
    let columns = Block<Int32>(total, repeating: 0)
    let values = Block<Float>(total, repeating: 0)
    let entropies = Block<Double>(32, repeating: 0)
    let scale = 0.5 / Float(count)
    rowStarts.withUnsafeBufferPointer { rowStarts in
      team.ranges(count, slabs: 32) { slab, range, _ in
        var entropy = 0.0
        for row in range {
          let own = UnsafeMutableBufferPointer(start: sorted.start + row * k, count: k)
          let first = starts.start[row]
          let size = starts.start[row + 1] - first
          let toColumns = columns.start + rowStarts[row]
          let toValues = values.start + rowStarts[row]
          _ = Self.merge(own, transposedColumns.start + first, transposedValues.start + first, size) { position, column, sum in
            let value = sum * scale
            toColumns[position] = column
            toValues[position] = value
            if value > 0 { entropy += Double(value) * log(Double(value)) }
          }
        }
        entropies.start[slab] = entropy
      }
    }
    negativeEntropy = entropies.array.reduce(0, +)
    self.rowStarts = rowStarts
    self.columns = columns
    self.values = values
    guard progress(1) else { return nil }
  }

  /// Calls `take(position, column, sum)` for the union of two sorted rows; returns its length.
  @inline(__always)
  private static func merge(
    _ own: UnsafeMutableBufferPointer<UInt64>, _ columns: UnsafePointer<Int32>, _ values: UnsafePointer<Float>, _ count: Int,
    _ take: (Int, Int32, Float) -> Void
  ) -> Int {
    var (i, j, position) = (0, 0, 0)
    while i < own.count || j < count {
      let ownColumn = i < own.count ? Int32(truncatingIfNeeded: own[i] >> 32) : Int32.max
      let otherColumn = j < count ? columns[j] : Int32.max
      var sum: Float = 0
      if ownColumn <= otherColumn {
        sum += Float(bitPattern: UInt32(truncatingIfNeeded: own[i]))
        i += 1
      }
      if otherColumn <= ownColumn {
        sum += values[j]
        j += 1
      }
      take(position, min(ownColumn, otherColumn), sum)
      position += 1
    }
    return position
  }
}
