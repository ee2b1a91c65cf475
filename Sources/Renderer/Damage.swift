import Geometry
import Scene

/// The pixels in which the pictures of two scenes may differ, as rectangles that do not overlap.
///
/// Items that both scenes have, in the same order among each other (Myers 1986), look the same in both; what is left are the surroundings
/// of the items that only one of them has. Cost: items times differences.
struct Damage {
  /// More rectangles than this are made one.
  private static let most = 8

  private(set) var parts: [PixelRect] = []

  init(from old: Scene, to new: Scene, window: PixelRect) {
    for change in new.items.difference(from: old.items) {
      switch change {
      case .insert(_, let item, _), .remove(_, let item, _): add(item.pixels(in: window))
      }
    }
  }

  /// Joins what overlaps, so that nothing is drawn twice.
  private mutating func add(_ part: PixelRect) {
    guard !part.isEmpty else { return }
    var joined = part
    while let index = parts.firstIndex(where: { $0.overlaps(joined) }) { joined = joined.union(parts.remove(at: index)) }
    parts.append(joined)
    guard parts.count > Self.most, let first = parts.first else { return }
    parts = [parts.dropFirst().reduce(first) { $0.union($1) }]
  }
}

extension Scene.Item {
  /// Pixels outside of which nothing of it appears.
  fileprivate func pixels(in window: PixelRect) -> PixelRect {
    let bounds = primitive.bounds
    // What is not made of numbers is not drawn, but who knows what it was before.
    guard bounds.isFinite, clip?.isFinite != false else { return window }
    let inside = clip.map { bounds.intersection($0.inset(by: -1)) } ?? bounds
    return PixelRect(centresIn: inside, within: window)
  }
}

extension Primitive {
  /// A rectangle that holds all of it, soft edges included.
  fileprivate var bounds: Rect {
    switch self {
    case .rectangle(let rectangle): return rectangle.frame.inset(by: -rectangle.borderWidth - 2)
    case .disc(let disc):
      let reach = disc.radius + disc.borderWidth + 2
      return Rect(disc.centre.x - reach, disc.centre.y - reach, 2 * reach, 2 * reach)
    case .polyline(let line):
      guard let first = line.points.first else { return Rect(0, 0, 0, 0) }
      var (left, top, right, bottom) = (first.x, first.y, first.x, first.y)
      for point in line.points {
        (left, right) = (min(left, point.x), max(right, point.x))
        (top, bottom) = (min(top, point.y), max(bottom, point.y))
      }
      return Rect(left, top, right - left, bottom - top).inset(by: -line.width - 2)
    case .text(let text):
      // Without a limit only the letters know how wide it is.
      let width = text.maxWidth ?? 1e5
      let left =
        switch text.alignment {
        case .left: text.anchor.x
        case .center: text.anchor.x - width / 2
        case .right: text.anchor.x - width
        }
      return Rect(left, text.anchor.y, width, 0).inset(dx: -text.size, dy: -text.size - 2)
    case .image(let image): return image.frame.inset(by: -1)
    case .points(let cloud): return cloud.frame.inset(by: -1)
    }
  }
}

extension PixelRect {
  func overlaps(_ other: PixelRect) -> Bool { !intersection(other).isEmpty }

  func intersection(_ other: PixelRect) -> PixelRect {
    let (left, top) = (max(x, other.x), max(y, other.y))
    return PixelRect(
      x: left, y: top, width: min(x + width, other.x + other.width) - left, height: min(y + height, other.y + other.height) - top)
  }

  func union(_ other: PixelRect) -> PixelRect {
    let (left, top) = (min(x, other.x), min(y, other.y))
    return PixelRect(
      x: left, y: top, width: max(x + width, other.x + other.width) - left, height: max(y + height, other.y + other.height) - top)
  }
}
