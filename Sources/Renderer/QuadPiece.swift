/// The quadrilaterals of one item of a scene, and the pixels outside of which they show nothing.
struct QuadPiece {
  let quads: Range<Int>
  let reach: PixelRect
}

extension ArraySlice<QuadPiece> {
  /// So many quadrilaterals that show nothing cost less than another draw call.
  private static var fewQuads: Int { 24 }

  /// Ranges of quadrilaterals, in order, that hold all that show something in `pixels`.
  func quads(reaching pixels: PixelRect) -> [Range<Int>] {
    var ranges: [Range<Int>] = []
    for piece in self where piece.reach.overlaps(pixels) {
      if let last = ranges.last, piece.quads.lowerBound - last.upperBound <= Self.fewQuads {
        ranges[ranges.count - 1] = last.lowerBound..<piece.quads.upperBound
      } else {
        ranges.append(piece.quads)
      }
    }
    return ranges
  }
}
