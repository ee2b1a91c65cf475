import Geometry
import Scene

/// The pictures of the digits that the drawing, or the selected digit, is most like, with their labels; a click explains one.
func drawNeighbours(_ state: AppState, _ body: Rect, on canvas: inout Canvas) {
  if let shown = state.shownDrawnPlace, let source = state.map.source {
    let found = shown.placement.neighbours.map { DigitNeighbour(index: $0.index, distance: $0.distance) }
    drawNeighbours(
      state,
      source.representation == .pixels ? "Most like the drawing" : "Most like the drawing, in \(source.representation.title)",
      found, shown.pictures, body, on: &canvas)
  } else if let shown = state.shownNeighbours, let selected = state.selected {
    drawNeighbours(state, "Nearest to #\(selected) (Q hides)", shown.found, shown.pictures, body, on: &canvas)
  }
}

private func drawNeighbours(
  _ state: AppState, _ title: String, _ found: [DigitNeighbour], _ pictures: [ImageAsset], _ body: Rect, on canvas: inout Canvas
) {
  guard let data = state.data else { return }
  let side = canvas.u(30)
  let pitch = side + canvas.u(4)
  var top = runningFrame(state, body, unit: canvas.unit).map { $0.maxY + canvas.u(6) } ?? body.minY + canvas.u(8)
  if state.search != nil { top = max(top, searchFrame(state, body, unit: canvas.unit).maxY + canvas.u(6)) }
  let height = side + canvas.u(50)
  // Above the legend, or beside it where the map is low.
  let isAbove = top + height + canvas.u(6) < state.legendTop(body, unit: canvas.unit)
  let left = isAbove ? body.minX : state.legendRight(body, unit: canvas.unit)
  let room = min(body.maxX - left - canvas.u(28), max(body.width * 0.5, 3 * pitch))
  let count = min(pictures.count, Int(room / pitch))
  guard count >= 3, top + height + canvas.u(6) < body.maxY - state.sliderHeight else { return }
  let frame = Rect(left + canvas.u(8), top, pitch * Double(count) + canvas.u(12), height)
  canvas.box(frame, fill: canvas.theme.panel.opacity(0.92), border: canvas.theme.border, radius: 6)
  canvas.hit(frame, .none)
  canvas.text(
    canvas.begun(title, size: 10.5, width: frame.width - canvas.u(16)),
    in: Rect(frame.x + canvas.u(8), frame.y + canvas.u(2), frame.width - canvas.u(16), canvas.u(18)), size: 10.5,
    canvas.theme.secondary)
  for place in 0..<count {
    let neighbour = found[place]
    let picture = Rect(frame.x + canvas.u(8) + pitch * Double(place), frame.y + canvas.u(20), side, side)
    let label = Int(data.collection.labels[neighbour.index])
    canvas.fill(picture, canvas.theme.black)
    canvas.image(pictures[place], in: picture)
    if canvas.isHovered(picture) { canvas.box(picture.inset(by: -1), fill: nil, border: canvas.theme.text) }
    let caption = Rect(picture.x, picture.maxY + canvas.u(1), side, canvas.u(14))
    if label < canvas.theme.palette.count {
      canvas.disc(Point(caption.x + canvas.u(8), caption.center.y), canvas.u(3), fill: canvas.theme.palette[label])
    }
    canvas.text(
      "\(label)", in: Rect(caption.x + canvas.u(14), caption.y, caption.width - canvas.u(14), caption.height), size: 10.5,
      canvas.theme.text)
    canvas.text(
      Numbers.significant(Double(neighbour.distance)), in: Rect(picture.x - canvas.u(2), caption.maxY - canvas.u(1), pitch, canvas.u(13)),
      size: 9,
      canvas.theme.faint, .center)
    let prediction = data.predictions[neighbour.index].map { ", predicted \(state.className($0.number))" } ?? ""
    canvas.hit(
      picture, .perform(.selectNeighbour(neighbour.index)),
      hint: ["#\(neighbour.index)", "label \(label)\(prediction)", "distance \(Numbers.significant(Double(neighbour.distance)))"])
  }
}
