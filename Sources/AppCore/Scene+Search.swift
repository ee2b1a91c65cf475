import Geometry
import Scene

/// The search field in the map's corner, with how many digits match.
func drawSearch(_ state: AppState, _ body: Rect, on canvas: inout Canvas) {
  guard let search = state.search, body.width > canvas.u(150) else { return }
  let frame = searchFrame(state, body, unit: canvas.unit)
  canvas.box(
    frame, fill: canvas.theme.raised.opacity(0.96), border: search.isTyping ? canvas.theme.accent : canvas.theme.strongBorder, radius: 6)
  canvas.hit(
    frame, .perform(.openSearch), hint: ["Search: 7, pred:1, #12, wrong, right, conf<0.6, train, test", "Enter: next match; Esc closes"])
  let (field, below) = frame.splitTop(canvas.u(26))
  let close = Rect(field.maxX - canvas.u(24), field.y, canvas.u(22), field.height)
  let line = Rect(field.x + canvas.u(9), field.y, close.x - field.x - canvas.u(12), field.height)
  // What is typed last stays in sight.
  let room = max(1, Int(line.width / canvas.width(of: "0", size: 12)) - 1)
  let shown = search.text.count > room ? "\u{2026}" + search.text.suffix(max(0, room - 1)) : search.text
  let isEmpty = search.text.isEmpty
  canvas.text(
    isEmpty && !search.isTyping ? "search" : isEmpty ? "7  pred:1  wrong  conf<0.6" : shown + (search.isTyping ? "\u{2502}" : ""), in: line,
    size: 12, isEmpty ? canvas.theme.faint : canvas.theme.text)
  canvas.text("\u{00D7}", in: close, size: 14, canvas.isHovered(close) ? canvas.theme.text : canvas.theme.faint, .center)
  canvas.hit(close, .perform(.closeSearch), hint: ["Close (Esc)"])
  let note = below.inset(dx: canvas.u(9), dy: 0)
  let buttons = Rect(note.maxX - canvas.u(48), note.y + canvas.u(1), canvas.u(48), note.height - canvas.u(4))
  let words = Rect(note.x, note.y, buttons.x - note.x - canvas.u(6), note.height - canvas.u(3))
  if let problem = search.problem {
    for (number, line) in problemLines(problem).enumerated() {
      canvas.text(line, in: Rect(note.x, note.y + canvas.u(15) * Double(number), note.width, canvas.u(19)), size: 10.5, canvas.theme.bad)
    }
  } else if search.query != nil, let data = state.data {
    let waits = search.query?.needsPredictions == true && !data.predictions.isComplete
    canvas.text(
      "\(Numbers.grouped(search.count)) of \(Numbers.grouped(data.collection.count))" + (waits ? " so far" : ""), in: words, size: 10.5,
      search.count == 0 ? canvas.theme.warning : canvas.theme.secondary)
    canvas.buttons(
      [
        CanvasButton("\u{2039}", 1, isEnabled: search.count > 0, hint: "Previous match (Shift+Enter)", .previousMatch),
        CanvasButton("\u{203A}", 1, isEnabled: search.count > 0, hint: "Next match (Enter)", .nextMatch),
      ], in: buttons, size: 12)
  }
}

/// What cannot be understood, as it fits below the field.
private func problemLines(_ problem: String) -> [String] { wrapped(problem, columns: 34) }

/// Where the search field stands: on the left, below the run's box where there is no room beside it.
func searchFrame(_ state: AppState, _ body: Rect, unit: Double) -> Rect {
  let width = min(250 * unit, body.width - 16 * unit)
  let lines = state.search?.problem.map { problemLines($0).count } ?? 1
  let frame = Rect(body.minX + 8 * unit, body.minY + 8 * unit, width, (33 + 15 * Double(max(1, lines))) * unit)
  guard let running = runningFrame(state, body, unit: unit), running.minX < frame.maxX else { return frame }
  return Rect(frame.x, running.maxY + 6 * unit, frame.width, frame.height)
}
