import Geometry
import Relevance
import Scene

/// One line of what is known about an explanation.
struct FactLine {
  let text: String
  var color: any KeyPath<Theme, Color> & Sendable = \.secondary
  var hint: [String] = []
  /// What a press on it does.
  var action: Action?
}

extension AppState {
  /// A class's name, or its number.
  func className(_ number: Int) -> String {
    guard let names = network?.network.classNames, names.indices.contains(number) else { return "\(number)" }
    return names[number]
  }

  /// "7 (predicted)", "4 and not 9", "channel 12 of layer3.2.relu3".
  func targetTitle(_ explanation: Explanation) -> String {
    switch explanation.target {
    case .predicted: return "\(className(explanation.targetClass)) (predicted)"
    case .runnerUp: return "\(className(explanation.targetClass)) (runner-up)"
    case .class(let number) where digit.followsLabel && tab == .explanation:
      return "\(className(number)) (\(number == explanation.prediction ? "the label, and predicted" : "the label"))"
    case .class(let number):
      return "\(className(number)) (\(number == explanation.prediction ? "chosen and predicted" : "chosen"))"
    case .contrast(let first, let second): return "\(className(first)) and not \(className(second))"
    case .channel(let layer, let channel, let position):
      return "channel \(channel) of \(layer)" + (position.map { " at \($0.row), \($0.column)" } ?? "")
    }
  }
}

/// What was explained.
func targetLine(_ state: AppState, _ shown: ShownExplanation) -> String {
  let explanation = shown.explanation
  let title = state.targetTitle(explanation)
  switch explanation.target {
  case .contrast: return "Target \(title), difference of logits \(Numbers.significant(explanation.start))"
  case .channel(_, _, let position):
    return "Target \(title), \(position == nil ? "sum of its outputs" : "its output") \(Numbers.significant(explanation.start))"
  case .predicted, .runnerUp, .class:
    let logit = Numbers.significant(Double(shown.targetLogit))
    return "Target \(title), logit \(logit), \(Numbers.probability(Double(shown.targetProbability)))"
  }
}

/// How much of the target's value arrives at the pixels: a rule that does not conserve says so.
func sumLine(_ shown: ShownExplanation) -> String {
  let explanation = shown.explanation
  let number = Numbers.significant(shown.sum)
  guard explanation.attribution.settings != nil else {
    if let error = explanation.completenessError {
      return "Sum \(number) of \(Numbers.significant(explanation.start)): completeness error \(Numbers.significant(error))"
    }
    return "Sum \(number), largest \(Numbers.significant(Double(shown.largest)))"
  }
  let sum = "Sum of R at pixels \(number)"
  guard explanation.start != 0 else { return sum }
  let whole =
    switch explanation.target {
    case .contrast: "the difference"
    case .channel(_, _, let position): position == nil ? "the channel" : "the unit"
    case .predicted, .runnerUp, .class: "the logit"
    }
  return sum + ": \(Numbers.percent(shown.sum / explanation.start)) of \(whole)"
}

/// Everything the panel says about an explanation in words, warnings included.
func factLines(_ state: AppState, _ shown: ShownExplanation, _ tab: Tab) -> [FactLine] {
  var lines = [FactLine(text: targetLine(state, shown), color: \.text)]
  if state.showsAllClasses, !shown.classes.isEmpty, case .channel = shown.explanation.target {
    // Each picture is of its own class then, and none of the channel.
    lines = []
  }
  if let comparison = shown.comparison, state.comparison != nil {
    lines += comparisonLines(shown, comparison)
  } else if state.showsAllClasses, !shown.classes.isEmpty {
    lines.append(FactLine(text: "All classes on one scale"))
  } else {
    lines.append(FactLine(text: sumLine(shown)))
  }
  if !state.conditions.isEmpty {
    let parts = state.conditions.map { condition in
      "channel\(condition.channels.count == 1 ? "" : "s") \(condition.channels.map(String.init).joined(separator: ", ")) of \(condition.layer)"
    }
    let isUsed = state.attribution.settings != nil
    let whole = parts.joined(separator: " and ")
    let channels = state.conditions.reduce(0) { $0 + $1.channels.count }
    // Where it would be cut it is counted, and stands in the tooltip.
    let text = whole.count <= 40 ? whole : "\(channels) channels of \(parts.count) layer\(parts.count == 1 ? "" : "s")"
    lines.append(
      FactLine(
        text: (isUsed ? "Only through " : "Relevance only: ") + text + "  \u{00D7}",
        color: isUsed ? \.accent : \.faint, hint: wrapped(whole, columns: 80) + ["Through all channels again (Shift+G)"],
        action: .clearConditions))
  }
  if tab == .draw, shown.query.attribution != state.attribution, state.attribution.isSlow {
    lines.append(
      FactLine(text: "Live: \(shown.query.attribution.name); \(state.attribution.name) when the pen is lifted", color: \.accent))
  }
  let warnings = shown.explanation.warnings + (shown.comparison?.explanation.warnings ?? [])
  if let first = warnings.first {
    let more = warnings.count > 1 ? " (and \(warnings.count - 1) more)" : ""
    lines.append(
      FactLine(
        text: first.sentence + more, color: \.warning,
        hint: warnings.flatMap { wrapped($0.sentence, columns: 80) } + ["Another sum rule, a larger epsilon or another composite may help"])
    )
  }
  return lines
}

func drawFacts(_ lines: [FactLine], _ frame: Rect, on canvas: inout Canvas) {
  for (index, line) in lines.enumerated() {
    let row = Rect(frame.x, frame.y + canvas.u(18) * Double(index), frame.width, canvas.u(18))
    guard row.maxY <= frame.maxY + 1 else { return }
    let isHovered = line.action != nil && canvas.isHovered(row)
    canvas.text(line.text, in: row, size: index == 0 ? 12 : 11.5, canvas.theme[keyPath: isHovered ? \.text : line.color])
    if line.action != nil || !line.hint.isEmpty { canvas.hit(row, line.action.map { .perform($0) } ?? .none, hint: line.hint) }
  }
}
