extension Color {
  /// Relative luminance, 0 black ... 1 white, without regard to alpha (WCAG 2.2; IEC 61966-2-1 for linear light).
  public var luminance: Float { 0.2126 * Self.linear(red) + 0.7152 * Self.linear(green) + 0.0722 * Self.linear(blue) }

  /// How well one colour can be told from another: 1 the same ... 21 black and white (WCAG 2.2).
  public func contrast(to other: Color) -> Float {
    let (a, b) = (luminance, other.luminance)
    return (max(a, b) + 0.05) / (min(a, b) + 0.05)
  }

  /// This colour laid over an opaque one.
  public func over(_ ground: Color) -> Color {
    func mix(_ a: Float, _ b: Float) -> Float { b + (a - b) * alpha }
    return Color(mix(red, ground.red), mix(green, ground.green), mix(blue, ground.blue))
  }

  private static func linear(_ encoded: Float) -> Float {
    guard encoded > 0.040_45 else { return encoded / 12.92 }
    let base = (encoded + 0.055) / 1.055
    // x^2.4 = x^2 (x^(1/5))^2, the root by Newton's method.
    var root: Float = 0.8
    for _ in 0..<12 { root -= (root - base / (root * root * root * root)) / 5 }
    return base * base * root * root
  }
}
