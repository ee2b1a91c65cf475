import CEmbeddingKernels
import Glibc

/// As many sequences are transformed at once as fit in one vector.
typealias Lanes = SIMD8<Float>

/// The discrete Fourier transform of a batch of complex sequences of one length, a sequence to a lane.
///
/// Stockham's self-sorting algorithm with radices 4, 2, 3 and 5 (Van Loan, Computational Frameworks for the FFT, 1.7): the
/// lanes never mix, so every step is whole vectors. Forward is `sum x[n] exp(-2 pi i n k / length)`; exchanging real and
/// imaginary parts on the way in and out makes it the inverse, without the factor 1 / length.
final class FourierTransform {
  let length: Int
  private let radices: [Int]
  /// For each stage, each p below m and each output j above 0: cosine and sine of -2 pi j p / (r m).
  private let twiddles: Block<Float>

  /// True for products of twos, threes and fives.
  static func isFriendly(_ length: Int) -> Bool { factors(of: length) != nil }

  /// The smallest multiple of four, product of twos, threes and fives, that is not below `length`.
  static func friendlyLength(atLeast length: Int) -> Int {
    var candidate = max(4, (length + 3) / 4 * 4)
    while !isFriendly(candidate) { candidate += 4 }
    return candidate
  }

  private static func factors(of length: Int) -> [Int]? {
    guard length > 0 else { return nil }
    var rest = length
    var result: [Int] = []
    for radix in [4, 2, 3, 5] {
      while rest % radix == 0 {
        result.append(radix)
        rest /= radix
      }
    }
    return rest == 1 ? result : nil
  }

  /// - Precondition: `isFriendly(length)`.
  init(length: Int) {
    guard let radices = Self.factors(of: length) else { preconditionFailure("\(length) has a factor besides 2, 3 and 5") }
    self.length = length
    self.radices = radices
    var table: [Float] = []
    var rest = length
    for radix in radices {
      let m = rest / radix
      for p in 0..<m {
        for j in 1..<radix {
          let angle = -2 * Double.pi * Double(j * p % rest) / Double(rest)
          table.append(Float(cos(angle)))
          table.append(Float(sin(angle)))
        }
      }
      rest = m
    }
    twiddles = Block(table, spare: 0)
  }

  struct Planes {
    var re: UnsafeMutablePointer<Lanes>
    var im: UnsafeMutablePointer<Lanes>
    var exchanged: Planes { Planes(re: im, im: re) }
  }

  /// Transforms `input`, using `other` as scratch (both `length` vectors); returns whichever of the two holds the result.
  func transform(_ input: Planes, _ other: Planes) -> Planes {
    var (from, to) = (input, other)
    var stride = 1
    var rest = length
    var table = UnsafePointer(twiddles.start)
    for radix in radices {
      let m = rest / radix
      loops.fft_stage(
        Int32(radix), numbers(from.re), numbers(from.im), numbers(to.re), numbers(to.im), Int64(m), Int64(stride), table)
      table += 2 * (radix - 1) * m
      rest = m
      stride *= radix
      swap(&from, &to)
    }
    return from
  }
}

/// Vectors as the numbers in their lanes, as the kernels take them.
func numbers(_ lanes: UnsafeMutablePointer<Lanes>) -> UnsafeMutablePointer<Float> {
  UnsafeMutableRawPointer(lanes).assumingMemoryBound(to: Float.self)
}
