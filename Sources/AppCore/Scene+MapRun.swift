import Embedding
import Geometry
import Scene

/// The editor of a run: what it is made with, how far it is, how good its map is, and what can be done with it.
func drawMapEditor(_ state: AppState, _ editor: ParameterEditor, _ place: OverlayPlace, on canvas: inout Canvas) {
  canvas.overlayHeader("Run", place, note: state.runSource?.title ?? "no map yet")
  let parameters = state.editedParameters
  let first = scrolled(0, toShow: editor.focus, visible: place.visibleRows, count: parameters.count)
  for (offset, index) in (first..<min(parameters.count, first + place.visibleRows)).enumerated() {
    let row = Rect(place.body.x, place.body.y + place.rowHeight * Double(offset), place.body.width - canvas.u(8), place.rowHeight)
    drawParameter(parameters[index], index, editor, row.inset(dx: 0, dy: canvas.u(2)), on: &canvas)
  }
  canvas.scrollBar(place, first: first, count: parameters.count)

  var rest = place.footer
  func take(_ height: Double) -> Rect {
    let (part, below) = rest.splitTop(canvas.u(height))
    rest = below
    return part
  }
  let hint = parameters.indices.contains(editor.focus) ? parameters[editor.focus].hint : ""
  canvas.text(editor.complaint ?? hint, in: take(18), size: 10.5, editor.complaint == nil ? canvas.theme.faint : canvas.theme.bad)
  canvas.text(runTitle(state), in: take(20), size: 11.5, state.map.run.phase == .running ? canvas.theme.accent : canvas.theme.secondary)
  drawQuality(state.map.quality, take(38), on: &canvas)
  let run = state.map.run
  let isOrdered = run.order.map { $0.parameters == state.mapParameters } ?? true
  canvas.buttons(
    [
      CanvasButton(
        run.phase == .idle ? "Run" : "Run anew", 8, isOn: !isOrdered, isEnabled: state.data != nil,
        hint: "With the numbers above (Enter, Ctrl+R)", .runMap),
      CanvasButton(
        run.phase == .paused ? "Resume" : "Pause", 6, isOn: run.phase == .paused, isEnabled: run.isActive, hint: "Space", .pauseOrResumeMap),
      CanvasButton("Stop", 4, isEnabled: run.isActive, hint: "Keeps the map as it is (Esc)", .stopEmbedding),
    ], in: take(26).splitTop(canvas.u(22)).0)
  canvas.buttons(
    [
      CanvasButton(
        "Made of\u{2026}", 8, isEnabled: state.data != nil, hint: "Pixels, a layer or relevance (Shift+I)", .openRepresentations),
      CanvasButton(
        "Layer by layer", 13, isOn: state.map.stages != nil, isEnabled: state.network != nil && state.data != nil,
        hint: "Maps of successive layers, each started from the one before (Y)", .layerByLayer),
    ], in: take(26).splitTop(canvas.u(22)).0)
  canvas.buttons(
    [
      CanvasButton("Save as .npy", 11, isEnabled: state.map.grid != nil, hint: "Coordinates (Ctrl+E)", .exportMap(.npy)),
      CanvasButton(
        "Save as .csv", 11, isEnabled: state.map.grid != nil, hint: "Index, label, prediction and coordinates (Ctrl+Shift+E)",
        .exportMap(.csv)),
    ], in: take(26).splitTop(canvas.u(22)).0)
}

/// How far the run is, in one line.
private func runTitle(_ state: AppState) -> String {
  let run = state.map.run
  switch run.phase {
  case .idle: return "Not run yet"
  case .running, .paused:
    guard let report = run.report, report.stage == .optimization, state.map.stages == nil else { return statusTitle(.embedding, state) }
    let left = report.secondsLeft.map { ", \(Numbers.seconds($0)) left" } ?? ""
    let pace = report.millisecondsPerIteration > 0 ? ", \(Numbers.significant(report.millisecondsPerIteration)) ms each" : ""
    return (run.phase == .paused ? "Paused: iteration " : "Iteration ") + "\(report.iteration) of \(report.totalIterations)"
      + (run.phase == .paused ? pace : left + pace)
  case .stopped: return run.report.map { "Stopped after \($0.iteration) of \($0.totalIterations) iterations" } ?? "Stopped"
  case .finished:
    guard let report = run.report, report.stage == .optimization else { return "Finished" }
    return "Finished: \(report.totalIterations) iterations, \(Numbers.significant(report.millisecondsPerIteration)) ms each"
  }
}

