/// Eight numbers at once: what elementwise arithmetic on activations and relevance works with.
typealias Lanes = SIMD8<Float>

extension Lanes {
  /// Eight numbers from `pointer`, or only `count` of them with zeros behind.
  @inline(__always)
  init(_ pointer: UnsafePointer<Float>, _ count: Int) {
    if count >= 8 {
      self = UnsafeRawPointer(pointer).loadUnaligned(as: Lanes.self)
    } else {
      self = .zero
      for lane in 0..<count { self[lane] = pointer[lane] }
    }
  }

  /// Writes all lanes, or only the first `count`.
  @inline(__always)
  func store(_ pointer: UnsafeMutablePointer<Float>, _ count: Int) {
    if count >= 8 {
      UnsafeMutableRawPointer(pointer).storeBytes(of: self, as: Lanes.self)
    } else {
      for lane in 0..<count { pointer[lane] = self[lane] }
    }
  }

  @inline(__always)
  var positivePart: Lanes { replacing(with: 0, where: self .< 0) }
  @inline(__always)
  var negativePart: Lanes { replacing(with: 0, where: self .> 0) }
  @inline(__always)
  var magnitude: Lanes { replacing(with: 0 - self, where: self .< 0) }
}

extension SIMD8<Double> {
  @inline(__always)
  init(widening lanes: Lanes) { self.init(lanes) }
}

extension Stabilizer {
  /// s(z) in every lane.
  @inline(__always)
  func callAsFunction(_ z: Lanes) -> Lanes {
    if clips {
      let isSmall = (z .< epsilon) .& (z .> -epsilon)
      return z.replacing(with: Lanes(repeating: epsilon).replacing(with: -epsilon, where: z .< 0), where: isSmall)
    }
    return z + Lanes(repeating: epsilon).replacing(with: -epsilon, where: z .< 0)
  }

  /// R / s(z), nothing where s(z) is 0.
  @inline(__always)
  func quotient(_ relevance: Lanes, by stable: Lanes) -> Lanes {
    (relevance / stable).replacing(with: 0, where: stable .== 0)
  }
}
