import Geometry

/// Points of the plane in square cells: the nearest one, and how many lie in a rectangle, without looking at all of them.
struct SpatialGrid: Sendable {
  /// The smallest rectangle that holds every point that is finite.
  let bounds: Rect
  private let positions: [Float]
  private let columns: Int
  private let rows: Int
  private let cellSize: Double
  /// Points of cell `c` are `members[starts[c]..<starts[c + 1]]`.
  private let starts: [Int32]
  private let members: [Int32]
  /// `[rows + 1, columns + 1]`: points in all cells above and to the left.
  private let sums: [Int32]

  /// `positions` are x and y in turn. Cost: O(n), four passes.
  init(_ positions: [Float]) {
    let count = positions.count / 2
    var low = (x: Float.infinity, y: Float.infinity)
    var high = (x: -Float.infinity, y: -Float.infinity)
    for index in 0..<count {
      let x = positions[2 * index]
      let y = positions[2 * index + 1]
      guard x.isFinite && y.isFinite else { continue }
      low = (min(low.x, x), min(low.y, y))
      high = (max(high.x, x), max(high.y, y))
    }
    if low.x > high.x { (low, high) = ((0, 0), (0, 0)) }
    let bounds = Rect(Double(low.x), Double(low.y), Double(high.x) - Double(low.x), Double(high.y) - Double(low.y))
    let longest = max(bounds.width, bounds.height, 1e-9)
    let side = min(256, max(1, Int((Double(count) / 2).squareRoot())))
    let cellSize = longest / Double(side)
    let columns = min(side, Int(bounds.width / cellSize)) + 1
    let rows = min(side, Int(bounds.height / cellSize)) + 1
    var cells = [Int32](repeating: -1, count: count)
    var starts = [Int32](repeating: 0, count: columns * rows + 1)
    for index in 0..<count {
      let x = Double(positions[2 * index])
      let y = Double(positions[2 * index + 1])
      guard x.isFinite && y.isFinite else { continue }
      let column = min(columns - 1, Int((x - bounds.x) / cellSize))
      let row = min(rows - 1, Int((y - bounds.y) / cellSize))
      cells[index] = Int32(row * columns + column)
      starts[row * columns + column + 1] += 1
    }
    for cell in 1..<starts.count { starts[cell] += starts[cell - 1] }
    var next = starts
    var members = [Int32](repeating: 0, count: Int(starts[starts.count - 1]))
    for index in 0..<count where cells[index] >= 0 {
      let cell = Int(cells[index])
      members[Int(next[cell])] = Int32(index)
      next[cell] += 1
    }
    var sums = [Int32](repeating: 0, count: (columns + 1) * (rows + 1))
    for row in 0..<rows {
      var inRow: Int32 = 0
      for column in 0..<columns {
        inRow += starts[row * columns + column + 1] - starts[row * columns + column]
        sums[(row + 1) * (columns + 1) + column + 1] = sums[row * (columns + 1) + column + 1] + inRow
      }
    }
    self.bounds = bounds
    self.positions = positions
    self.columns = columns
    self.rows = rows
    self.cellSize = cellSize
    self.starts = starts
    self.members = members
    self.sums = sums
  }

  /// The point nearest to `point`, at most `radius` away, that `isCandidate` admits; of equally near ones the first.
  func nearest(to point: Point, within radius: Double, where isCandidate: (Int) -> Bool = { _ in true }) -> Int? {
    guard radius >= 0, radius.isFinite, point.x.isFinite, point.y.isFinite else { return nil }
    var best: Int?
    var bestDistance = radius * radius
    let firstColumn = column(of: point.x - radius)
    let lastColumn = column(of: point.x + radius)
    for row in row(of: point.y - radius)...row(of: point.y + radius) {
      for cell in (row * columns + firstColumn)...(row * columns + lastColumn) {
        for member in members[Int(starts[cell])..<Int(starts[cell + 1])] {
          let index = Int(member)
          let dx = Double(positions[2 * index]) - point.x
          let dy = Double(positions[2 * index + 1]) - point.y
          let distance = dx * dx + dy * dy
          let isNearer = distance < bestDistance || (distance == bestDistance && best.map { index < $0 } ?? true)
          if isNearer && isCandidate(index) {
            best = index
            bestDistance = distance
          }
        }
      }
    }
    return best
  }

  /// The nearest admitted point, however far: the radius doubles until one is found.
  func nearest(to point: Point, where isCandidate: (Int) -> Bool) -> Int? {
    var radius = cellSize
    let reach = 2 * (bounds.width + bounds.height + cellSize) + point.distance(to: bounds.center)
    while radius < 2 * reach {
      if let found = nearest(to: point, within: radius, where: isCandidate) { return found }
      radius *= 2
    }
    return nil
  }

  /// About how many points lie in `area`: whole cells are counted. Cost: O(1).
  func count(in area: Rect) -> Int {
    guard area.maxX >= bounds.minX, area.maxY >= bounds.minY, area.minX <= bounds.maxX, area.minY <= bounds.maxY else { return 0 }
    let left = column(of: area.minX)
    let right = column(of: area.maxX) + 1
    let top = row(of: area.minY)
    let bottom = row(of: area.maxY) + 1
    let width = columns + 1
    return Int(sums[bottom * width + right] - sums[top * width + right] - sums[bottom * width + left] + sums[top * width + left])
  }

  /// The points of all cells that reach into `area`.
  func members(in area: Rect) -> [Int] {
    guard area.maxX >= bounds.minX, area.maxY >= bounds.minY, area.minX <= bounds.maxX, area.minY <= bounds.maxY else { return [] }
    var found: [Int] = []
    for row in row(of: area.minY)...row(of: area.maxY) {
      let cells = row * columns + column(of: area.minX)...row * columns + column(of: area.maxX)
      found += members[Int(starts[cells.lowerBound])..<Int(starts[cells.upperBound + 1])].map { Int($0) }
    }
    return found
  }

  /// For each of the first points about how many others lie near it: in a square of three cells' side. Cost: O(count).
  func countsAround(count: Int) -> [Int] {
    (0..<min(count, positions.count / 2)).map { index in
      let (x, y) = (Double(positions[2 * index]), Double(positions[2 * index + 1]))
      guard x.isFinite && y.isFinite else { return 0 }
      return self.count(in: Rect(x - cellSize, y - cellSize, 2 * cellSize, 2 * cellSize))
    }
  }

  private func column(of x: Double) -> Int { Int(min(Double(columns - 1), max(0, (x - bounds.x) / cellSize))) }
  private func row(of y: Double) -> Int { Int(min(Double(rows - 1), max(0, (y - bounds.y) / cellSize))) }
}
