import Geometry
import GraphLayout

/// What is wrong with a drawing, in words; computed from the drawing's geometry alone, pair by pair.
func faults(of drawing: GraphDrawing, for request: LayoutRequest) -> [String] {
  var faults: [String] = []
  let (frames, edges) = (drawing.frames, request.edges)
  guard frames.count == request.nodes.count, drawing.paths.count == edges.count, drawing.groupFrames.count == request.groups.count
  else { return ["numbers of things differ"] }

  for (a, frame) in frames.enumerated() {
    if frame.size != request.nodes[a].size { faults.append("node \(a) has another size") }
    for b in 0..<a where distance(frame, frames[b]) < request.gap.height / 2 - 1e-9 { faults.append("nodes \(b) and \(a) are too near") }
  }
  for (index, path) in drawing.paths.enumerated() {
    let (source, target) = (frames[edges[index].source], frames[edges[index].target])
    guard path.count > 1, let first = path.first, let last = path.last else {
      faults.append("edge \(index) has no path")
      continue
    }
    if first.x != source.maxX || first.y <= source.minY || first.y >= source.maxY {
      faults.append("edge \(index) leaves beside its source")
    }
    if last.x != target.minX || last.y <= target.minY || last.y >= target.maxY { faults.append("edge \(index) ends beside its target") }
    for (start, end) in zip(path, path.dropFirst()) {
      if start.x != end.x && start.y != end.y { faults.append("edge \(index) is oblique") }
      if end.x < start.x { faults.append("edge \(index) goes back") }
      for (node, frame) in frames.enumerated() {
        let isEnd = node == edges[index].source || node == edges[index].target
        if crosses(start, end, isEnd ? frame.inset(by: 1e-6) : frame.inset(by: -1)) {
          faults.append("edge \(index) runs through node \(node)")
        }
      }
    }
  }
  for a in edges.indices {
    for b in 0..<a where edges[a].source != edges[b].source && edges[a].target != edges[b].target {
      if coincide(drawing.paths[a], drawing.paths[b]) { faults.append("edges \(b) and \(a) lie on each other") }
    }
  }
  faults += groupFaults(of: drawing, for: request) + spineFaults(of: drawing, for: request)

  for frame in frames + drawing.groupFrames.filter({ !$0.isEmpty }) where !holds(drawing.bounds, frame) {
    faults.append("the bounds cut a frame")
  }
  for point in drawing.paths.joined() where !holds(drawing.bounds, Rect(point.x, point.y, 0, 0)) { faults.append("the bounds cut a path") }
  return faults
}

private func groupFaults(of drawing: GraphDrawing, for request: LayoutRequest) -> [String] {
  var faults: [String] = []
  let members = request.groups.map { Set($0.nodes) }
  for (group, frame) in drawing.groupFrames.enumerated() {
    for (node, nodeFrame) in drawing.frames.enumerated() {
      if members[group].contains(node) {
        if !holds(frame, nodeFrame, margin: request.framePadding) { faults.append("group \(group) cuts its node \(node)") }
        if nodeFrame.minY - frame.minY < request.framePadding + request.frameHeader - 1e-9 { faults.append("group \(group) has no header") }
      } else if frame.inset(by: 1e-9).intersects(nodeFrame) {
        faults.append("group \(group) holds a foreign node \(node)")
      }
    }
    for other in 0..<group {
      let otherFrame = drawing.groupFrames[other]
      if members[group].isDisjoint(with: members[other]) {
        if frame.inset(by: 1e-9).intersects(otherFrame) { faults.append("groups \(other) and \(group) overlap") }
      } else if !holds(otherFrame, frame, margin: request.framePadding) {
        faults.append("group \(other) cuts group \(group)")
      }
    }
  }
  return faults
}

