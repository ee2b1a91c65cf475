import Geometry

/// Puts the pieces together: frames, paths, the groups' frames.
func draw(
  _ request: LayoutRequest, _ strips: Strips, _ groups: GroupTree, _ columns: Columns, _ heights: Heights, _ channels: Channels,
  isCancelled: () -> Bool
) throws(Cancelled) -> GraphDrawing {
  let frames = request.nodes.indices.map { node in
    let (size, column) = (request.nodes[node].size, columns.column[node])
    let middle = (channels.left[column] + channels.right[column]) / 2
    return Rect(middle - size.width / 2, heights.ofStrips[strips.stripOf[node]] - size.height / 2, size.width, size.height)
  }
  var paths: [[Point]] = []
  for index in request.edges.indices {
    try proceed(isCancelled, round: index)
    paths.append(path(of: index, request, strips, heights, channels, frames))
  }
  let groupFrames = framesOfGroups(request, strips, groups, heights, frames)

  var (left, top, right, bottom) = (Double.infinity, Double.infinity, -Double.infinity, -Double.infinity)
  for frame in frames + groupFrames.filter({ !$0.isEmpty }) {
    (left, top) = (min(left, frame.minX), min(top, frame.minY))
    (right, bottom) = (max(right, frame.maxX), max(bottom, frame.maxY))
  }
  for point in paths.joined() { (top, bottom) = (min(top, point.y), max(bottom, point.y)) }
  return GraphDrawing(
    frames: frames, paths: paths, groupFrames: groupFrames, bounds: Rect(left, top, right - left, bottom - top))
}

private func path(
  of index: Int, _ request: LayoutRequest, _ strips: Strips, _ heights: Heights, _ channels: Channels, _ frames: [Rect]
) -> [Point] {
  let edge = request.edges[index]
  let start = Point(frames[edge.source].maxX, heights.ofStrips[strips.stripOf[edge.source]])
  let end = Point(frames[edge.target].minX, heights.ofStrips[strips.stripOf[edge.target]])
  /// Up or down at x.
  func turn(at x: Double) -> [Point] { [start, Point(x, start.y), Point(x, end.y), end] }
  switch strips.routes[index] {
  case .straight: return [start, end]
  case .head: return turn(at: channels.sourceTrunks[edge.source])
  case .tail: return turn(at: channels.targetTrunks[edge.target])
  case .step: return turn(at: channels.steps[index])
  case .lane(let lane):
    let (up, down, y) = (channels.sourceTrunks[edge.source], channels.targetTrunks[edge.target], heights.ofStrips[lane])
    return [start, Point(up, start.y), Point(up, y), Point(down, y), Point(down, end.y), end]
  }
}

private func framesOfGroups(
  _ request: LayoutRequest, _ strips: Strips, _ groups: GroupTree, _ heights: Heights, _ frames: [Rect]
) -> [Rect] {
  var lanes = [[Int]](repeating: [], count: groups.members.count)
  for (index, strip) in strips.all.enumerated() where strip.isLane {
    if let block = strip.block { lanes[block].append(index) }
  }
  var result = groups.members.map { _ in Rect(0, 0, 0, 0) }
  for group in groups.members.indices.reversed() where !groups.members[group].isEmpty {
    let inside = groups.members[group].map { frames[$0] } + groups.children[group].map { result[$0] }
    let left = (inside.map(\.minX).min() ?? 0) - request.framePadding
    let right = (inside.map(\.maxX).max() ?? 0) + request.framePadding
    var top = (inside.map(\.minY).min() ?? 0) - request.framePadding - request.frameHeader
    var bottom = (inside.map(\.maxY).max() ?? 0) + request.framePadding
    if groups.isFramed[group] {
      (top, bottom) = verticalExtent(of: group, request, strips, groups, heights.ofStrips, lanes: lanes)
    }
    result[group] = Rect(left, top, right - left, bottom - top)
  }
  return result
}
