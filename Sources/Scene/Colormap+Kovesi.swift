/// Perceptually uniform maps of Kovesi (2015), "Good Colour Maps: How to Design Them", arXiv:1509.03700: equal steps of the value are
/// equal steps of lightness, on both sides of zero. `KovesiColors` says whose they are and how they were taken over.
extension Colormap {
  /// Light at zero, blue below, red above. For light ground. Kovesi's `diverging_bwr_40_95_c42`.
  public static let cetD1 = kovesi("CET-D1", neutral: 0xeaeaea, KovesiColors.d1)

  /// Dark at zero, blue below, red above. For dark ground. Kovesi's `diverging_bkr_55_10_c35`.
  public static let cetD4 = kovesi("CET-D4", neutral: 0x202020, KovesiColors.d4)

  /// Dark at zero, blue below, yellow above. For dark ground; its ends also stay apart where red and green do not.
  /// Kovesi's `diverging_bky_60_10_c30`.
  public static let cetD6 = kovesi("CET-D6", neutral: 0x202020, KovesiColors.d6)

  /// Light at zero, blue below, yellow above. For light ground; made for people with protanopia and deuteranopia.
  /// Kovesi's `diverging_protanopic_deuteranopic_bwy_60_95_c32`.
  public static let cetCBD1 = kovesi("CET-CBD1", neutral: 0xececec, KovesiColors.cbd1)

  /// The original's middle, between its entries 127 and 128, is a little coloured; zero gets the grey nearest to it in red, green and blue.
  private static func kovesi(_ name: String, neutral: UInt32, _ colors: [UInt32]) -> Colormap {
    let colors = colors.map { Color(hex: $0) }
    return Colormap(name: name) { value in
      value == 0 ? Color(hex: neutral) : mix(colors, (value + 1) / 2)
    }
  }
}
