/// A colour by lightness and two opponent axes in which equal steps look about equal (Ottosson 2020).
public struct OKLab: Sendable, Hashable {
  /// 0 black ... 1 white.
  public var lightness: Float
  /// Green (-) to red (+).
  public var a: Float
  /// Blue (-) to yellow (+).
  public var b: Float

  public init(lightness: Float, a: Float, b: Float) {
    self.lightness = lightness
    self.a = a
    self.b = b
  }

  /// In sRGB, clamped to its gamut.
  public var color: Color {
    let l = cube(lightness + 0.396_337_777_4 * a + 0.215_803_757_3 * b)
    let m = cube(lightness - 0.105_561_345_8 * a - 0.063_854_172_8 * b)
    let s = cube(lightness - 0.089_484_177_5 * a - 1.291_485_548_0 * b)
    return Color(
      encoded(4.076_741_662_1 * l - 3.307_711_591_3 * m + 0.230_969_929_2 * s),
      encoded(-1.268_438_004_6 * l + 2.609_757_401_1 * m - 0.341_319_396_5 * s),
      encoded(-0.004_196_086_3 * l - 0.703_418_614_7 * m + 1.707_614_701_0 * s))
  }

  /// Between `start` (at 0) and `end` (at 1).
  static func mix(_ start: OKLab, _ end: OKLab, _ fraction: Float) -> OKLab {
    OKLab(
      lightness: start.lightness + (end.lightness - start.lightness) * fraction,
      a: start.a + (end.a - start.a) * fraction,
      b: start.b + (end.b - start.b) * fraction)
  }

  private func cube(_ value: Float) -> Float { value * value * value }

  /// Linear light to sRGB (IEC 61966-2-1). x^(1/2.4) = x^(1/4) x^(1/6): square and cube roots are enough.
  private func encoded(_ linear: Float) -> Float {
    let light = min(1, max(0, linear))
    if light <= 0.003_130_8 { return 12.92 * light }
    let squareRoot = light.squareRoot()
    return min(1, 1.055 * squareRoot.squareRoot() * cubeRoot(squareRoot) - 0.055)
  }

  /// By Newton's method, for values in 0.05...1.
  private func cubeRoot(_ value: Float) -> Float {
    var root: Float = 0.8
    for _ in 0..<8 { root -= (root - value / (root * root)) / 3 }
    return root
  }
}
