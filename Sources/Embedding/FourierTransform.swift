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
      switch radix {
      case 4: Self.radix4(from, to, m, stride, table)
      case 2: Self.radix2(from, to, m, stride, table)
      case 3: Self.radix3(from, to, m, stride, table)
      default: Self.radix5(from, to, m, stride, table)
      }
      table += 2 * (radix - 1) * m
      rest = m
      stride *= radix
      swap(&from, &to)
    }
    return from
  }

  private static func radix2(_ x: Planes, _ y: Planes, _ m: Int, _ s: Int, _ table: UnsafePointer<Float>) {
    for p in 0..<m {
      let (c, d) = (table[2 * p], table[2 * p + 1])
      for q in 0..<s {
        let (i0, i1) = (q + s * p, q + s * (p + m))
        let o = q + s * 2 * p
        let (ar, ai, br, bi) = (x.re[i0], x.im[i0], x.re[i1], x.im[i1])
        y.re[o] = ar + br
        y.im[o] = ai + bi
        let (dr, di) = (ar - br, ai - bi)
        y.re[o + s] = dr * c - di * d
        y.im[o + s] = dr * d + di * c
      }
    }
  }

  private static func radix3(_ x: Planes, _ y: Planes, _ m: Int, _ s: Int, _ table: UnsafePointer<Float>) {
    let sine: Float = 0.866_025_403_784_438_6
    for p in 0..<m {
      let w = table + 4 * p
      for q in 0..<s {
        let (i0, i1, i2) = (q + s * p, q + s * (p + m), q + s * (p + 2 * m))
        let o = q + s * 3 * p
        let (ar, ai) = (x.re[i0], x.im[i0])
        let (sr, si) = (x.re[i1] + x.re[i2], x.im[i1] + x.im[i2])
        let (dr, di) = ((x.re[i1] - x.re[i2]) * sine, (x.im[i1] - x.im[i2]) * sine)
        let (mr, mi) = (ar - sr * 0.5, ai - si * 0.5)
        y.re[o] = ar + sr
        y.im[o] = ai + si
        // -i d sine
        let (ur, ui, vr, vi) = (mr + di, mi - dr, mr - di, mi + dr)
        y.re[o + s] = ur * w[0] - ui * w[1]
        y.im[o + s] = ur * w[1] + ui * w[0]
        y.re[o + 2 * s] = vr * w[2] - vi * w[3]
        y.im[o + 2 * s] = vr * w[3] + vi * w[2]
      }
    }
  }

  private static func radix4(_ x: Planes, _ y: Planes, _ m: Int, _ s: Int, _ table: UnsafePointer<Float>) {
    for p in 0..<m {
      let w = table + 6 * p
      let (w1r, w1i, w2r, w2i, w3r, w3i) = (w[0], w[1], w[2], w[3], w[4], w[5])
      for q in 0..<s {
        let i0 = q + s * p
        let (i1, i2, i3) = (i0 + s * m, i0 + 2 * s * m, i0 + 3 * s * m)
        let o = q + s * 4 * p
        let (t0r, t1r) = (x.re[i0] + x.re[i2], x.re[i0] - x.re[i2])
        let (t0i, t1i) = (x.im[i0] + x.im[i2], x.im[i0] - x.im[i2])
        let (t2r, t3i) = (x.re[i1] + x.re[i3], x.re[i3] - x.re[i1])
        let (t2i, t3r) = (x.im[i1] + x.im[i3], x.im[i1] - x.im[i3])
        y.re[o] = t0r + t2r
        y.im[o] = t0i + t2i
        let (ar, ai) = (t1r + t3r, t1i + t3i)
        y.re[o + s] = ar * w1r - ai * w1i
        y.im[o + s] = ar * w1i + ai * w1r
        let (br, bi) = (t0r - t2r, t0i - t2i)
        y.re[o + 2 * s] = br * w2r - bi * w2i
        y.im[o + 2 * s] = br * w2i + bi * w2r
        let (cr, ci) = (t1r - t3r, t1i - t3i)
        y.re[o + 3 * s] = cr * w3r - ci * w3i
        y.im[o + 3 * s] = cr * w3i + ci * w3r
      }
    }
  }

  private static func radix5(_ x: Planes, _ y: Planes, _ m: Int, _ s: Int, _ table: UnsafePointer<Float>) {
    let (c1, c2): (Float, Float) = (0.309_016_994_374_947_45, -0.809_016_994_374_947_45)
    let (s1, s2): (Float, Float) = (0.951_056_516_295_153_5, 0.587_785_252_292_473_1)
    for p in 0..<m {
      let w = table + 8 * p
      for q in 0..<s {
        let i0 = q + s * p
        let (i1, i2, i3, i4) = (i0 + s * m, i0 + 2 * s * m, i0 + 3 * s * m, i0 + 4 * s * m)
        let o = q + s * 5 * p
        let (ar, ai) = (x.re[i0], x.im[i0])
        let (p1r, p1i) = (x.re[i1] + x.re[i4], x.im[i1] + x.im[i4])
        let (d1r, d1i) = (x.re[i1] - x.re[i4], x.im[i1] - x.im[i4])
        let (p2r, p2i) = (x.re[i2] + x.re[i3], x.im[i2] + x.im[i3])
        let (d2r, d2i) = (x.re[i2] - x.re[i3], x.im[i2] - x.im[i3])
        y.re[o] = ar + p1r + p2r
        y.im[o] = ai + p1i + p2i
        let (m1r, m1i) = (ar + p1r * c1 + p2r * c2, ai + p1i * c1 + p2i * c2)
        let (m2r, m2i) = (ar + p1r * c2 + p2r * c1, ai + p1i * c2 + p2i * c1)
        let (n1r, n1i) = (d1r * s1 + d2r * s2, d1i * s1 + d2i * s2)
        let (n2r, n2i) = (d1r * s2 - d2r * s1, d1i * s2 - d2i * s1)
        store(m1r + n1i, m1i - n1r, w[0], w[1], y, o + s)
        store(m2r + n2i, m2i - n2r, w[2], w[3], y, o + 2 * s)
        store(m2r - n2i, m2i + n2r, w[4], w[5], y, o + 3 * s)
        store(m1r - n1i, m1i + n1r, w[6], w[7], y, o + 4 * s)
      }
    }
  }

  @inline(__always)
  private static func store(_ re: Lanes, _ im: Lanes, _ c: Float, _ s: Float, _ y: Planes, _ index: Int) {
    y.re[index] = re * c - im * s
    y.im[index] = re * s + im * c
  }
}
