import Geometry
import Scene

/// What the points' colours mean, how many there are of each, and what is not shown. A click shows or hides a row, with Alt it shows it alone.
func drawLegend(_ state: AppState, _ body: Rect, on canvas: inout Canvas) {
  guard let groups = state.map.look.groups else { return }
  let place = LegendPlace(groups, title: state.map.look.coloring.title, body, unit: canvas.unit)
  let (frame, rowHeight, header, width, rows) = (place.frame, place.rowHeight, place.header, place.width, place.rows)
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

/// Where the legend stands: in one column, or in two where the map is low.
struct LegendPlace {
  let frame: Rect
  let header: Double
  let rowHeight: Double
  /// Of a column.
  let width: Double
  /// In a column.
  let rows: Int

  init(_ groups: PointGroups, title: String, _ body: Rect, unit: Double) {
    rowHeight = 16 * unit
    header = 21 * unit
    let count = groups.titles.count
    let columns = body.height < rowHeight * Double(count) + header + 90 * unit ? 2 : 1
    rows = (count + columns - 1) / columns
    let longest =
      zip(groups.titles, groups.counts).map { TextWidths.width(of: $0 + Numbers.grouped($1), em: 11 * unit, .regular) }.max() ?? 0
    let titleWidth = (TextWidths.width(of: title, em: 10.5 * unit, .regular) * 1.02 + 22 * unit) / Double(columns)
    width = min(max(76 * unit, longest + 36 * unit, titleWidth), body.width / Double(columns) - 12 * unit)
    let height = rowHeight * Double(rows) + header + 8 * unit
    frame = Rect(body.minX + 8 * unit, body.maxY - 8 * unit - height, width * Double(columns) + 6 * unit, height)
  }
}

extension AppState {
  /// The legend's right edge; the map's left one where there is none.
  func legendRight(_ body: Rect, unit: Double) -> Double {
    let above = body.splitTop(body.height - sliderHeight).0
    return map.look.groups.map { LegendPlace($0, title: map.look.coloring.title, above, unit: unit).frame.maxX } ?? body.minX
  }

  /// Where the legend begins, in a map that ends above the slider; its lower edge where there is none.
  func legendTop(_ body: Rect, unit: Double) -> Double {
    let above = body.splitTop(body.height - sliderHeight).0
    return map.look.groups.map { LegendPlace($0, title: map.look.coloring.title, above, unit: unit).frame.minY } ?? above.maxY
  }
}
