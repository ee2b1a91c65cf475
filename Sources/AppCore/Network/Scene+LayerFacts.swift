import Geometry
import Networks
import Relevance
import Scene

/// What a layer is, what its numbers are in this explanation, and what becomes of relevance in it.
func drawLayerFacts(
  _ state: AppState, _ network: LoadedNetwork, _ shown: ShownExplanation?, _ layer: Int, _ frame: Rect, on canvas: inout Canvas
) {
  var groups = [("Layer", layerAttributes(network.network, layer))]
  if let node = state.shownLayer?.node, node.layers.count > 1 {
    let layers = node.layers.map { network.network.layers[$0] }
    groups.insert(
      (
        "\(node.kind.prefix(1).uppercased() + node.kind.dropFirst()) \(node.name)",
        [
          ("layers", "\(layers.count)"), ("parameters", Numbers.grouped(layers.reduce(0) { $0 + $1.parameterCount })),
          ("MACs", Numbers.grouped(layers.reduce(0) { $0 + $1.multiplyAccumulates })), ("gives out", shapeText(node.shape)),
        ]
      ), at: 0)
  }
  if let found = shown?.explanation.layers, found.indices.contains(layer) {
    if let activation = state.view.inspector.activation, activation.layer == layer {
      groups.append(("Activation", statisticsFacts(activation.statistics)))
    }
    groups.append(("Relevance", relevanceFacts(found[layer], network.network.layers[layer], shown?.flow?.arriving[layer])))
  }
  _ = drawFacts(groups, frame, on: &canvas)
}

/// Words with their numbers: each group begins a column, and what a column does not hold goes on in the next. Returns what is left at the
/// right.
func drawFacts(_ groups: [(String, [(String, String)])], _ frame: Rect, on canvas: inout Canvas) -> Rect {
  let rowHeight = canvas.u(14)
  let rows = max(2, Int(frame.height / rowHeight))
  var columns: [[(String, String)]] = []
  for (title, facts) in groups {
    var column = [(title, "")]
    for fact in facts {
      if column.count == rows {
        columns.append(column)
        column = [("", "")]
      }
      column.append(fact)
    }
    columns.append(column)
  }
  var x = frame.x
  for column in columns {
    let left = column.map { canvas.width(of: $0.0, size: 10.5) }.max() ?? 0
    // A long name does not push the others out.
    let right = min(canvas.u(190), column.map { canvas.width(of: $0.1, size: 10.5) }.max() ?? 0)
    let width = left + right + canvas.u(12)
    guard x + width <= frame.maxX + 1 else {
      // What has no room is said when one points there.
      canvas.hit(frame, .none, hint: columns.flatMap { $0 }.map { $0.1.isEmpty ? $0.0 : "\($0.0) \($0.1)" }.filter { !$0.isEmpty })
      break
    }
    for (index, fact) in column.enumerated() {
      let row = Rect(x, frame.y + rowHeight * Double(index), width, rowHeight)
      let isTitle = index == 0 && !fact.0.isEmpty
      canvas.text(fact.0, in: row, size: 10.5, isTitle ? canvas.theme.text : canvas.theme.faint, weight: isTitle ? .bold : .regular)
      canvas.text(canvas.fitted(fact.1, size: 10.5, width: right), in: row, size: 10.5, canvas.theme.text, .right)
    }
    x += width + canvas.u(20)
  }
  return Rect(x, frame.y, max(0, frame.maxX - x), frame.height)
}

/// Name, operation, window, shapes, sizes.
func layerAttributes(_ network: Network, _ index: Int) -> [(String, String)] {
  let layer = network.layers[index]
  var facts = [("name", layer.name), ("operation", layer.operation.kind)]
  func add(_ window: SlidingWindow) {
    func pair(_ a: Int, _ b: Int) -> String { a == b ? "\(a)" : "\(a)\u{00D7}\(b)" }
    facts.append(("window", "\(window.kernelHeight)\u{00D7}\(window.kernelWidth)"))
    facts.append(("stride", pair(window.strideHeight, window.strideWidth)))
    let padding = window.padding
    let sides = [padding.top, padding.left, padding.bottom, padding.right]
    facts.append(("padding", Set(sides).count == 1 ? "\(padding.top)" : sides.map(String.init).joined(separator: ", ")))
    if window.dilationHeight * window.dilationWidth > 1 { facts.append(("dilation", pair(window.dilationHeight, window.dilationWidth))) }
  }
  switch layer.operation {
  case .convolution(let convolution):
    add(convolution.geometry.window)
    if convolution.geometry.groups > 1 { facts.append(("groups", "\(convolution.geometry.groups)")) }
  case .maxPool(let pooling): add(pooling.window)
  case .averagePool(let pooling):
    add(pooling.window)
    facts.append(("counts padding", pooling.countsPadding ? "yes" : "no"))
  case .leakyRelu(let slope): facts.append(("slope", Numbers.short(slope)))
  case .clip(let low, let high): facts.append(("between", "\(Numbers.short(low)) and \(Numbers.short(high))"))
  case .unsupported(let name, let reason): facts.append((name, reason))
  default: break
  }
  if !layer.inputs.isEmpty {
    let (names, shapes) = (layer.inputs.map { network.layers[$0].name }, layer.inputs.map { shapeText(network.layers[$0].outputShape) })
    let isMany = names.count > 2
    facts.append(("reads", isMany ? "\(names.count) layers" : names.joined(separator: ", ")))
    facts.append(("input", isMany ? "\(shapes[0]) and more" : shapes.joined(separator: ", ")))
  }
  facts.append(("output", shapeText(layer.outputShape)))
  facts.append(("parameters", Numbers.grouped(layer.parameterCount)))
  if layer.multiplyAccumulates > 0 { facts.append(("MACs", Numbers.grouped(layer.multiplyAccumulates))) }
  return facts
}

func statisticsFacts(_ statistics: NumberStatistics) -> [(String, String)] {
  var facts = [
    ("numbers", Numbers.grouped(statistics.count)), ("smallest", Numbers.significant(Double(statistics.minimum))),
    ("largest", Numbers.significant(Double(statistics.maximum))), ("mean", Numbers.significant(statistics.mean)),
    ("std. deviation", Numbers.significant(statistics.standardDeviation)), ("zeros", Numbers.share(statistics.zeroShare)),
  ]
  if statistics.nonFiniteCount > 0 { facts.append(("not finite", Numbers.grouped(statistics.nonFiniteCount))) }
  return facts
}

/// What arrives, what goes on, and who keeps the rest.
private func relevanceFacts(_ found: LayerRelevance, _ layer: Layer, _ share: Double?) -> [(String, String)] {
  var facts = [("rule", found.applied?.rule.title ?? found.rule), ("sum of R in", Numbers.significant(found.relevanceIn))]
  facts.append(("handed on", Numbers.significant(found.relevanceOut)))
  if found.relevanceIn != 0, !layer.inputs.isEmpty {
    facts.append(("of what came", Numbers.percent(found.relevanceOut / found.relevanceIn)))
  }
  facts.append(("kept by the bias", Numbers.significant(found.absorbedByBias)))
  facts.append(("by the stabilizer", Numbers.significant(found.absorbedByStabilizer)))
  facts.append(("largest |R|", Numbers.significant(Double(found.largestMagnitude))))
  if let share { facts.append(("of the flow of |R|", Numbers.share(share))) }
  if found.nonFiniteCount > 0 { facts.append(("not finite", Numbers.grouped(found.nonFiniteCount))) }
  return facts
}
