/// The generator SplitMix64 (Steele, Lea and Flood 2014): one seed gives the same numbers on every machine.
struct RandomNumbers: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  /// A stream of its own for each index: the state is mixed, so that neighbours have nothing in common.
  init(seed: UInt64, stream: Int) {
    var mixer = RandomNumbers(seed: seed ^ (UInt64(bitPattern: Int64(stream)) &* 0xd6e8_feb8_6659_fd93))
    state = mixer.next()
  }

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var z = state
    z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
    return z ^ (z >> 31)
  }

  mutating func uniform(_ low: Double, _ high: Double) -> Double {
    low + (high - low) * Double(next() >> 11) * 0x1p-53
  }

  /// About normal, and never farther than 3.46 deviations: the sum of four uniform numbers.
  mutating func normal(_ deviation: Double) -> Double {
    (uniform(-1, 1) + uniform(-1, 1) + uniform(-1, 1) + uniform(-1, 1)) * deviation * 0.866_025_403_784
  }
}
