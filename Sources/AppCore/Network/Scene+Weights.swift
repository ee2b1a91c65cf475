import Geometry
import Networks
import Scene

/// A layer's weights in a few numbers and a histogram; kernels that read the picture, as pictures.
func drawWeights(_ state: AppState, _ network: LoadedNetwork, _ layer: Int, _ frame: Rect, on canvas: inout Canvas) {
  let found = network.network.layers[layer]
  guard found.hasWeights else {
    canvas.text(
      canvas.begun("\(found.name) has no weights", size: 12, width: frame.width), in: frame, size: 12,
      canvas.theme.faint, .center)
    return
  }
  guard let facts = state.view.inspector.weights[layer] else {
    canvas.text("Counting \(Numbers.grouped(found.parameterCount)) parameters", in: frame, size: 12, canvas.theme.faint, .center)
    return
  }
  let rest = drawFacts(
    [
      // What is computed with is not what the file has, where a normalization follows.
      (found.hasMergedNormalization ? "Weights, normalization merged" : "Weights", statisticsFacts(facts.weights)),
      (found.hasMergedNormalization ? "Bias, merged" : "Bias", statisticsFacts(facts.bias)),
    ], frame, on: &canvas)
  let filters = state.view.inspector.filters.flatMap { $0.layer == layer ? $0 : nil }
  let (chart, pictures) = rest.splitLeft(filters == nil ? min(rest.width, canvas.u(520)) : min(canvas.u(300), rest.width * 0.42))
  drawHistogram(facts.weights, chart, on: &canvas)
  if let filters { drawFilters(filters, pictures.splitLeft(canvas.u(18)).1, on: &canvas) }
}

/// How many weights lie in each of equal bins.
private func drawHistogram(_ statistics: NumberStatistics, _ frame: Rect, on canvas: inout Canvas) {
  guard frame.width >= canvas.u(80), frame.height >= canvas.u(40), let highest = statistics.histogram.max(), highest > 0 else { return }
  let (area, labels) = frame.splitTop(frame.height - canvas.u(14))
  canvas.fill(area, canvas.theme.window, radius: 2)
  let (low, high) = (Double(statistics.minimum), Double(statistics.maximum))
  let count = statistics.histogram.count
  let step = area.width / Double(count)
  for (bin, number) in statistics.histogram.enumerated() {
    // Few weights in a bin are seen too.
    let height = number == 0 ? 0 : max(1, (Double(number) / Double(highest)) * (area.height - canvas.u(4)))
    let bar = Rect(area.x + step * Double(bin), area.maxY - height, max(1, step - 1), height)
    canvas.fill(bar, canvas.theme.accent)
    let (from, to) = (low + (high - low) * Double(bin) / Double(count), low + (high - low) * Double(bin + 1) / Double(count))
    canvas.hit(
      Rect(bar.x, area.y, step, area.height), .none,
      hint: ["\(Numbers.grouped(number)) weights", "\(Numbers.significant(from)) to \(Numbers.significant(to))"])
  }
  if low < 0, high > 0 {
    let x = area.x + area.width * -low / (high - low)
    canvas.line([Point(x, area.y), Point(x, area.maxY)], canvas.theme.strongBorder)
    canvas.text("0", in: Rect(x - canvas.u(20), labels.y, canvas.u(40), labels.height), size: 9.5, canvas.theme.faint, .center)
  }
  canvas.text(Numbers.significant(low), in: labels, size: 9.5, canvas.theme.faint)
  canvas.text(Numbers.significant(high), in: labels, size: 9.5, canvas.theme.faint, .right)
}

/// One picture for each kernel.
private func drawFilters(_ filters: LayerFilters, _ frame: Rect, on canvas: inout Canvas) {
  let (title, area) = frame.splitTop(canvas.u(14))
  let scale = filters.end.map { ", \u{00B1}\(Numbers.significant(Double($0)))" } ?? ", each from its smallest number to its largest"
  canvas.text(
    canvas.begun("\(filters.pictures.count) kernels of \(filters.height)\u{00D7}\(filters.width)\(scale)", size: 10.5, width: title.width),
    in: title, size: 10.5, canvas.theme.secondary)
  guard area.width > 0, area.height > 0 else { return }
  let count = filters.pictures.count
  // The largest pictures with which all of them fit.
  var side = min(area.height, canvas.u(64)).rounded(.down)
  func fits(_ side: Double) -> Bool { Int(area.width / (side + 2)) * Int(area.height / (side + 2)) >= count }
  while side > canvas.u(8), !fits(side) { side -= 1 }
  let perRow = max(1, Int(area.width / (side + 2)))
  for (index, picture) in filters.pictures.enumerated() {
    let place = Rect(area.x + Double(index % perRow) * (side + 2), area.y + Double(index / perRow) * (side + 2), side, side)
    guard place.maxY <= area.maxY + 1 else { return }
    canvas.image(picture, in: place)
    canvas.hit(place, .none, hint: ["kernel of channel \(index)"])
  }
}
