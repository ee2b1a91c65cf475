/// Eight numbers at once: what elementwise arithmetic on activations and relevance works with.
public typealias Lanes = SIMD8<Float>

extension Lanes {
  /// Eight numbers from `pointer`, or only `count` of them with zeros behind.
  @inlinable
  @inline(__always)
  public init(_ pointer: UnsafePointer<Float>, _ count: Int) {
    if count >= 8 {
      self = UnsafeRawPointer(pointer).loadUnaligned(as: Lanes.self)
    } else {
      self = .zero
      for lane in 0..<count { self[lane] = pointer[lane] }
    }
  }

  /// Writes all lanes, or only the first `count`.
  @inlinable
  @inline(__always)
  public func store(_ pointer: UnsafeMutablePointer<Float>, _ count: Int) {
    if count >= 8 {
      UnsafeMutableRawPointer(pointer).storeBytes(of: self, as: Lanes.self)
    } else {
      for lane in 0..<count { pointer[lane] = self[lane] }
    }
  }

  @inlinable
  @inline(__always)
  public var positivePart: Lanes { replacing(with: 0, where: self .< 0) }
  @inlinable
  @inline(__always)
  public var negativePart: Lanes { replacing(with: 0, where: self .> 0) }
  @inlinable
  @inline(__always)
  public var magnitude: Lanes { replacing(with: 0 - self, where: self .< 0) }
}

/// Visits a range eight at a time: (first index, how many), the latter a constant but for the last.
@inlinable
@inline(__always)
public func forEachLanes(_ range: Range<Int>, _ body: (Int, Int) -> Void) {
  var index = range.lowerBound
  while index &+ 8 <= range.upperBound {
    body(index, 8)
    index &+= 8
  }
  if index < range.upperBound { body(index, range.upperBound - index) }
}
