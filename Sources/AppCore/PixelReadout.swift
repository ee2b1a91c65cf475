import Geometry
import Scene

/// What is known of the pixel under the pointer, in a picture of an explanation.
public struct PixelReadout: Sendable, Equatable {
  public var row: Int
  public var column: Int
  /// Grey, 0...255.
  public var input: Int
  /// Summed over the input's channels.
  public var relevance: Double
}

/// A pixel of a plane.
struct PixelPlace: Sendable, Equatable {
  let row: Int
  let column: Int

  /// The pixel under `pointer` in a picture of `width` x `height` that fills `square`; nil outside of it.
  init?(_ pointer: Point?, in square: Rect, width: Int, height: Int) {
    guard let pointer, square.contains(pointer), width > 0, height > 0 else { return nil }
    row = min(height - 1, Int((pointer.y - square.y) / square.height * Double(height)))
    column = min(width - 1, Int((pointer.x - square.x) / square.width * Double(width)))
  }
}

extension ShownExplanation {
  /// The pixel's numbers; nil where the plane has another size.
  func readout(_ place: PixelPlace) -> PixelReadout {
    let row = place.row * picture.height / max(1, heat.height)
    let column = place.column * picture.width / max(1, heat.width)
    return PixelReadout(
      row: place.row, column: place.column, input: Int(picture.pixels[row * picture.width + column]),
      relevance: Double(heat.values[place.row * heat.width + place.column]))
  }

  /// The same in words.
  func lines(_ readout: PixelReadout) -> [String] {
    var lines = [
      "row \(readout.row), column \(readout.column)", "input \(readout.input) of 255", "R \(Numbers.significant(readout.relevance))",
    ]
    if query.attribution.settings != nil, explanation.start != 0 {
      lines[2] += ", \(Numbers.percent(readout.relevance / explanation.start)) of what is explained"
    }
    return lines
  }
}

extension Canvas {
  /// The pixel that is pointed at in one of an explanation's pictures; remembered for the state report.
  mutating func pointedPixel(of shown: ShownExplanation, in squares: [Rect]) -> PixelPlace? {
    for square in squares {
      guard let place = PixelPlace(pointer, in: square, width: shown.heat.width, height: shown.heat.height) else { continue }
      readout = shown.readout(place)
      return place
    }
    return nil
  }

  /// An outline around one pixel of a picture, which leaves the pixel to be seen.
  mutating func mark(_ place: PixelPlace, width: Int, height: Int, in square: Rect) {
    let (w, h) = (square.width / Double(width), square.height / Double(height))
    let pixel = Rect(square.x + Double(place.column) * w, square.y + Double(place.row) * h, w, h)
    box(pixel.inset(by: -u(2)), fill: nil, border: theme.black.opacity(0.8), width: u(1))
    box(pixel.inset(by: -u(1)), fill: nil, border: theme.ink(on: theme.black), width: u(1))
  }

  /// The digit's outline over a picture of it.
  mutating func outline(_ lines: [[Point]], in square: Rect) {
    for line in lines {
      let points = line.map { Point(square.x + $0.x * square.width, square.y + $0.y * square.height) }
      self.line(points, theme.black.opacity(0.75), width: u(2.4))
      self.line(points, Color(1, 1, 1, 0.9), width: u(1))
    }
  }
}
