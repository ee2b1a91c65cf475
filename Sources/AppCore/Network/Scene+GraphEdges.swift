import Geometry
import Scene

/// Edges as wide as the share of relevance that goes along; ways around blocks in a colour of their own, dashed where they have weights.
func drawEdges(_ picture: GraphPicture, on canvas: inout Canvas) {
  let (drawn, frame, camera) = (picture.drawn, picture.frame, picture.camera)
  let unit = canvas.unit
  let sight = frame.inset(by: -canvas.u(8))
  // While nodes are on their way nothing else would join them.
  let isMoving = picture.state.view.morph != nil
  for (index, edge) in drawn.graph.edges.enumerated() {
    var path = drawn.drawing.paths[index].map { camera.windowFromGraph($0, in: frame) }
    if isMoving, path.count > 1 {
      let (from, to) = (picture.boxes[edge.source], picture.boxes[edge.target])
      if path.count == 2 { path = [Point(from.maxX, from.center.y), Point(to.minX, to.center.y)] }
    }
    guard let bounds = bounds(path), bounds.intersects(sight) else { continue }
    let isTold = picture.told.map { $0.isReached(edge: edge) } ?? true
    var color = edge.way == .plain ? canvas.theme.strongBorder : canvas.theme.accent.opacity(0.85)
    var width = unit * 1.5 * min(1.4, max(0.5, picture.zoom))
    if let flow = picture.flow, picture.told.map({ $0.hasRelevance(edge: edge) }) ?? true {
      let (share, sum) = (flow.share(of: edge), flow.sum(of: edge))
      width = unit * (0.7 + 4 * share) * min(2, max(0.4, picture.zoom))
      if share > 0 { color = picture.state.signColormap.color(sum < 0 ? -0.62 : 0.62) }
    }
    let strength = min(picture.strength(edge.source), picture.strength(edge.target)) * (isTold ? 1 : 0.4)
    let opacity = strength * (isMoving && path.count > 2 ? picture.opacity * picture.opacity : 1)
    let corner = min(6 * unit * picture.zoom, 14 * unit)
    let line = rounded(path, corner)
    canvas.line(line, color.opacity(opacity), width: width, isDashed: edge.way == .projection && width < unit * 2)
    // Dashes of a wide line would be as long as blocks: a dashed line lies in it.
    if edge.way == .projection, width >= unit * 2 { canvas.line(line, canvas.theme.panel, width: max(1, width * 0.4), isDashed: true) }
    if !isMoving { drawEdgeWords(picture, edge, path, width: width, on: &canvas) }
  }
}

/// The shape of what an edge carries, where there is room; at a sum the part that came by the way around.
private func drawEdgeWords(
  _ picture: GraphPicture, _ edge: VisibleGraph.Edge, _ path: [Point], width: Double, on canvas: inout Canvas
) {
  let runs = zip(path, path.dropFirst()).filter { abs($0.y - $1.y) < 0.5 }
  guard let (from, to) = runs.max(by: { abs($0.1.x - $0.0.x) < abs($1.1.x - $1.0.x) }) else { return }
  let (left, right) = (max(min(from.x, to.x), picture.frame.minX), min(max(from.x, to.x), picture.frame.maxX))
  let room = right - left - canvas.u(4)
  let shape = picture.network.network.layers[edge.carried].outputShape
  let isAround = edge.way != .plain
  var parts: [String] = []
  if isAround, let flow = picture.flow, let last = edge.flows.last, let layers = picture.shown?.explanation.layers,
    layers[last.layer].kind == "add", flow.arriving[last.layer] > 0, picture.hasRelevance(edge.target)
  {
    parts.append(Numbers.share(flow.part(of: last)))
  }
  if picture.zoom > 1.3, !shape.isEmpty { parts.append(shapeText(shape)) }
  let above = Rect(left + canvas.u(2), from.y - width / 2 - canvas.u(13), max(0, room), canvas.u(13))
  // Between two nodes there may be room for the channels above the edge and the positions below.
  if !isAround, parts.count == 1, shape.count == 3, canvas.width(of: parts[0], size: 9.5) > room {
    let (channels, positions) = ("\(shape[0])", "\(shape[1])\u{00D7}\(shape[2])")
    let below = Rect(above.x, from.y + width / 2, above.width, above.height)
    guard max(canvas.width(of: channels, size: 9), canvas.width(of: positions, size: 9)) <= room, above.minY >= picture.frame.minY - 1,
      below.maxY <= picture.frame.maxY + 1
    else { return }
    canvas.text(channels, in: above, size: 9, canvas.theme.secondary, .center)
    return canvas.text(positions, in: below, size: 9, canvas.theme.secondary, .center)
  }
  guard !parts.isEmpty, above.minY >= picture.frame.minY - canvas.u(1), above.maxY <= picture.frame.maxY else { return }
  let words = canvas.joined(parts, by: "  ", size: 9.5, width: room)
  guard !words.isEmpty, !words.contains("\u{2026}") else { return }
  canvas.text(words, in: above, size: 9.5, canvas.theme.secondary.opacity(picture.strength(edge.target)), .center)
}

/// "256x14x14" with real multiplication signs.
func shapeText(_ shape: [Int]) -> String { shape.isEmpty ? "?" : shape.map(String.init).joined(separator: "\u{00D7}") }

/// A polyline with its corners rounded.
private func rounded(_ path: [Point], _ radius: Double) -> [Point] {
  guard path.count > 2 else { return path }
  var result = [path[0]]
  for index in 1..<path.count - 1 {
    let (before, here, after) = (path[index - 1], path[index], path[index + 1])
    let reach = min(radius, before.distance(to: here) / 2, after.distance(to: here) / 2)
    guard reach > 0.5 else {
      result.append(here)
      continue
    }
    let start = here + (before - here) * (reach / before.distance(to: here))
    let end = here + (after - here) * (reach / after.distance(to: here))
    for step in 0...4 {
      let t = Double(step) / 4
      result.append(start * ((1 - t) * (1 - t)) + here * (2 * t * (1 - t)) + end * (t * t))
    }
  }
  result.append(path[path.count - 1])
  return result
}

private func bounds(_ path: [Point]) -> Rect? {
  guard let first = path.first else { return nil }
  var (low, high) = (first, first)
  for point in path {
    low = Point(min(low.x, point.x), min(low.y, point.y))
    high = Point(max(high.x, point.x), max(high.y, point.y))
  }
  return Rect(low.x, low.y, max(1, high.x - low.x), max(1, high.y - low.y))
}
