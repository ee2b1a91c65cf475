import Geometry
import Relevance
import Scene

/// Numbers and choices of the method in use; the heatmap beside it follows every step.
func drawParameterEditor(_ state: AppState, _ editor: ParameterEditor, _ place: OverlayPlace, on canvas: inout Canvas) {
  let name = (state.comparison == nil ? "" : editor.isOfComparison ? "B  " : "A  ") + state.editedMethod.name
  let help = name + "   Left and Right change, or type a number and Enter; Delete: as it was"
  let room = place.header.width - canvas.width(of: "Parameters", size: 15.5) - canvas.u(60)
  canvas.overlayHeader("Parameters", place, note: canvas.width(of: help, size: 11) <= room ? help : name)
  let parameters = state.editedParameters
  if parameters.isEmpty {
    canvas.text(
      "\(state.editedMethod.name) has nothing to set", in: place.body.splitTop(canvas.u(80)).0, size: 12.5, canvas.theme.faint, .center)
  }
  // Where not all fit, those around the focus are seen.
  let first = scrolled(0, toShow: editor.focus, visible: place.visibleRows, count: parameters.count)
  for (offset, index) in (first..<min(parameters.count, first + place.visibleRows)).enumerated() {
    let row = Rect(place.body.x, place.body.y + place.rowHeight * Double(offset), place.body.width - canvas.u(8), place.rowHeight)
    drawParameter(parameters[index], index, editor, row.inset(dx: 0, dy: canvas.u(2)), on: &canvas)
  }
  canvas.scrollBar(place, first: first, count: parameters.count)
  let (line, buttons) = place.footer.splitTop(canvas.u(20))
  let focused = parameters.indices.contains(editor.focus) ? parameters[editor.focus].hint : ""
  canvas.text(editor.complaint ?? focused, in: line, size: 10.5, editor.complaint == nil ? canvas.theme.faint : canvas.theme.bad)
  var both: [CanvasButton] = []
  if state.comparison != nil {
    both = [
      CanvasButton("A", 2, isOn: !editor.isOfComparison, hint: "The first method's (P)", .openParameters),
      CanvasButton("B", 2, isOn: editor.isOfComparison, hint: "The second method's (Shift+P)", .openComparedParameters),
    ]
  }
  canvas.buttons(
    both + [
      CanvasButton("Undo", 6, isEnabled: state.rules.canUndo, hint: "The last change of a rule (Ctrl+Z)", .undoRules),
      CanvasButton("Redo", 6, isEnabled: state.rules.canRedo, hint: "Ctrl+Shift+Z", .redoRules),
      CanvasButton("All methods", 11, hint: "The list of methods (L)", .openMethods),
      CanvasButton("Rules", 7, hint: "The rule of every layer (R)", .openRules),
    ], in: buttons.splitTop(canvas.u(22)).0)
}

/// A number or choice with its steppers; the focused one takes what is typed.
func drawParameter(_ parameter: MethodParameter, _ index: Int, _ editor: ParameterEditor, _ row: Rect, on canvas: inout Canvas) {
  let isFocused = index == editor.focus
  if isFocused { canvas.box(row, fill: canvas.theme.accentFill.opacity(0.55), border: canvas.theme.accent, radius: 5) }
  canvas.hit(row, .perform(.focusRow(index)))
  let valueWidth = min(canvas.u(250), row.width * 0.5)
  let left = Rect(row.x + canvas.u(10), row.y, max(1, row.width - valueWidth - canvas.u(20)), row.height)
  let hasHint = canvas.width(of: parameter.hint, size: 10) <= left.width
  let (title, hint) = left.splitTop(row.height * (hasHint ? 0.52 : 1))
  canvas.text(parameter.title, in: title, size: 12, weight: .bold)
  // What does not fit stands below the list for the focused row.
  if hasHint { canvas.text(parameter.hint, in: hint, size: 10, canvas.theme.faint) }
  let box = Rect(row.maxX - valueWidth - canvas.u(6), row.y + canvas.u(6), valueWidth, row.height - canvas.u(12))
  let side = canvas.u(24)
  canvas.button(
    parameter.takesNumbers ? "\u{2212}" : "\u{2039}", in: Rect(box.x, box.y, side, box.height), size: 13, hint: "Left",
    .stepParameter(index, -1))
  canvas.button(
    parameter.takesNumbers ? "+" : "\u{203A}", in: Rect(box.maxX - side, box.y, side, box.height), size: 13, hint: "Right",
    .stepParameter(index, 1))
  let value = Rect(box.x + side + canvas.u(3), box.y, max(1, box.width - 2 * side - canvas.u(6)), box.height)
  let typed = isFocused ? editor.typed : nil
  canvas.box(value, fill: canvas.theme.window, border: typed == nil ? canvas.theme.border : canvas.theme.accent, radius: 4)
  canvas.text(
    typed.map { $0 + "\u{2502}" } ?? parameter.value, in: value.inset(dx: canvas.u(6), dy: 0), size: 11.5,
    typed == nil ? canvas.theme.text : canvas.theme.accent, .center)
}
