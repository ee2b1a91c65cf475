/// Colours for numbers around zero: -1 is most negative, +1 most positive, 0 exactly `neutral`.
///
/// Which map suits what:
///
/// | map       | ground | below zero, zero, above       | shows the sign                   | source                         |
/// |-----------|--------|-------------------------------|----------------------------------|--------------------------------|
/// | ember-ice | dark   | ice, near black, amber        | yes                              | our own                        |
/// | CET-D4    | dark   | blue, near black, red         | yes                              | Kovesi (2015)                  |
/// | CET-D6    | dark   | blue, near black, yellow      | yes                              | Kovesi (2015)                  |
/// | CET-D1    | light  | blue, near white, red         | yes                              | Kovesi (2015)                  |
/// | CET-CBD1  | light  | blue, near white, yellow      | yes                              | Kovesi (2015)                  |
/// | bwr       | light  | blue, white, red              | yes, lightness differs by side   | Matplotlib, Zennit             |
/// | seismic   | light  | dark blue, white, dark red    | yes, lightness differs by side   | Matplotlib                     |
/// | coldnhot  | dark   | cyan, black, white            | not to all eyes where strongest  | Zennit                         |
/// | hot       | dark   | white, black, white           | no                               | Zennit                         |
public struct Colormap: Sendable, Hashable, CustomStringConvertible {
  public let name: String
  /// Whether the two ends can be told apart by everybody: they differ by at least 40 in CIE Lab to normal eyes and with protanopia,
  /// deuteranopia and tritanopia. The tests measure it.
  public let showsSign: Bool
  /// Entry `255 + i` is the colour of `i / 255`.
  private let table: [Color]

  public var description: String { name }

  /// The largest step of the table on either side of zero.
  static let steps = 255

  init(name: String, showsSign: Bool = true, color: (Float) -> Color) {
    self.name = name
    self.showsSign = showsSign
    table = (-Self.steps...Self.steps).map { color(Float($0) / Float(Self.steps)) }
  }

  public var neutral: Color { table[Self.steps] }

  /// Whether zero is dark: the map suits dark ground. Otherwise it suits light ground.
  public var isDark: Bool { neutral.green < 0.5 }

  /// The colour of `value`, clamped to -1...1; values that are not numbers are neutral.
  public func color(_ value: Float) -> Color { table[index(of: value)] }

  /// Red, green and blue, 0...255 each, of `value`.
  public func bytes(_ value: Float) -> (UInt8, UInt8, UInt8) {
    let color = table[index(of: value)]
    return (UInt8(color.red * 255 + 0.5), UInt8(color.green * 255 + 0.5), UInt8(color.blue * 255 + 0.5))
  }

  private func index(of value: Float) -> Int {
    guard value.isFinite else { return Self.steps }
    // Halfway between zero and its neighbours is zero: nothing so small leans to a side.
    return Self.steps + Int((min(1, max(-1, value)) * Float(Self.steps)).rounded(.toNearestOrEven))
  }

  /// Linearly between `colors`, which lie evenly from 0 to 1.
  static func mix(_ colors: [Color], _ position: Float) -> Color {
    let place = min(1, max(0, position)) * Float(colors.count - 1)
    let lower = min(Int(place), colors.count - 2)
    let fraction = place - Float(lower)
    let (start, end) = (colors[lower], colors[lower + 1])
    return Color(
      start.red + (end.red - start.red) * fraction, start.green + (end.green - start.green) * fraction,
      start.blue + (end.blue - start.blue) * fraction)
  }

  /// Dark at zero, blue below, red above; lightness grows in proportion to the magnitude, equally on both sides. For dark ground.
  /// Our own, in the manner of the "diverging blue-black-red" maps of Kovesi (2015), but up to a higher lightness.
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

  /// White at zero, blue below, red above, each in proportion to the magnitude. For light ground. As Matplotlib and Zennit define it.
  /// Its blue end is darker than its red one.
  public static let blueWhiteRed = Colormap(name: "bwr") { mix([blue, white, red], ($0 + 1) / 2) }

  /// White at zero, through blue to dark blue below, through red to dark red above. For light ground. As Matplotlib defines it
  /// (Zennit's map of this name is another); its blue end is darker than its red one.
  public static let seismic = Colormap(name: "seismic") { value in
    mix([Color(0, 0, 0.3), blue, white, red, Color(0.5, 0, 0)], (value + 1) / 2)
  }

  /// Black at zero, through blue to cyan below, through red and yellow to white above. For dark ground. As Zennit defines it, but
  /// for its rounding of thirds to whole entries. With protanopia and deuteranopia its ends, cyan and white, look much alike.
  public static let coldAndHot = Colormap(name: "coldnhot", showsSign: false) { value in
    value >= 0 ? mix(heat, value) : mix([black, blue, Color(0, 1, 1)], -value)
  }

  /// Black at zero, through red and yellow to white with the magnitude: it does not show the sign. For dark ground. As Zennit defines
  /// it (Matplotlib's begins with a dark red, which is no neutral).
  public static let hot = Colormap(name: "hot", showsSign: false) { mix(heat, abs($0)) }

  private static let (black, white, red, blue) = (Color(0, 0, 0), Color(1, 1, 1), Color(1, 0, 0), Color(0, 0, 1))
  private static let heat = [black, red, Color(1, 1, 0), white]

  /// All that are offered; the first is used unless another is chosen.
  public static let all = [emberAndIce, cetD4, cetD6, cetD1, cetCBD1, blueWhiteRed, seismic, coldAndHot, hot]
}
