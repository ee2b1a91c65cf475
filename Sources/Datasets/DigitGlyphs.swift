/// One line of a way of writing a digit: control points in a box of 1 x 1, y downwards.
struct GlyphStroke: Sendable {
  /// Whether the line runs smoothly through its points (a Catmull-Rom spline) or straight from each to the next.
  let isCurve: Bool
  let points: [(x: Double, y: Double)]

  static func curve(_ points: [(x: Double, y: Double)]) -> GlyphStroke { GlyphStroke(isCurve: true, points: points) }
  static func lines(_ points: [(x: Double, y: Double)]) -> GlyphStroke { GlyphStroke(isCurve: false, points: points) }
}

/// A way of writing a digit, and how often it is used among those of its class.
struct DigitGlyph: Sendable {
  let share: Double
  let strokes: [GlyphStroke]

  init(_ share: Double, _ strokes: GlyphStroke...) {
    self.share = share
    self.strokes = strokes
  }

  /// The ways of writing each of the ten digits.
  static let all: [[DigitGlyph]] = [zero, one, two, three, four, five, six, seven, eight, nine]

  private static let zero = [
    DigitGlyph(
      5,
      .curve([
        (0.52, 0.02), (0.25, 0.12), (0.12, 0.42), (0.18, 0.78), (0.44, 0.98), (0.74, 0.86), (0.88, 0.52), (0.78, 0.16), (0.5, 0.03),
      ])),
    // Narrow, the end crossing the start.
    DigitGlyph(
      3,
      .curve([
        (0.62, 0.06), (0.4, 0.08), (0.24, 0.4), (0.26, 0.8), (0.48, 0.97), (0.7, 0.74), (0.74, 0.34), (0.58, 0.06), (0.42, 0.12),
      ])),
    // Wide and round.
    DigitGlyph(
      2, .curve([(0.6, 0.08), (0.22, 0.16), (0.04, 0.5), (0.2, 0.86), (0.56, 0.95), (0.9, 0.76), (0.96, 0.4), (0.74, 0.12), (0.48, 0.1)])),
  ]

  private static let one = [
    DigitGlyph(6, .lines([(0.5, 0), (0.5, 0.5), (0.5, 1)])),
    DigitGlyph(2, .curve([(0.53, 0), (0.5, 0.35), (0.48, 0.7), (0.5, 1)])),
    // With a flag.
    DigitGlyph(1.5, .lines([(0.32, 0.2), (0.52, 0.01), (0.52, 0.5), (0.52, 1)])),
    // With a flag and a base.
    DigitGlyph(0.7, .lines([(0.32, 0.2), (0.52, 0.01), (0.52, 0.5), (0.52, 0.98)]), .lines([(0.28, 0.98), (0.76, 0.98)])),
  ]

  private static let two = [
    // Straight base.
    DigitGlyph(
      4,
      .curve([(0.14, 0.22), (0.34, 0.03), (0.66, 0.04), (0.8, 0.24), (0.68, 0.5), (0.4, 0.76), (0.12, 0.96)]),
      .lines([(0.12, 0.96), (0.5, 0.96), (0.9, 0.94)])),
    // A loop at the lower left.
    DigitGlyph(
      4,
      .curve([
        (0.12, 0.24), (0.32, 0.03), (0.66, 0.05), (0.78, 0.28), (0.6, 0.58), (0.32, 0.88), (0.12, 0.96), (0.06, 0.82), (0.24, 0.74),
        (0.5, 0.88), (0.74, 0.96), (0.96, 0.86),
      ])),
    // A small round back and a wave for a base.
    DigitGlyph(
      2,
      .curve([(0.2, 0.16), (0.44, 0.01), (0.72, 0.1), (0.74, 0.36), (0.5, 0.66), (0.14, 0.94)]),
      .curve([(0.14, 0.94), (0.36, 0.86), (0.6, 0.94), (0.9, 0.96)])),
  ]

  private static let three = [
    DigitGlyph(
      6,
      .curve([
        (0.16, 0.14), (0.42, 0.02), (0.74, 0.1), (0.74, 0.34), (0.42, 0.48), (0.76, 0.56), (0.84, 0.78), (0.58, 0.97), (0.3, 0.97),
        (0.1, 0.86),
      ])),
    // The bows meet in a small loop.
    DigitGlyph(
      2,
      .curve([
        (0.18, 0.12), (0.5, 0.02), (0.76, 0.18), (0.62, 0.42), (0.36, 0.5), (0.38, 0.44), (0.62, 0.48), (0.84, 0.7), (0.62, 0.95),
        (0.14, 0.92),
      ])),
    // Flat top.
    DigitGlyph(
      1.5,
      .lines([(0.16, 0.04), (0.78, 0.03), (0.44, 0.4)]),
      .curve([(0.44, 0.4), (0.74, 0.46), (0.84, 0.72), (0.6, 0.96), (0.3, 0.97), (0.12, 0.86)])),
  ]

  private static let four = [
    // Open, in two strokes.
    DigitGlyph(
      5, .lines([(0.2, 0.04), (0.14, 0.5), (0.5, 0.54), (0.82, 0.5)]), .lines([(0.76, 0.02), (0.7, 0.5), (0.66, 1)])),
    // Open and round.
    DigitGlyph(
      3, .curve([(0.22, 0.04), (0.12, 0.34), (0.2, 0.54), (0.5, 0.54), (0.76, 0.4)]),
      .curve([(0.82, 0.04), (0.76, 0.4), (0.68, 0.74), (0.66, 1)])),
    // Closed, with a pointed top.
    DigitGlyph(
      2, .lines([(0.62, 0.0), (0.1, 0.66), (0.5, 0.66), (0.94, 0.66)]), .lines([(0.62, 0.0), (0.64, 0.5), (0.64, 1)])),
    // Closed, in one stroke, like a 9 with corners.
    DigitGlyph(
      1, .lines([(0.78, 0.1), (0.58, 0.04), (0.2, 0.46), (0.5, 0.52), (0.76, 0.42), (0.8, 0.1), (0.74, 0.56), (0.7, 1)])),
  ]

