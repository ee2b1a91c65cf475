/// An axis-aligned rectangle, half open: it contains its left and top edges but not its right and bottom ones.
public struct Rect: Sendable, Hashable {
  public var x: Double
  public var y: Double
  public var width: Double
  public var height: Double

  public init(x: Double, y: Double, width: Double, height: Double) {
    self.x = x
    self.y = y
    self.width = width
    self.height = height
  }

  public init(_ x: Double, _ y: Double, _ width: Double, _ height: Double) {
    self.init(x: x, y: y, width: width, height: height)
  }

  public var minX: Double { x }
  public var minY: Double { y }
  public var maxX: Double { x + width }
  public var maxY: Double { y + height }
  public var center: Point { Point(x + width / 2, y + height / 2) }
  public var size: Size { Size(width, height) }
  public var isEmpty: Bool { width <= 0 || height <= 0 }

  public func contains(_ point: Point) -> Bool {
    point.x >= minX && point.x < maxX && point.y >= minY && point.y < maxY
  }

  /// The rectangle with every edge moved inwards by `distance`; never of negative size.
  public func inset(by distance: Double) -> Rect { inset(dx: distance, dy: distance) }

  public func inset(dx: Double, dy: Double) -> Rect {
    Rect(x + dx, y + dy, max(0, width - 2 * dx), max(0, height - 2 * dy))
  }

  public func intersection(_ other: Rect) -> Rect {
    let left = max(minX, other.minX)
    let top = max(minY, other.minY)
    return Rect(left, top, max(0, min(maxX, other.maxX) - left), max(0, min(maxY, other.maxY) - top))
  }

  public func intersects(_ other: Rect) -> Bool { !intersection(other).isEmpty }

  /// Cuts a strip of `height` from the top: (strip, rest).
  public func splitTop(_ height: Double) -> (Rect, Rect) {
    let cut = min(max(0, height), self.height)
    return (Rect(x, y, width, cut), Rect(x, y + cut, width, self.height - cut))
  }

  /// Cuts a strip of `width` from the left: (strip, rest).
  public func splitLeft(_ width: Double) -> (Rect, Rect) {
    let cut = min(max(0, width), self.width)
    return (Rect(x, y, cut, height), Rect(x + cut, y, self.width - cut, height))
  }

  /// The largest square in the middle.
  public var centeredSquare: Rect {
    let side = min(width, height)
    return Rect(x + (width - side) / 2, y + (height - side) / 2, side, side)
  }
}
