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
  canvas.button("Run", in: run, isOn: isOpen, hint: "How the map is computed, and of what (I)", .openMap)
  if let data = state.data {
    let count = "\(Numbers.grouped(data.collection.count)) digits" + (state.map.source.map { ", \($0.title)" } ?? "")
    canvas.text(
      count, in: Rect(header.x + canvas.u(44), header.y, run.minX - header.x - canvas.u(56), header.height), size: 11.5, canvas.theme.faint)
  }
  let body = place.body.inset(dx: 1, dy: 1)
  canvas.hit(place.body, .map)
  guard state.data != nil, let grid = state.map.grid else {
    drawWaiting(state, body, on: &canvas)
    return
  }
  canvas.clip = body
  let (size, plain) = pointLook(state, grid, unit: canvas.unit)
  let pictures = state.thumbnails(in: place.body, unit: canvas.unit)
  // Behind pictures points are the ground.
  let strongest = pictures?.marks.reduce(0) { max($0, $1.opacity) } ?? 0
  let opacity = plain * (1 - 0.5 * Double(strongest))
  let look = state.map.look
  func points(_ indices: [UInt8], size: Double, opacity: Double) -> Primitive {
    .points(
      PointCloud(
        positions: state.map.positions, positionsRevision: state.map.positionsRevision, colorIndices: indices,
        colorsRevision: look.revision,
        palette: look.palette, camera: state.map.camera, frame: place.body, pointSize: size, opacity: opacity))
  }
  if let emphasized = look.emphasized {
    // The others stay, faint, as the ground; those that stand out are larger, the more so the fewer they are.
    canvas.add(points(look.indices, size: size, opacity: 0.3 * opacity))
    let area = place.body.width * place.body.height / Double(max(1, look.emphasizedCount))
    let large = max(size, min(canvas.u(6), (area * 0.03).squareRoot()))
    canvas.add(points(emphasized, size: large, opacity: 0.9))
  } else {
    canvas.add(points(look.indices, size: size, opacity: opacity))
  }
  if let pictures { canvas.add(.thumbnails(pictures)) }
  if let hover = state.hover { ring(hover.index, canvas.theme.text, size: size, state, place.body, on: &canvas) }
  if let selected = state.selected { ring(selected, canvas.theme.warning, size: size + canvas.u(3), state, place.body, on: &canvas) }
  drawDrawnPoint(state, place.body, on: &canvas)
  drawLasso(state, on: &canvas)
  canvas.clip = nil
  drawSelection(state, body.splitTop(body.height - state.sliderHeight).0, on: &canvas)
  drawLegend(state, body.splitTop(body.height - state.sliderHeight).0, on: &canvas)
  drawStages(state, body, on: &canvas)
  drawRunning(state, body, on: &canvas)
  drawNeighbours(state, body, on: &canvas)
  drawSearch(state, body, on: &canvas)
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
  let inView = Double(max(1, grid.count(in: camera.seen(in: frame))))
  let opacity = 0.15 * frame.width * frame.height / (inView * size * size)
  return (size, min(0.95, max(0.38, opacity)))
}

private func ring(_ index: Int, _ color: Color, size: Double, _ state: AppState, _ frame: Rect, on canvas: inout Canvas) {
  guard 2 * index + 1 < state.map.positions.count else { return }
  let point = Point(Double(state.map.positions[2 * index]), Double(state.map.positions[2 * index + 1]))
  guard point.x.isFinite && point.y.isFinite else { return }
  let centre = state.map.camera.windowFromEmbedding(point, in: frame)
  let radius = max(canvas.u(6), size / 2 + canvas.u(3))
  canvas.disc(centre, radius + canvas.u(1.5), border: canvas.theme.black.opacity(0.8), width: canvas.u(4.5))
  canvas.disc(centre, radius, border: color, width: canvas.u(2))
}

/// Before there is a map: what is being done, and how far it is.
private func drawWaiting(_ state: AppState, _ body: Rect, on canvas: inout Canvas) {
  let center = body.center
  let width = min(canvas.u(320), body.width - canvas.u(40))
  func row(_ offset: Double, _ height: Double) -> Rect { Rect(center.x - width / 2, center.y + canvas.u(offset), width, canvas.u(height)) }
  let activity: Activity = state.data == nil ? .loadingData : .embedding
  if let progress = state.progress[activity] {
    canvas.text(statusTitle(activity, state), in: row(-34, 24), size: 14, canvas.theme.secondary, .center)
    canvas.progressBar(in: row(0, 5), fraction: progress.fraction)
  } else {
    let hint =
      state.data == nil
      ? "No data: drop a folder with MNIST files or a CSV file here"
      : state.map.run.phase == .paused ? statusTitle(.embedding, state) : "No map was computed"
    canvas.text(hint, in: row(-12, 24), size: 13, canvas.theme.faint, .center)
  }
}

/// The digit under the pointer, enlarged, with what is known of it.
func drawDigitTooltip(_ state: AppState, on canvas: inout Canvas) {
  guard let hover = state.hover, let since = hover.since, state.now - since >= Hover.delay, let data = state.data,
    let pointer = state.pointer, hover.index < data.collection.count
  else { return }
  let side = canvas.u(84)
  let frame = tooltipFrame(
    Size(side + canvas.u(166), side + canvas.u(16)), at: pointer, in: state.layout.window, unit: canvas.unit)
  canvas.box(frame, fill: canvas.theme.raised, border: canvas.theme.strongBorder, radius: 7)
  canvas.image(hover.image, in: Rect(frame.x + canvas.u(8), frame.y + canvas.u(8), side, side))
  let label = Int(data.collection.labels[hover.index])
  let x = frame.x + side + canvas.u(18)
  func row(_ index: Int) -> Rect {
    Rect(x, frame.y + canvas.u(8) + canvas.u(21) * Double(index), frame.maxX - x - canvas.u(6), canvas.u(21))
  }
  canvas.text("#\(hover.index)", in: row(0), size: 13, weight: .bold)
  canvas.text(data.splitTitle(hover.index), in: row(1), size: 11, canvas.theme.faint)
  canvas.text("label \(label)", in: row(2), size: 12, canvas.theme.secondary)
  if let prediction = data.predictions[hover.index] {
    canvas.text(
      "predicted \(prediction.number), \(Numbers.percent(Double(prediction.confidence)))", in: row(3), size: 12,
      prediction.number == label ? canvas.theme.good : canvas.theme.bad)
  }
}
