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
      title, in: frame, size: 13, isActive ? canvas.theme.text : canvas.isHovered(frame) ? canvas.theme.secondary : canvas.theme.faint,
      .center,
      weight: .bold)
    if isActive {
      canvas.fill(
        Rect(frame.x + canvas.u(8), frame.maxY - canvas.u(2.5), frame.width - canvas.u(16), canvas.u(2.5)), canvas.theme.accent, radius: 1)
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
    drawColourBar(
      state, end: shown.classesEnd, largest: shown.classes.reduce(0) { max($0, $1.heat.largest) },
      take(barHeight).inset(dx: 0, dy: canvas.u(2)), on: &canvas)
  } else if isRoomy {
    let isThree = state.pictureMode == .all || state.comparison != nil
    let bars = isThree ? classBarHeight(room: room, width: content.width, canvas) : canvas.u(5 * 17)
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
    detail =
      state.progress[.loadingNetwork] == nil ? "Drop a .safetensors file here" : state.data == nil ? "" : "Digits can be selected meanwhile"
  } else if state.network?.problem != nil {
    title = "This network cannot run"
    detail = "The network view shows its layers, and names the operator"
  } else if state.selected != nil {
    title = state.digit.outstanding.isEmpty ? "Not explained" : "Explaining"
    detail = "Which pixels speak for the class, and which against it"
  } else {
    title = "Click a digit in the map"
    detail = "Its heatmap shows why. Or draw one: D"
  }
  canvas.text(title, in: middle, size: 15, canvas.theme.secondary, .center)
  canvas.text(detail, in: Rect(middle.x, middle.maxY, middle.width, middle.height), size: 12, canvas.theme.faint, .center)
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
    in: Rect(frame.x + nameWidth, frame.y, frame.width - nameWidth - verdictWidth, frame.height), size: 12, canvas.theme.secondary)
  let color = !isDigit ? canvas.theme.text : prediction == label ? canvas.theme.good : canvas.theme.bad
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
  let mode = isCompact && state.pictureMode == .all ? PictureMode.overlay : state.pictureMode
  let pictures = mode == .all ? all : all.filter { $0.0 == mode }
  let gap = canvas.u(8)
  let count = Double(pictures.count)
  let side = min((frame.width - gap * (count - 1)) / count, frame.height - captionHeight).rounded(.down)
  guard side > canvas.u(16) else { return }
  let left = frame.x + (frame.width - side * count - gap * (count - 1)) / 2
  let y = (frame.y + (frame.height - captionHeight - side) / 2).rounded()
  let squares = pictures.indices.map { Rect((left + (side + gap) * Double($0)).rounded(), y, side, side) }
  let pointed = canvas.pointedPixel(of: shown, in: squares)
  for (picture, square) in zip(pictures, squares) {
    drawHeatSquare(
      picture.2, square, isFaded: state.digit.isWaiting(at: state.now),
      outline: picture.0 == .input || !state.heatLook.showsOutline ? [] : shown.outline, pointed, of: shown, on: &canvas)
    if !isCompact {
      canvas.text(
        picture.1, in: Rect(square.x, square.maxY + canvas.u(1), side, captionHeight), size: 11, canvas.theme.faint, .center)
    }
    canvas.hit(
      square, .perform(.nextPictureMode),
      hint: (pointed.map { shown.lines(shown.readout($0)) } ?? []) + ["Click: input, relevance, overlay, all three (V)"])
  }
}

/// A picture of an explanation, with the pixel that is pointed at in it or in one beside it.
func drawHeatSquare(
  _ asset: ImageAsset, _ square: Rect, isFaded: Bool, outline: [[Point]] = [], _ pointed: PixelPlace? = nil,
  of shown: ShownExplanation? = nil, on canvas: inout Canvas
) {
  canvas.fill(square, canvas.theme.black)
  canvas.image(asset, in: square, opacity: isFaded ? 0.6 : 1)
  canvas.outline(outline, in: square)
  canvas.box(square.inset(by: -1), fill: nil, border: canvas.theme.border)
  if let pointed, let shown { canvas.mark(pointed, width: shown.heat.width, height: shown.heat.height, in: square) }
}

