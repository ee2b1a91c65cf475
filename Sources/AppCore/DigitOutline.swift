import Datasets
import Geometry

/// The line around a digit's ink: along the edges of the pixels that are at least half white.
enum DigitOutline {
  static let threshold: UInt8 = 128

  /// Closed lines in units of the picture, 0...1 from left to right and from top to bottom; ink lies to their right. Cost: the pixels.
  static func lines(of picture: GrayPicture) -> [[Point]] {
    let (width, height) = (picture.width, picture.height)
    func isInk(_ column: Int, _ row: Int) -> Bool {
      column >= 0 && column < width && row >= 0 && row < height && picture.pixels[row * width + column] >= threshold
    }
    // From each corner of the grid the edges that leave it, as steps (dx, dy).
    var leaving: [Int: [(dx: Int, dy: Int)]] = [:]
    func corner(_ column: Int, _ row: Int) -> Int { row * (width + 1) + column }
    for row in 0..<height {
      for column in 0..<width where isInk(column, row) {
        if !isInk(column, row - 1) { leaving[corner(column, row), default: []].append((1, 0)) }
        if !isInk(column + 1, row) { leaving[corner(column + 1, row), default: []].append((0, 1)) }
        if !isInk(column, row + 1) { leaving[corner(column + 1, row + 1), default: []].append((-1, 0)) }
        if !isInk(column - 1, row) { leaving[corner(column, row + 1), default: []].append((0, -1)) }
      }
    }
    var lines: [[Point]] = []
    for start in leaving.keys.sorted() {
      while leaving[start]?.isEmpty == false {
        lines.append(line(from: start, width: width, height: height, &leaving))
      }
    }
    return lines
  }

  /// Follows edges until they come back; where two lines touch at a corner it turns towards its own ink.
  private static func line(
    from start: Int, width: Int, height: Int, _ leaving: inout [Int: [(dx: Int, dy: Int)]]
  ) -> [Point] {
    var (here, before) = (start, (dx: 0, dy: 0))
    var corners: [Point] = []
    repeat {
      guard var steps = leaving[here], !steps.isEmpty else { break }
      // A right turn has the ink of the same pixel.
      let right = (dx: -before.dy, dy: before.dx)
      let choice = steps.firstIndex { $0 == right } ?? 0
      let step = steps.remove(at: choice)
      leaving[here] = steps
      if step != before {
        corners.append(Point(Double(here % (width + 1)) / Double(width), Double(here / (width + 1)) / Double(height)))
      }
      here += step.dy * (width + 1) + step.dx
      before = step
    } while here != start
    if let first = corners.first { corners.append(first) }
    return corners
  }
}
