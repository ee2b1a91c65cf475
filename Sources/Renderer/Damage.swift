import Geometry
import Scene

/// The pixels in which the pictures of two scenes may differ, as rectangles that do not overlap.
///
/// Items that both scenes have, in the same order among each other, look the same in both; what is left are the surroundings of the items
/// that only one of them has. Scenes that follow each other differ here and there: where they do, the next item that both have is looked for
/// among the nearest ones. Cost: items, for each run of differences the square of its length, and for each item that differs the pairs of
/// rectangles.
struct Damage {
  /// Where there are more rectangles than this, those two become one that thereby take in the fewest pixels besides.
  private static let most = 8
  /// Items of both scenes among which the next equal ones are looked for.
  private static let mostPassedOver = 96

  private(set) var parts: [PixelRect] = []

  init(from old: Scene, to new: Scene, window: PixelRect) {
    let (old, new) = (old.items, new.items)
    var (oldEnd, newEnd) = (old.count, new.count)
    while oldEnd > 0 && newEnd > 0 && old[oldEnd - 1] == new[newEnd - 1] { (oldEnd, newEnd) = (oldEnd - 1, newEnd - 1) }
    var (before, after) = (0, 0)
    while before < oldEnd || after < newEnd {
      let (nextBefore, nextAfter) = Self.nextEqual(old, before..<oldEnd, new, after..<newEnd)
      for item in old[before..<nextBefore] { add(item.pixels(in: window)) }
      for item in new[after..<nextAfter] { add(item.pixels(in: window)) }
      (before, after) = (nextBefore + 1, nextAfter + 1)
    }
  }

  /// The first items that are equal, passing over as few as possible of both; the ends where there are none among the nearest.
  private static func nextEqual(
    _ old: [Scene.Item], _ rest: Range<Int>, _ new: [Scene.Item], _ newRest: Range<Int>
  ) -> (Int, Int) {
    for passedOver in 0...mostPassedOver {
      let (least, end) = (max(0, passedOver - newRest.count + 1), min(passedOver + 1, rest.count))
      guard least < end else { continue }
      for removed in least..<end where old[rest.lowerBound + removed] == new[newRest.lowerBound + passedOver - removed] {
        return (rest.lowerBound + removed, newRest.lowerBound + passedOver - removed)
      }
    }
    return (rest.upperBound, newRest.upperBound)
  }

  /// Joins what overlaps, so that nothing is drawn twice.
  private mutating func add(_ part: PixelRect) {
    guard !part.isEmpty else { return }
    var joined = part
    while let index = parts.firstIndex(where: { $0.overlaps(joined) }) { joined = joined.union(parts.remove(at: index)) }
    parts.append(joined)
    guard parts.count > Self.most else { return }
    var (least, pair) = (Int.max, (0, 1))
    for first in parts.indices {
      for second in first + 1..<parts.count {
        let more = parts[first].union(parts[second]).area - parts[first].area - parts[second].area
        if more < least { (least, pair) = (more, (first, second)) }
      }
    }
    let second = parts.remove(at: pair.1)
    let first = parts.remove(at: pair.0)
    add(first.union(second))
  }
}

extension Scene.Item {
  /// Pixels outside of which nothing of it appears.
  func pixels(in window: PixelRect) -> PixelRect {
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
    case .thumbnails(let pictures): return pictures.frame.inset(by: -1)
    }
  }
}

extension PixelRect {
  fileprivate var area: Int { width * height }

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
