import Geometry
import Relevance
import Scene

/// A list with its search field; rows that fit what is typed.
func drawChooser(_ state: AppState, _ chooser: Chooser, _ place: OverlayPlace, on canvas: inout Canvas) {
  let rows = state.rows(chooser)
  canvas.searchHeader(chooser.subject.title, filter: chooser.filter, place)
  let columns = MethodColumns(place.body, canvas)
  for (offset, index) in (chooser.scroll..<min(rows.count, chooser.scroll + place.visibleRows)).enumerated() {
    let row = Rect(place.body.x, place.body.y + place.rowHeight * Double(offset), place.body.width - canvas.u(8), place.rowHeight)
    switch rows[index] {
    case .heading(let text):
      canvas.text(text, in: row.inset(dx: canvas.u(6), dy: 0), size: 11, canvas.theme.accent, weight: .bold)
      if text == "Relevance, by kind of layer", columns.hasRules { columns.drawTitles(row, on: &canvas) }
    case .choice(let choice):
      canvas.rowGround(row, isFocused: index == chooser.focus)
      let isCurrent = state.isCurrent(choice, in: chooser.subject)
      if isCurrent { canvas.disc(Point(row.x + canvas.u(10), row.center.y), canvas.u(3), fill: canvas.theme.accent) }
      canvas.hit(row, .perform(.chooseRow(index)), hint: choice.hint)
      if case .method(let method) = choice {
        drawMethodRow(method, row, columns, isCurrent: isCurrent, on: &canvas)
      } else {
        drawChoice(choice, row, isCurrent: isCurrent, on: &canvas)
      }
    }
  }
  if rows.isEmpty {
    let text = chooser.subject == .files && state.folder == nil ? "Reading the folder" : "Nothing fits \u{201C}\(chooser.filter)\u{201D}"
    canvas.text(text, in: place.body.splitTop(canvas.u(60)).0, size: 12, canvas.theme.faint, .center)
  }
  canvas.scrollBar(place, first: chooser.scroll, count: rows.count)
  let focused = rows.indices.contains(chooser.focus) ? rows[chooser.focus].choice : nil
  let line = place.footer.splitTop(canvas.u(20)).0
  switch chooser.subject {
  case .methods, .comparison: drawMethodFooter(state, focused?.method, isComparison: chooser.subject == .comparison, place, on: &canvas)
  case .representations: canvas.text("What was computed once is there at once", in: line, size: 10.5, canvas.theme.faint)
  case .commands: canvas.text("Enter does it; each has its own key, which stands beside it", in: line, size: 10.5, canvas.theme.faint)
  case .files:
    let path = FileList.isPath(chooser.filter) ? "Enter opens the path" : state.folder?.path ?? ""
    canvas.text(canvas.fitted(path, size: 10.5, width: line.width * 0.6), in: line, size: 10.5, canvas.theme.secondary)
    canvas.text("Backspace: the folder above", in: line, size: 10.5, canvas.theme.faint, .right)
  }
}

/// A name on the left, what is known of it beside it or on the right.
private func drawChoice(_ choice: Chooser.Choice, _ row: Rect, isCurrent: Bool, on canvas: inout Canvas) {
  let inner = Rect(row.x + canvas.u(18), row.y, row.width - canvas.u(24), row.height)
  let color = isCurrent ? canvas.theme.accent : canvas.theme.text
  switch choice {
  case .method: break
  case .representation(let representation, let detail):
    let (name, rest) = inner.splitLeft(min(canvas.u(184), inner.width * 0.55))
    canvas.text(shortTitle(representation), in: name.splitLeft(name.width - canvas.u(4)).0, size: 11.5, color)
    canvas.text(canvas.begun(detail, size: 10.5, width: rest.width), in: rest, size: 10.5, canvas.theme.faint)
  case .command(let command):
    let keys = canvas.width(of: command.keys, size: 11) + canvas.u(4)
    canvas.text(command.title, in: inner.splitLeft(inner.width - keys - canvas.u(8)).0, size: 11.5, color)
    canvas.text(command.keys, in: inner, size: 11, canvas.theme.secondary, .right)
  case .file(let entry):
    let size = entry.isFolder ? "" : FileList.size(entry.size)
    let width = inner.width - canvas.width(of: size, size: 10.5) - canvas.u(10)
    let name = entry.isFolder && entry.name != ".." ? entry.name + "/" : entry.name
    canvas.text(canvas.fitted(name, size: 11.5, width: width), in: inner.splitLeft(width).0, size: 11.5, color)
    canvas.text(size, in: inner, size: 10.5, canvas.theme.faint, .right)
  case .folder(let path):
    canvas.text("Open \(lastComponent(of: path)) as data", in: inner, size: 11.5, color)
  }
}

/// Under its heading a composite needs no more than its name.
private func shortTitle(_ representation: Representation) -> String {
  if case .relevance(let composite) = representation { composite.name } else { representation.title }
}

extension Chooser.Choice {
  fileprivate var hint: [String] {
    switch self {
    case .method, .command: []
    case .representation(let representation, let detail): [representation.title, detail]
    case .file(let entry): [entry.name]
    case .folder(let path): [path]
    }
  }
}

extension AppState {
  /// Whether a choice is what is in use.
  fileprivate func isCurrent(_ choice: Chooser.Choice, in subject: Chooser.Subject) -> Bool {
    switch choice {
    case .method(let method): method.name == (subject == .methods ? attribution.name : comparison?.name)
    case .representation(let representation, _): representation == map.source?.representation
    case .command, .file, .folder: false
    }
  }
}

extension Canvas {
  /// What lies under a row of a list.
  mutating func rowGround(_ row: Rect, isFocused: Bool) {
    if isFocused {
      box(row, fill: theme.accentFill, border: theme.accent, radius: 4)
    } else if isHovered(row) {
      fill(row, theme.hovered, radius: 4)
    }
  }
}
