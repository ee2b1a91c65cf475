import Geometry
import Relevance
import Scene

func drawRightPanel(_ state: AppState, _ place: Layout.Place, on canvas: inout Canvas) {
  canvas.panel(.explanation, place, title: nil)
  let header = place.header
  let tabs: [(Tab, String, Double, String)] = [
    (.explanation, "Explanation", 104, "Explanation of the selected digit (D)"), (.draw, "Draw", 58, "Draw a digit (D)"),
  ]
  var x = header.x + canvas.u(6)
  for (tab, title, width, hint) in tabs {
    let frame = Rect(x, header.y, canvas.u(width), header.height)
    let isActive = state.tab == tab
    canvas.text(
      title, in: frame, size: 13, isActive ? Theme.text : canvas.isHovered(frame) ? Theme.secondary : Theme.faint, .center,
      weight: .bold)
    if isActive {
      canvas.fill(
        Rect(frame.x + canvas.u(8), frame.maxY - canvas.u(2.5), frame.width - canvas.u(16), canvas.u(2.5)), Theme.accent, radius: 1)
    }
    canvas.hit(frame, .perform(.tab(tab)), hint: [hint])
    x += canvas.u(width)
  }
  let content = rightPanelContent(place, canvas.u)
  canvas.clip = place.body
  switch state.tab {
  case .explanation: drawExplanation(state, content, on: &canvas)
  case .draw: drawPad(state, content, on: &canvas)
  }
  canvas.clip = nil
}

private func drawExplanation(_ state: AppState, _ content: Rect, on canvas: inout Canvas) {
  let isRoomy = content.height > canvas.u(400)
  guard let shown = state.digit.shown else {
    let rows = canvas.u(isRoomy ? 72 : 26)
    let (middle, below) = content.splitTop(content.height - rows)
    drawNothingExplained(state, middle, on: &canvas)
    drawControls(state, below, isRoomy: isRoomy, on: &canvas)
    return
  }
  var rest = content
  func take(_ height: Double) -> Rect {
    let (part, below) = rest.splitTop(height)
    rest = below
    return part
  }
  drawHeadline(state, shown, take(canvas.u(24)), on: &canvas)
  _ = take(canvas.u(4))
  let facts = factLines(state, shown, .explanation)
  let factsHeight = canvas.u(18) * Double(facts.count) + canvas.u(4)
  let controlsHeight = canvas.u(isRoomy ? 72 : 26)
  let barHeight = canvas.u(30)
  let room = max(0, rest.height - factsHeight - controlsHeight - barHeight)
  let pictures: Rect
  if state.showsAllClasses {
    pictures = take(room)
    drawClassGrid(state, shown, pictures, on: &canvas)
    drawColourBar(state, largest: shown.classesLargest, take(barHeight).inset(dx: 0, dy: canvas.u(2)), on: &canvas)
  } else if isRoomy {
    let bars = classBarHeight(room: room, width: content.width, canvas)
    pictures = take(max(0, room - bars - canvas.u(6)))
    drawPictures(state, shown, pictures, on: &canvas)
    drawColourBar(state, shown, take(barHeight).inset(dx: 0, dy: canvas.u(2)), on: &canvas)
    drawClassBars(state, shown, take(bars + canvas.u(6)).splitTop(bars).0, on: &canvas)
  } else {
    // One picture beside the classes; V shows the others.
    let isCompared = state.comparison != nil
    pictures = take(room)
    let (left, right) = pictures.splitLeft(isCompared ? content.width : min(room - canvas.u(4), content.width * 0.44))
    drawPictures(state, shown, left, isCompact: true, on: &canvas)
    if !isCompared { drawClassBars(state, shown, right.splitLeft(canvas.u(10)).1, on: &canvas) }
    drawColourBar(state, shown, take(barHeight).inset(dx: 0, dy: canvas.u(2)), on: &canvas)
  }
  drawFacts(facts, take(factsHeight), on: &canvas)
  drawControls(state, take(controlsHeight), isRoomy: isRoomy, on: &canvas)
  drawWaitingBox(state, state.digit, pictures, on: &canvas)
}

private func drawNothingExplained(_ state: AppState, _ content: Rect, on canvas: inout Canvas) {
  let middle = Rect(content.x, content.center.y - canvas.u(24), content.width, canvas.u(22))
  let title: String
  let detail: String
  if state.network == nil {
    title = state.progress[.loadingNetwork] == nil ? "No network" : "Reading the network"
    detail = state.progress[.loadingNetwork] == nil ? "Drop a .safetensors file here" : "Digits can be selected meanwhile"
  } else if state.network?.problem != nil {
    title = "This network cannot run"
    detail = "The network view shows its layers, and names the operator"
  } else if state.selected != nil {
    title = state.digit.outstanding.isEmpty ? "Not explained" : "Explaining"
    detail = "Which pixels speak for the class, and which against it"
  } else {
    title = "Click a digit in the map"
    detail = "Its heatmap shows which pixels decided. Or draw one: D"
  }
  canvas.text(title, in: middle, size: 15, Theme.secondary, .center)
  canvas.text(detail, in: Rect(middle.x, middle.maxY, middle.width, middle.height), size: 12, Theme.faint, .center)
}

