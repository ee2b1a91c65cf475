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
  let content = place.body.inset(dx: canvas.u(12), dy: canvas.u(9))
  canvas.clip = place.body
  switch state.tab {
  case .explanation: drawExplanation(state, content, on: &canvas)
  case .draw: drawPad(state, content, on: &canvas)
  }
  canvas.clip = nil
}

private func drawExplanation(_ state: AppState, _ content: Rect, on canvas: inout Canvas) {
  guard let shown = state.digit.shown else {
    drawNothingExplained(state, content, on: &canvas)
    return
  }
  var rest = content
  func take(_ height: Double) -> Rect {
    let (part, below) = rest.splitTop(height)
    rest = below
    return part
  }
  drawHeadline(state, shown, take(canvas.u(24)), on: &canvas)
  let isRoomy = content.height > canvas.u(400)
  let chipRows = compositeRows(in: content.width, canvas, isRoomy: isRoomy)
  let factsHeight = canvas.u(18 * 2 + 4)
  let footHeight = factsHeight + Double(chipRows.count) * canvas.u(26) + canvas.u(isRoomy ? 24 : 2)
  let barHeight = canvas.u(34)
  _ = take(canvas.u(4))
  let room = max(0, rest.height - footHeight - barHeight)
  if isRoomy {
    let bars = classBarHeight(room: room, width: content.width, canvas)
    drawPictures(state, shown, take(max(0, room - bars - canvas.u(8))), on: &canvas)
    drawColourBar(state, shown, take(barHeight).inset(dx: 0, dy: canvas.u(3)), on: &canvas)
    drawClassBars(state, shown, take(bars + canvas.u(4)).splitTop(bars).0, on: &canvas)
  } else {
    // One picture beside the classes; V shows the others.
    let (left, right) = take(room).splitLeft(min(room - canvas.u(4), content.width * 0.44))
    drawPictures(state, shown, left, isCompact: true, on: &canvas)
    drawClassBars(state, shown, right.splitLeft(canvas.u(10)).1, on: &canvas)
    drawColourBar(state, shown, take(barHeight).inset(dx: 0, dy: canvas.u(3)), on: &canvas)
  }
  drawFacts(shown, take(factsHeight), on: &canvas)
  drawCompositeChooser(state, chipRows, rest, on: &canvas)
}

