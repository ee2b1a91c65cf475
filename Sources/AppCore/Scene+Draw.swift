import Geometry
import Relevance
import Scene

func drawPad(_ state: AppState, _ content: Rect, on canvas: inout Canvas) {
  let shown = state.drawing.shown
  let places = PadLayout(state, content, canvas.u)
  let pad = places.pad
  let gap = places.gap
  drawCanvas(state, pad, on: &canvas)
  if let trail = places.trail { drawLogitTrail(state, trail, on: &canvas) }
  drawPadPictures(
    state, shown, at: Point(pad.maxX + gap, pad.y), side: places.small, gap: gap, caption: places.caption, on: &canvas)

  var rest = content
  func take(_ height: Double) -> Rect {
    let (part, below) = rest.splitTop(height)
    rest = below
    return part
  }
  _ = take(pad.height + canvas.u(6))
  drawTools(state, take(places.toolHeight).inset(dx: 0, dy: canvas.u(2)), on: &canvas)
  _ = take(canvas.u(4))
  let below = take(rest.height - places.heights.controls)
  if places.heights.controls > 0 { drawControls(state, rest, isRoomy: places.isRoomy, on: &canvas) }
  guard let shown else {
    let hint = state.network == nil ? "The network is not there yet" : "Draw a digit: its heatmap follows the pen"
    canvas.text(hint, in: below.splitTop(canvas.u(40)).0, size: 12.5, canvas.theme.faint, .center)
    return
  }
  let (factRows, later) = below.splitTop(canvas.u(18) * Double(places.lines.count) + canvas.u(2))
  drawFacts(places.lines, factRows, on: &canvas)
  let (bar, barRows) = later.splitTop(places.bar)
  if state.showsAllClasses {
    drawClassGrid(state, shown, barRows, on: &canvas)
  } else {
    drawClassBars(state, shown, barRows.splitTop(max(places.heights.bars, min(barRows.height, canvas.u(10 * 20)))).0, on: &canvas)
  }
  if bar.height > 0 {
    let end = state.showsAllClasses ? shown.classesEnd : shown.end
    drawNarrowColourBar(state, end: state.comparison == nil ? end : nil, bar.inset(dx: 0, dy: canvas.u(1)), on: &canvas)
  }
  drawWaitingBox(state, state.drawing, pad, on: &canvas)
}

/// Beside the pad: what the network sees and its heatmap; of two methods both heatmaps and their difference.
private func drawPadPictures(
  _ state: AppState, _ shown: ShownExplanation?, at origin: Point, side: Double, gap: Double, caption: Double, on canvas: inout Canvas
) {
  let isEmpty = state.padPicture == nil
  func frame(_ column: Double, _ row: Double) -> Rect {
    Rect(origin.x + column * (side + gap), origin.y + row * (side + caption + canvas.u(1)), side, side)
  }
  let frames = state.comparison == nil ? [frame(0, 0), frame(0, 1)] : [frame(0, 0), frame(1, 0), frame(0, 1), frame(1, 1)]
  let pointed = isEmpty ? nil : shown.flatMap { canvas.pointedPixel(of: $0, in: frames) }
  let outline = isEmpty || !state.heatLook.showsOutline ? [] : shown?.outline ?? []
  func drawSquare(_ asset: ImageAsset?, _ frame: Rect, _ title: String, outline: [[Point]]) {
    canvas.picture(asset, frame, title)
    canvas.outline(outline, in: frame)
    guard let shown, let pointed else { return }
    canvas.mark(pointed, width: shown.heat.width, height: shown.heat.height, in: frame)
    canvas.hit(frame, .none, hint: shown.lines(shown.readout(pointed)))
  }
  drawSquare(state.padPicture, frames[0], "as seen", outline: [])
  guard state.comparison != nil else {
    let what = shown.map { $0.query.attribution.settings == nil ? "overlay" : "relevance" } ?? "relevance"
    drawSquare(isEmpty ? nil : shown?.overlayImage, frames[1], what, outline: outline)
    return
  }
  let comparison = shown?.comparison
  drawSquare(isEmpty ? nil : shown?.heatmapImage, frames[1], "A", outline: outline)
  drawSquare(isEmpty ? nil : comparison?.heatmapImage, frames[2], "B", outline: outline)
  drawSquare(isEmpty ? nil : comparison?.differenceImage, frames[3], "A \u{2212} B", outline: outline)
}

private func drawCanvas(_ state: AppState, _ pad: Rect, on canvas: inout Canvas) {
  canvas.fill(pad, canvas.theme.black)
  if let image = state.padImage { canvas.image(image, in: pad) }
  canvas.box(pad.inset(by: -1), fill: nil, border: canvas.theme.strongBorder)
  canvas.hit(pad, .pad)
  if state.sketch.isEmpty {
    canvas.text("draw here", in: pad, size: 13, canvas.theme.strongBorder, .center)
  }
  let isErasing: Bool
  switch state.gesture {
  case .drawing(let button): isErasing = button == .right || state.sketch.isErasing
  default: isErasing = state.sketch.isErasing
  }
  if let pointer = state.pointer, pad.contains(pointer) {
    let radius = state.sketch.brushRadius * pad.width
    canvas.disc(pointer, radius, border: isErasing ? Theme.dark.bad : Theme.dark.accent, width: canvas.u(1.5))
  }
}

extension Canvas {
  /// A small picture with a caption where there is room for one.
  fileprivate mutating func picture(_ asset: ImageAsset?, _ frame: Rect, _ title: String) {
    guard frame.width > u(12) else { return }
    fill(frame, theme.black)
    if let asset { image(asset, in: frame) }
    box(frame.inset(by: -1), fill: nil, border: theme.border)
    guard width(of: title, size: 10.5) <= frame.width + u(8) else { return }
    text(title, in: Rect(frame.x, frame.maxY + u(1), frame.width, u(15)), size: 10.5, theme.faint, .center)
  }
}

private func drawTools(_ state: AppState, _ frame: Rect, on canvas: inout Canvas) {
  let sketch = state.sketch
  let isNarrow = frame.width < canvas.u(392)
  var tools = [
    CanvasButton("Pen", 3, isOn: !sketch.isErasing, hint: "Pen (E changes)", .pen),
    CanvasButton("Eraser", 6, isOn: sketch.isErasing, hint: "Eraser (E changes; right button)", .eraser),
  ]
  if !isNarrow {
    tools.append(CanvasButton("\u{2212}", 1, hint: "Thinner ([)", .smallerBrush))
    tools.append(CanvasButton("+", 1, hint: "Thicker (])", .largerBrush))
  }
  tools += [
    CanvasButton("Undo", 4, isEnabled: sketch.canUndo, hint: "Undo (Ctrl+Z)", .undo),
    CanvasButton("Redo", 4, isEnabled: sketch.canRedo, hint: "Redo (Ctrl+Shift+Z)", .redo),
    CanvasButton(
      "Edit", 4, isEnabled: state.selected != nil, hint: "Put the selected digit on the pad and change it (Shift+D)", .editSelected),
  ]
  if !isNarrow {
    tools.append(
      CanvasButton("Save", 4, isEnabled: !sketch.isEmpty, hint: "Save what the network sees as a picture (Ctrl+S)", .saveDrawing))
  }
  tools.append(CanvasButton("Clear", 5, isEnabled: !sketch.isEmpty, hint: "Clear (Delete)", .clearDrawing))
  canvas.buttons(tools, in: frame.splitLeft(min(frame.width, canvas.u(520))).0, size: 11.5)
}
