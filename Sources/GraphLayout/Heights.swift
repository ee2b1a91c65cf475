import Geometry

/// Where strips lie: the spine at y = 0, each other one as low as what lies below it in its columns and gaps allows.
///
/// A strip therefore depends on what is below it only, and shortcuts with the same below them lie at the same height.
struct Heights {
  /// y of each strip's middle.
  let ofStrips: [Double]

  init(
    _ request: LayoutRequest, _ strips: Strips, _ groups: GroupTree, _ columns: Columns, _ order: StripOrder,
    isCancelled: () -> Bool
  ) throws(Cancelled) {
    var settling = Settling(request, strips, groups, columns)
    for step in order.steps {
      try proceed(isCancelled)
      switch step {
      case .strip(let strip): settling.settle(strip)
      case .open(let block): settling.open(block)
      case .close(let block): settling.close(block)
      }
    }
    ofStrips = settling.heights
  }
}

/// The skyline of what has settled, and the strips' heights so far.
private struct Settling {
  private let request: LayoutRequest
  private let strips: Strips
  private let groups: GroupTree
  private let columns: Columns
  /// By strip: framed groups that are on no other strip, inner before outer.
  private var framesOn: [[Int]]
  /// By block: lanes that belong to it.
  private var lanesIn: [[Int]]
  /// By place: the smallest y that is taken.
  private var skyline: [Double]
  private(set) var heights: [Double]

  init(_ request: LayoutRequest, _ strips: Strips, _ groups: GroupTree, _ columns: Columns) {
    self.request = request
    self.strips = strips
    self.groups = groups
    self.columns = columns
    heights = [Double](repeating: 0, count: strips.all.count)
    skyline = [Double](repeating: 0, count: 2 * columns.count + 1)
    for node in strips.all[0].nodes { skyline[2 * columns.column[node] + 1] = -request.nodes[node].size.height / 2 }
    framesOn = [[Int]](repeating: [], count: strips.all.count)
    for group in groups.members.indices.reversed() where groups.isFramed[group] && !strips.isBlock[group] {
      framesOn[strips.stripOf[groups.members[group][0]]].append(group)
    }
    lanesIn = [[Int]](repeating: [], count: groups.members.count)
    for (index, strip) in strips.all.enumerated() where strip.isLane {
      if let block = strip.block { lanesIn[block].append(index) }
    }
  }

  mutating func settle(_ index: Int) {
    let strip = strips.all[index]
    let first = strip.places.lowerBound
    // How far it reaches above and below its middle, by place.
    var (above, below) = ([Double](repeating: 0, count: strip.places.count), [Double](repeating: 0, count: strip.places.count))
    for node in strip.nodes {
      let half = request.nodes[node].size.height / 2
      above[2 * columns.column[node] + 1 - first] = half
      below[2 * columns.column[node] + 1 - first] = half
    }
    for group in framesOn[index] {
      guard let span = columns.spans[group] else { continue }
      let inside = (2 * span.lowerBound + 1 - first)...(2 * span.upperBound + 1 - first)
      let top = (above[inside].max() ?? 0) + request.framePadding + request.frameHeader
      let bottom = (below[inside].max() ?? 0) + request.framePadding
      for place in inside { (above[place], below[place]) = (top, bottom) }
    }
    var y = Double.infinity
    for place in strip.places { y = min(y, skyline[place] - request.gap.height - below[place - first]) }
    heights[index] = y
    for place in strip.places { skyline[place] = y - above[place - first] }
  }

  /// Prepares even ground for a frame.
  mutating func open(_ block: Int) {
    guard let places = places(of: block) else { return }
    let floor = (skyline[places].min() ?? 0) - request.framePadding
    for place in places { skyline[place] = floor }
  }

  /// Nothing that follows may stand where the frame is.
  mutating func close(_ block: Int) {
    guard let places = places(of: block) else { return }
    let top = top(of: block)
    for place in places { skyline[place] = min(skyline[place], top) }
  }

  private func places(of group: Int) -> ClosedRange<Int>? {
    columns.spans[group].map { (2 * $0.lowerBound + 1)...(2 * $0.upperBound + 1) }
  }

  private func top(of group: Int) -> Double {
    verticalExtent(of: group, request, strips, groups, heights, lanes: lanesIn).top
  }
}

/// Top and bottom of a group's frame.
func verticalExtent(
  of group: Int, _ request: LayoutRequest, _ strips: Strips, _ groups: GroupTree, _ heights: [Double], lanes: [[Int]]
) -> (top: Double, bottom: Double) {
  var (top, bottom) = (Double.infinity, -Double.infinity)
  for node in groups.members[group] where groups.innermost[node] == group {
    let (y, half) = (heights[strips.stripOf[node]], request.nodes[node].size.height / 2)
    (top, bottom) = (min(top, y - half), max(bottom, y + half))
  }
  for child in groups.children[group] {
    let inner = verticalExtent(of: child, request, strips, groups, heights, lanes: lanes)
    (top, bottom) = (min(top, inner.top), max(bottom, inner.bottom))
  }
  for lane in lanes[group] { (top, bottom) = (min(top, heights[lane]), max(bottom, heights[lane])) }
  return (top - request.framePadding - request.frameHeader, bottom + request.framePadding)
}
