import Scene

/// The colours of the window. Words have a contrast of at least 4.5 : 1 on every ground that they stand on (WCAG 2.2, 1.4.3).
struct Theme: Sendable, Hashable {
  /// The ground around panels, in them, of their headers, and of what stands out from them.
  let window, panel, header, raised, hovered: Color
  let border, strongBorder: Color
  let text, secondary, faint: Color
  /// What is chosen, active or in focus, and the ground of such things.
  let accent, accentFill: Color
  let good, warning, bad, badFill: Color
  /// What a bias absorbs of relevance, and what a stabilizer does.
  let biasPart, stabilizerPart: Color
  /// What lies behind a list or editor that is open is dimmed with it.
  let shade: Color
  /// One colour for each of ten classes.
  let palette: [Color]
  /// The heatmaps' colours unless others were chosen.
  let colormap: Colormap
  /// The ground of pictures: MNIST's own in every theme.
  let black = Color(hex: 0x000000)

  static let dark = Theme(
    window: Color(hex: 0x0B0E13), panel: Color(hex: 0x12161D), header: Color(hex: 0x181D26), raised: Color(hex: 0x1F2631),
    hovered: Color(hex: 0x2B3443), border: Color(hex: 0x272F3B), strongBorder: Color(hex: 0x465265), text: Color(hex: 0xE8ECF2),
    secondary: Color(hex: 0xA9B4C3), faint: Color(hex: 0x8D99AC), accent: Color(hex: 0x6DB1FF), accentFill: Color(hex: 0x17304F),
    good: Color(hex: 0x4FD08F), warning: Color(hex: 0xF5C451), bad: Color(hex: 0xFF8B84), badFill: Color(hex: 0x4A1F22),
    biasPart: Color(hex: 0x5F6C80), stabilizerPart: Color(hex: 0xB07CFF), shade: Color(hex: 0x000000, alpha: 0.55),
    palette: categoricalPalette, colormap: .emberAndIce)

  static let light = Theme(
    window: Color(hex: 0xE4E8EE), panel: Color(hex: 0xFBFCFD), header: Color(hex: 0xF0F3F7), raised: Color(hex: 0xE9EDF3),
    hovered: Color(hex: 0xD9E0EA), border: Color(hex: 0xCFD6E0), strongBorder: Color(hex: 0x9AA6B8), text: Color(hex: 0x161B23),
    secondary: Color(hex: 0x3F4957), faint: Color(hex: 0x525D6D), accent: Color(hex: 0x0F56AE), accentFill: Color(hex: 0xCFE2FA),
    good: Color(hex: 0x0B6B3F), warning: Color(hex: 0x7E5000), bad: Color(hex: 0xAF1F18), badFill: Color(hex: 0xFBDDDA),
    biasPart: Color(hex: 0x8D9AAF), stabilizerPart: Color(hex: 0x8443E8), shade: Color(hex: 0x20262F, alpha: 0.22),
    palette: categoricalPaletteOnLight, colormap: .cetD1)

  /// Black or white, whichever can be read better on a colour.
  func ink(on ground: Color) -> Color {
    let (black, white) = (Color(hex: 0x000000), Color(hex: 0xFFFFFF))
    return black.contrast(to: ground) > white.contrast(to: ground) ? black : white
  }
}

/// How the window looks, as the person wants it; kept for the next start.
struct Appearance: Sendable, Hashable {
  enum Ground: String, Sendable, Hashable, CaseIterable { case dark, light }

  var ground = Ground.dark
  /// Of everything on screen, 0.75...3; no more than the window has room for.
  var scale = 1.0
  /// Whether things are where they go at once.
  var reducesMotion = false

  static let scales: [Double] = [0.75, 0.8, 0.9, 1, 1.1, 1.25, 1.5, 1.75, 2, 2.5, 3]

  var theme: Theme { ground == .dark ? .dark : .light }

  /// The next larger or smaller of `scales`.
  func stepped(up: Bool) -> Double {
    up ? Self.scales.first { $0 > scale + 0.001 } ?? scale : Self.scales.last { $0 < scale - 0.001 } ?? scale
  }
}
