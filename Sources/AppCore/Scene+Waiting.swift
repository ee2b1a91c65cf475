import Geometry
import Relevance
import Scene

/// Over the pictures: how far a method is that takes long, or that what is seen is older than what was asked for.
func drawWaitingBox(_ state: AppState, _ slot: ExplanationSlot, _ pictures: Rect, on canvas: inout Canvas) {
  let isLong = state.takesLong && !slot.outstanding.isEmpty && slot.isWaiting(at: state.now)
  guard isLong || slot.isCancelled else { return }
  let width = min(canvas.u(360), pictures.width - canvas.u(8))
  let height = min(canvas.u(54), max(canvas.u(40), pictures.height))
  let frame = Rect(pictures.center.x - width / 2, max(pictures.minY, pictures.maxY - height - canvas.u(24)), width, height)
  canvas.box(frame, fill: canvas.theme.panel.opacity(0.94), border: canvas.theme.strongBorder, radius: 7)
  canvas.hit(frame, .none)
  let inner = frame.inset(dx: canvas.u(10), dy: canvas.u(6))
  let buttonWidth = canvas.u(84)
  let button = Rect(inner.maxX - buttonWidth, inner.y, buttonWidth, canvas.u(22))
  let text = Rect(inner.x, inner.y, inner.width - buttonWidth - canvas.u(8), canvas.u(22))
  if isLong {
    canvas.text(explainingTitle(state), in: text, size: 11.5)
    canvas.button("Cancel", in: button, size: 11, hint: "Stop computing (Esc)", .cancelExplanation)
    canvas.progressBar(
      in: Rect(inner.x, min(inner.maxY - canvas.u(5), inner.y + canvas.u(30)), inner.width, canvas.u(5)),
      fraction: state.progress[.explaining]?.fraction)
  } else {
    canvas.text("\(state.attribution.name): not done", in: text, size: 11.5)
    canvas.button("Explain", in: button, size: 11, hint: "Compute it", .explainAgain)
    if let shown = slot.shown {
      canvas.text(
        "what you see: \(shown.query.attribution.name)",
        in: Rect(inner.x, inner.y + canvas.u(22), inner.width, canvas.u(16)), size: 10.5, canvas.theme.faint)
    }
  }
}

/// "occlusion, 42 %, 3 s left".
func explainingTitle(_ state: AppState) -> String {
  let slow = state.attribution.isSlow ? state.attribution.name : state.comparison.map { $0.isSlow ? $0.name : nil } ?? nil
  let name = slow ?? state.attribution.name
  guard let progress = state.progress[.explaining], let fraction = progress.fraction else { return name }
  let left = progress.secondsLeft(at: state.now).map { ", \(Numbers.seconds($0)) left" } ?? ""
  return "\(name), \(Int(fraction * 100)) %" + left
}
