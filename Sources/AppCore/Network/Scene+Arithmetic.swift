import Geometry
import Networks
import Relevance
import Scene

/// How one output number comes about, with its real numbers: window times kernel plus bias, and who gets its relevance.
func drawArithmetic(_ state: AppState, _ network: LoadedNetwork, _ layer: Int, _ frame: Rect, on canvas: inout Canvas) {
  let found = network.network.layers[layer]
  guard let arithmetic = state.view.inspector.arithmetic else {
    let text =
      found.hasWeights
      ? "Explain a digit by relevance to see the arithmetic of one of \(found.name)'s numbers"
      : "\(found.name) has no weights: choose a convolution or a dense layer (; and : step through \(state.shownLayer?.node.name ?? "the node"))"
    canvas.text(canvas.begun(text, size: 12, width: frame.width), in: frame, size: 12, canvas.theme.faint, .center)
    return
  }
  let (title, area) = frame.splitTop(canvas.u(15))
  drawArithmeticTitle(arithmetic, found, title, on: &canvas)
  if arithmetic.kernelHeight * arithmetic.kernelWidth == 1 {
    drawTerms(arithmetic, area, on: &canvas)
  } else {
    drawWindows(arithmetic, area, on: &canvas)
  }
}

/// The whole sum in one line, and the whole of relevance.
private func drawArithmeticTitle(_ arithmetic: UnitArithmetic, _ layer: Layer, _ row: Rect, on canvas: inout Canvas) {
  let neuron = arithmetic.neuron
  let unit = arithmetic.subject.unit
  let products = arithmetic.parts.reduce(0) { $0 + $1.product }
  let shares = arithmetic.parts.reduce(0) { $0 + $1.relevance }
  func n(_ value: Double) -> String { Numbers.significant(value) }
  let place = layer.outputShape.count == 3 ? " at \(unit.position.row),\(unit.position.column)" : ""
  let sum =
    "\(layer.name)[\(unit.channel)]\(place) = \u{03A3} x\u{00B7}w \(n(products)) + bias \(n(Double(neuron.bias))) = \(n(Double(neuron.output)))"
  let relevance =
    "R \(n(neuron.relevance)) = inputs \(n(shares)) + bias \(n(neuron.absorbedByBias)) + stabilizer \(n(neuron.absorbedByStabilizer))"
  let rule = "rule \(neuron.rule?.rule.title ?? "unknown")"
  canvas.text(canvas.joined([sum, relevance, rule], by: "     ", size: 11, width: row.width), in: row, size: 11, canvas.theme.text)
  canvas.hit(row, .none, hint: [sum, relevance, rule, "Alt+arrows: another position; > and <: another channel"])
}

/// Kernels of one position: a term a row, in columns.
private func drawTerms(_ arithmetic: UnitArithmetic, _ frame: Rect, on canvas: inout Canvas) {
  let height = canvas.u(13)
  let rows = max(1, Int(frame.height / height) - 1)
  let heads = ["input", "x", "w", "x\u{00B7}w", "R"]
  let widths = [40.0, 54, 54, 54, 56].map { canvas.u($0) }
  let pitch = widths.reduce(0, +) + canvas.u(18)
  let columns = max(1, Int((frame.width + canvas.u(18)) / pitch))
  let fitting = rows * columns
  let isAll = arithmetic.parts.count <= fitting
  let shown = arithmetic.parts.prefix(isAll ? fitting : fitting - 1)
  func draw(_ cells: [String], _ place: Int, _ row: Int, _ color: Color) {
    var x = frame.x + pitch * Double(place)
    for (cell, width) in zip(cells, widths) {
      canvas.text(cell, in: Rect(x, frame.y + height * Double(row), width - canvas.u(4), height), size: 10, color, .right)
      x += width
    }
  }
  for column in 0..<min(columns, (arithmetic.parts.count + rows - 1) / rows) { draw(heads, column, 0, canvas.theme.faint) }
  for (index, part) in shown.enumerated() {
    let values = [Double(part.inputs[0] ?? 0), Double(part.weights[0]), part.product, part.relevance].map { Numbers.significant($0) }
    draw(["\(part.channel)"] + values, index / rows, index % rows + 1, canvas.theme.text)
  }
  if !isAll {
    let rest = arithmetic.parts.dropFirst(shown.count)
    let sums = [rest.reduce(0) { $0 + $1.product }, rest.reduce(0) { $0 + $1.relevance }].map { Numbers.significant($0) }
    draw(["+\(rest.count)", "", "", sums[0], sums[1]], shown.count / rows, shown.count % rows + 1, canvas.theme.secondary)
  }
}

