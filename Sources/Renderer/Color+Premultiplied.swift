import Scene

extension Color {
  /// Red, green and blue times alpha, and alpha: what all shaders put out. Values out of range are clamped, NaN counts as 0.
  var premultiplied: SIMD4<Float> {
    func unit(_ value: Float) -> Float { value > 0 ? min(value, 1) : 0 }
    let alpha = unit(self.alpha)
    return SIMD4(unit(red) * alpha, unit(green) * alpha, unit(blue) * alpha, alpha)
  }
}
