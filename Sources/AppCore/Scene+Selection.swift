import Geometry
import Scene

/// The lasso that is being drawn.
func drawLasso(_ state: AppState, on canvas: inout Canvas) {
  guard case .lasso(let lasso) = state.gesture, lasso.corners.count > 1 else { return }
  canvas.line(lasso.corners + [lasso.corners[0]], canvas.theme.warning, width: canvas.u(1.5), isDashed: true)
}

/// What the chosen digits have in common.
func drawSelection(_ state: AppState, _ body: Rect, on canvas: inout Canvas) {
  guard let selection = state.selection, body.width > canvas.u(400), body.height > canvas.u(150) else { return }
  let size = Size(canvas.u(246), canvas.u(120))
  let frame = Rect(body.maxX - size.width - canvas.u(8), body.maxY - size.height - canvas.u(8), size.width, size.height)
  canvas.box(frame, fill: canvas.theme.panel.opacity(0.9), border: canvas.theme.border, radius: 6)
  canvas.hit(frame, .none)
  let inner = frame.inset(dx: canvas.u(9), dy: canvas.u(5))
  let (title, rest) = inner.splitTop(canvas.u(19))
  canvas.text("\(Numbers.grouped(selection.count)) chosen", in: title, size: 12, weight: .bold)
  let close = Rect(title.maxX - canvas.u(16), title.y, canvas.u(20), title.height)
  canvas.text("\u{00D7}", in: close, size: 14, canvas.isHovered(close) ? canvas.theme.text : canvas.theme.faint, .center)
  canvas.hit(close, .perform(.dropSelection), hint: ["Choose none (Esc)"])
  let side = canvas.u(46)
  let picture = Rect(rest.x, rest.y + canvas.u(2), side, side)
  canvas.fill(picture, canvas.theme.black)
  if let average = selection.average { canvas.image(average, in: picture) }
  canvas.hit(picture, .none, hint: ["The average of their pictures"])
  let heat = Rect(picture.maxX + canvas.u(4), picture.y, side, side)
  canvas.fill(heat, canvas.theme.black)
  if let image = selection.relevance?.image { canvas.image(image, in: heat) }
  canvas.hit(heat, .none, hint: relevanceHint(selection))
  if let relevance = selection.relevance, !relevance.isComplete {
    canvas.progressBar(
      in: Rect(heat.x, heat.maxY - canvas.u(3), heat.width, canvas.u(3)), fraction: Double(relevance.count) / Double(relevance.wanted))
  }
  for (frame, name) in [(picture, "mean"), (heat, "mean R")] {
    canvas.text(
      name, in: Rect(frame.x - canvas.u(2), frame.maxY, frame.width + canvas.u(4), canvas.u(14)), size: 9.5, canvas.theme.faint, .center)
  }
  let words = Rect(heat.maxX + canvas.u(10), picture.y - canvas.u(2), inner.maxX - heat.maxX - canvas.u(10), canvas.u(16))
  func line(_ number: Int) -> Rect { Rect(words.x, words.y + canvas.u(16) * Double(number), words.width, words.height) }
  if selection.predictedCount > 0 {
    let share = Double(selection.rightCount) / Double(selection.predictedCount)
    canvas.text("\(Numbers.percent(share)) right", in: line(0), size: 11, canvas.theme.secondary)
    canvas.text("confidence \(Numbers.percent(selection.meanConfidence))", in: line(1), size: 11, canvas.theme.secondary)
    let missing = selection.count - selection.predictedCount
    if missing > 0 { canvas.text("\(Numbers.grouped(missing)) not predicted", in: line(2), size: 10.5, canvas.theme.faint) }
  } else {
    canvas.text("not predicted yet", in: line(0), size: 11, canvas.theme.faint)
  }
  // A bar of the labels, with the number of each that has room for it.
  let bar = Rect(inner.x, picture.maxY + canvas.u(17), inner.width, canvas.u(16))
  var x = bar.x
  for (label, count) in selection.countsByLabel.enumerated() where count > 0 {
    let part = Rect(x, bar.y, bar.width * Double(count) / Double(selection.count), bar.height)
    canvas.fill(part, canvas.theme.palette[label])
    if part.width > canvas.u(13) {
      canvas.text("\(label)", in: part, size: 10.5, canvas.theme.ink(on: canvas.theme.palette[label]), .center, weight: .bold)
    }
    canvas.hit(part, .none, hint: ["label \(label): \(Numbers.grouped(count))"])
    x = part.maxX
  }
}

/// What the second picture is.
private func relevanceHint(_ selection: DigitSelection) -> [String] {
  guard let relevance = selection.relevance else { return ["The average of their relevance"] }
  let method = relevance.query.attribution.name
  guard let heat = relevance.heat else { return ["The average of their relevance", "\(method), being computed"] }
  let whole = relevance.wanted < selection.count ? "\(Numbers.grouped(relevance.wanted)) of them, evenly taken" : "all of them"
  let sum = heat.values.reduce(0.0) { $0 + Double($1) }
  return [
    "The average relevance of " + (relevance.isComplete ? whole : "\(relevance.count) of \(Numbers.grouped(relevance.wanted)) so far"),
    method, "sum \(Numbers.significant(sum)), max |R| \(Numbers.significant(Double(heat.largest)))",
  ]
}
