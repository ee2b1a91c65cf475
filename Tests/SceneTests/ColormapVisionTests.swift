import Testing

@testable import Scene

@Suite("What eyes see of the colormaps")
struct ColormapVisionTests {
  static let signed = Colormap.all.filter(\.showsSign)

  @Test("a map shows the sign where its ends differ clearly to all eyes, and says so of no other", arguments: Colormap.all)
  func ends(map: Colormap) {
    let differences = Vision.allCases.map { $0.difference(map.color(-1), map.color(1)) }
    #expect(map.showsSign == differences.allSatisfy { $0 >= 40 }, "\(differences)")
  }

  @Test("all maps but hot and coldnhot show the sign")
  func signs() {
    #expect(Colormap.all.filter { !$0.showsSign } == [.coldAndHot, .hot])
  }

  @Test("hot has one colour for both signs")
  func hot() {
    for step in 0...255 { #expect(Colormap.hot.color(Float(step) / 255) == Colormap.hot.color(-Float(step) / 255)) }
  }

  @Test("coldnhot's ends, cyan and white, differ to normal eyes, hardly with protanopia or deuteranopia")
  func coldAndHot() {
    let map = Colormap.coldAndHot
    let differences = Vision.allCases.map { $0.difference(map.color(-1), map.color(1)) }
    for (measured, expected) in zip(differences, [50.9, 8.3, 21.9, 51.0]) { #expect(abs(measured - expected) < 0.1) }
  }

  @Test("the signs of weaker values can be told apart too", arguments: signed, Vision.allCases)
  func weaker(map: Colormap, vision: Vision) {
    for (value, least) in [(Float(0.75), 40.0), (0.5, 30), (0.25, 15)] {
      #expect(vision.difference(map.color(-value), map.color(value)) >= least, "at \(value)")
    }
  }

  /// With how far apart both sides' lightness is at most: Kovesi's originals reach 0.31, ours is made in another space.
  static let even: [(map: Colormap, apart: Double)] = [
    (.emberAndIce, 2.5), (.cetD1, 0.5), (.cetD4, 0.5), (.cetD6, 0.5), (.cetCBD1, 0.5),
  ]

  @Test("lightness of Kovesi's maps and ours goes one way from zero to each end, and is the same on both sides", arguments: even)
  func lightness(map: Colormap, apart: Double) {
    let sides = [Float(1), -1].map { sign in (0...255).map { cieLab(map.color(sign * Float($0) / 255)).l } }
    for side in sides {
      // A quarter of what can just be seen: the colours and the grey in the middle are of 8 bits.
      var extreme = side[0]
      for lightness in side {
        let back = map.isDark ? extreme - lightness : lightness - extreme
        #expect(back <= 0.25)
        extreme = map.isDark ? max(extreme, lightness) : min(extreme, lightness)
      }
      #expect(abs(side[255] - side[0]) > 30)
    }
    for (above, below) in zip(sides[0], sides[1]) { #expect(abs(above - below) <= apart) }
  }
}

@Suite("Measures of colour")
struct ColorMeasureTests {
  @Test("CIE Lab of sRGB's corners, with the white D65, is as published")
  func corners() {
    for (hex, l, a, b) in [
      (UInt32(0x000000), 0.0, 0.0, 0.0), (0xffffff, 100, 0, 0), (0xff0000, 53.24, 80.09, 67.20), (0x0000ff, 32.30, 79.19, -107.86),
      (0x00ffff, 91.11, -48.09, -14.13),
    ] {
      #expect(cieDifference(cieLab(Color(hex: hex)), (l, a, b)) < 0.05)
    }
  }

  @Test("eyes see a grey as that grey", arguments: Vision.allCases)
  func greys(vision: Vision) {
    for level: Float in [0, 0.25, 0.5, 1] {
      let grey = Color(level, level, level)
      #expect(vision.difference(grey, vision.seen(grey)) < 0.01)
    }
  }
}
