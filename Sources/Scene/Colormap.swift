/// Colours for numbers around zero: -1 is most negative, +1 most positive, 0 exactly `neutral`.
public struct Colormap: Sendable, Hashable, CustomStringConvertible {
  public let name: String
  /// Entry `255 + i` is the colour of `i / 255`.
  private let table: [Color]

  public var description: String { name }

  /// The largest step of the table on either side of zero.
  static let steps = 255

  private init(name: String, color: (Float) -> Color) {
    self.name = name
    table = (-Self.steps...Self.steps).map { color(Float($0) / Float(Self.steps)) }
  }

  public var neutral: Color { table[Self.steps] }

  /// The colour of `value`, clamped to -1...1; values that are not numbers are neutral.
  public func color(_ value: Float) -> Color { table[index(of: value)] }

  /// Red, green and blue, 0...255 each, of `value`.
  public func bytes(_ value: Float) -> (UInt8, UInt8, UInt8) {
    let color = table[index(of: value)]
    return (UInt8(color.red * 255 + 0.5), UInt8(color.green * 255 + 0.5), UInt8(color.blue * 255 + 0.5))
  }

  private func index(of value: Float) -> Int {
    guard value.isFinite else { return Self.steps }
    return Self.steps + Int((min(1, max(-1, value)) * Float(Self.steps)).rounded())
  }

  /// Dark at zero, blue below, red above; lightness grows in proportion to the magnitude, equally on both sides.
  /// For dark surroundings, in the manner of the "diverging blue-black-red" maps of Kovesi (2015).
  public static let emberAndIce = Colormap(name: "ember-ice") { value in
    let magnitude = abs(value)
    let chromas: [(at: Float, red: Float, blue: Float)] = [
      (0, 0, 0), (0.25, 0.115, 0.1), (0.55, 0.2, 0.155), (0.8, 0.155, 0.12), (1, 0.075, 0.07),
    ]
    let upper = chromas.firstIndex { $0.at >= magnitude } ?? chromas.count - 1
    let lower = max(0, upper - 1)
    let width = chromas[upper].at - chromas[lower].at
    let fraction = width > 0 ? (magnitude - chromas[lower].at) / width : 0
    let red = chromas[lower].red + (chromas[upper].red - chromas[lower].red) * fraction
    let blue = chromas[lower].blue + (chromas[upper].blue - chromas[lower].blue) * fraction
    let lightness = 0.2 + 0.66 * magnitude
    // Hues: 29 to 55 degrees (red towards amber) and 255 degrees (blue).
    if value > 0 {
      let start = OKLab(lightness: lightness, a: red * 0.875, b: red * 0.485)
      let end = OKLab(lightness: lightness, a: red * 0.574, b: red * 0.819)
      return OKLab.mix(start, end, max(0, magnitude - 0.4) / 0.6).color
    }
    if value < 0 { return OKLab(lightness: lightness, a: blue * -0.259, b: blue * -0.966).color }
    return Color(hex: 0x161616)
  }

  /// Black at zero, through red and yellow to white above, through blue and cyan below.
  public static let coldAndHot = Colormap(name: "coldnhot") { value in
    let magnitude = abs(value) * 3
    let first = min(1, magnitude)
    let second = min(1, max(0, magnitude - 1))
    let third = min(1, max(0, magnitude - 2))
    return value >= 0 ? Color(first, second, third) : Color(third, second, first)
  }

  /// White at zero, dark red above, dark blue below.
  public static let seismic = Colormap(name: "seismic") { value in
    let magnitude = abs(value)
    let fading = max(0, 1 - 2 * magnitude)
    let strong = magnitude <= 0.5 ? 1 : 1.5 - magnitude
    return value >= 0 ? Color(strong, fading, fading) : Color(fading, fading, strong)
  }

  /// All that are offered; the first is used unless another is chosen.
  public static let all = [emberAndIce, coldAndHot, seismic]
}