/// The colours of the heatmap with the numbers they stand for; of two methods each counts in units of its own largest.
func drawColourBar(_ state: AppState, _ shown: ShownExplanation, _ frame: Rect, on canvas: inout Canvas) {
  let isOwn = state.comparison != nil && state.heatLook.normalization != .locked
  drawColourBar(state, end: isOwn ? nil : shown.end, largest: shown.largest, frame, on: &canvas)
}

/// - Parameter end: what the ends stand for; nil where each picture has its own.
func drawColourBar(_ state: AppState, end: Float?, largest: Float, _ frame: Rect, on canvas: inout Canvas) {
  let bar = Rect(frame.x, frame.y + canvas.u(1), frame.width, canvas.u(9))
  let colormap = state.colormap
  canvas.colours(of: colormap, in: bar)
  canvas.hit(bar, .perform(.nextColormap), hint: ["Colormap: \(colormap.name) (K: the next)"])
  let numbers = Rect(frame.x, bar.maxY + canvas.u(1), frame.width, canvas.u(15))
  let normalization = state.heatLook.normalization
  let meaning: String
  switch normalization {
  case .symmetric: meaning = "max |R|"
  case .robust: meaning = "99 % of |R|"
  case .locked: meaning = "locked scale"
  }
  let isBeyond = end.map { largest > $0 * 1.000_001 } ?? false
  let number = end.map { Numbers.significant(Double($0)) } ?? meaning + " of each"
  let words = [(isBeyond ? "\u{2264} " : "") + "\u{2212}" + number, (isBeyond ? "\u{2265} " : "") + "+" + number]
  canvas.text(words[0], in: numbers, size: 10.5, canvas.theme.secondary)
  canvas.text(words[1], in: numbers, size: 10.5, canvas.theme.secondary, .right)
  let middle = normalization == .symmetric || end == nil ? "R = 0" : "R = 0, \(meaning)"
  let room = numbers.width - 2 * (words.map { canvas.width(of: $0, size: 10.5) }.max() ?? 0)
  canvas.text(
    canvas.width(of: middle, size: 10.5) <= room ? middle : "0", in: numbers, size: 10.5,
    normalization == .symmetric ? canvas.theme.faint : canvas.theme.accent, .center)
  canvas.hit(
    numbers, .perform(.nextNormalization),
    hint: [
      "The ends are: \(meaning)" + (normalization == .locked ? "" : " of this picture"),
      "largest |R| of a pixel here: \(Numbers.significant(Double(largest)))",
      "Click: by the largest |R|, by what 99 % stay below, locked for all pictures (X)",
    ])
}

/// The same in one line: the numbers at the ends of the colours.
func drawNarrowColourBar(_ state: AppState, end: Float?, _ frame: Rect, on canvas: inout Canvas) {
  let number = end.map { Numbers.significant(Double($0)) } ?? "max |R|"
  let width = canvas.width(of: "\u{2212}" + number, size: 10.5) + canvas.u(4)
  canvas.text("\u{2212}" + number, in: frame, size: 10.5, canvas.theme.secondary)
  canvas.text("+" + number, in: frame, size: 10.5, canvas.theme.secondary, .right)
  let bar = Rect(frame.x + width, frame.center.y - canvas.u(3.5), max(1, frame.width - 2 * width), canvas.u(7))
  canvas.colours(of: state.colormap, in: bar)
  canvas.hit(bar, .perform(.nextColormap), hint: ["Colormap: \(state.colormap.name) (K: the next)", "R = 0 in the middle"])
}

extension Canvas {
  /// A colormap from -1 to 1.
  fileprivate mutating func colours(of colormap: Colormap, in bar: Rect) {
    // An odd number of pieces: the middle one has the colour of zero.
    let pieces = min(255, max(3, Int(bar.width / 2))) | 1
    for piece in 0..<pieces {
      let left = (bar.x + bar.width * Double(piece) / Double(pieces)).rounded()
      let right = (bar.x + bar.width * Double(piece + 1) / Double(pieces)).rounded()
      let value = Float(piece) / Float(pieces - 1) * 2 - 1
      fill(Rect(left, bar.y, right - left, bar.height), colormap.color(value))
    }
    box(bar, fill: nil, border: theme.border)
  }
}