/// Three numbers with what they are.
private func drawQuality(_ quality: MapState.Quality, _ frame: Rect, on canvas: inout Canvas) {
  let cells: [(String?, String, String)] = [
    (quality.divergence.map { Numbers.fixed($0, 3) }, "KL divergence", "Of the map from the data, in nats: the smaller, the better"),
    (
      quality.neighboursKept.map { Numbers.percent($0) }, "neighbours kept",
      "Of the ten nearest in the data, those among the ten nearest in the map"
    ),
    (quality.labelAgreement.map { Numbers.percent($0) }, "same label", "Of the ten nearest in the map, those with the digit's own label"),
  ]
  let width = frame.width / Double(cells.count)
  for (index, cell) in cells.enumerated() {
    let place = Rect(frame.x + width * Double(index), frame.y, width, frame.height)
    let (value, caption) = place.splitTop(canvas.u(19))
    canvas.text(cell.0 ?? "\u{2013}", in: value, size: 13, cell.0 == nil ? canvas.theme.faint : canvas.theme.text, weight: .bold)
    canvas.text(cell.1, in: caption.splitTop(canvas.u(14)).0, size: 10, canvas.theme.faint)
    canvas.hit(place, .none, hint: [cell.1, cell.2])
  }
}

/// In the map's corner while it is computed or rests: how far it is, and what can be done.
func drawRunning(_ state: AppState, _ body: Rect, on canvas: inout Canvas) {
  guard let frame = runningFrame(state, body, unit: canvas.unit) else { return }
  let run = state.map.run
  canvas.box(frame, fill: canvas.theme.panel.opacity(0.9), border: canvas.theme.border, radius: 6)
  canvas.hit(frame, .none)
  let inner = frame.inset(dx: canvas.u(10), dy: canvas.u(4))
  let (title, below) = inner.splitTop(canvas.u(18))
  canvas.text(statusTitle(.embedding, state), in: title, size: 11, run.phase == .paused ? canvas.theme.warning : canvas.theme.secondary)
  let (line, rest) = below.splitTop(canvas.u(22))
  let (facts, buttons) = line.splitLeft(line.width - canvas.u(112))
  var parts: [String] = []
  if let report = run.report, report.stage == .optimization {
    if let divergence = report.divergence { parts.append("KL \(Numbers.fixed(divergence, 3))") }
    if report.millisecondsPerIteration > 0 { parts.append("\(Numbers.significant(report.millisecondsPerIteration)) ms") }
  }
  canvas.text(parts.joined(separator: "  \u{00B7}  "), in: facts, size: 10.5, canvas.theme.faint)
  canvas.buttons(
    [
      CanvasButton(run.phase == .paused ? "Resume" : "Pause", 6, hint: "Space", .pauseOrResumeMap),
      CanvasButton("Stop", 4, hint: "Keeps the map as it is (Esc)", .stopEmbedding),
    ], in: buttons.inset(dx: 0, dy: canvas.u(1)), size: 10.5)
  canvas.progressBar(
    in: Rect(rest.x, rest.y + canvas.u(3), rest.width, canvas.u(4)),
    fraction: state.progress[.embedding]?.fraction ?? run.report.map { Double($0.iteration) / Double(max(1, $0.totalIterations)) })
}

/// Where the run's box stands in the map; nil while nothing runs or there is no room.
func runningFrame(_ state: AppState, _ body: Rect, unit: Double) -> Rect? {
  guard state.map.run.isActive, body.width > 276 * unit else { return nil }
  return Rect(body.maxX - 268 * unit, body.minY + 8 * unit, 260 * unit, 58 * unit)
}
