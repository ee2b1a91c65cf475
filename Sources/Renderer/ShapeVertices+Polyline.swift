import Geometry
import Scene

extension ShapeVertices {
  /// Draws the parts of `line` that lie in `visible`, with round joins and ends; dashes are four widths long, gaps three.
  ///
  /// A point that is not made of numbers interrupts the line; a single point is a dot. A line thinner than a pixel is drawn a pixel
  /// wide and paler, so that it does not fall apart.
  mutating func append(_ line: Polyline, visible: PixelRect) {
    guard line.width > 0, line.width.isFinite else { return }
    let style = LineStyle(line)
    var run: [Point] = []
    for point in line.points {
      if point.x.isFinite && point.y.isFinite {
        let near = Point(min(max(point.x, -1e7), 1e7), min(max(point.y, -1e7), 1e7))
        if let last = run.last, last.distance(to: near) < 1e-6 { continue }
        run.append(near)
      } else {
        appendRun(run, style, visible: visible)
        run.removeAll(keepingCapacity: true)
      }
    }
    appendRun(run, style, visible: visible)
  }

  private struct LineStyle {
    let halfWidth: Double
    let dashPeriod: Double
    let fill: SIMD4<Float>

    init(_ line: Polyline) {
      let width = max(line.width, 1)
      halfWidth = width / 2
      dashPeriod = line.isDashed ? 7 * width : 0
      fill = line.color.premultiplied * Float(min(line.width, 1))
    }
  }

  private mutating func appendRun(_ run: [Point], _ style: LineStyle, visible: PixelRect) {
    guard let first = run.first, let last = run.last else { return }
    let window = visible.rect.inset(by: -(style.halfWidth + 1))
    guard run.count > 1 else {
      if window.contains(first) { appendSegment(first, first, arc: 0, normals: (.zero, .zero), style) }
      return
    }
    let directions = zip(run, run.dropFirst()).map { start, end in (end - start) * (1 / start.distance(to: end)) }
    let isClosed = run.count > 3 && first.distance(to: last) < 1e-6
    let closing = isClosed ? Self.partingNormal(directions[directions.count - 1], directions[0]) : .zero
    var arc = 0.0
    for index in directions.indices {
      let (start, end) = (run[index], run[index + 1])
      let length = start.distance(to: end)
      if let seen = Self.visibleSpan(from: start, to: end, in: window) {
        let startNormal = index > 0 ? Self.partingNormal(directions[index - 1], directions[index]) : closing
        let endNormal = index + 1 < directions.count ? Self.partingNormal(directions[index], directions[index + 1]) : closing
        appendSegment(
          start + (end - start) * seen.lowerBound, start + (end - start) * seen.upperBound, arc: arc + length * seen.lowerBound,
          normals: (seen.lowerBound > 0 ? .zero : startNormal, seen.upperBound < 1 ? .zero : endNormal), style)
      }
      arc += length
    }
  }

  private mutating func appendSegment(_ start: Point, _ end: Point, arc: Double, normals: (Point, Point), _ style: LineStyle) {
    let length = start.distance(to: end)
    let reach = style.halfWidth + 1
    let along = length > 0 ? (end - start) * (reach / length) : Point(reach, 0)
    let across = Point(-along.y, along.x)
    let phase = style.dashPeriod > 0 ? arc.truncatingRemainder(dividingBy: style.dashPeriod) : 0
    appendQuad(
      [start - along - across, end + along - across, start - along + across, end + along + across],
      geometry: SIMD4(Float(start.x), Float(start.y), Float(end.x), Float(end.y)),
      style: SIMD4(Float(style.halfWidth), Float(phase), Float(style.dashPeriod), 1), fill: style.fill,
      edge: SIMD4(Float(normals.0.x), Float(normals.0.y), Float(normals.1.x), Float(normals.1.y)))
  }

  /// Normal of the line that halves the angle of a join, pointing onwards.
  private static func partingNormal(_ before: Point, _ after: Point) -> Point {
    let sum = before + after
    let length = sum.distance(to: .zero)
    return length > 1e-6 ? sum * (1 / length) : before
  }

  /// The part of a segment inside a rectangle as parameters in 0...1 (Liang and Barsky 1984); nil where there is none.
  private static func visibleSpan(from start: Point, to end: Point, in window: Rect) -> ClosedRange<Double>? {
    var low = 0.0
    var high = 1.0
    let delta = end - start
    for (step, room) in [
      (-delta.x, start.x - window.minX), (delta.x, window.maxX - start.x), (-delta.y, start.y - window.minY),
      (delta.y, window.maxY - start.y),
    ] {
      if step == 0 {
        if room < 0 { return nil }
      } else if step < 0 {
        low = max(low, room / step)
      } else {
        high = min(high, room / step)
      }
    }
    return low <= high ? low...high : nil
  }
}
