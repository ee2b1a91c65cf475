import Geometry
import Relevance
import Scene

/// One bar per layer with weights or a sum, in the network's order: relevance in, cut into what it hands on and what bias and stabilizer
/// absorb.
func drawLayerSums(
  _ state: AppState, _ network: LoadedNetwork, _ shown: ShownExplanation?, _ frame: Rect, on canvas: inout Canvas
) {
  canvas.line([Point(frame.minX, frame.minY + 1), Point(frame.maxX, frame.minY + 1)], canvas.theme.border)
  let (title, area) = frame.splitTop(canvas.u(16))
  guard let shown, !shown.layerSums.isEmpty else {
    let text =
      shown.map { "No sums per layer: \($0.query.attribution.name) knows no layers" }
      ?? (network.problem == nil
        ? "Explain a digit to see how relevance passes from layer to layer" : "No relevance passes through a network that cannot run")
    canvas.text(text, in: area, size: 11.5, canvas.theme.faint, .center)
    return
  }
  let chart = SumChart(shown.layerSums, in: area.inset(dx: 0, dy: canvas.u(2)), unit: canvas.unit)
  let selected = state.shownLayer.map { Set(state.selectedLayer == nil ? $0.node.layers : [$0.layer]) } ?? []
  drawSumTitle(state, shown, chart, title.inset(dx: 0, dy: 0), on: &canvas)
  canvas.line([Point(area.minX, chart.zero), Point(area.maxX, chart.zero)], canvas.theme.border)
  for (sum, bar) in zip(shown.layerSums, chart.bars) {
    drawBar(state, sum, bar, chart, isSelected: selected.contains(sum.layer), on: &canvas)
  }
}

/// Where the bars stand and how high a number is.
struct SumChart {
  struct Bar {
    let frame: Rect
    /// The column that answers the pointer.
    let column: Rect
  }

  let bars: [Bar]
  /// y of zero.
  let zero: Double
  /// Whether heights grow with the logarithm: sums that differ a hundredfold would leave nothing to see of the others.
  let isLogarithmic: Bool
  let largest: Double
  private let up: Double
  private let down: Double

  init(_ sums: [LayerSum], in area: Rect, unit: Double) {
    func finite(_ value: Double) -> Double { value.isFinite ? value : 0 }
    var highest = 0.0
    var lowest = 0.0
    for sum in sums {
      let parts = [sum.relevanceOut, sum.absorbedByBias, sum.absorbedByStabilizer].map(finite)
      highest = max(highest, finite(sum.relevanceIn), parts.reduce(0) { $0 + max(0, $1) })
      lowest = min(lowest, finite(sum.relevanceIn), parts.reduce(0) { $0 + min(0, $1) })
    }
    largest = max(highest, -lowest)
    let typical = sums.map { abs(finite($0.relevanceIn)) }.filter { $0 > 0 }.sorted()
    isLogarithmic = typical.isEmpty ? false : largest > 100 * typical[typical.count / 2]
    let scale = largest > 0 ? largest : 1
    func share(_ value: Double, _ isLogarithmic: Bool) -> Double { SumChart.share(abs(value) / scale, isLogarithmic) }
    let (above, below) = (share(highest, isLogarithmic), share(lowest, isLogarithmic))
    let room = max(1, area.height)
    let total = max(above + below, 1e-9)
    zero = (area.minY + room * (highest == 0 && lowest == 0 ? 1 : above / total)).rounded()
    up = room / total
    down = room / total

    let pitch = area.width / Double(max(1, sums.count))
    bars = sums.indices.map { index in
      let column = Rect(area.minX + pitch * Double(index), area.minY, pitch, area.height)
      let width = min(14 * unit, max(1, column.width - max(1, column.width * 0.2)))
      return Bar(frame: Rect(column.center.x - width / 2, area.minY, width, area.height), column: column)
    }
  }

  private static func share(_ value: Double, _ isLogarithmic: Bool) -> Double {
    guard isLogarithmic else { return value }
    // Six decades; smaller numbers have no height.
    var rest = value
    var decades = 0.0
    guard rest > 1e-6 else { return 0 }
    while rest < 0.1 {
      rest *= 10
      decades += 1
    }
    // Within a decade by a straight line: nobody measures by eye on a logarithmic scale.
    return 1 - (decades + (1 - rest) / 0.9) / 6
  }

