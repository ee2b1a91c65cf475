import Embedding
import Geometry
import Scene

func drawMap(_ state: AppState, _ place: Layout.Place, on canvas: inout Canvas) {
  canvas.panel(.map, place, title: "Map")
  let header = place.header.inset(dx: canvas.u(12), dy: canvas.u(5))
  let fit = Rect(header.maxX - canvas.u(40), header.y, canvas.u(40), header.height)
  canvas.button("Fit", in: fit, isOn: false, hint: "Fit the whole map (F)", .fitMap)
  let run = Rect(fit.minX - canvas.u(51), header.y, canvas.u(46), header.height)
  var isOpen = false
  if case .map = state.overlay { isOpen = true }
  canvas.button("Run", in: run, isOn: isOpen, hint: "The map's run, its parameters and what it is of (I)", .openMap)
  if let data = state.data {
    let count = "\(Numbers.grouped(data.collection.count)) digits" + (state.map.source.map { ", \($0.title)" } ?? "")
    canvas.text(
      count, in: Rect(header.x + canvas.u(44), header.y, run.minX - header.x - canvas.u(56), header.height), size: 11.5, Theme.faint)
  }
  let body = place.body.inset(dx: 1, dy: 1)
  canvas.hit(place.body, .map)
  guard let data = state.data, let grid = state.map.grid else {
    drawWaiting(state, body, on: &canvas)
    return
  }
  canvas.clip = body
  let (size, opacity) = pointLook(state, grid, unit: canvas.unit)
  canvas.add(
    .points(
      PointCloud(
        positions: state.map.positions, positionsRevision: state.map.positionsRevision, colorIndices: data.collection.labels,
        colorsRevision: data.revision, palette: categoricalPalette, camera: state.map.camera, frame: place.body, pointSize: size,
        opacity: opacity)))
  if let hover = state.hover { ring(hover.index, Theme.text, size: size, state, place.body, on: &canvas) }
  if let selected = state.selected { ring(selected, Theme.warning, size: size + canvas.u(3), state, place.body, on: &canvas) }
  drawDrawnPoint(state, place.body, on: &canvas)
  canvas.clip = nil
  drawLegend(data, body.splitTop(body.height - state.sliderHeight).0, on: &canvas)
  drawStages(state, body, on: &canvas)
  drawRunning(state, body, on: &canvas)
  drawDrawnNeighbours(state, body, on: &canvas)
  drawDigitTooltip(state, on: &canvas)
}

/// Diameter and opacity of points: the more of them share the view, the more each lets through.
func pointLook(_ state: AppState, _ grid: SpatialGrid, unit: Double) -> (size: Double, opacity: Double) {
  let frame = state.mapFrame
  let camera = state.map.camera
  let zoom = max(1, camera.scale / state.map.fittingScale)
  let count = Double(max(1, state.map.positions.count / 2))
  // Few digits are larger; then with the fourth root of the zoom's area.
  let base = min(6, max(2.2, (frame.width * frame.height / count * 0.35).squareRoot() / unit))
  let size = min(16, base * zoom.squareRoot()) * unit
  let topLeft = camera.embeddingFromWindow(Point(frame.minX, frame.maxY), in: frame)
  let view = Rect(topLeft.x, topLeft.y, frame.width / camera.scale, frame.height / camera.scale)
  let inView = Double(max(1, grid.count(in: view)))
  let opacity = 0.15 * frame.width * frame.height / (inView * size * size)
  return (size, min(0.95, max(0.38, opacity)))
}

private func ring(_ index: Int, _ color: Color, size: Double, _ state: AppState, _ frame: Rect, on canvas: inout Canvas) {
  guard 2 * index + 1 < state.map.positions.count else { return }
  let point = Point(Double(state.map.positions[2 * index]), Double(state.map.positions[2 * index + 1]))
  guard point.x.isFinite && point.y.isFinite else { return }
  let centre = state.map.camera.windowFromEmbedding(point, in: frame)
  let radius = max(canvas.u(6), size / 2 + canvas.u(3))
  canvas.disc(centre, radius + canvas.u(1.5), border: Theme.black.opacity(0.8), width: canvas.u(4.5))
  canvas.disc(centre, radius, border: color, width: canvas.u(2))
}

