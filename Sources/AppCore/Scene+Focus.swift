import Geometry
import Scene

/// A ring around the button that the keyboard is at; gives what its tooltip says.
func drawFocus(_ state: AppState, on canvas: inout Canvas) -> Hit? {
  guard state.focusedControl != nil, state.overlay == nil, !state.showsHelp else { return nil }
  let controls = state.controls
  guard let here = state.focusedIndex(controls) else { return nil }
  let frame = controls[here].rect
  canvas.box(frame.inset(by: -canvas.u(3)), fill: nil, border: canvas.theme.window, width: canvas.u(4), radius: 7)
  canvas.box(frame.inset(by: -canvas.u(2)), fill: nil, border: canvas.theme.warning, width: canvas.u(2), radius: 6)
  return controls[here]
}

/// Times of the last frames, as numbers and as bars, in the window's corner.
func drawFrameTimes(_ state: AppState, _ window: Rect, on canvas: inout Canvas) {
  guard state.showsFrameTimes else { return }
  let frame = Rect(window.maxX - canvas.u(268), state.layout.status.minY - canvas.u(82), canvas.u(260), canvas.u(74))
  canvas.box(frame, fill: canvas.theme.window.opacity(0.9), border: canvas.theme.border, radius: 6)
  let inner = frame.inset(dx: canvas.u(10), dy: canvas.u(5))
  let (words, chart) = inner.splitTop(canvas.u(18))
  func milliseconds(_ value: Double?) -> String { value.map { Numbers.fixed($0, 1) } ?? "\u{2013}" }
  let times = state.frameTimes
  canvas.text(
    "\(milliseconds(times.last)) ms  median \(milliseconds(times.quantile(0.5)))  95 % \(milliseconds(times.quantile(0.95)))", in: words,
    size: 11)
  canvas.text("\(times.count)", in: words, size: 11, canvas.theme.faint, .right)
  let limit = 1000.0 / 30
  let y = chart.maxY - chart.height * 16.7 / limit
  canvas.line([Point(chart.minX, y), Point(chart.maxX, y)], canvas.theme.strongBorder)
  let width = chart.width / 120
  for (place, time) in times.recent.enumerated() {
    let height = max(1, min(1, time / limit) * chart.height)
    canvas.fill(
      Rect(chart.x + Double(place) * width, chart.maxY - height, max(1, width - 1), height),
      time <= 16.7 ? canvas.theme.good : time <= limit ? canvas.theme.warning : canvas.theme.bad)
  }
}
