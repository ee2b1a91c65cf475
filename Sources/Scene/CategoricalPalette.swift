/// Ten colours for ten classes on dark ground, after Okabe and Ito (2008), ordered so that digits that are often neighbours in a
/// map (4, 7, 9 and 3, 5, 8) stand far apart for colour-blind people too.
public let categoricalPalette: [Color] = [
  Color(hex: 0x56B4E9), Color(hex: 0xE69F00), Color(hex: 0x9F7BFF), Color(hex: 0x00B384), Color(hex: 0x3A78E0),
  Color(hex: 0xE57FB5), Color(hex: 0x8A7A50), Color(hex: 0xE8432E), Color(hex: 0xC9CDD6), Color(hex: 0xF0E442),
]

/// The same ten, darker, for light ground.
public let categoricalPaletteOnLight: [Color] = [
  Color(hex: 0x2A9BD8), Color(hex: 0xD98500), Color(hex: 0x7A55E0), Color(hex: 0x008C66), Color(hex: 0x1D4FB8),
  Color(hex: 0xD1579B), Color(hex: 0x6B5B33), Color(hex: 0xC92A17), Color(hex: 0x7C8594), Color(hex: 0xB7A600),
]
