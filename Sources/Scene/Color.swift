/// sRGB with straight alpha, each in 0...1.
public struct Color: Sendable, Hashable {
  public var red: Float
  public var green: Float
  public var blue: Float
  public var alpha: Float

  public init(_ red: Float, _ green: Float, _ blue: Float, _ alpha: Float = 1) {
    self.red = red
    self.green = green
    self.blue = blue
    self.alpha = alpha
  }

  /// `0xRRGGBB`.
  public init(hex: UInt32, alpha: Float = 1) {
    self.init(Float(hex >> 16 & 255) / 255, Float(hex >> 8 & 255) / 255, Float(hex & 255) / 255, alpha)
  }

  public func opacity(_ factor: Double) -> Color { Color(red, green, blue, alpha * Float(factor)) }

  /// On the way to another colour, from 0, this one, to 1, the other.
  public func mixed(with other: Color, by share: Double) -> Color {
    let part = Float(share)
    func mix(_ a: Float, _ b: Float) -> Float { a + (b - a) * part }
    return Color(mix(red, other.red), mix(green, other.green), mix(blue, other.blue), mix(alpha, other.alpha))
  }
}
