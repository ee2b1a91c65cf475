import Geometry
import Scene

/// The slider from layer to layer, below the map.
func drawStages(_ state: AppState, _ body: Rect, on canvas: inout Canvas) {
  guard let stages = state.map.stages, let track = state.sliderTrack else { return }
  let strip = stageStrip(body, unit: canvas.unit)
  canvas.box(strip, fill: canvas.theme.panel.opacity(0.9), border: canvas.theme.border, radius: 6)
  canvas.hit(strip, .stageSlider, hint: ["From layer to layer (Page Up, Page Down)"])
  let count = stages.stages.count
  let step = track.width / Double(max(1, count - 1))
  func x(_ place: Double) -> Double { track.x + step * place }
  let y = track.center.y
  canvas.line([Point(track.minX, y), Point(track.maxX, y)], canvas.theme.border, width: canvas.u(3))
  canvas.line([Point(track.minX, y), Point(x(Double(max(0, stages.available - 1))), y)], canvas.theme.strongBorder, width: canvas.u(3))
  let isRoomy = stages.stages.allSatisfy { canvas.width(of: $0.title, size: 10.5) <= step }
  for (index, stage) in stages.stages.enumerated() {
    let isThere = index < stages.available
    let isHere = index == stages.nearest
    canvas.disc(Point(x(Double(index)), y), canvas.u(3), fill: isThere ? canvas.theme.strongBorder : canvas.theme.border)
    guard isRoomy || isHere else { continue }
    let width = isRoomy ? step : strip.width * 0.6
    // Titles at the ends stay within the strip.
    let left = min(max(strip.minX + canvas.u(4), x(Double(index)) - width / 2), strip.maxX - canvas.u(4) - width)
    let alignment: Text.Alignment = isRoomy ? index == 0 ? .left : index == count - 1 ? .right : .center : .center
    canvas.text(
      stage.title, in: Rect(left, strip.maxY - canvas.u(18), width, canvas.u(15)), size: 10.5,
      isHere ? canvas.theme.text : isThere ? canvas.theme.secondary : canvas.theme.faint, alignment, weight: isHere ? .bold : .regular)
  }
  let knob = Point(x(stages.place), y)
  let isHeld = if case .stageSlider = state.gesture { true } else { false }
  canvas.disc(knob, canvas.u(7), fill: isHeld ? canvas.theme.text : canvas.theme.accent, border: canvas.theme.panel, width: canvas.u(2))
}

private func stageStrip(_ body: Rect, unit: Double) -> Rect {
  let width = min(body.width - 16 * unit, 620 * unit)
  return Rect(body.center.x - width / 2, body.maxY - 48 * unit, width, 40 * unit)
}

extension AppState {
  /// The line along which the knob moves; nil while there are no stages.
  var sliderTrack: Rect? {
    guard map.stages != nil, let body = layout.map?.body else { return nil }
    let unit = layout.unit
    let strip = stageStrip(body.inset(dx: 1, dy: 1), unit: unit)
    return Rect(strip.x + 22 * unit, strip.y + 4 * unit, strip.width - 44 * unit, 18 * unit)
  }

  /// Height that the slider takes from the map's lower edge.
  var sliderHeight: Double { map.stages == nil ? 0 : 48 * layout.unit }
}
