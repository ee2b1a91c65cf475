import Geometry
import Relevance
import Scene

/// What an explanation is made of and for, as buttons: targets in one row, methods in another, then a line about the method. Where
/// room is short, one row with the names shortened.
func drawControls(_ state: AppState, _ frame: Rect, isRoomy: Bool, on canvas: inout Canvas) {
  guard isRoomy else {
    let row = frame.splitTop(canvas.u(24)).0
    let (methods, targets) = row.splitLeft((row.width * 0.52).rounded())
    drawMethodStepper(state, methods.splitLeft(methods.width - canvas.u(6)).0, on: &canvas)
    drawTargetButtons(state, targets, isShort: true, on: &canvas)
    return
  }
  let (targets, below) = frame.splitTop(canvas.u(26))
  drawTargetButtons(state, targets.splitTop(canvas.u(22)).0, isShort: false, on: &canvas)
  let (methods, line) = below.splitTop(canvas.u(26))
  let row = methods.splitTop(canvas.u(22)).0
  let (stepper, rest) = row.splitLeft((row.width * 0.5).rounded())
  drawMethodStepper(state, stepper, on: &canvas)
  let isCompared = state.comparison != nil
  canvas.buttons(
    [
      CanvasButton("Parameters", 10, hint: "Numbers and choices of the method (P)", .openParameters),
      CanvasButton("Rules", 6, isOn: state.rules.isChanged, hint: "The rule of every layer (R)", .openRules),
      CanvasButton(
        isCompared ? "Compare \u{00D7}" : "Compare", 9, isOn: isCompared,
        hint: isCompared ? "Back to one method (Shift+B)" : "Two methods side by side (B)", isCompared ? .endComparison : .openComparison),
    ], in: rest.splitLeft(canvas.u(6)).1)
  let details = state.attribution.details
  let text = [details, state.attribution.summary].filter { !$0.isEmpty }.joined(separator: "  \u{00B7}  ")
  guard line.height >= canvas.u(14) else { return }
  canvas.text(text, in: line.splitTop(canvas.u(18)).0, size: 11, canvas.theme.faint)
  canvas.hit(
    line, .none, hint: [state.attribution.name, state.attribution.summary] + (details.isEmpty ? [] : wrapped(details, columns: 70)))
}

/// Back, the method's name with the list behind it, and forth.
private func drawMethodStepper(_ state: AppState, _ row: Rect, on canvas: inout Canvas) {
  let side = canvas.u(22)
  canvas.button("\u{2039}", in: Rect(row.x, row.y, side, row.height), size: 13, hint: "Previous composite (Shift+M)", .previousComposite)
  canvas.button("\u{203A}", in: Rect(row.maxX - side, row.y, side, row.height), size: 13, hint: "Next composite (M)", .nextComposite)
  let middle = Rect(row.x + side + canvas.u(4), row.y, max(1, row.width - 2 * side - canvas.u(8)), row.height)
  let name = canvas.fitted(state.attribution.name, size: 11, width: middle.width - canvas.u(10))
  canvas.button(name, in: middle, isOn: isOpen(state.overlay), size: 11, hint: "All methods (L)", .openMethods)
}

private func isOpen(_ overlay: Overlay?) -> Bool {
  if case .list(let chooser)? = overlay { chooser.subject == .methods } else { false }
}

