import Geometry
import Scene

/// Where the story is, as a slider, and what happens there in words.
func drawStory(_ state: AppState, _ frame: Rect, on canvas: inout Canvas) {
  guard let told = state.storyView else { return }
  let (upper, lower) = frame.splitTop(canvas.u(18))
  let (buttons, rest) = upper.splitLeft(canvas.u(62))
  canvas.buttons(
    [
      CanvasButton("\u{2039}", 1, isEnabled: told.step > 0, hint: "The step before (Shift+Space)", .previousStep),
      CanvasButton("\u{203A}", 1, isEnabled: told.step + 1 < told.steps, hint: "The next step (Space)", .nextStep),
    ], in: Rect(buttons.x, buttons.y, canvas.u(52), buttons.height - 1), size: 12)
  let place = told.showsRelevance ? "back \(told.step - told.count + 1) of \(told.count)" : "forward \(told.step + 1) of \(told.count)"
  let placeWidth = canvas.width(of: "forward 000 of 000", size: 10.5)
  canvas.text(place, in: Rect(rest.maxX - placeWidth, rest.y, placeWidth, rest.height), size: 10.5, canvas.theme.secondary, .right)
  let track = storyTrack(frame, canvas.unit, placeWidth)
  canvas.fill(track, canvas.theme.raised, radius: 2)
  let middle = track.x + track.width / 2
  canvas.line([Point(middle, track.y - canvas.u(3)), Point(middle, track.maxY + canvas.u(3))], canvas.theme.strongBorder)
  let share = told.steps > 1 ? Double(told.step) / Double(told.steps - 1) : 0
  let knob = Point(track.x + track.width * share, track.center.y)
  canvas.fill(Rect(track.x, track.y, knob.x - track.x, track.height), canvas.theme.accentFill, radius: 2)
  canvas.disc(knob, canvas.u(6), fill: canvas.theme.accent, border: canvas.theme.panel)
  canvas.hit(
    Rect(track.x - canvas.u(6), upper.y, track.width + canvas.u(12), upper.height), .storySlider,
    hint: ["Drag: forward through the layers, then back with relevance"])
  guard let sentence = state.storySentence else { return }
  canvas.text(canvas.begun(sentence, size: 11, width: lower.width), in: lower, size: 11, canvas.theme.text)
  canvas.hit(lower, .none, hint: canvas.lines(sentence, size: 11.5, width: canvas.u(420)))
}

private func storyTrack(_ frame: Rect, _ unit: Double, _ placeWidth: Double) -> Rect {
  let left = frame.x + 72 * unit
  return Rect(left, frame.y + 7 * unit, max(10, frame.maxX - placeWidth - 14 * unit - left), 4 * unit)
}

extension AppState {
  /// The step that a point of the slider stands for.
  mutating func slideStory(to point: Point) {
    guard let told = storyView, let place = layout.network, let frame = networkParts(place).story else { return }
    let canvas = Canvas(unit: layout.unit, theme: theme, pointer: nil)
    let track = storyTrack(frame, layout.unit, canvas.width(of: "forward 000 of 000", size: 10.5))
    let share = min(1, max(0, (point.x - track.x) / track.width))
    moveStory(to: Int((share * Double(told.steps - 1)).rounded()))
  }
}