  private static let five = [
    // The bar added last.
    DigitGlyph(
      5,
      .curve([(0.3, 0.05), (0.27, 0.24), (0.24, 0.43), (0.52, 0.4), (0.8, 0.56), (0.78, 0.84), (0.46, 0.98), (0.12, 0.88)]),
      .lines([(0.3, 0.05), (0.6, 0.05), (0.92, 0.02)])),
    // With corners.
    DigitGlyph(
      3, .lines([(0.88, 0.03), (0.32, 0.05), (0.24, 0.42)]),
      .curve([(0.24, 0.42), (0.56, 0.38), (0.82, 0.58), (0.74, 0.86), (0.42, 0.98), (0.12, 0.9)])),
    // Like an S.
    DigitGlyph(
      2,
      .curve([
        (0.86, 0.04), (0.56, 0.04), (0.32, 0.1), (0.22, 0.3), (0.42, 0.46), (0.7, 0.58), (0.74, 0.8), (0.5, 0.97), (0.14, 0.92),
      ])),
  ]

  private static let six = [
    DigitGlyph(
      5,
      .curve([
        (0.66, 0.02), (0.38, 0.24), (0.2, 0.56), (0.24, 0.88), (0.52, 0.98), (0.78, 0.8), (0.7, 0.58), (0.44, 0.58), (0.24, 0.78),
      ])),
    // A straight back and a small loop.
    DigitGlyph(
      3, .curve([(0.5, 0.0), (0.34, 0.3), (0.24, 0.66), (0.38, 0.95), (0.66, 0.94), (0.74, 0.74), (0.54, 0.64), (0.3, 0.8)])),
    // A bent top.
    DigitGlyph(
      2,
      .curve([
        (0.82, 0.1), (0.58, 0.02), (0.28, 0.28), (0.14, 0.64), (0.34, 0.95), (0.7, 0.92), (0.82, 0.68), (0.56, 0.52), (0.22, 0.68),
      ])),
  ]

  private static let seven = [
    DigitGlyph(5, .lines([(0.12, 0.08), (0.5, 0.07), (0.86, 0.05), (0.62, 0.5), (0.44, 1)])),
    // The bar bent, a round corner.
    DigitGlyph(3, .curve([(0.1, 0.14), (0.4, 0.07), (0.78, 0.08), (0.76, 0.28), (0.6, 0.62), (0.5, 1)])),
    // Crossed.
    DigitGlyph(2, .lines([(0.14, 0.07), (0.5, 0.06), (0.86, 0.06), (0.6, 0.52), (0.42, 1)]), .lines([(0.36, 0.52), (0.84, 0.5)])),
    // With a serif on the left.
    DigitGlyph(1.5, .lines([(0.12, 0.26), (0.14, 0.06), (0.5, 0.06), (0.88, 0.05), (0.64, 0.5), (0.5, 1)])),
  ]

  private static let eight = [
    // One stroke from the upper right.
    DigitGlyph(
      6,
      .curve([
        (0.74, 0.14), (0.46, 0.02), (0.22, 0.2), (0.46, 0.46), (0.76, 0.72), (0.52, 0.98), (0.2, 0.8), (0.46, 0.48), (0.78, 0.22),
        (0.66, 0.06),
      ])),
    // Two rings.
    DigitGlyph(
      2,
      .curve([(0.5, 0.46), (0.26, 0.34), (0.3, 0.08), (0.54, 0.02), (0.76, 0.16), (0.7, 0.4), (0.5, 0.46)]),
      .curve([(0.5, 0.46), (0.2, 0.64), (0.26, 0.92), (0.54, 0.99), (0.82, 0.84), (0.76, 0.58), (0.5, 0.46)])),
    // Narrow.
    DigitGlyph(
      2,
      .curve([
        (0.62, 0.08), (0.42, 0.06), (0.34, 0.24), (0.5, 0.48), (0.64, 0.74), (0.5, 0.97), (0.34, 0.8), (0.46, 0.52), (0.64, 0.28),
        (0.58, 0.05),
      ])),
  ]

  private static let nine = [
    // A ring and a straight stem.
    DigitGlyph(
      5,
      .curve([
        (0.76, 0.14), (0.5, 0.02), (0.22, 0.16), (0.2, 0.42), (0.48, 0.5), (0.74, 0.32), (0.78, 0.12), (0.76, 0.4), (0.72, 0.72),
        (0.7, 1),
      ])),
    // A bent stem.
    DigitGlyph(
      3,
      .curve([
        (0.74, 0.18), (0.52, 0.03), (0.26, 0.14), (0.22, 0.38), (0.46, 0.48), (0.72, 0.3), (0.78, 0.14), (0.78, 0.5), (0.66, 0.84),
        (0.4, 0.97), (0.22, 0.92),
      ])),
    // A small ring and a slanted stem.
    DigitGlyph(
      2, .curve([(0.66, 0.08), (0.42, 0.03), (0.28, 0.2), (0.36, 0.4), (0.58, 0.38), (0.72, 0.18), (0.7, 0.1), (0.6, 0.5), (0.46, 1)])),
  ]
}