private func drawHeadline(_ state: AppState, _ shown: ShownExplanation, _ frame: Rect, on canvas: inout Canvas) {
  guard case .point(let index) = shown.subject, let data = state.data, index < data.collection.count else { return }
  let label = Int(data.collection.labels[index])
  let prediction = shown.explanation.prediction
  let name = "#\(index)"
  let nameWidth = canvas.width(of: name, size: 18.5) + canvas.u(8)
  canvas.text(name, in: frame, size: 16, weight: .bold)
  // Labels are digits: another network's classes cannot be right or wrong about them.
  let isDigit = state.network?.network.classCount == 10
  let verdict = "predicted \(state.className(prediction))" + (isDigit ? prediction == label ? ", right" : ", wrong" : "")
  let verdictWidth = canvas.width(of: verdict, size: 14) + canvas.u(14)
  canvas.text(
    "labelled \(label)",
    in: Rect(frame.x + nameWidth, frame.y, frame.width - nameWidth - verdictWidth, frame.height), size: 12, Theme.secondary)
  let color = !isDigit ? Theme.text : prediction == label ? Theme.good : Theme.bad
  canvas.text(
    verdict, in: Rect(frame.x + nameWidth, frame.y, frame.width - nameWidth, frame.height), size: 13, color, .right, weight: .bold)
}

private func drawPictures(_ state: AppState, _ shown: ShownExplanation, _ frame: Rect, isCompact: Bool = false, on canvas: inout Canvas) {
  if state.comparison != nil {
    drawComparison(state, shown, frame, slot: state.digit, on: &canvas)
    return
  }
  let captionHeight = isCompact ? 0 : canvas.u(18)
  let what = shown.query.attribution.settings == nil ? shown.query.attribution.name : "relevance"
  let all: [(PictureMode, String, ImageAsset)] = [
    (.input, "input", shown.digitImage), (.relevance, what, shown.heatmapImage), (.overlay, "overlay", shown.overlayImage),
  ]
  let mode = isCompact && state.pictureMode == .all ? PictureMode.relevance : state.pictureMode
  let pictures = mode == .all ? all : all.filter { $0.0 == mode }
  let gap = canvas.u(8)
  let count = Double(pictures.count)
  let side = min((frame.width - gap * (count - 1)) / count, frame.height - captionHeight).rounded(.down)
  guard side > canvas.u(16) else { return }
  var x = frame.x + (frame.width - side * count - gap * (count - 1)) / 2
  let y = frame.y + (frame.height - captionHeight - side) / 2
  for (_, title, asset) in pictures {
    let square = Rect(x.rounded(), y.rounded(), side, side)
    drawHeatSquare(asset, square, isFaded: state.digit.isWaiting(at: state.now), on: &canvas)
    if !isCompact {
      canvas.text(title, in: Rect(square.x, square.maxY + canvas.u(1), side, captionHeight), size: 11, Theme.faint, .center)
    }
    canvas.hit(square, .perform(.nextPictureMode), hint: ["Input, relevance, overlay, all three (V)"])
    x += side + gap
  }
}

func drawHeatSquare(_ asset: ImageAsset, _ square: Rect, isFaded: Bool, on canvas: inout Canvas) {
  canvas.fill(square, Theme.black)
  canvas.image(asset, in: square, opacity: isFaded ? 0.6 : 1)
  canvas.box(square.inset(by: -1), fill: nil, border: Theme.border)
}

/// The colours of the heatmap with the numbers they stand for; of two methods each counts in units of its own largest.
func drawColourBar(_ state: AppState, _ shown: ShownExplanation, _ frame: Rect, on canvas: inout Canvas) {
  drawColourBar(state, largest: state.comparison == nil ? shown.largest : nil, frame, on: &canvas)
}

func drawColourBar(_ state: AppState, largest: Float?, _ frame: Rect, on canvas: inout Canvas) {
  let bar = Rect(frame.x, frame.y + canvas.u(1), frame.width, canvas.u(9))
  let pieces = 64
  let colormap = state.colormap
  for piece in 0..<pieces {
    let left = (bar.x + bar.width * Double(piece) / Double(pieces)).rounded()
    let right = (bar.x + bar.width * Double(piece + 1) / Double(pieces)).rounded()
    let value = Float(piece) / Float(pieces - 1) * 2 - 1
    canvas.fill(Rect(left, bar.y, right - left, bar.height), colormap.color(value))
  }
  canvas.box(bar, fill: nil, border: Theme.border)
  canvas.hit(bar, .perform(.nextColormap), hint: ["Colormap: \(colormap.name) (K)", "\u{00B1} the largest |R| of a pixel"])
  let numbers = Rect(frame.x, bar.maxY + canvas.u(1), frame.width, canvas.u(15))
  let end = largest.map { Numbers.significant(Double($0)) } ?? "max |R| of each"
  canvas.text("\u{2212}" + end, in: numbers, size: 10.5, Theme.secondary)
  canvas.text("R = 0", in: numbers, size: 10.5, Theme.faint, .center)
  canvas.text("+" + end, in: numbers, size: 10.5, Theme.secondary, .right)
}
