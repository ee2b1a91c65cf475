import Geometry
import Scene

/// What the points' colours mean, how many there are of each, and what is not shown. A click shows or hides a row, with Alt it shows it alone.
func drawLegend(_ state: AppState, _ body: Rect, on canvas: inout Canvas) {
  guard let groups = state.map.look.groups else { return }
  let rowHeight = canvas.u(16)
  let header = canvas.u(21)
  let count = groups.titles.count
  let columns = body.height < rowHeight * Double(count) + header + canvas.u(90) ? 2 : 1
  let rows = (count + columns - 1) / columns
  let longest = zip(groups.titles, groups.counts).map { canvas.width(of: $0 + Numbers.grouped($1), size: 11) }.max() ?? 0
  let width = min(max(canvas.u(76), longest + canvas.u(36)), body.width / Double(columns) - canvas.u(12))
  let frame = Rect(
    body.minX + canvas.u(8), body.maxY - canvas.u(8) - rowHeight * Double(rows) - header - canvas.u(8),
    width * Double(columns) + canvas.u(6), rowHeight * Double(rows) + header + canvas.u(8))
  // In a very low map what is searched for matters more.
  if state.search != nil, searchFrame(state, body, unit: canvas.unit).maxY > frame.minY { return }
  canvas.box(frame, fill: canvas.theme.panel.opacity(0.86), border: canvas.theme.border, radius: 6)
  canvas.hit(frame, .none)
  let title = Rect(frame.x + canvas.u(4), frame.y + canvas.u(3), frame.width - canvas.u(8), header - canvas.u(3))
  canvas.button(
    state.map.look.coloring.title, in: title, size: 10.5, hint: "What the colours tell: the next one (C)", .nextColoring)
  for (index, name) in groups.titles.enumerated() {
    let row = Rect(
      frame.x + canvas.u(4) + width * Double(index / rows), frame.y + header + canvas.u(4) + rowHeight * Double(index % rows),
      width - canvas.u(2), rowHeight)
    let isHidden = state.map.look.hidden.contains(index)
    if canvas.isHovered(row) { canvas.fill(row, canvas.theme.hovered, radius: 3) }
    let inner = row.inset(dx: canvas.u(5), dy: 0)
    let dot = Point(inner.x + canvas.u(4), inner.center.y)
    // Hidden: a ring instead of a disc, and the words struck out.
    canvas.disc(dot, canvas.u(4), fill: isHidden ? nil : groups.colors[index], border: groups.colors[index], width: canvas.u(1.2))
    let number = Numbers.grouped(groups.counts[index])
    let numberWidth = canvas.width(of: number, size: 11)
    let words = Rect(inner.x + canvas.u(13), inner.y, max(1, inner.width - canvas.u(17) - numberWidth), inner.height)
    let isShort = name.count <= 2
    canvas.text(
      canvas.fitted(name, size: 11, width: words.width), in: words, size: isShort ? 11.5 : 11,
      isHidden ? canvas.theme.faint : canvas.theme.text,
      weight: isShort ? .bold : .regular)
    if isHidden {
      let length = min(words.width, canvas.width(of: name, size: 11))
      canvas.line([Point(words.x, words.center.y), Point(words.x + length, words.center.y)], canvas.theme.faint)
    }
    canvas.text(number, in: inner, size: 11, isHidden ? canvas.theme.faint : canvas.theme.secondary, .right)
    canvas.hit(
      row, .perform(.toggleLegend(index)), hint: ["\(name): \(isHidden ? "show" : "hide")", "Alt+click: show this alone, or all again"])
  }
}
