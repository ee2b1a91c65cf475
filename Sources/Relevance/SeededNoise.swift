import Foundation
import Tensors

/// Noise that is the same on every machine.
struct SeededNoise {
  private var bits: SplitMix64
  private var spare: Double?

  init(seed: UInt64) { bits = SplitMix64(seed: seed) }

  /// Evenly spread over 0 ..< 1.
  mutating func uniform() -> Double { Double(bits.next() >> 11) * 0x1p-53 }

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
