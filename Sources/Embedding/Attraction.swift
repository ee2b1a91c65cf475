import CEmbeddingKernels

/// The rows of P in the order in which the optimizer keeps its points.
///
/// An edge is one word: the other point's place in the low bits, in the rest its probability in steps of the row's largest. With
/// 70,000 points 15 bits remain for it: a force then errs by some 1e-5 of itself, and half the memory is read.
final class Attraction {
  private let count: Int
  private let indexBits: Int32
  private let starts: Block<Int64>
  private let edges: Block<UInt32>
  private let steps: Block<Float>
  private let slabs: [Range<Int>]

  /// - Parameters:
  ///   - order: the point of `affinities` at each place.
  ///   - places: its inverse.
  init(_ affinities: Affinities, order: [Int32], places: [Int32], team: WorkerTeam) {
    count = affinities.count
    // At least eight, so that the rest is a whole number that Float holds.
    let bits = max(8, UInt32.bitWidth - UInt32(max(1, count - 1)).leadingZeroBitCount)
    indexBits = Int32(bits)
    starts = Block(count + 1, repeating: 0)
    for place in 0..<count {
      let row = Int(order[place])
      let edges = affinities.rowStarts[row + 1] - affinities.rowStarts[row]
      starts.start[place + 1] = starts.start[place] + Int64((edges + 7) / 8 * 8)
    }
    edges = Block(Int(starts.start[count]), repeating: 0)
    steps = Block(count, repeating: 0)
    slabs = Self.slabs(starts.start, count: count)
    let (starts, edges, steps, slabs) = (starts.start, edges.start, steps.start, slabs)
    let most = Float(UInt32.max >> UInt32(bits))
    affinities.columns.withUnsafeBufferPointer { columns in
      affinities.values.withUnsafeBufferPointer { values in
        affinities.rowStarts.withUnsafeBufferPointer { rowStarts in
          places.withUnsafeBufferPointer { places in
            order.withUnsafeBufferPointer { order in
              team.run(slabs.count) { slab, _ in
                for place in slabs[slab] {
                  let row = Int(order[place])
                  let range = rowStarts[row]..<rowStarts[row + 1]
                  var largest: Float = 0
                  for edge in range { largest = max(largest, values[edge]) }
                  steps[place] = largest / most
                  let factor = largest > 0 ? most / largest : 0
                  var target = Int(starts[place])
                  for edge in range {
                    let value = UInt32(min((values[edge] * factor).rounded(), most))
                    edges[target] = value << UInt32(bits) | UInt32(places[Int(columns[edge])])
                    target += 1
                  }
                  // Edges of weight zero to the point itself.
                  while target < starts[place + 1] {
                    edges[target] = UInt32(place)
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
  private static func slabs(_ starts: UnsafePointer<Int64>, count: Int) -> [Range<Int>] {
    var ranges: [Range<Int>] = []
    var first = 0
    for slab in 1...64 {
      var last = first
      while last < count && starts[last] < starts[count] * Int64(slab) / 64 { last += 1 }
      if slab == 64 { last = count }
      ranges.append(first..<last)
      first = last
    }
    return ranges
  }

  private var rows: heatlens_edges {
    heatlens_edges(edges: edges.start, starts: starts.start, steps: steps.start, index_bits: indexBits)
  }

  /// Writes sum p (y - y_j) / (1 + |y - y_j|^2) of each point.
  func evaluate(_ positions: UnsafePointer<SIMD2<Float>>, forces: UnsafeMutablePointer<SIMD2<Float>>, team: WorkerTeam) {
    let (positions, forces) = (coordinates(positions), coordinates(forces))
    let rows = rows
    team.run(slabs.count) { slab, _ in
      withUnsafePointer(to: rows) {
        loops.attract($0, positions, Int64(slabs[slab].lowerBound), Int64(slabs[slab].upperBound), forces)
      }
    }
  }

  /// Sum of p log(1 + |y - y_j|^2), in nats, and the sum of p.
  func crossEntropy(_ positions: UnsafePointer<SIMD2<Float>>, team: WorkerTeam) -> (Double, Double) {
    let partial = Block<SIMD2<Double>>(slabs.count, repeating: .zero)
    defer { partial.keep() }
    let positions = coordinates(positions)
    let rows = rows
    team.run(slabs.count) { slab, _ in
      var (entropy, mass) = (0.0, 0.0)
      withUnsafePointer(to: rows) {
        loops.cross_entropy($0, positions, Int64(slabs[slab].lowerBound), Int64(slabs[slab].upperBound), &entropy, &mass)
      }
      partial.start[slab] = SIMD2(entropy, mass)
    }
    let total = partial.array.reduce(.zero, +)
    return (total.x, total.y)
  }
}

/// Points as x and y in turn, as the kernels take them.
func coordinates(_ points: UnsafePointer<SIMD2<Float>>) -> UnsafePointer<Float> {
  UnsafeRawPointer(points).assumingMemoryBound(to: Float.self)
}

func coordinates(_ points: UnsafeMutablePointer<SIMD2<Float>>) -> UnsafeMutablePointer<Float> {
  UnsafeMutableRawPointer(points).assumingMemoryBound(to: Float.self)
}