  /// y of a number; not finite: the edge.
  func y(_ value: Double) -> Double {
    guard largest > 0, value.isFinite else { return zero }
    let height = Self.share(min(1, abs(value) / largest), isLogarithmic)
    return value >= 0 ? zero - height * up : zero + height * down
  }
}

private func drawBar(
  _ state: AppState, _ sum: LayerSum, _ bar: SumChart.Bar, _ chart: SumChart, isSelected: Bool, on canvas: inout Canvas
) {
  if canvas.isHovered(bar.column) {
    canvas.fill(bar.column, canvas.theme.hovered)
  } else if isSelected {
    canvas.fill(bar.column, canvas.theme.raised)
  }
  let strong = state.signColormap.color(0.62)
  let weak = state.signColormap.color(-0.62)
  let parts: [(Double, Color)] = [
    (sum.relevanceOut, sum.relevanceOut >= 0 ? strong : weak), (sum.absorbedByBias, canvas.theme.biasPart),
    (sum.absorbedByStabilizer, canvas.theme.stabilizerPart),
  ]
  // Positive parts are stacked upwards from zero, negative ones downwards: together they are what came in.
  var (above, below) = (0.0, 0.0)
  for (value, color) in parts where value.isFinite && value != 0 {
    let start = value > 0 ? above : below
    let end = start + value
    if value > 0 { above = end } else { below = end }
    let (from, to) = (chart.y(start), chart.y(end))
    canvas.fill(Rect(bar.frame.x, min(from, to), bar.frame.width, abs(to - from)), color)
  }
  if sum.isWarned {
    canvas.box(bar.column.inset(dx: 0, dy: 0), fill: canvas.theme.warning.opacity(0.2), border: canvas.theme.warning)
  }
  if sum.relevanceIn.isFinite, sum.relevanceIn != 0 {
    let y = chart.y(sum.relevanceIn)
    canvas.line(
      [Point(bar.frame.minX - 1, y), Point(bar.frame.maxX + 1, y)], sum.isWarned ? canvas.theme.warning : canvas.theme.text,
      width: canvas.u(1.2))
  }
  var hint = [
    "\(sum.name)   \(sum.rule)", "in \(Numbers.significant(sum.relevanceIn)), out \(Numbers.significant(sum.relevanceOut))",
    "absorbed by bias \(Numbers.significant(sum.absorbedByBias)), by stabilizer \(Numbers.significant(sum.absorbedByStabilizer))",
    "max |R| \(Numbers.significant(Double(sum.largest)))",
  ]
  if sum.isWarned { hint.append("a warning is about this layer") }
  canvas.hit(bar.column, .perform(.layer(sum.layer)), hint: hint)
}

private func drawSumTitle(_ state: AppState, _ shown: ShownExplanation, _ chart: SumChart, _ frame: Rect, on canvas: inout Canvas) {
  let row = Rect(frame.x, frame.y + canvas.u(2), frame.width, frame.height - canvas.u(2))
  if let warning = shown.explanation.warnings.first {
    canvas.text(warning.sentence, in: row, size: 10.5, canvas.theme.warning)
    return
  }
  let scale = chart.isLogarithmic ? ", logarithmic" : ""
  let title = "Relevance in each layer, up to \(Numbers.significant(chart.largest))\(scale)"
  let titleWidth = canvas.width(of: title, size: 10.5)
  canvas.text(title, in: Rect(row.x, row.y, min(row.width, titleWidth), row.height), size: 10.5, canvas.theme.faint)
  let legend: [(String, Color)] = [
    ("handed on", state.signColormap.color(0.62)), ("absorbed by bias", canvas.theme.biasPart),
    ("by the stabilizer", canvas.theme.stabilizerPart),
  ]
  let widths = legend.map { canvas.width(of: $0.0, size: 10) + canvas.u(18) }
  var x = row.maxX - widths.reduce(0, +)
  guard x > row.x + titleWidth else { return }
  for ((text, color), width) in zip(legend, widths) {
    canvas.fill(Rect(x, row.center.y - canvas.u(4), canvas.u(8), canvas.u(8)), color, radius: 1)
    canvas.text(text, in: Rect(x + canvas.u(12), row.y, width - canvas.u(14), row.height), size: 10, canvas.theme.faint)
    x += width
  }
}