private func drawNothingExplained(_ state: AppState, _ content: Rect, on canvas: inout Canvas) {
  let middle = Rect(content.x, content.center.y - canvas.u(24), content.width, canvas.u(22))
  let title: String
  let detail: String
  if state.network == nil {
    title = state.progress[.loadingNetwork] == nil ? "No network" : "Reading the network"
    detail = state.progress[.loadingNetwork] == nil ? "Drop a .safetensors file here" : "Digits can be selected meanwhile"
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
  let verdict = prediction == label ? "predicted \(prediction), right" : "predicted \(prediction), wrong"
  let verdictWidth = canvas.width(of: verdict, size: 14) + canvas.u(14)
  canvas.text(
    "labelled \(label)",
    in: Rect(frame.x + nameWidth, frame.y, frame.width - nameWidth - verdictWidth, frame.height), size: 12, Theme.secondary)
  canvas.text(verdict, in: frame, size: 13, prediction == label ? Theme.good : Theme.bad, .right, weight: .bold)
}

private func drawPictures(_ state: AppState, _ shown: ShownExplanation, _ frame: Rect, isCompact: Bool = false, on canvas: inout Canvas) {
  let captionHeight = isCompact ? 0 : canvas.u(18)
  let all: [(PictureMode, String, ImageAsset)] = [
    (.input, "input", shown.digitImage), (.relevance, "relevance", shown.heatmapImage), (.overlay, "overlay", shown.overlayImage),
  ]
  let mode = isCompact && state.pictureMode == .all ? PictureMode.relevance : state.pictureMode
  let pictures = mode == .all ? all : all.filter { $0.0 == mode }
  let gap = canvas.u(8)
  let count = Double(pictures.count)
  let side = min((frame.width - gap * (count - 1)) / count, frame.height - captionHeight).rounded(.down)
  guard side > canvas.u(16) else { return }
  var x = frame.x + (frame.width - side * count - gap * (count - 1)) / 2
  let y = frame.y + (frame.height - captionHeight - side) / 2
  let opacity = state.digit.isWaiting(at: state.now) ? 0.6 : 1
  for (_, title, asset) in pictures {
    let square = Rect(x.rounded(), y.rounded(), side, side)
    canvas.fill(square, Theme.black)
    canvas.image(asset, in: square, opacity: opacity)
    canvas.box(square.inset(by: -1), fill: nil, border: Theme.border)
    if !isCompact {
      canvas.text(title, in: Rect(square.x, square.maxY + canvas.u(1), side, captionHeight), size: 11, Theme.faint, .center)
    }
    canvas.hit(square, .perform(.nextPictureMode), hint: ["Input, relevance, overlay, all three (V)"])
    x += side + gap
  }
}

/// The colours of the heatmap with the numbers they stand for.
func drawColourBar(_ state: AppState, _ shown: ShownExplanation, _ frame: Rect, on canvas: inout Canvas) {
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
  let largest = Numbers.significant(Double(shown.largest))
  canvas.text("\u{2212}" + largest, in: numbers, size: 10.5, Theme.secondary)
  canvas.text("R = 0", in: numbers, size: 10.5, Theme.faint, .center)
  canvas.text("+" + largest, in: numbers, size: 10.5, Theme.secondary, .right)
}

private func drawFacts(_ shown: ShownExplanation, _ frame: Rect, on canvas: inout Canvas) {
  let (first, second) = frame.splitTop(canvas.u(19))
  canvas.text(targetLine(shown), in: first, size: 12)
  canvas.text(sumLine(shown), in: second.splitTop(canvas.u(18)).0, size: 11.5, Theme.secondary)
}

/// What was explained.
func targetLine(_ shown: ShownExplanation) -> String {
  let explanation = shown.explanation
  let isPredicted = explanation.targetClass == explanation.prediction
  let how = explanation.target == .predicted ? "predicted" : isPredicted ? "chosen and predicted" : "chosen"
  let logit = Numbers.significant(Double(shown.targetLogit))
  return "Target \(explanation.targetClass) (\(how)), logit \(logit), \(Numbers.probability(Double(shown.targetProbability)))"
}

/// How much of the logit arrives at the pixels: a rule that does not conserve says so.
func sumLine(_ shown: ShownExplanation) -> String {
  let sum = "Sum of R at the pixels \(Numbers.significant(shown.sum))"
  guard shown.targetLogit != 0 else { return sum }
  return sum + ": \(Numbers.percent(shown.sum / Double(shown.targetLogit))) of the logit"
}

/// Names of composites in rows that fit into `width`; only the chosen one's row where room is short.
private func compositeRows(in width: Double, _ canvas: Canvas, isRoomy: Bool) -> [[Composite]] {
  guard isRoomy else { return [[]] }
  var rows: [[Composite]] = [[]]
  var used = 0.0
  for composite in Composite.builtIn {
    let needed = canvas.width(of: composite.name, size: 11) + canvas.u(22)
    if used + needed > width && used > 0 {
      rows.append([])
      used = 0
    }
    rows[rows.count - 1].append(composite)
    used += needed
  }
  return rows
}

private func drawCompositeChooser(_ state: AppState, _ rows: [[Composite]], _ frame: Rect, on canvas: inout Canvas) {
  if rows.first?.isEmpty == true {
    let button = Rect(frame.x, frame.y + canvas.u(2), frame.width, canvas.u(22))
    canvas.button("Composite: \(state.composite.name)", in: button, size: 11, hint: "Next composite (M)", .nextComposite)
    return
  }
  let (title, below) = frame.splitTop(canvas.u(20))
  canvas.text("\(state.composite.name): \(state.composite.summary)", in: title, size: 11.5, Theme.faint)
  for (index, row) in rows.enumerated() {
    var x = below.x
    let gap = canvas.u(6)
    let needed = row.map { canvas.width(of: $0.name, size: 11) + canvas.u(16) }
    for (composite, width) in zip(row, needed) {
      let chip = Rect(x, below.y + canvas.u(2) + Double(index) * canvas.u(26), min(width, below.maxX - x), canvas.u(22))
      canvas.button(
        composite.name, in: chip, isOn: composite == state.composite, size: 11, hint: composite.summary, .composite(composite.name))
      x += width + gap
    }
  }
}
