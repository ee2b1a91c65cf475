import Geometry
import Scene

/// What is on screen. Cost: a few hundred primitives, however many digits there are.
public func scene(of state: AppState) -> Scene {
  var canvas = draw(state)
  drawFrameTimes(state, state.layout.window, on: &canvas)
  let focused = drawFocus(state, on: &canvas)
  if !state.showsHelp {
    drawDigitTooltip(state, on: &canvas)
    drawTooltip(state, focused, on: &canvas)
  }
  return Scene(size: state.windowSize, background: state.theme.window, items: canvas.items)
}

/// Everything that is drawn, with everything that can be pressed.
///
/// - Parameter point: where given, panels that are elsewhere are left out: of what can be pressed there, nothing is.
func draw(_ state: AppState, at point: Point? = nil) -> Canvas {
  let layout = state.layout
  func shown(_ place: Layout.Place?) -> Layout.Place? { place.flatMap { point.map($0.frame.contains) ?? true ? $0 : nil } }
  var canvas = Canvas(unit: layout.unit, theme: state.theme, pointer: state.gesture == nil ? state.pointer : nil)
  if let place = shown(layout.map) { drawMap(state, place, on: &canvas) }
  if let place = shown(layout.explanation) { drawRightPanel(state, place, on: &canvas) }
  if let place = shown(layout.network) { drawNetwork(state, place, on: &canvas) }
  drawSplitter(layout.verticalSplitter, .vertical, state, on: &canvas)
  drawSplitter(layout.horizontalSplitter, .horizontal, state, on: &canvas)
  drawStatusLine(state, layout.status, on: &canvas)
  drawOverlay(state, on: &canvas)
  if state.showsHelp { drawHelp(layout.window, on: &canvas) }
  return canvas
}

private func drawSplitter(_ frame: Rect?, _ splitter: Splitter, _ state: AppState, on canvas: inout Canvas) {
  guard let frame else { return }
  var isActive = canvas.isHovered(frame)
  if case .splitter(splitter, _) = state.gesture { isActive = true }
  let middle = frame.center
  let half = canvas.u(18)
  let thickness = canvas.u(2)
  let grip =
    splitter == .vertical
    ? Rect(middle.x - thickness / 2, middle.y - half, thickness, 2 * half)
    : Rect(middle.x - half, middle.y - thickness / 2, 2 * half, thickness)
  canvas.fill(grip, isActive ? canvas.theme.accent : canvas.theme.border, radius: 1)
  canvas.hit(frame, .splitter(splitter))
}

extension Canvas {
  /// The frame, ground and header of a panel; a double click on the header fills the window with it.
  mutating func panel(_ panel: Panel, _ place: Layout.Place, title: String?) {
    box(place.frame, fill: theme.panel, border: theme.border, radius: 7)
    fill(place.header.inset(dx: 1, dy: 1), theme.header, radius: 6)
    line([Point(place.header.minX + 1, place.header.maxY - 0.5), Point(place.header.maxX - 1, place.header.maxY - 0.5)], theme.border)
    hit(place.frame, .none)
    hit(place.header, .header(panel))
    if let title {
      text(title, in: place.header.inset(dx: u(12), dy: 0), size: 13, weight: .bold)
    }
  }
}

/// What is said about what the pointer is over, or else about the button that the keyboard is at.
private func drawTooltip(_ state: AppState, _ focused: Hit?, on canvas: inout Canvas) {
  let window = state.layout.window
  let pointed = canvas.pointer.flatMap { pointer in canvas.hits.last { $0.rect.contains(pointer) }.map { ($0, pointer) } }
  let keyed = focused.map { ($0, Point($0.rect.minX, $0.rect.maxY)) }
  guard let (hit, pointer) = keyed ?? pointed, !hit.hint.isEmpty else { return }
  let lineHeight = canvas.u(17)
  let longest = hit.hint.enumerated().map { canvas.width(of: $1, size: 11.5, weight: $0 == 0 ? .bold : .regular) }.max() ?? 0
  let width = longest + canvas.u(20)
  let size = Size(width, lineHeight * Double(hit.hint.count) + canvas.u(12))
  let frame = tooltipFrame(size, at: pointer, beside: hit.rect, in: window, unit: canvas.unit)
  canvas.box(frame, fill: canvas.theme.raised, border: canvas.theme.strongBorder, radius: 6)
  for (index, line) in hit.hint.enumerated() {
    let row = Rect(frame.x + canvas.u(10), frame.y + canvas.u(6) + lineHeight * Double(index), width - canvas.u(16), lineHeight)
    canvas.text(line, in: row, size: 11.5, index == 0 ? canvas.theme.text : canvas.theme.secondary, weight: index == 0 ? .bold : .regular)
  }
}

/// Above or below what it is about, where that is neither a thin row nor a large area; else beside the pointer; inside the window.
func tooltipFrame(_ size: Size, at pointer: Point, beside rect: Rect? = nil, in window: Rect, unit: Double) -> Rect {
  var x = pointer.x + 16 * unit
  var y = pointer.y + 16 * unit
  if x + size.width > window.maxX - 4 { x = pointer.x - size.width - 12 * unit }
  if y + size.height > window.maxY - 4 { y = pointer.y - size.height - 12 * unit }
  if let rect, (20 * unit...240 * unit).contains(rect.height) {
    let (above, below) = (rect.minY - size.height - 6 * unit, rect.maxY + 6 * unit)
    if above >= window.minY + 4 {
      y = above
    } else if below + size.height <= window.maxY - 4 {
      y = below
    }
    x = min(max(rect.minX, pointer.x - size.width / 2), window.maxX - 4 - size.width)
  }
  return Rect(max(4, x.rounded()), max(4, y.rounded()), size.width.rounded(), size.height.rounded())
}
