import Geometry
import Relevance
import Scene

/// The list or editor that is open, over everything else.
func drawOverlay(_ state: AppState, on canvas: inout Canvas) {
  guard let overlay = state.overlay, let place = state.overlayPlace else { return }
  canvas.fill(place.frame.inset(by: -canvas.u(4)), canvas.theme.shade, radius: 12)
  canvas.box(place.frame, fill: canvas.theme.panel, border: canvas.theme.strongBorder, radius: 9)
  canvas.hit(place.frame, .none)
  canvas.clip = place.frame
  switch overlay {
  case .list(let chooser): drawChooser(state, chooser, place, on: &canvas)
  case .parameters(let editor): drawParameterEditor(state, editor, place, on: &canvas)
  case .rules(let editor): drawRuleEditor(state, editor, place, on: &canvas)
  case .map(let editor): drawMapEditor(state, editor, place, on: &canvas)
  }
  canvas.clip = nil
}

/// A button among others; `weight` is about the number of its characters.
struct CanvasButton {
  let title: String
  let weight: Double
  let isOn: Bool
  let isEnabled: Bool
  let hint: String
  let action: Action

  init(_ title: String, _ weight: Double, isOn: Bool = false, isEnabled: Bool = true, hint: String, _ action: Action) {
    self.title = title
    self.weight = weight
    self.isOn = isOn
    self.isEnabled = isEnabled
    self.hint = hint
    self.action = action
  }
}

extension Canvas {
  /// Buttons side by side that share a row by their weights.
  mutating func buttons(_ buttons: [CanvasButton], in row: Rect, size: Double = 11) {
    let gap = u(5)
    let weights = buttons.reduce(0) { $0 + $1.weight + 2 }
    let room = row.width - gap * Double(buttons.count - 1)
    var x = row.x
    for one in buttons {
      let width = (room * (one.weight + 2) / max(1, weights)).rounded(.down)
      button(
        one.title, in: Rect(x, row.y, width, row.height), isOn: one.isOn, isEnabled: one.isEnabled, size: size, hint: one.hint, one.action)
      x += width + gap
    }
  }

  /// The title of a list or editor with the cross that closes it.
  mutating func overlayHeader(_ title: String, _ place: OverlayPlace, note: String?) {
    text(title, in: place.header, size: 14, weight: .bold)
    let close = Rect(place.header.maxX - u(20), place.header.y + u(8), u(26), u(24))
    text("\u{00D7}", in: close, size: 16, isHovered(close) ? theme.text : theme.faint, .center)
    hit(close, .perform(.closeOverlay), hint: ["Close (Esc)"])
    guard let note else { return }
    let x = place.header.x + width(of: title, size: 15.5) + u(10)
    text(note, in: Rect(x, place.header.y, max(1, close.x - x - u(8)), place.header.height), size: 11, theme.faint)
  }

  /// The title of a list with what was typed to narrow it.
  mutating func searchHeader(_ title: String, filter: String, _ place: OverlayPlace) {
    overlayHeader(title, place, note: nil)
    let search = Rect(place.header.x + u(124), place.header.y + u(9), max(u(60), place.header.width - u(164)), u(22))
    box(search, fill: theme.window, border: filter.isEmpty ? theme.border : theme.accent, radius: 5)
    text(
      filter.isEmpty ? "type to search" : filter + "\u{2502}", in: search.inset(dx: u(8), dy: 0), size: 11.5,
      filter.isEmpty ? theme.faint : theme.text)
  }

  /// Where in a list the seen rows are; nothing where all are seen.
  mutating func scrollBar(_ place: OverlayPlace, first: Int, count: Int) {
    guard count > place.visibleRows else { return }
    let track = Rect(place.body.maxX - u(4), place.body.y, u(4), place.rowHeight * Double(place.visibleRows))
    fill(track, theme.raised, radius: 2)
    let share = Double(place.visibleRows) / Double(count)
    let length = max(u(16), track.height * share)
    let start = Double(first) / Double(count - place.visibleRows) * (track.height - length)
    fill(Rect(track.x, track.y + start, track.width, length), theme.strongBorder, radius: 2)
  }
}
