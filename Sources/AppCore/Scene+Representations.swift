import Geometry
import Scene

/// The list of everything that a map can be made of.
func drawRepresentationChooser(_ state: AppState, _ chooser: RepresentationChooser, _ place: OverlayPlace, on canvas: inout Canvas) {
  let rows = state.representationRows(chooser)
  canvas.searchHeader("Map of", filter: chooser.filter, place)
  let current = state.map.source?.representation
  for (offset, index) in (chooser.scroll..<min(rows.count, chooser.scroll + place.visibleRows)).enumerated() {
    let row = Rect(place.body.x, place.body.y + place.rowHeight * Double(offset), place.body.width - canvas.u(8), place.rowHeight)
    switch rows[index] {
    case .heading(let text):
      canvas.text(text, in: row.inset(dx: canvas.u(6), dy: 0), size: 11, canvas.theme.accent, weight: .bold)
    case .choice(let representation, let detail):
      let isCurrent = representation == current
      if index == chooser.focus {
        canvas.box(row, fill: canvas.theme.accentFill, border: canvas.theme.accent, radius: 4)
      } else if canvas.isHovered(row) {
        canvas.fill(row, canvas.theme.hovered, radius: 4)
      }
      let inner = row.inset(dx: canvas.u(6), dy: 0)
      if isCurrent { canvas.disc(Point(inner.x + canvas.u(4), row.center.y), canvas.u(3), fill: canvas.theme.accent) }
      let (name, rest) = inner.splitLeft(min(canvas.u(196), inner.width * 0.55))
      canvas.text(
        chooserTitle(representation), in: Rect(name.x + canvas.u(12), name.y, name.width - canvas.u(16), name.height), size: 11.5,
        isCurrent ? canvas.theme.accent : canvas.theme.text)
      canvas.text(detail, in: rest, size: 10.5, canvas.theme.faint)
      canvas.hit(row, .perform(.chooseRepresentation(index)), hint: [representation.title, detail])
    }
  }
  if rows.isEmpty {
    canvas.text(
      "Nothing fits \u{201C}\(chooser.filter)\u{201D}", in: place.body.splitTop(canvas.u(60)).0, size: 12, canvas.theme.faint, .center)
  }
  canvas.scrollBar(place, first: chooser.scroll, count: rows.count)
  canvas.text("What was computed once is there at once", in: place.footer.splitTop(canvas.u(20)).0, size: 10.5, canvas.theme.faint)
}

/// Under its heading a composite needs no more than its name.
private func chooserTitle(_ representation: Representation) -> String {
  if case .relevance(let composite) = representation { composite.name } else { representation.title }
}