private func drawTargetButtons(_ state: AppState, _ row: Rect, isShort: Bool, on canvas: inout Canvas) {
  let target = state.activeSlot.target
  let isContrast = if case .contrast = target { true } else { false }
  let count = min(ClassMap.most, state.network?.network.classCount ?? ClassMap.most)
  let all = count == 10 ? "all ten" : "all \(count)"
  canvas.buttons(
    [
      CanvasButton(
        isShort ? "1st" : "predicted", isShort ? 3 : 9, isOn: target == .predicted, hint: "What speaks for the predicted class (H)",
        .predictedTarget),
      CanvasButton(
        isShort ? "2nd" : "runner-up", isShort ? 3 : 9, isOn: target == .runnerUp, hint: "What speaks for the second class (U)", .runnerUp),
      CanvasButton(
        isShort ? "not" : contrastTitle(state), isShort ? 3 : 15, isOn: isContrast,
        hint: "Why this class and not another (W; Shift+click a class)", .contrast),
      CanvasButton(
        isShort ? "all" : all, isShort ? 3 : 7, isOn: state.showsAllClasses, hint: "All classes at once, on one scale (A)", .allClasses),
    ], in: row)
}

private func contrastTitle(_ state: AppState) -> String {
  guard case .contrast(let first, let second) = state.activeSlot.target else { return "and not\u{2026}" }
  let title = "\(state.className(first)), not \(state.className(second))"
  return title.count <= 16 ? title : "and not\u{2026}"
}

/// Where a method's name, rules and summary stand in its row.
struct MethodColumns {
  let name: Double
  let rule: Double
  let hasRules: Bool
  let hasSummary: Bool

  init(_ body: Rect, _ canvas: Canvas) {
    name = canvas.u(192)
    rule = canvas.u(74)
    hasRules = body.width >= name + 3 * rule
    hasSummary = body.width >= name + 3 * rule + canvas.u(200)
  }

  func drawTitles(_ row: Rect, on canvas: inout Canvas) {
    for (index, title) in ["first layer", "convolution", "dense"].enumerated() {
      canvas.text(
        title, in: Rect(row.x + canvas.u(6) + name + rule * Double(index), row.y, rule, row.height), size: 10, canvas.theme.faint)
    }
  }
}

/// A method's name, what it does with kinds of layers, and what it is.
func drawMethodRow(_ method: Attribution, _ row: Rect, _ columns: MethodColumns, isCurrent: Bool, on canvas: inout Canvas) {
  let x = row.x + canvas.u(6)
  canvas.text(
    method.name, in: Rect(x + canvas.u(12), row.y, columns.name - canvas.u(14), row.height), size: 11.5,
    isCurrent ? canvas.theme.accent : canvas.theme.text)
  var rest = Rect(x + columns.name, row.y, max(1, row.maxX - x - columns.name), row.height)
  if columns.hasRules, let composite = method.settings?.composite {
    let table = composite.table
    for rule in [table.first, table.convolution, table.dense] {
      let (cell, others) = rest.splitLeft(columns.rule)
      canvas.text(rule?.name ?? "", in: cell.splitLeft(columns.rule - canvas.u(6)).0, size: 10.5, canvas.theme.secondary)
      rest = others
    }
  }
  if columns.hasSummary || method.settings == nil {
    canvas.text(method.summary, in: rest.splitLeft(rest.width - canvas.u(6)).0, size: 10.5, canvas.theme.faint)
  }
}

/// What the focused method does, in full, with what else can be done.
func drawMethodFooter(_ state: AppState, _ method: Attribution?, isComparison: Bool, _ place: OverlayPlace, on canvas: inout Canvas) {
  let (line, buttons) = place.footer.splitTop(canvas.u(24))
  if let method {
    let slow = method.isSlow ? "; takes long" : ""
    canvas.text("\(method.name): \(method.summary)\(slow)", in: line, size: 11, canvas.theme.secondary)
  }
  let compare =
    !isComparison
    ? CanvasButton("Compare (B)", 12, hint: "Two methods side by side", .openComparison)
    : CanvasButton("No longer compare", 17, isEnabled: state.comparison != nil, hint: "Back to one method", .endComparison)
  canvas.buttons(
    [
      CanvasButton("Parameters", 10, hint: "Numbers and choices of the method in use", .openParameters),
      CanvasButton("Rules", 8, hint: "The rule of every layer", .openRules), compare,
    ], in: buttons.splitTop(canvas.u(22)).0)
}
