import Geometry
import Scene

/// The whole graph in a narrow strip, with what of it is seen, where that is not all: a click goes there.
func drawOverview(_ state: AppState, _ frame: Rect, _ graph: Rect, on canvas: inout Canvas) {
  guard let drawn = state.view.drawn, let seen = overviewWindow(state, frame, graph) else { return }
  let bounds = drawn.drawing.bounds
  let strip = frame.inset(dx: 0, dy: canvas.u(1))
  canvas.fill(strip, canvas.theme.window, radius: 2)
  let (across, down) = (strip.width / bounds.width, strip.height / bounds.height)
  for (vertex, rect) in zip(drawn.graph.vertices, drawn.drawing.frames) {
    if case .sum = vertex.subject { continue }
    let place = Rect(
      strip.x + (rect.x - bounds.x) * across, strip.y + (rect.y - bounds.y) * down, max(1, rect.width * across), max(1, rect.height * down))
    canvas.fill(place, canvas.theme.strongBorder)
  }
  canvas.box(seen, fill: canvas.theme.accent.opacity(0.16), border: canvas.theme.accent, radius: 2)
  canvas.hit(strip, .overview, hint: ["The whole graph: click or drag to see another part of it"])
}

/// What the strip says is seen; nil where everything is.
private func overviewWindow(_ state: AppState, _ frame: Rect, _ graph: Rect) -> Rect? {
  guard let bounds = state.view.drawn?.drawing.bounds, bounds.width > 0, bounds.height > 0 else { return nil }
  let seen = state.view.camera.graphFromWindow(graph, in: graph)
  guard seen.minX > bounds.minX + 1 || seen.maxX < bounds.maxX - 1 else { return nil }
  let across = frame.width / bounds.width
  let left = min(max(frame.x + (seen.minX - bounds.x) * across, frame.x), frame.maxX - 3)
  let right = max(min(frame.x + (seen.maxX - bounds.x) * across, frame.maxX), left + 3)
  return Rect(left, frame.y, right - left, frame.height)
}

extension AppState {
  /// Shows the part of the graph that a point of the strip stands for.
  mutating func lookThroughOverview(at point: Point) {
    guard let place = layout.network, let strip = networkParts(place).overview, let bounds = view.drawn?.drawing.bounds, strip.width > 0
    else { return }
    let share = min(1, max(0, (point.x - strip.x) / strip.width))
    view.following = .nothing
    view.glide = nil
    view.camera.centre.x = bounds.x + bounds.width * share
  }
}