private func spineFaults(of drawing: GraphDrawing, for request: LayoutRequest) -> [String] {
  let frames = drawing.frames
  guard let bottom = frames.map(\.center.y).max() else { return [] }
  var faults: [String] = []
  let spine = frames.indices.filter { frames[$0].center.y == bottom }
  for (node, next) in zip(spine, spine.dropFirst()) {
    guard let edge = request.edges.firstIndex(of: LayoutRequest.Edge(source: node, target: next)) else {
      faults.append("the lowest row is no path")
      continue
    }
    if !drawing.paths[edge].allSatisfy({ $0.y == bottom }) { faults.append("the spine is bent between \(node) and \(next)") }
  }
  let least = request.nodes.map(\.detour).min() ?? 0
  let length = spine.count { request.nodes[$0].detour == least }
  if length != longest(request, least) {
    faults.append("the lowest row has \(length) nodes without detour, the longest path \(longest(request, least))")
  }
  for point in drawing.paths.joined() where point.y > bottom { faults.append("a path lies under the spine") }
  return faults
}

/// Most nodes with detour `least` on any path, by trying all paths with memory of the best.
private func longest(_ request: LayoutRequest, _ least: Int) -> Int {
  var best = [Int](repeating: 0, count: request.nodes.count)
  for node in request.nodes.indices {
    let before = request.edges.filter { $0.target == node }.map { best[$0.source] }.max() ?? 0
    best[node] = before + (request.nodes[node].detour == least ? 1 : 0)
  }
  return best.max() ?? 0
}

/// How far apart two frames are, along the axis on which they are further apart.
private func distance(_ a: Rect, _ b: Rect) -> Double {
  max(max(a.minX - b.maxX, b.minX - a.maxX), max(a.minY - b.maxY, b.minY - a.maxY))
}

private func holds(_ outer: Rect, _ inner: Rect, margin: Double = 0) -> Bool {
  let room = margin - 1e-9
  return outer.minX + room <= inner.minX && outer.minY + room <= inner.minY && outer.maxX - room >= inner.maxX
    && outer.maxY - room >= inner.maxY
}

/// Whether an upright or level segment has a point inside a frame.
private func crosses(_ start: Point, _ end: Point, _ frame: Rect) -> Bool {
  min(start.x, end.x) < frame.maxX && max(start.x, end.x) > frame.minX && min(start.y, end.y) < frame.maxY
    && max(start.y, end.y) > frame.minY
}

/// Whether two paths have more than single points in common.
private func coincide(_ a: [Point], _ b: [Point]) -> Bool {
  for (start, end) in zip(a, a.dropFirst()) {
    for (otherStart, otherEnd) in zip(b, b.dropFirst()) {
      let isLevel = start.y == end.y && otherStart.y == otherEnd.y && abs(start.y - otherStart.y) < 1
      let isUpright = start.x == end.x && otherStart.x == otherEnd.x && abs(start.x - otherStart.x) < 1
      if isLevel && min(end.x, otherEnd.x) - max(start.x, otherStart.x) > 1e-9 { return true }
      if isUpright
        && min(max(start.y, end.y), max(otherStart.y, otherEnd.y)) - max(min(start.y, end.y), min(otherStart.y, otherEnd.y)) > 1e-9
      {
        return true
      }
    }
  }
  return false
}

/// Points in which paths of edges without a common end cross.
func crossings(in drawing: GraphDrawing, for request: LayoutRequest) -> Int {
  var count = 0
  for a in request.edges.indices {
    for b in request.edges.indices
    where request.edges[a].source != request.edges[b].source && request.edges[a].target != request.edges[b].target {
      for (start, end) in zip(drawing.paths[a], drawing.paths[a].dropFirst()) where start.x == end.x {
        for (left, right) in zip(drawing.paths[b], drawing.paths[b].dropFirst())
        where left.y == right.y && left.x < start.x && start.x < right.x && min(start.y, end.y) < left.y && left.y < max(start.y, end.y) {
          count += 1
        }
      }
    }
  }
  return count
}
