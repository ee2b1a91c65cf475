import Geometry
import Scene

/// How the logits of the classes that lead went while something was drawn or erased, up to now at the right.
func drawLogitTrail(_ state: AppState, _ frame: Rect, on canvas: inout Canvas) {
  let (title, below) = frame.splitTop(canvas.u(16))
  let what = state.sketch.ground.map { "\($0.title): logits" } ?? "Logits while drawing"
  canvas.text(canvas.fitted(what, size: 10.5, width: title.width), in: title, size: 10.5, canvas.theme.faint)
  let entries = state.logitTrail.entries
  let leaders = state.logitTrail.leaders(4)
  let chart = below.inset(dx: 0, dy: canvas.u(2)).splitLeft(below.width - canvas.u(58)).0
  canvas.box(chart, fill: canvas.theme.window, border: canvas.theme.border)
  guard let last = entries.last, entries.count > 1, !leaders.isEmpty else {
    if canvas.width(of: "draw or erase", size: 10.5) <= chart.width {
      canvas.text("draw or erase", in: chart, size: 10.5, canvas.theme.faint, .center)
    }
    return
  }
  var (low, high) = (Float.infinity, -Float.infinity)
  for entry in entries {
    for number in leaders where entry.logits[number].isFinite {
      (low, high) = (min(low, entry.logits[number]), max(high, entry.logits[number]))
    }
  }
  guard low < high else { return }
  let inner = chart.inset(dx: canvas.u(2), dy: canvas.u(7))
  func y(_ value: Float) -> Double { inner.maxY - Double((value - low) / (high - low)) * inner.height }
  let start = entries[0].time
  let span = max(0.5, (last.time - start).inSeconds)
  func x(_ time: Duration) -> Double { inner.minX + (time - start).inSeconds / span * inner.width }
  if low < 0, high > 0 { canvas.line([Point(chart.minX, y(0)), Point(chart.maxX, y(0))], canvas.theme.border) }
  for number in leaders.reversed() {
    let points = entries.filter { $0.logits[number].isFinite }.map { Point(x($0.time), y($0.logits[number])) }
    canvas.line(points, canvas.theme.palette[number % canvas.theme.palette.count], width: canvas.u(1.6))
  }
  // The names at the right end, pushed apart where they would stand over each other.
  let height = canvas.u(13)
  var top = -Double.infinity
  let names = leaders.map { ($0, y(last.logits[$0])) }.sorted { $0.1 < $1.1 }
  let lowest = chart.maxY - height * Double(names.count)
  for (place, (number, at)) in names.enumerated() {
    let centre = max(top + height, min(at, lowest + height * (Double(place) + 0.5)))
    top = centre
    let row = Rect(chart.maxX + canvas.u(3), centre - height / 2, frame.maxX - chart.maxX - canvas.u(3), height)
    canvas.fill(
      Rect(row.x, row.center.y - canvas.u(3), canvas.u(3), canvas.u(6)), canvas.theme.palette[number % canvas.theme.palette.count])
    let text =
      "\(canvas.fitted(state.className(number), size: 10.5, width: canvas.u(20)))  \(Numbers.fixed(Double(last.logits[number]), 1))"
    canvas.text(text, in: Rect(row.x + canvas.u(6), row.y, row.width - canvas.u(6), height), size: 10.5, canvas.theme.secondary)
  }
  let seconds = Numbers.fixed(span, span < 10 ? 1 : 0)
  canvas.hit(chart, .none, hint: ["Logits of the leading classes over the last \(seconds) s"])
}
