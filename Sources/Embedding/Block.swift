/// A block of memory for hot loops: fixed size, no bounds checks, no copy on write, freed with its owner.
final class Block<Element: BitwiseCopyable> {
  let count: Int
  let start: UnsafeMutablePointer<Element>

  init(_ count: Int, repeating value: Element) {
    self.count = count
    start = .allocate(capacity: max(1, count))
    start.initialize(repeating: value, count: max(1, count))
  }

  convenience init(_ values: [Element], spare value: Element) {
    self.init(values.count, repeating: value)
    for (index, element) in values.enumerated() { start[index] = element }
  }

  deinit { start.deallocate() }

  /// Ends a scope that uses `start` of a local block: `defer { block.keep() }`.
  @inline(never) func keep() {}

  var array: [Element] { Array(UnsafeBufferPointer(start: start, count: count)) }
}
