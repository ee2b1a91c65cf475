/// Points of the plane in a balanced tree of boxes, for their nearest neighbours (Friedman, Bentley and Finkel 1977).
///
/// A node is a range of `order`; it is cut in the middle along its longer side, so that duplicates do no harm.
final class PlaneTree {
  private struct Node {
    var low: SIMD2<Float>
    var high: SIMD2<Float>
    var first: Int32
    var last: Int32
    /// Children are `left` and `left + 1`; none for a leaf.
    var left: Int32 = -1
  }

  private let points: Block<SIMD2<Float>>
  private let order: Block<Int32>
  private var nodes: [Node] = []
  private static let leaf = 12

  /// - Parameter positions: x and y in turn; finite.
  init(_ positions: [Float]) {
    let count = positions.count / 2
    points = Block(count, repeating: .zero)
    order = Block(count, repeating: 0)
    guard count > 0 else { return }
    for index in 0..<count { order.start[index] = Int32(truncatingIfNeeded: index) }
    let all = positions.withUnsafeBufferPointer { map in
      nodes.append(node(0, count, map))
      var next = 0
      while next < nodes.count {
        split(next, map)
        next += 1
      }
      return (0..<count).map { SIMD2(map[2 * Int(order.start[$0])], map[2 * Int(order.start[$0]) + 1]) }
    }
    for (index, point) in all.enumerated() { points.start[index] = point }
  }

  private func node(_ first: Int, _ last: Int, _ map: UnsafeBufferPointer<Float>) -> Node {
    var low = SIMD2<Float>(repeating: .greatestFiniteMagnitude)
    var high = -low
    for place in first..<last {
      let point = SIMD2(map[2 * Int(order.start[place])], map[2 * Int(order.start[place]) + 1])
      low = pointwiseMin(low, point)
      high = pointwiseMax(high, point)
    }
    return Node(low: low, high: high, first: Int32(first), last: Int32(last))
  }

  private func split(_ index: Int, _ map: UnsafeBufferPointer<Float>) {
    let own = nodes[index]
    let (first, last) = (Int(own.first), Int(own.last))
    guard last - first > Self.leaf else { return }
    let extent = own.high - own.low
    let axis = extent.x >= extent.y ? 0 : 1
    let middle = (first + last) / 2
    select(middle, first, last - 1) { map[2 * Int($0) + axis] }
    nodes[index].left = Int32(nodes.count)
    nodes.append(node(first, middle, map))
    nodes.append(node(middle, last, map))
  }

  /// Hoare's selection: smaller values before `target`, larger ones behind.
  private func select(_ target: Int, _ first: Int, _ last: Int, _ value: (Int32) -> Float) {
    var (low, high) = (first, last)
    while low < high {
      let pivot = value(order.start[(low + high) / 2])
      var (i, j) = (low, high)
      while i <= j {
        while value(order.start[i]) < pivot { i += 1 }
        while value(order.start[j]) > pivot { j -= 1 }
        if i <= j {
          let swapped = order.start[i]
          order.start[i] = order.start[j]
          order.start[j] = swapped
          i += 1
          j -= 1
        }
      }
      if target <= j { high = j } else if target >= i { low = i } else { return }
    }
  }

  /// Writes the `k` nearest of the points but `own` into `result` as distance bits above index, nearest first, equal ones by index.
  ///
  /// - Parameters:
  ///   - stack: room for 64 numbers.
  /// - Precondition: there are at least k others.
  func nearest(
    to place: SIMD2<Float>, except own: Int, k: Int, into result: UnsafeMutablePointer<UInt64>, stack: UnsafeMutablePointer<Int32>
  ) {
    for position in 0..<k { result[position] = .max }
    nodes.withUnsafeBufferPointer { nodes in
      var height = 1
      stack[0] = 0
      while height > 0 {
        height -= 1
        let node = nodes[Int(stack[height])]
        guard Self.distance(place, node) <= Float(bitPattern: UInt32(truncatingIfNeeded: min(result[k - 1] >> 32, 0x7F80_0000))) else {
          continue
        }
        if node.left >= 0 {
          let left = Int(node.left)
          let leftIsNearer = Self.distance(place, nodes[left]) <= Self.distance(place, nodes[left + 1])
          stack[height] = node.left + (leftIsNearer ? 1 : 0)
          stack[height + 1] = node.left + (leftIsNearer ? 0 : 1)
          height += 2
          continue
        }
        for index in Int(node.first)..<Int(node.last) {
          let difference = points.start[index] - place
          let other = order.start[index]
          let key = UInt64((difference * difference).sum().bitPattern) << 32 | UInt64(UInt32(bitPattern: other))
          guard key < result[k - 1], Int(other) != own else { continue }
          var slot = k - 1
          while slot > 0 && result[slot - 1] > key {
            result[slot] = result[slot - 1]
            slot -= 1
          }
          result[slot] = key
        }
      }
    }
  }

  /// Squared distance to the box.
  @inline(__always)
  private static func distance(_ place: SIMD2<Float>, _ node: Node) -> Float {
    let outside = pointwiseMax(pointwiseMax(node.low - place, place - node.high), .zero)
    return (outside * outside).sum()
  }
}
