import Testing

@testable import Scene

/// Entries of a published table, as other programs give them.
struct PublishedColormap: Sendable, CustomStringConvertible {
  let map: Colormap
  /// The value that an entry of the table stands for.
  var value: @Sendable (Int) -> Float = { Float(2 * $0 - 255) / 255 }
  /// Entries of 0...255 with their `0xRRGGBB`.
  let entries: [Int: UInt32]
  /// In 255ths of a channel; our bytes are whole numbers too.
  var tolerance = 1

  var description: String { map.name }

  /// From colorcet 3.2.1 (PyPI): `colorcet.palette["CET_D1"]` and so on. Zero lies between entries 127 and 128.
  static let kovesi = [
    PublishedColormap(
      map: .cetD1,
      entries: [
        0: 0x2050da, 10: 0x435bdd, 30: 0x6c72e1, 53: 0x908ee5, 70: 0xa8a3e8, 96: 0xc9c5ec, 115: 0xe0deee, 127: 0xece7ea,
        128: 0xede7e9, 150: 0xf1ccc2, 185: 0xe99581, 202: 0xe27a63, 230: 0xd24b33, 252: 0xc2140c, 255: 0xbf0205,
      ]),
    PublishedColormap(
      map: .cetD4,
      entries: [
        0: 0x1881fa, 10: 0x2478e6, 30: 0x2e67c0, 53: 0x315495, 70: 0x304677, 96: 0x29324c, 115: 0x22242f, 127: 0x211f21,
        128: 0x221f20, 150: 0x3d2622, 185: 0x72352c, 202: 0x8d3c31, 230: 0xbb4739, 252: 0xe04e40, 255: 0xe64f41,
      ]),
    PublishedColormap(
      map: .cetD6,
      entries: [
        0: 0x0e93fa, 10: 0x1e89e6, 30: 0x2b74c0, 53: 0x305e95, 70: 0x2f4e77, 96: 0x29364c, 115: 0x22262e, 127: 0x202020,
        128: 0x212020, 150: 0x352d1e, 185: 0x5d4a21, 202: 0x715921, 230: 0x93731f, 252: 0xaf881a, 255: 0xb38a19,
      ]),
    PublishedColormap(
      map: .cetCBD1,
      entries: [
        0: 0x3a90fe, 10: 0x5497fd, 30: 0x79a5fb, 53: 0x9ab6f9, 70: 0xb0c3f7, 96: 0xced7f4, 115: 0xe2e5f2, 127: 0xececed,
        128: 0xedecec, 150: 0xe6ddc8, 185: 0xd4c28e, 202: 0xcbb672, 230: 0xb9a143, 252: 0xa99114, 255: 0xa78f08,
      ]),
  ]

  static let others = [
    // Matplotlib 3.11.2: `matplotlib.colormaps["bwr"](entry)`; it rounds places to 256 entries, as ours does to 511.
    PublishedColormap(
      map: .blueWhiteRed,
      entries: [
        0: 0x0000ff, 20: 0x2828ff, 43: 0x5656ff, 64: 0x8080ff, 100: 0xc8c8ff, 127: 0xfefeff, 128: 0xfffefe, 140: 0xffe6e6,
        160: 0xffbebe, 192: 0xff7e7e, 213: 0xff5454, 240: 0xff1e1e, 255: 0xff0000,
      ]),
    PublishedColormap(
      map: .seismic,
      entries: [
        0: 0x00004c, 20: 0x000084, 43: 0x0000c5, 64: 0x0101ff, 85: 0x5555ff, 100: 0x9191ff, 127: 0xfdfdff, 128: 0xfffdfd,
        140: 0xffcdcd, 160: 0xff7d7d, 192: 0xfe0000, 213: 0xd30000, 240: 0x9e0000, 255: 0x800000,
      ]),
    // Zennit 0.5.1: `zennit.cmap.ColorMap("0ff,00f,80:000,f00,ff0,fff")(entry / 255)`, whose zero is entry 128. It puts red and yellow
    // on entries 170 and 212 instead of 170.3 and 212.7, up to four 255ths of a channel, and values between ours add up to one and a half.
    PublishedColormap(
      map: .coldAndHot, value: { Float($0 - 128) / ($0 < 128 ? 128 : 127) },
      entries: [
        0: 0x00ffff, 20: 0x00afff, 43: 0x0054ff, 64: 0x0000ff, 85: 0x0000ab, 100: 0x000070, 128: 0x000000, 149: 0x800000,
        170: 0xff0000, 191: 0xff8000, 212: 0xffff00, 233: 0xffff7d, 255: 0xffffff,
      ], tolerance: 5),
    // `zennit.cmap.ColorMap("000,f00,ff0,fff")(entry / 255)`, on either side.
    PublishedColormap(map: .hot, value: { Float($0) / 255 }, entries: hotEntries),
    PublishedColormap(map: .hot, value: { -Float($0) / 255 }, entries: hotEntries),
  ]

  private static let hotEntries: [Int: UInt32] = [
    0: 0x000000, 20: 0x3c0000, 43: 0x810000, 64: 0xc00000, 85: 0xff0000, 100: 0xff2d00, 128: 0xff8100, 149: 0xffc000,
    170: 0xffff00, 191: 0xffff3f, 212: 0xffff7e, 233: 0xffffbd, 255: 0xffffff,
  ]
}

@Suite("Sources of the colormaps")
struct ColormapSourcesTests {
  @Test("maps of others have their published colours", arguments: PublishedColormap.kovesi + PublishedColormap.others)
  func published(source: PublishedColormap) {
    for (entry, expected) in source.entries {
      let (red, green, blue) = source.map.bytes(source.value(entry))
      for (channel, shift) in [(red, 16), (green, 8), (blue, 0)] {
        let deviation = abs(Int(channel) - Int(expected >> shift & 255))
        #expect(deviation <= source.tolerance, "entry \(entry): \(deviation)")
      }
    }
  }

  @Test("zero of Kovesi's maps is the grey that is nearest to the original's middle", arguments: PublishedColormap.kovesi)
  func middle(source: PublishedColormap) throws {
    let below = try #require(source.entries[127])
    let above = try #require(source.entries[128])
    let middle = [16, 8, 0].map { Double(below >> $0 & 255) / 2 + Double(above >> $0 & 255) / 2 }
    func distance(_ grey: UInt32) -> Double { middle.reduce(0) { $0 + ($1 - Double(grey)) * ($1 - Double(grey)) } }
    let nearest = try #require((0...255).min { distance($0) < distance($1) })
    #expect(source.map.neutral == Color(hex: nearest * 0x010101))
  }
}
