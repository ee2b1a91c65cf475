import Geometry
import Relevance
import Scene

/// The rule of every layer with weights; the heatmap beside it follows every change.
func drawRuleEditor(_ state: AppState, _ editor: RuleEditor, _ place: OverlayPlace, on canvas: inout Canvas) {
  canvas.overlayHeader("Rules", place, note: state.rules.isChanged ? "\(state.rules.current.name), changed" : state.rules.current.name)
  guard state.network != nil else {
    canvas.text("The network is not there yet", in: place.body.splitTop(canvas.u(80)).0, size: 12.5, canvas.theme.faint, .center)
    return
  }
  guard let rows = state.ruleRows(editor) else {
    canvas.text(
      "\(state.rules.current.name) has no rule for some layers of this network", in: place.body.splitTop(canvas.u(80)).0, size: 12.5,
      canvas.theme.warning, .center)
    return
  }
  for (offset, index) in (editor.scroll..<min(rows.count, editor.scroll + place.visibleRows)).enumerated() {
    let row = Rect(place.body.x, place.body.y + place.rowHeight * Double(offset), place.body.width - canvas.u(8), place.rowHeight)
    drawRuleRow(rows[index], index, isFocused: index == editor.focus, row, on: &canvas)
  }
  canvas.scrollBar(place, first: editor.scroll, count: rows.count)
  drawRuleFooter(state, rows.indices.contains(editor.focus) ? rows[editor.focus] : nil, place.footer, on: &canvas)
}

private func drawRuleRow(_ row: RuleTree.Row, _ index: Int, isFocused: Bool, _ frame: Rect, on canvas: inout Canvas) {
  canvas.rowGround(frame, isFocused: isFocused)
  canvas.hit(frame, .perform(.focusRow(index)))
  let ruleWidth = min(canvas.u(250), frame.width * 0.42)
  let indent = canvas.u(8) + canvas.u(14) * Double(row.depth)
  let arrow = Rect(frame.x + indent, frame.y, canvas.u(16), frame.height)
  if let group = row.group {
    drawArrow(arrow.center, isOpen: row.isExpanded, canvas.isHovered(arrow) ? canvas.theme.text : canvas.theme.secondary, on: &canvas)
    canvas.hit(arrow, .perform(.toggleGroup(group)), hint: [row.isExpanded ? "Close (Enter)" : "Open (Enter)"])
  }
  let countWidth = canvas.u(62)
  let name = Rect(arrow.maxX + canvas.u(2), frame.y, max(1, frame.maxX - ruleWidth - countWidth - arrow.maxX - canvas.u(8)), frame.height)
  canvas.text(row.title, in: name, size: 11.5, weight: row.depth < 2 ? .bold : .regular)
  if row.count > 1 {
    canvas.text(
      "\(row.count) layers", in: Rect(frame.maxX - ruleWidth - countWidth, frame.y, countWidth - canvas.u(6), frame.height), size: 10,
      canvas.theme.faint, .right)
  }
  let rule = Rect(frame.maxX - ruleWidth + canvas.u(8), frame.y, ruleWidth - canvas.u(14), frame.height)
  let text = row.rule.map(\.shortTitle) ?? row.rules.joined(separator: ", ")
  if row.own != nil { canvas.disc(Point(rule.x - canvas.u(1), frame.center.y), canvas.u(3), fill: canvas.theme.accent) }
  canvas.text(
    text, in: Rect(rule.x + canvas.u(8), rule.y, rule.width - canvas.u(8), rule.height), size: 11,
    row.own != nil ? canvas.theme.accent : row.rule == nil ? canvas.theme.faint : canvas.theme.secondary)
}

private func drawArrow(_ centre: Point, isOpen: Bool, _ color: Color, on canvas: inout Canvas) {
  let r = canvas.u(3.5)
  let path =
    isOpen
    ? [Point(centre.x - r, centre.y - r / 2), Point(centre.x, centre.y + r / 2), Point(centre.x + r, centre.y - r / 2)]
    : [Point(centre.x - r / 2, centre.y - r), Point(centre.x + r / 2, centre.y), Point(centre.x - r / 2, centre.y + r)]
  canvas.line(path, color, width: canvas.u(1.5))
}

private func drawRuleFooter(_ state: AppState, _ row: RuleTree.Row?, _ footer: Rect, on canvas: inout Canvas) {
  let (line, rest) = footer.splitTop(canvas.u(20))
  if let row {
    // Another of one's own rows may decide here too.
    let own = row.own != nil ? "yours" : row.isAsBase ? "as \(state.rules.base.name) has it" : "by a rule of yours for other rows"
    canvas.text(
      "\(row.title): \(row.rule.map(\.shortTitle) ?? "different rules"), \(own)", in: line,
      size: 10.5, canvas.theme.secondary)
  }
  // Two rows of rules where one would cut their names.
  let rowCount = footer.width < canvas.u(570) ? 2 : 1
  let (palette, tools) = rest.splitTop(canvas.u(27) * Double(rowCount))
  let choices = [CanvasButton("0 none", 6, isOn: row != nil && row?.own == nil, hint: "As \(state.rules.base.name) has it", .giveRule(0))]
  let rules = Rule.linear.enumerated().map { index, rule in
    CanvasButton(
      "\(index + 1) \(rule.name)", Double(rule.name.count + 1), isOn: row?.own?.name == rule.name, hint: rule.explanation,
      .giveRule(index + 1))
  }
  let all = choices + rules
  let perRow = (all.count + rowCount - 1) / rowCount
  for row in 0..<rowCount {
    let part = all[min(all.count, row * perRow)..<min(all.count, (row + 1) * perRow)]
    canvas.buttons(
      Array(part), in: Rect(palette.x, palette.y + canvas.u(27) * Double(row), palette.width, canvas.u(22)), size: 10.5)
  }
  let hasNumber = row?.rule?.stepped(up: true) != nil
  canvas.buttons(
    [
      CanvasButton("\u{2212}", 3, isEnabled: hasNumber, hint: "The rule's number, smaller (Left)", .decrease),
      CanvasButton("+", 3, isEnabled: hasNumber, hint: "The rule's number, larger (Right)", .increase),
      CanvasButton("Undo", 6, isEnabled: state.rules.canUndo, hint: "Ctrl+Z", .undoRules),
      CanvasButton("Redo", 6, isEnabled: state.rules.canRedo, hint: "Ctrl+Shift+Z", .redoRules),
      CanvasButton("Reset", 6, isEnabled: state.rules.isChanged, hint: "\(state.rules.base.name) as it was", .resetRules),
      CanvasButton("Save", 6, isEnabled: state.rules.isChanged, hint: "Keep these rules for the next start (Ctrl+S)", .saveRules),
      CanvasButton("Parameters", 10, hint: "Numbers of all rules (P)", .openParameters),
    ], in: tools.splitTop(canvas.u(22)).0)
}

extension Rule {
  /// One line for people who choose.
  fileprivate var explanation: String {
    switch self {
    case .lrp0: "each input its signed share"
    case .epsilon: "the same, small outputs damped"
    case .gamma: "what agrees with the output counts more"
    case .zPlus: "only what speaks for the output"
    case .alphaBeta: "what speaks for minus what speaks against, weighted"
    case .zBox: "for pixels between a lowest and a highest value"
    case .wSquare: "by squared weights, whatever the input"
    case .flat: "evenly to every input"
    case .norm: "each summand its signed share"
    case .pass: "handed through"
    case .winnerTakesAll: "everything to the largest"
    }
  }
}
