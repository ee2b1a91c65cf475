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

/// The classes that have a row: all of ten and less; of more those with the largest logits, and what the target is about.
func classesWithRows(_ explanation: Explanation) -> [Int] {
  let count = min(explanation.logits.count, explanation.probabilities.count)
  guard count > ClassMap.most else { return Array(0..<count) }
  let order = (0..<count).sorted { (explanation.logits[$0], $1) > (explanation.logits[$1], $0) }
  let named = explanation.target.classes(explanation).filter { $0 < count }
  var chosen = Array(order.prefix(ClassMap.most))
  for number in named where !chosen.contains(number) {
    // The last of those that the target is not about gives way.
    if let last = chosen.lastIndex(where: { !named.contains($0) }) { chosen.remove(at: last) }
    chosen.append(number)
  }
  return chosen
}

/// One row a class: number or name, probability as a bar, logit, per cent. A click explains that class, with Shift why the target and
/// not that class.
func drawClassBars(_ state: AppState, _ shown: ShownExplanation, _ frame: Rect, on canvas: inout Canvas) {
  let explanation = shown.explanation
  let classes = classesWithRows(explanation)
  let count = classes.count
  guard count > 0 else { return }
  let isNarrow = frame.width < canvas.u(220)
  let columns = isNarrow || frame.height >= canvas.u(14.5) * Double(count) ? 1 : 2
  let rows = (count + columns - 1) / columns
  let rowHeight = frame.height / Double(rows)
  let columnGap = canvas.u(14)
  let width = (frame.width - columnGap * Double(columns - 1)) / Double(columns)
  let named = explanation.target.classes(explanation)
  let against: Int? = if case .contrast(_, let second) = explanation.target { second } else { nil }
  // Names take what they need, up to a third of the row.
  let longest = classes.map { canvas.width(of: state.className($0), size: 12) }.max() ?? 0
  let nameWidth = max(canvas.u(16), min(longest + canvas.u(2), width * 0.34))
  for (place, number) in classes.enumerated() {
    let row = Rect(frame.x + (width + columnGap) * Double(place / rows), frame.y + rowHeight * Double(place % rows), width, rowHeight)
    let isTarget = named.contains(number)
    let isAgainst = number == against
    let isPredicted = number == explanation.prediction
    let probability = Double(explanation.probabilities[number])
    let logit = Double(explanation.logits[number])
    if canvas.isHovered(row) {
      canvas.fill(row, canvas.theme.hovered.opacity(0.7), radius: 4)
    } else if isTarget {
      canvas.fill(row, (isAgainst ? canvas.theme.badFill : canvas.theme.accentFill).opacity(0.75), radius: 4)
    }
    if isTarget {
      canvas.fill(Rect(row.x, row.y + 2, canvas.u(3), row.height - 4), isAgainst ? canvas.theme.bad : canvas.theme.accent, radius: 1)
    }
    canvas.text(
      (isAgainst ? "not " : "") + state.className(number),
      in: Rect(row.x + canvas.u(9), row.y, nameWidth + (isAgainst ? canvas.u(30) : 0), row.height),
      size: max(9, min(nameWidth > canvas.u(20) ? 11 : 12, rowHeight / canvas.unit * 0.85)),
      isTarget || isPredicted ? canvas.theme.text : canvas.theme.secondary, weight: isPredicted ? .bold : .regular)
    let numbersWidth = canvas.u(isNarrow ? 108 : columns == 1 ? 124 : 112)
    let trackX = row.x + canvas.u(10) + nameWidth + (isAgainst ? canvas.u(30) : 0)
    let track = Rect(trackX, row.center.y - canvas.u(3), max(canvas.u(10), row.maxX - trackX - numbersWidth), canvas.u(6))
    canvas.fill(track, canvas.theme.raised, radius: 3)
    let length = probability.isFinite ? track.width * min(1, max(0, probability)) : 0
    if length >= 0.5 {
      canvas.fill(
        Rect(track.x, track.y, max(canvas.u(2), length), track.height), canvas.theme.palette[number % canvas.theme.palette.count],
        radius: length > canvas.u(6) ? 3 : 1)
    }
    let logits = Rect(track.maxX + canvas.u(4), row.y, numbersWidth * 0.42, row.height)
    canvas.text(
      Numbers.fixed(logit, columns == 1 ? 2 : 1), in: logits, size: 11, isTarget ? canvas.theme.text : canvas.theme.secondary, .right)
    canvas.text(
      Numbers.shortProbability(probability),
      in: Rect(logits.maxX, row.y, row.maxX - logits.maxX - canvas.u(6), row.height),
      size: 11, isPredicted ? canvas.theme.text : canvas.theme.faint, .right)
    let name = state.className(number)
    let hint: [String] =
      if isAgainst {
        ["Back to the predicted class"]
      } else if against != nil {
        ["Why \(state.className(explanation.targetClass)) and not \(name)?"]
      } else if isTarget && state.activeSlot.target == .class(number) {
        ["Back to the predicted class"]
      } else {
        ["What speaks for \(name)?" + (number < 10 ? " (key \(number))" : ""), "Shift+click: why the target and not \(name)?"]
      }
    canvas.hit(row, .perform(.target(number)), hint: columns == 1 ? [] : hint)
  }
}
