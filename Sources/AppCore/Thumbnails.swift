import Geometry
import Scene

/// Whether the map's digits are shown as small pictures.
enum ThumbnailMode: String, Sendable, Hashable, CaseIterable {
  /// Where those in view have room.
  case automatic
  case on, off
}

/// What decides which digits are pictures now.
struct ThumbnailState: Sendable {
  static let fading = Duration.milliseconds(180)

  var mode = ThumbnailMode.automatic
  /// Of the map that `revision` names.
  var ranks: DigitRanks?
  var revision: Int?
  /// The map whose ranks were asked for.
  var asked: Int?
  /// 0 not shown ... 1 shown; on its way there since the clock event before.
  var presence = 0.0
  var fadingSince: Duration?
}

extension AppState {
  /// Asks for the order in which digits become pictures, of a map that stands still.
  mutating func tendThumbnails() -> [Effect] {
    guard map.thumbnails.mode != .off, map.grid != nil, map.run.phase != .running, !isMapMoving,
      map.thumbnails.asked != map.positionsRevision
    else { return [] }
    map.thumbnails.asked = map.positionsRevision
    return [.rankDigits(revision: map.positionsRevision, positions: map.positions)]
  }

  mutating func digitsRanked(_ revision: Int, _ ranks: DigitRanks) {
    guard revision == map.positionsRevision else { return }
    map.thumbnails.ranks = ranks
    map.thumbnails.revision = revision
    // Before the first frame nothing moves.
    map.thumbnails.presence = now > .zero && !appearance.reducesMotion ? 0 : 1
    map.thumbnails.fadingSince = nil
  }

  mutating func stepThumbnails() {
    let all = ThumbnailMode.allCases
    let here = all.firstIndex(of: map.thumbnails.mode) ?? 0
    map.thumbnails.mode = all[(here + 1) % all.count]
    map.thumbnails.fadingSince = nil
    message = Message(kind: .notice, text: "Pictures in the map: \(map.thumbnails.mode.title)")
  }

  private var wantsThumbnails: Bool { map.thumbnails.mode != .off && map.thumbnails.revision == map.positionsRevision }

  /// Whether their order has been asked for and is not known yet.
  var areThumbnailsAwaited: Bool {
    map.thumbnails.mode != .off && map.thumbnails.asked == map.positionsRevision && map.thumbnails.revision != map.positionsRevision
  }

  /// Whether pictures are appearing or disappearing.
  var areThumbnailsFading: Bool { map.thumbnails.presence != (wantsThumbnails ? 1 : 0) && map.thumbnails.ranks != nil }

  mutating func advanceThumbnails() {
    // Where the points moved the pictures are gone at once: they would stand where the points were.
    guard map.thumbnails.revision == map.positionsRevision else {
      map.thumbnails.presence = 0
      return
    }
    let goal = wantsThumbnails ? 1.0 : 0
    guard map.thumbnails.presence != goal else { return }
    guard !appearance.reducesMotion, let since = map.thumbnails.fadingSince else {
      map.thumbnails.fadingSince = now
      if appearance.reducesMotion { map.thumbnails.presence = goal }
      return
    }
    let step = (now - since).inSeconds / ThumbnailState.fading.inSeconds
    map.thumbnails.fadingSince = now
    map.thumbnails.presence = goal > 0 ? min(1, map.thumbnails.presence + step) : max(0, map.thumbnails.presence - step)
  }

  /// The pictures that are seen in the map; nil where there are none.
  func thumbnails(in frame: Rect, unit: Double) -> Thumbnails? {
    guard map.thumbnails.presence > 0, map.thumbnails.revision == map.positionsRevision, let ranks = map.thumbnails.ranks,
      let grid = map.grid,
      let data, ranks.distances.count == data.collection.count, data.collection.width > 0
    else { return nil }
    let digits = data.collection
    let camera = map.camera
    // Whole pixels of the screen for each pixel of the digit, so that all of them are alike.
    let side = Double(digits.width) * max(1, (unit * 28 / Double(digits.width) + 0.25).rounded(.down))
    let margin = side / camera.scale
    let view = camera.seen(in: frame)
    let seen = view.inset(by: -margin)
    let inView = grid.count(in: view)
    var strength = map.thumbnails.presence
    if map.thumbnails.mode == .automatic {
      // From a thirtieth of the view's points having room to a tenth.
      let room = frame.width * frame.height / (side * side * Double(max(1, inView)))
      strength *= Self.smooth((room - 0.03) / 0.07)
    }
    guard strength > 0.01 else { return nil }
    // A picture's ink fills the middle 20 of 28 pixels: their rims may overlap.
    let least = Float(0.8 * side / camera.scale)
    let end = ranks.end(atLeast: least)
    var marks: [Thumbnails.Mark] = []
    /// - Parameter always: whether or not it has room.
    func look(at index: Int, always: Bool = false) {
      let place = Point(Double(map.positions[2 * index]), Double(map.positions[2 * index + 1]))
      let group = map.look.indices.indices.contains(index) ? map.look.indices[index] : PointGroups.none
      guard seen.contains(place), Int(group) < map.look.palette.count else { return }
      let stands = map.look.emphasized.map { $0[index] != PointGroups.none } ?? true
      let arrival = always ? 1 : Self.smooth(Double(ranks.distances[index] / least - 1) / 0.35)
      guard arrival > 0 else { return }
      marks.append(
        Thumbnails.Mark(
          index: Int32(index), centre: camera.windowFromEmbedding(place, in: frame), color: group,
          opacity: Float(strength * arrival * (stands ? 1 : 0.25))))
    }
    // Whichever are fewer: those that have room somewhere, or those in view.
    if end <= max(256, inView) {
      for index in ranks.order[..<end] { look(at: Int(index)) }
    } else {
      for index in grid.members(in: seen) where ranks.distances[index] >= least { look(at: index) }
    }
    // What is selected is a picture among pictures, over the others.
    if let selected, selected < digits.count {
      marks.removeAll { $0.index == Int32(selected) }
      look(at: selected, always: true)
    }
    guard !marks.isEmpty else { return nil }
    return Thumbnails(
      pictures: digits.pixels, picturesRevision: data.revision, width: digits.width, height: digits.height, marks: marks,
      side: side, palette: map.look.palette, ground: theme.panel, frame: frame)
  }

  /// 0 below 0, 1 above 1, between them 3 t^2 - 2 t^3.
  private static func smooth(_ value: Double) -> Double {
    let t = min(1, max(0, value))
    return t * t * (3 - 2 * t)
  }
}

extension DigitRanks {
  /// How many of `order` are at least this far from those of higher priority.
  func end(atLeast distance: Float) -> Int {
    var (low, high) = (0, order.count)
    while low < high {
      let middle = (low + high) / 2
      if distances[Int(order[middle])] >= distance { low = middle + 1 } else { high = middle }
    }
    return low
  }
}

extension ThumbnailMode {
  var title: String {
    switch self {
    case .automatic: "where they have room"
    case .on: "always"
    case .off: "none"
    }
  }
}
