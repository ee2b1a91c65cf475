import Glibc

/// The rows of P in the order in which the optimizer keeps its points, padded to whole vectors of four edges.
final class Attraction {
  private let count: Int
  private let starts: Block<Int>
  private let columns: Block<Int32>
  private let values: Block<Float>
  private let slabs: [Range<Int>]

  /// - Parameters:
  ///   - order: the point of `affinities` at each place.
  ///   - places: its inverse.
  init(_ affinities: Affinities, order: [Int32], places: [Int32], team: WorkerTeam) {
    count = affinities.count
    starts = Block(count + 1, repeating: 0)
    for place in 0..<count {
      let row = Int(order[place])
      let edges = affinities.rowStarts[row + 1] - affinities.rowStarts[row]
      starts.start[place + 1] = starts.start[place] + (edges + 3) / 4 * 4
    }
    let total = starts.start[count]
    columns = Block(total, repeating: 0)
    values = Block(total, repeating: 0)
    slabs = Self.slabs(starts.start, count: count)
    let (starts, toColumns, toValues) = (starts.start, columns.start, values.start)
    affinities.columns.withUnsafeBufferPointer { fromColumns in
      affinities.values.withUnsafeBufferPointer { fromValues in
        affinities.rowStarts.withUnsafeBufferPointer { rowStarts in
          places.withUnsafeBufferPointer { places in
            order.withUnsafeBufferPointer { order in
              team.run(slabs.count) { slab, _ in
                for place in slabs[slab] {
                  var target = starts[place]
                  let row = Int(order[place])
                  for edge in rowStarts[row]..<rowStarts[row + 1] {
                    toColumns[target] = places[Int(fromColumns[edge])]
                    toValues[target] = fromValues[edge]
                    target += 1
                  }
                  // Edges of weight zero to the point itself.
                  while target < starts[place + 1] {
                    toColumns[target] = Int32(truncatingIfNeeded: place)
                    target += 1
                  }
                }
              }
            }
          }
        }
      }
    }
  }

  /// 64 ranges of points with about the same number of edges; fixed by the data.
  private static func slabs(_ starts: UnsafePointer<Int>, count: Int) -> [Range<Int>] {
    var ranges: [Range<Int>] = []
    var first = 0
    for slab in 1...64 {
      var last = first
      while last < count && starts[last] < starts[count] * slab / 64 { last += 1 }
      if slab == 64 { last = count }
      ranges.append(first..<last)
      first = last
    }
    return ranges
  }

  /// Writes sum p (y - y_j) / (1 + |y - y_j|^2) of each point.
  func evaluate(_ positions: UnsafePointer<SIMD2<Float>>, forces: UnsafeMutablePointer<SIMD2<Float>>, team: WorkerTeam) {
    let (starts, columns, values) = (starts.start, UnsafeRawPointer(columns.start), UnsafeRawPointer(values.start))
    team.run(slabs.count) { slab, _ in
      for place in slabs[slab] {
        let own = positions[place]
        let (ox, oy) = (SIMD4(repeating: own.x), SIMD4(repeating: own.y))
        var fx = SIMD4<Float>(repeating: 0)
        var fy = fx
        var edge = starts[place]
        let end = starts[place + 1]
        while edge < end {
          let four = columns.loadUnaligned(fromByteOffset: edge * 4, as: SIMD4<Int32>.self)
          let p = values.loadUnaligned(fromByteOffset: edge * 4, as: SIMD4<Float>.self)
          let a = SIMD4(lowHalf: positions[Int(four.x)], highHalf: positions[Int(four.y)])
          let b = SIMD4(lowHalf: positions[Int(four.z)], highHalf: positions[Int(four.w)])
          let both = SIMD8(lowHalf: a, highHalf: b)
          let dx = ox - both.evenHalf
          let dy = oy - both.oddHalf
          let weight = p / (1 + dx * dx + dy * dy)
          fx += weight * dx
          fy += weight * dy
          edge += 4
        }
        forces[place] = SIMD2(fx.sum(), fy.sum())
      }
    }
  }

  /// Sum of p log(1 + |y - y_j|^2), in nats, and the sum of p.
  func crossEntropy(_ positions: UnsafePointer<SIMD2<Float>>, team: WorkerTeam) -> (Double, Double) {
    let partial = Block<SIMD2<Double>>(slabs.count, repeating: .zero)
    defer { partial.keep() }
    let (starts, columns, values) = (starts.start, columns.start, values.start)
    team.run(slabs.count) { slab, _ in
      var (entropy, mass) = (0.0, 0.0)
      for place in slabs[slab] {
        let own = positions[place]
        var (row, rowMass): (Float, Float) = (0, 0)
        for edge in starts[place]..<starts[place + 1] {
          let difference = own - positions[Int(columns[edge])]
          row += values[edge] * log1pf((difference * difference).sum())
          rowMass += values[edge]
        }
        entropy += Double(row)
        mass += Double(rowMass)
      }
      partial.start[slab] = SIMD2(entropy, mass)
    }
    let total = partial.array.reduce(.zero, +)
    return (total.x, total.y)
  }
}
