import Tensors

/// Seeded numbers, even and nearly normal.
struct RandomNumbers: RandomNumberGenerator {
  private var bits: SplitMix64

  init(seed: UInt64) { bits = SplitMix64(seed: seed) }

  /// A stream of its own for each index: the state is mixed, so that neighbours have nothing in common.
  init(seed: UInt64, stream: Int) {
    var mixer = SplitMix64(seed: seed ^ (UInt64(bitPattern: Int64(stream)) &* 0xd6e8_feb8_6659_fd93))
    bits = SplitMix64(seed: mixer.next())
  }

  mutating func next() -> UInt64 { bits.next() }

  mutating func uniform(_ low: Double, _ high: Double) -> Double {
    low + (high - low) * Double(next() >> 11) * 0x1p-53
  }

  /// About normal, and never farther than 3.46 deviations: the sum of four uniform numbers.
  mutating func normal(_ deviation: Double) -> Double {
    (uniform(-1, 1) + uniform(-1, 1) + uniform(-1, 1) + uniform(-1, 1)) * deviation * 0.866_025_403_784
  }
}
