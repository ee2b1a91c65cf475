/// Fine pixels for each of the picture, along each side.
private let fineness = 4

extension PenRasterizer {
  /// Begins with a picture that fills the canvas, each of its pixels as one area.
  public mutating func lay(_ picture: GrayPicture) {
    for row in 0..<height {
      for column in 0..<width {
        let pixel = row * picture.height / height * picture.width + column * picture.width / width
        set(row * width + column, Float(picture.pixels[pixel]) / 255)
      }
    }
  }
}

/// A picture that was drawn on or erased in, of the same size: nothing is moved or scaled, and what no stroke touches stays as it is to the
/// byte. The picture fills the pad, 0...1 both ways, so it is square.
///
/// A pixel that a stroke's edge crosses gets the mean of 4 x 4 places in it. Cost: well under a millisecond for 28 x 28.
public func edited(_ picture: GrayPicture, by strokes: [Stroke]) -> GrayPicture {
  precondition(picture.width == picture.height, "a pad is square")
  guard !strokes.isEmpty else { return picture }
  let side = picture.width
  var fine = PenRasterizer(width: side * fineness, height: side * fineness, scale: Double(side * fineness))
  fine.lay(picture)
  for stroke in strokes { fine.draw(stroke) }
  var result = picture
  for row in 0..<side {
    for column in 0..<side {
      var sum: Float = 0
      for y in 0..<fineness {
        let start = (row * fineness + y) * side * fineness + column * fineness
        sum += fine.ink[start..<start + fineness].reduce(0, +)
      }
      result.pixels[row * side + column] = UInt8((sum / Float(fineness * fineness) * 255).rounded())
    }
  }
  return result
}
