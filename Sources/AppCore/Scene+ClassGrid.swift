import Geometry
import Relevance
import Scene

/// The heatmaps of all classes in two rows, on one scale; a click makes a class the target.
func drawClassGrid(_ state: AppState, _ shown: ShownExplanation, _ frame: Rect, on canvas: inout Canvas) {
  guard !shown.classes.isEmpty else {
    canvas.text("computing\u{2026}", in: frame, size: 12, canvas.theme.faint, .center)
    return
  }
  let explanation = shown.explanation
  let count = shown.classes.count
  let rows = frame.height > frame.width * 0.22 ? 2 : 1
  let columns = max(1, (count + rows - 1) / rows)
  let gap = canvas.u(8)
  let captionHeight = canvas.u(frame.height > canvas.u(150) ? 30 : 15)
  let cell = (frame.width - gap * Double(columns - 1)) / Double(columns)
  let side = min(cell, (frame.height - gap * Double(rows - 1)) / Double(rows) - captionHeight).rounded(.down)
  guard side > canvas.u(12) else { return }
  let height = side + captionHeight + gap
  let top = frame.y + max(0, (frame.height - height * Double(rows) + gap) / 2)
  let named = explanation.target.classes(explanation)
  for (index, map) in shown.classes.enumerated() {
    let x = frame.x + (cell + gap) * Double(index % columns)
    let y = top + height * Double(index / columns)
    let square = Rect((x + (cell - side) / 2).rounded(), y.rounded(), side, side)
    let pointed = PixelPlace(canvas.pointer, in: square, width: map.heat.width, height: map.heat.height)
    drawHeatSquare(
      map.image, square, isFaded: state.activeSlot.isWaiting(at: state.now), outline: state.heatLook.showsOutline ? shown.outline : [],
      pointed, of: shown, on: &canvas)
    let isTarget = named.contains(map.number)
    let isPredicted = map.number == explanation.prediction
    if isTarget { canvas.box(square.inset(by: -2), fill: nil, border: canvas.theme.accent, width: canvas.u(2)) }
    let caption = Rect(x, square.maxY + canvas.u(1), cell, captionHeight)
    let (name, numbers) = caption.splitTop(canvas.u(15))
    let probability = explanation.probabilities.indices.contains(map.number) ? Double(explanation.probabilities[map.number]) : 0
    let share = Numbers.shortProbability(probability)
    let full = "\(state.className(map.number))  \(share)"
    canvas.text(
      canvas.width(of: full, size: 11) <= cell ? full : state.className(map.number), in: name, size: 11,
      isTarget || isPredicted ? canvas.theme.text : canvas.theme.secondary, .center,
      weight: isPredicted ? .bold : .regular)
    if captionHeight > canvas.u(20) {
      canvas.text("R \(Numbers.significant(map.sum))", in: numbers, size: 10, canvas.theme.faint, .center)
    }
    let logit = explanation.logits.indices.contains(map.number) ? Double(explanation.logits[map.number]) : 0
    canvas.hit(
      Rect(x, square.y, cell, side + captionHeight), .perform(.target(map.number)),
      hint: [
        "What speaks for \(state.className(map.number))", "logit \(Numbers.significant(logit)), \(Numbers.probability(probability))",
        "sum of R \(Numbers.significant(map.sum)), max |R| \(Numbers.significant(Double(map.heat.largest)))",
        "Shift+click: why the target and not it",
      ]
        + (pointed.map { place in
          let value = map.heat.values[place.row * map.heat.width + place.column]
          return ["row \(place.row), column \(place.column): R \(Numbers.significant(Double(value)))"]
        } ?? []))
  }
}

extension Target {
  /// Classes that it is about, in one explanation.
  func classes(_ explanation: Explanation) -> [Int] {
    switch self {
    case .contrast(let first, let second): [first, second]
    case .channel: []
    case .predicted, .runnerUp, .class: [explanation.targetClass]
    }
  }
}
