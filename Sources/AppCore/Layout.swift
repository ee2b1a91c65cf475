import Geometry

/// The panels of the window.
public enum Panel: String, Sendable, Hashable, CaseIterable { case map, explanation, network }

/// How the window is shared out: what a person can move.
struct Shares: Sendable, Hashable {
  /// Of the width, the map's part.
  var map = 0.6
  /// Of the height, the network's part.
  var network = 0.34
  /// The panel that fills the window.
  var maximized: Panel?
}

/// Where everything stands for one window size. Nothing overlaps.
struct Layout: Sendable, Hashable {
  /// A panel's frame, cut into its header and the rest.
  struct Place: Sendable, Hashable {
    let frame: Rect
    let header: Rect
    let body: Rect

    init(_ frame: Rect, headerHeight: Double) {
      self.frame = frame
      (header, body) = frame.splitTop(headerHeight)
    }
  }

  /// Pixels in one unit of the design: 1 on usual screens, more on very large ones.
  let unit: Double
  let window: Rect
  let status: Rect
  let map: Place?
  let explanation: Place?
  let network: Place?
  /// Between map and explanation.
  let verticalSplitter: Rect?
  /// Above the network.
  let horizontalSplitter: Rect?

  /// - Parameter scale: how large things are, as the person wants them; no larger than that all of it has room.
  init(size: Size, shares: Shares, scale: Double = 1) {
    let width = max(1, size.width)
    let height = max(1, size.height)
    let unit = Self.unit(width, height, scale)
    let gap = (6 * unit).rounded()
    let headerHeight = (30 * unit).rounded()
    let statusHeight = (25 * unit).rounded()
    self.unit = unit
    window = Rect(0, 0, width, height)
    let (rest, status) = window.splitTop(height - statusHeight)
    self.status = status
    let room = Rect(gap, gap, max(1, rest.width - 2 * gap), max(1, rest.height - gap))

    if let maximized = shares.maximized {
      let place = Place(room, headerHeight: headerHeight)
      map = maximized == .map ? place : nil
      explanation = maximized == .explanation ? place : nil
      network = maximized == .network ? place : nil
      verticalSplitter = nil
      horizontalSplitter = nil
      return
    }
    func bounded(_ value: Double, _ low: Double, _ high: Double) -> Double { max(min(value, high), min(low, high)).rounded() }
    let networkHeight = bounded(room.height * shares.network, 116 * unit, room.height - 250 * unit)
    let (top, below) = room.splitTop(max(1, room.height - networkHeight - gap))
    let mapWidth = bounded(room.width * shares.map, 220 * unit, room.width - 330 * unit)
    let (left, right) = top.splitLeft(mapWidth)
    map = Place(left, headerHeight: headerHeight)
    explanation = Place(right.splitLeft(gap).1, headerHeight: headerHeight)
    network = Place(below.splitTop(gap).1, headerHeight: headerHeight)
    verticalSplitter = right.splitLeft(gap).0
    horizontalSplitter = below.splitTop(gap).0
  }

  /// The smallest window, in units, that has room for everything.
  static let smallest = Size(780, 480)

  /// Pixels in a unit: more on very large screens, times the scale, and no more than leaves `smallest` units. A window smaller than that
  /// keeps a pixel a unit, so that words can be read; its panels are cut.
  private static func unit(_ width: Double, _ height: Double, _ scale: Double) -> Double {
    let wanted = max(1, min(width / 1920, height / 1080)) * scale
    let most = max(min(1, scale), min(width / smallest.width, height / smallest.height))
    return min(wanted, most)
  }

  func place(of panel: Panel) -> Place? {
    switch panel {
    case .map: map
    case .explanation: explanation
    case .network: network
    }
  }

  /// The shares that put a splitter at `position` (window pixels).
  static func shares(_ shares: Shares, moving splitter: Splitter, to position: Point, in size: Size, scale: Double = 1) -> Shares {
    let layout = Layout(size: size, shares: shares, scale: scale)
    let gap = (6 * layout.unit).rounded()
    let roomWidth = max(1, size.width - 2 * gap)
    let roomHeight = max(1, size.height - layout.status.height - gap)
    var result = shares
    switch splitter {
    case .vertical: result.map = min(0.9, max(0.1, (position.x - gap / 2 - gap) / roomWidth))
    case .horizontal: result.network = min(0.9, max(0.1, (layout.status.minY - position.y - gap / 2) / roomHeight))
    }
    return result
  }
}

/// The bars between panels: `vertical` stands upright between map and explanation.
enum Splitter: Sendable, Hashable { case vertical, horizontal }
