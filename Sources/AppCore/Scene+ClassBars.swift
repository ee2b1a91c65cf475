import Geometry
import Relevance
import Scene

/// Height for class bars where three pictures side by side share `room` with them: what the pictures do not need, as ten rows or,
/// where that is too little, as five rows in two columns.
func classBarHeight(room: Double, width: Double, _ canvas: Canvas) -> Double {
  let pictures = (width - canvas.u(16)) / 3 + canvas.u(26)
  let spare = room - pictures
  if spare >= canvas.u(150) { return min(canvas.u(10 * 22), spare) }
  return min(canvas.u(5 * 22), max(canvas.u(5 * 17), spare))
}

/// One row a class: number, probability as a bar, logit, per cent. A click explains that class.
func drawClassBars(_ state: AppState, _ shown: ShownExplanation, _ frame: Rect, on canvas: inout Canvas) {
  let explanation = shown.explanation
  let count = min(explanation.logits.count, explanation.probabilities.count)
  guard count > 0 else { return }
  let isNarrow = frame.width < canvas.u(220)
  let columns = isNarrow || frame.height >= canvas.u(14.5) * Double(count) ? 1 : 2
  let rows = (count + columns - 1) / columns
  let rowHeight = frame.height / Double(rows)
  let columnGap = canvas.u(14)
  let width = (frame.width - columnGap * Double(columns - 1)) / Double(columns)
  let isChosen = state.activeSlot.target != .predicted
  for number in 0..<count {
    let row = Rect(
      frame.x + (width + columnGap) * Double(number / rows), frame.y + rowHeight * Double(number % rows), width, rowHeight)
    let isTarget = number == explanation.targetClass
    let isPredicted = number == explanation.prediction
    let probability = Double(explanation.probabilities[number])
    let logit = Double(explanation.logits[number])
    if canvas.isHovered(row) {
      canvas.fill(row, Theme.hovered.opacity(0.7), radius: 4)
    } else if isTarget {
      canvas.fill(row, Theme.accentFill.opacity(0.75), radius: 4)
    }
    if isTarget { canvas.fill(Rect(row.x, row.y + 2, canvas.u(3), row.height - 4), Theme.accent, radius: 1) }
    let name = number < (state.network?.network.classNames.count ?? 0) ? state.network?.network.classNames[number] : nil
    canvas.text(
      name ?? "\(number)", in: Rect(row.x + canvas.u(9), row.y, canvas.u(16), row.height), size: min(12, rowHeight / canvas.unit * 0.85),
      isTarget || isPredicted ? Theme.text : Theme.secondary, weight: isPredicted ? .bold : .regular)
    let numbersWidth = canvas.u(isNarrow ? 98 : columns == 1 ? 124 : 104)
    let track = Rect(
      row.x + canvas.u(26), row.center.y - canvas.u(3), max(canvas.u(10), row.width - canvas.u(26) - numbersWidth), canvas.u(6))
    canvas.fill(track, Theme.raised, radius: 3)
    let length = probability.isFinite ? track.width * min(1, max(0, probability)) : 0
    if length >= 0.5 {
      canvas.fill(
        Rect(track.x, track.y, max(canvas.u(2), length), track.height), categoricalPalette[number % categoricalPalette.count],
        radius: length > canvas.u(6) ? 3 : 1)
    }
    let logits = Rect(track.maxX + canvas.u(4), row.y, numbersWidth * 0.42, row.height)
    canvas.text(Numbers.fixed(logit, columns == 1 ? 2 : 1), in: logits, size: 11, isTarget ? Theme.text : Theme.secondary, .right)
    canvas.text(
      probability < 0.0005 ? "<0.1 %" : Numbers.percent(probability),
      in: Rect(logits.maxX, row.y, row.maxX - logits.maxX - canvas.u(6), row.height),
      size: 11, isPredicted ? Theme.text : Theme.faint, .right)
    let hint =
      isTarget && isChosen ? "Back to the predicted class (\(number))" : "What speaks for \(number)? (key \(number))"
    canvas.hit(row, .perform(.target(number)), hint: columns == 1 ? [] : [hint])
  }
}
