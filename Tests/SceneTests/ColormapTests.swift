import Foundation
import Testing

@testable import Scene

/// sRGB to OKLab by the published matrices (Ottosson 2020), in double precision: the way back from what `OKLab.color` does.
private func oklab(_ color: Color) -> (l: Double, a: Double, b: Double) {
  let (r, g, b) = linearLight(color)
  let l = cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b)
  let m = cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b)
  let s = cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b)
  return (
    0.2104542553 * l + 0.7936177850 * m - 0.0040720468 * s, 1.9779984951 * l - 2.4285922050 * m + 0.4505937099 * s,
    0.0259040371 * l + 0.7827717662 * m - 0.8086757660 * s
  )
}

@Suite("Colormaps")
struct ColormapTests {
  @Test("zero has exactly the neutral colour, which is a grey", arguments: Colormap.all)
  func neutral(map: Colormap) {
    #expect(map.color(0) == map.neutral)
    #expect(map.color(-0.0) == map.neutral)
    #expect(map.neutral.red == map.neutral.green && map.neutral.green == map.neutral.blue)
    #expect(map.color(.nan) == map.neutral)
  }

  @Test("nothing smaller than half a step leans to a side", arguments: Colormap.all)
  func leaning(map: Colormap) {
    for value: Float in [0.5 / 255, 0.25 / 255, 1e-6, .leastNonzeroMagnitude] {
      #expect(map.color(value) == map.neutral)
      #expect(map.color(-value) == map.neutral)
    }
    for value: Float in [0, .nan, -.nan] {
      let (red, green, blue) = map.bytes(value)
      #expect(red == green && green == blue)
    }
  }

  @Test("the default comes first, and no two maps have one name")
  func names() {
    #expect(Colormap.all.first == .emberAndIce)
    #expect(Set(Colormap.all.map(\.name)).count == Colormap.all.count)
  }

  @Test("a map suits dark ground where its zero is dark, light ground where its zero is light")
  func grounds() {
    #expect(Colormap.all.filter(\.isDark).map(\.name) == ["ember-ice", "CET-D4", "CET-D6", "coldnhot", "hot"])
    for map in Colormap.all { #expect(map.isDark ? cieLab(map.neutral).l < 15 : cieLab(map.neutral).l > 90, "\(map)") }
  }

  @Test("the two sides differ", arguments: Colormap.all.filter { $0 != .hot })
  func sides(map: Colormap) {
    for value: Float in [0.05, 0.3, 0.6] { #expect(map.color(value) != map.color(-value)) }
  }

  @Test("values beyond the ends have the ends' colours", arguments: Colormap.all)
  func ends(map: Colormap) {
    #expect(map.color(5) == map.color(1))
    #expect(map.color(-5) == map.color(-1))
  }

  @Test("lightness changes in one direction on each side", arguments: Colormap.all)
  func monotone(map: Colormap) {
    for sign: Float in [1, -1] {
      let lightness = (0...255).map { oklab(map.color(sign * Float($0) / 255)).l }
      let steps = zip(lightness.dropFirst(), lightness).map { $0 - $1 }
      let direction: Double = lightness[255] > lightness[0] ? 1 : -1
      #expect(steps.allSatisfy { $0 * direction > -0.002 })
    }
  }

  @Test("the default's lightness grows evenly and equally on both sides")
  func even() {
    let map = Colormap.emberAndIce
    for step in 1...10 {
      let value = Float(step) / 10
      let red = oklab(map.color(value)).l
      let blue = oklab(map.color(-value)).l
      #expect(abs(red - blue) < 0.03, "at \(value)")
      #expect(abs(red - (0.2 + 0.66 * Double(value))) < 0.03, "at \(value)")
    }
  }

  @Test("reds and yellows stand for positive, blues for negative values", arguments: Colormap.all.filter { $0 != .hot })
  func hues(map: Colormap) {
    let positive = map.color(0.4)
    let negative = map.color(-0.4)
    #expect(positive.red > positive.blue + 0.1)
    #expect(negative.blue > negative.red + 0.1)
  }

  @Test("OKLab to sRGB agrees with the inverse matrices")
  func okLabRoundTrip() {
    for lab in [OKLab(lightness: 0.5, a: 0.1, b: 0.05), OKLab(lightness: 0.7, a: -0.05, b: -0.08), OKLab(lightness: 0.3, a: 0, b: 0)] {
      let back = oklab(lab.color)
      #expect(abs(back.l - Double(lab.lightness)) < 1e-3)
      #expect(abs(back.a - Double(lab.a)) < 1e-3)
      #expect(abs(back.b - Double(lab.b)) < 1e-3)
    }
  }
}

@Suite("Palette of the classes")
struct CategoricalPaletteTests {
  @Test("all ten colours can be told apart, also by colour-blind people", arguments: [Vision.normal, .protanopia, .deuteranopia])
  func distinct(vision: Vision) {
    #expect(categoricalPalette.count == 10)
    let colors = categoricalPalette.map { oklab(vision.seen($0)) }
    for first in 0..<10 {
      for second in 0..<first {
        let (p, q) = (colors[first], colors[second])
        let difference = ((p.l - q.l) * (p.l - q.l) + (p.a - q.a) * (p.a - q.a) + (p.b - q.b) * (p.b - q.b)).squareRoot()
        // 0.02 is about a just noticeable difference of neighbouring areas.
        #expect(difference > (vision == .normal ? 0.08 : 0.05), "\(second) and \(first): \(difference)")
      }
    }
  }

  @Test("every colour stands out from the dark ground")
  func contrast() {
    for color in categoricalPalette { #expect(oklab(color).l > 0.55) }
  }
}