/// Kernels of several positions: for each input channel its window, the kernel, and the relevance that goes back.
private func drawWindows(_ arithmetic: UnitArithmetic, _ frame: Rect, on canvas: inout Canvas) {
  let (rows, columns) = (arithmetic.kernelHeight, arithmetic.kernelWidth)
  let size = min(10.0, max(9, (frame.height / canvas.unit - 15) / Double(rows) - 1))
  let height = min(canvas.u(14), (frame.height - canvas.u(15)) / Double(rows))
  guard height >= canvas.u(9) else {
    // Too low for a window's numbers: the channels as a list.
    return drawChannels(arithmetic, frame, on: &canvas)
  }
  let cell = canvas.u(41)
  let matrix = cell * Double(columns)
  let pitch = 3 * matrix + canvas.u(48)
  let across = max(1, Int((frame.width + canvas.u(14)) / (pitch + canvas.u(14))))
  let rowPitch = canvas.u(23) + height * Double(rows)
  let fitting = across * max(1, Int((frame.height + canvas.u(8)) / rowPitch))
  let largest = arithmetic.parts.flatMap(\.relevances).reduce(0) { max($0, abs($1)) }
  let isAll = arithmetic.parts.count <= fitting
  for (index, part) in arithmetic.parts.prefix(fitting).enumerated() {
    let x = frame.x + (pitch + canvas.u(14)) * Double(index % across)
    let y = frame.y + rowPitch * Double(index / across)
    let title = "input \(part.channel): \u{03A3} x\u{00B7}w \(Numbers.significant(part.product)), R \(Numbers.significant(part.relevance))"
    canvas.text(
      canvas.begun(title, size: 10, width: pitch), in: Rect(x, y, pitch, canvas.u(14)), size: 10, canvas.theme.secondary)
    let top = y + canvas.u(15)
    func draw(_ left: Double, _ values: [Double?], _ fill: (Double) -> Color?) {
      for (place, value) in values.enumerated() {
        let box = Rect(left + cell * Double(place % columns), top + height * Double(place / columns), cell - 1, height - 1)
        let ground = value.flatMap(fill) ?? canvas.theme.window
        canvas.fill(box, ground)
        let text = value.map { cellText($0, cell - 3, size, canvas) } ?? "\u{00B7}"
        canvas.text(text, in: box, size: size, canvas.theme.ink(on: ground), .center)
      }
    }
    let highest = part.inputs.compactMap { $0 }.reduce(0) { max($0, abs($1)) }
    draw(x, part.inputs.map { $0.map(Double.init) }) { value in
      highest > 0 ? canvas.theme.raised.mixed(with: canvas.theme.text, by: 0.5 * abs(value) / Double(highest)) : nil
    }
    canvas.text("\u{00D7}", in: Rect(x + matrix, top, canvas.u(16), height * Double(rows)), size: 12, canvas.theme.faint, .center)
    let steepest = part.weights.reduce(0) { max($0, abs($1)) }
    draw(x + matrix + canvas.u(16), part.weights.map(Double.init)) { steepest > 0 ? signColor($0 / Double(steepest), canvas) : nil }
    canvas.text(
      "R", in: Rect(x + 2 * matrix + canvas.u(16), top, canvas.u(20), height * Double(rows)), size: 11, canvas.theme.faint, .center)
    draw(x + 2 * matrix + canvas.u(36), part.relevances.map { $0 }) { largest > 0 ? signColor($0 / largest, canvas) : nil }
  }
  guard !isAll else { return }
  let rest = arithmetic.parts.dropFirst(fitting)
  let words =
    "and \(rest.count) more channels: \u{03A3} x\u{00B7}w \(Numbers.significant(rest.reduce(0) { $0 + $1.product })), "
    + "R \(Numbers.significant(rest.reduce(0) { $0 + $1.relevance }))"
  let x = frame.x + (pitch + canvas.u(14)) * Double(across)
  let lines = canvas.lines(words, size: 10.5, width: max(canvas.u(90), frame.maxX - x))
  guard frame.maxX - x >= canvas.u(90) else { return }
  for (index, line) in lines.enumerated() {
    canvas.text(
      line, in: Rect(x, frame.y + canvas.u(14) * Double(index), frame.maxX - x, canvas.u(14)), size: 10.5, canvas.theme.secondary)
  }
}

/// One row for each input channel.
private func drawChannels(_ arithmetic: UnitArithmetic, _ frame: Rect, on canvas: inout Canvas) {
  let height = canvas.u(13)
  let pitch = canvas.u(210)
  let (rows, columns) = (max(1, Int(frame.height / height)), max(1, Int(frame.width / pitch)))
  for (index, part) in arithmetic.parts.prefix(rows * columns).enumerated() {
    let place = Rect(
      frame.x + pitch * Double(index / rows), frame.y + height * Double(index % rows), min(pitch, frame.width) - canvas.u(12), height)
    let text = "input \(part.channel): \u{03A3} x\u{00B7}w \(Numbers.significant(part.product)), R \(Numbers.significant(part.relevance))"
    canvas.text(canvas.begun(text, size: 10, width: place.width), in: place, size: 10, canvas.theme.text)
  }
}

/// A number as it fits into a cell.
private func cellText(_ value: Double, _ width: Double, _ size: Double, _ canvas: Canvas) -> String {
  // A number that is not zero never reads as zero.
  let rounded = abs(value) >= 0.005 ? [Numbers.fixed(value, 2)] : []
  for text in [Numbers.significant(value)] + rounded + [Numbers.magnitude(value)] where canvas.width(of: text, size: size) <= width {
    return text
  }
  return ""
}

/// The colour of a number of -1...1 by its sign.
private func signColor(_ value: Double, _ canvas: Canvas) -> Color { canvas.theme.colormap.color(Float(value) * 0.7) }