private func drawLegend(_ data: LoadedData, _ body: Rect, on canvas: inout Canvas) {
  let columns = body.height < canvas.u(250) ? 2 : 1
  let rowHeight = canvas.u(16)
  let width = canvas.u(74)
  let rows = 10 / columns
  let frame = Rect(
    body.minX + canvas.u(8), body.maxY - canvas.u(8) - rowHeight * Double(rows) - canvas.u(10), width * Double(columns) + canvas.u(6),
    rowHeight * Double(rows) + canvas.u(10))
  canvas.box(frame, fill: Theme.panel.opacity(0.86), border: Theme.border, radius: 6)
  for digit in 0..<10 {
    let row = Rect(
      frame.x + canvas.u(9) + width * Double(digit / rows), frame.y + canvas.u(5) + rowHeight * Double(digit % rows), width - canvas.u(12),
      rowHeight)
    canvas.disc(Point(row.x + canvas.u(4), row.center.y), canvas.u(4), fill: categoricalPalette[digit])
    canvas.text("\(digit)", in: row.inset(dx: canvas.u(13), dy: 0), size: 11.5, weight: .bold)
    canvas.text(Numbers.grouped(data.countsByClass[digit]), in: row, size: 11, Theme.secondary, .right)
  }
}

/// Before there is a map: what is being done, and how far it is.
private func drawWaiting(_ state: AppState, _ body: Rect, on canvas: inout Canvas) {
  let center = body.center
  let width = min(canvas.u(320), body.width - canvas.u(40))
  func row(_ offset: Double, _ height: Double) -> Rect { Rect(center.x - width / 2, center.y + canvas.u(offset), width, canvas.u(height)) }
  let activity: Activity = state.data == nil ? .loadingData : .embedding
  if let progress = state.progress[activity] {
    canvas.text(statusTitle(activity, state), in: row(-34, 24), size: 14, Theme.secondary, .center)
    canvas.progressBar(in: row(0, 5), fraction: progress.fraction)
  } else {
    let hint = state.data == nil ? "No data: drop a folder with MNIST files or a CSV file here" : "No map was computed"
    canvas.text(hint, in: row(-12, 24), size: 13, Theme.faint, .center)
  }
}

private func drawDigitTooltip(_ state: AppState, on canvas: inout Canvas) {
  guard let hover = state.hover, let since = hover.since, state.now - since >= Hover.delay, let data = state.data,
    let pointer = state.pointer, hover.index < data.collection.count
  else { return }
  let side = canvas.u(84)
  let frame = tooltipFrame(
    Size(side + canvas.u(112), side + canvas.u(16)), at: pointer, in: state.layout.window, unit: canvas.unit)
  canvas.box(frame, fill: Theme.raised, border: Theme.strongBorder, radius: 7)
  canvas.image(hover.image, in: Rect(frame.x + canvas.u(8), frame.y + canvas.u(8), side, side))
  let label = Int(data.collection.labels[hover.index])
  let x = frame.x + side + canvas.u(18)
  func row(_ index: Int) -> Rect {
    Rect(x, frame.y + canvas.u(8) + canvas.u(21) * Double(index), frame.maxX - x - canvas.u(6), canvas.u(21))
  }
  canvas.text("#\(hover.index)", in: row(0), size: 13, weight: .bold)
  canvas.text(data.splitTitle(hover.index), in: row(1), size: 11, Theme.faint)
  canvas.text("label \(label)", in: row(2), size: 12, Theme.secondary)
  if let prediction = data.predictions[hover.index] {
    canvas.text("predicted \(prediction)", in: row(3), size: 12, prediction == label ? Theme.good : Theme.bad)
  }
}
