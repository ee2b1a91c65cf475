import Geometry
import Relevance
import Scene

/// A, B and A - B side by side, each coloured by its own largest |R|. V changes between heatmaps and overlays.
func drawComparison(_ state: AppState, _ shown: ShownExplanation, _ frame: Rect, slot: ExplanationSlot, on canvas: inout Canvas) {
  let comparison = shown.comparison
  let isOverlay = state.pictureMode == .overlay
  let nameOfB = comparison?.query.attribution.name ?? state.comparison?.name ?? ""
  let range = comparison?.difference.map { " \u{00B1}\(Numbers.significant(Double($0.largest)))" } ?? ""
  let cell = (frame.width - canvas.u(8) * 2) / 3
  // Where names do not fit, the tooltip has them.
  let isNarrow = cell < canvas.u(130)
  let scale =
    switch state.heatLook.normalization {
    case .symmetric: "by its max |R|"
    case .robust: "by 99 % of its |R|"
    case .locked: "locked scale"
    }
  let pictures: [(title: String, detail: String, asset: ImageAsset?)] = [
    (isNarrow ? "A" : "A  \(shown.query.attribution.name)", scale, isOverlay ? shown.overlayImage : shown.heatmapImage),
    (isNarrow ? "B" : "B  \(nameOfB)", scale, isOverlay ? comparison?.overlayImage : comparison?.heatmapImage),
    (isNarrow ? "A \u{2212} B\(range)" : "A/max \u{2212} B/max\(range)", "each by its own max |R|", comparison?.differenceImage),
  ]
  let hasCaption = frame.height > canvas.u(110) && !isNarrow
  let captionHeight = hasCaption ? canvas.u(32) : canvas.u(15)
  let gap = canvas.u(8)
  let side = min((frame.width - gap * 2) / 3, frame.height - captionHeight).rounded(.down)
  guard side > canvas.u(16) else { return }
  let names = [shown.query.attribution.name, nameOfB, "A / max |A| \u{2212} B / max |B|"]
  let y = frame.y + (frame.height - captionHeight - side) / 2
  let squares = pictures.indices.map { index in
    Rect((frame.x + (cell + gap) * Double(index) + (cell - side) / 2).rounded(), y.rounded(), side, side)
  }
  let pointed = canvas.pointedPixel(of: shown, in: squares)
  let heats = [shown.heat, comparison?.heat, comparison?.difference]
  for (index, picture) in pictures.enumerated() {
    let x = frame.x + (cell + gap) * Double(index)
    let square = squares[index]
    if let asset = picture.asset {
      drawHeatSquare(
        asset, square, isFaded: slot.isWaiting(at: state.now), outline: state.heatLook.showsOutline ? shown.outline : [], pointed,
        of: shown, on: &canvas)
    } else {
      canvas.box(square, fill: canvas.theme.window, border: canvas.theme.border)
      canvas.text(slot.outstanding.isEmpty ? "not there" : "computing\u{2026}", in: square, size: 11, canvas.theme.faint, .center)
    }
    let caption = Rect(x, square.maxY + canvas.u(1), cell, captionHeight)
    let (title, detail) = caption.splitTop(canvas.u(15))
    canvas.text(picture.title, in: title, size: 10.5, canvas.theme.secondary, .center)
    if hasCaption { canvas.text(picture.detail, in: detail.splitTop(canvas.u(14)).0, size: 10, canvas.theme.faint, .center) }
    var lines: [String] = []
    if let pointed {
      lines.append("row \(pointed.row), column \(pointed.column)")
      for (name, heat) in zip(["A", "B", "A/max \u{2212} B/max"], heats) {
        guard let heat, heat.width == shown.heat.width, heat.height == shown.heat.height else { continue }
        lines.append("\(name)  R \(Numbers.significant(Double(heat.values[pointed.row * heat.width + pointed.column])))")
      }
    }
    canvas.hit(
      Rect(x, square.y, cell, square.height + captionHeight), .perform(.nextPictureMode),
      hint: lines + [names[index], "coloured " + picture.detail, "Heatmaps or overlays (V)"])
  }
}

/// The numbers of both methods.
func comparisonLines(_ shown: ShownExplanation, _ comparison: ShownComparison) -> [FactLine] {
  let correlation = comparison.correlation.map { Numbers.fixed($0, 3) } ?? "none"
  func numbers(_ sum: Double, _ largest: Float) -> String {
    "sum \(Numbers.significant(sum)), max |R| \(Numbers.significant(Double(largest)))"
  }
  return [
    FactLine(text: "A  \(shown.query.attribution.name): " + numbers(shown.sum, shown.largest)),
    FactLine(text: "B  \(comparison.query.attribution.name): " + numbers(comparison.sum, comparison.heat.largest)),
    FactLine(text: "Correlation of A and B \(correlation)"),
  ]
}
