import Geometry
import Relevance
import Scene

func drawPad(_ state: AppState, _ content: Rect, on canvas: inout Canvas) {
  let shown = state.drawing.shown
  let gap = canvas.u(10)
  let toolHeight = canvas.u(28)
  let colourBarHeight = canvas.u(28)
  let bars = content.height > canvas.u(620) ? canvas.u(10 * 16) : canvas.u(5 * 16)
  let facts = content.height > canvas.u(300) ? canvas.u(38) : canvas.u(19)
  let top = max(canvas.u(60), content.height - toolHeight - bars - facts - canvas.u(18))
  let side = min(top, (content.width - gap) * 0.64).rounded(.down)
  let small = min((side - gap - canvas.u(32)) / 2, content.width - side - gap).rounded(.down)

  let used = side + gap + max(small, canvas.u(20))
  let pad = Rect((content.x + (content.width - used) / 2).rounded(), content.y.rounded(), side, side)
  drawCanvas(state, pad, on: &canvas)

  let x = pad.maxX + gap
  let right = Rect(x, pad.y, small, small)
  drawSquare(state.padPicture, right, "28 \u{00D7} 28, as seen", on: &canvas)
  let heat = Rect(x, right.maxY + canvas.u(17), small, small)
  drawSquare(state.padPicture == nil ? nil : shown?.overlayImage, heat, "relevance", on: &canvas)

  var rest = content
  rest = rest.splitTop(side + canvas.u(6)).1
  let (tools, belowTools) = rest.splitTop(toolHeight)
  drawTools(state, tools.inset(dx: 0, dy: canvas.u(2)), on: &canvas)
  let below = belowTools.splitTop(canvas.u(6)).1
  guard let shown else {
    let hint = state.network == nil ? "The network is not there yet" : "Draw a digit: its heatmap follows the pen"
    canvas.text(hint, in: below.splitTop(canvas.u(40)).0, size: 12.5, Theme.faint, .center)
    return
  }
  let (factRows, barRows) = below.splitTop(facts)
  let (first, second) = factRows.splitTop(canvas.u(19))
  canvas.text(targetLine(shown), in: first, size: 12)
  if second.height > canvas.u(12) { canvas.text(sumLine(shown), in: second, size: 11.5, Theme.secondary) }
  var classRows = barRows.splitTop(bars).0
  if barRows.height > bars + colourBarHeight + canvas.u(8) {
    let (bar, later) = barRows.splitTop(colourBarHeight + canvas.u(4))
    drawColourBar(state, shown, bar, on: &canvas)
    classRows = later.splitTop(min(later.height, max(bars, canvas.u(10 * 20)))).0
  }
  drawClassBars(state, shown, classRows, on: &canvas)
}

private func drawCanvas(_ state: AppState, _ pad: Rect, on canvas: inout Canvas) {
  canvas.fill(pad, Theme.black)
  if let image = state.padImage { canvas.image(image, in: pad) }
  canvas.box(pad.inset(by: -1), fill: nil, border: Theme.strongBorder)
  canvas.hit(pad, .pad)
  if state.sketch.strokes.isEmpty {
    canvas.text("draw here", in: pad, size: 13, Theme.strongBorder, .center)
  }
  let isErasing: Bool
  switch state.gesture {
  case .drawing(let button): isErasing = button == .right || state.sketch.isErasing
  default: isErasing = state.sketch.isErasing
  }
  if let pointer = state.pointer, pad.contains(pointer) {
    let radius = state.sketch.brushRadius * pad.width
    canvas.disc(pointer, radius, border: isErasing ? Theme.bad : Theme.accent, width: canvas.u(1.5))
  }
}

private func drawSquare(_ asset: ImageAsset?, _ frame: Rect, _ title: String, on canvas: inout Canvas) {
  guard frame.width > canvas.u(12) else { return }
  canvas.fill(frame, Theme.black)
  if let asset { canvas.image(asset, in: frame) }
  canvas.box(frame.inset(by: -1), fill: nil, border: Theme.border)
  guard canvas.width(of: title, size: 10.5) <= frame.width + canvas.u(8) else { return }
  canvas.text(title, in: Rect(frame.x, frame.maxY + canvas.u(1), frame.width, canvas.u(15)), size: 10.5, Theme.faint, .center)
}

private func drawTools(_ state: AppState, _ frame: Rect, on canvas: inout Canvas) {
  let sketch = state.sketch
  let tools: [(title: String, weight: Double, isOn: Bool, isEnabled: Bool, hint: String, action: Action)] = [
    ("Pen", 1, !sketch.isErasing, true, "Pen (E changes)", .pen),
    ("Eraser", 1.3, sketch.isErasing, true, "Eraser (E changes; right button)", .eraser),
    ("\u{2212}", 0.6, false, true, "Thinner ([)", .smallerBrush),
    ("+", 0.6, false, true, "Thicker (])", .largerBrush),
    ("Undo", 1.1, false, sketch.canUndo, "Undo (Ctrl+Z)", .undo),
    ("Redo", 1.1, false, sketch.canRedo, "Redo (Ctrl+Shift+Z)", .redo),
    ("Clear", 1.1, false, !sketch.strokes.isEmpty, "Clear (Delete)", .clearDrawing),
  ]
  let gap = canvas.u(5)
  let weights = tools.reduce(0) { $0 + $1.weight }
  let unit = min(canvas.u(64), (frame.width - gap * Double(tools.count - 1)) / weights)
  var x = frame.x
  for tool in tools {
    let width = unit * tool.weight
    canvas.button(
      tool.title, in: Rect(x, frame.y, width, frame.height), isOn: tool.isOn, isEnabled: tool.isEnabled, hint: tool.hint, tool.action)
    x += width + gap
  }
}
