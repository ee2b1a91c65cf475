import Foundation

/// Random numbers that are the same on every machine: SplitMix64 (Steele, Lea and Flood 2014).
struct SeededNoise {
  private var state: UInt64
  private var spare: Double?

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }

  /// Evenly spread over 0 ..< 1.
  mutating func uniform() -> Double { Double(next() >> 11) * 0x1p-53 }

  /// A whole number from 0 to `count` - 1, each as likely but for a share of 2^-53.
  mutating func index(below count: Int) -> Int { min(count - 1, Int(uniform() * Double(count))) }

  /// Normal with mean 0 and variance 1 (Box and Muller 1958).
  mutating func normal() -> Double {
    if let spare {
      self.spare = nil
      return spare
    }
    // 1 - u is above 0, so that its logarithm is finite.
    let radius = (-2 * log(1 - uniform())).squareRoot()
    let angle = 2 * Double.pi * uniform()
    spare = radius * sin(angle)
    return radius * cos(angle)
  }
}
