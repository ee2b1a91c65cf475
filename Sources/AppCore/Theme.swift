import Scene

/// The colours of the dark theme.
enum Theme {
  static let window = Color(hex: 0x0B0E13)
  static let panel = Color(hex: 0x12161D)
  static let header = Color(hex: 0x181D26)
  static let raised = Color(hex: 0x1F2631)
  static let hovered = Color(hex: 0x2B3443)
  static let border = Color(hex: 0x272F3B)
  static let strongBorder = Color(hex: 0x465265)
  static let text = Color(hex: 0xE8ECF2)
  static let secondary = Color(hex: 0xA3AEBD)
  static let faint = Color(hex: 0x78859A)
  static let accent = Color(hex: 0x62ABFF)
  static let accentFill = Color(hex: 0x1D3A5F)
  static let good = Color(hex: 0x4FD08F)
  static let warning = Color(hex: 0xF5C451)
  static let bad = Color(hex: 0xFF8078)
  static let badFill = Color(hex: 0x4A1F22)
  /// What a bias absorbs of relevance, and what a stabilizer does.
  static let biasPart = Color(hex: 0x5F6C80)
  static let stabilizerPart = Color(hex: 0xB07CFF)
  static let black = Color(hex: 0x000000)
}
