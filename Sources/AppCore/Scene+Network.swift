import Geometry
import Networks
import Relevance
import Scene

func drawNetwork(_ state: AppState, _ place: Layout.Place, on canvas: inout Canvas) {
  canvas.panel(.network, place, title: "Network")
  let header = place.header.inset(dx: canvas.u(12), dy: 0)
  guard let network = state.network else {
    let text = state.progress[.loadingNetwork] == nil ? "No network is loaded" : statusTitle(.loadingNetwork, state)
    canvas.text(text, in: place.body, size: 13, Theme.faint, .center)
    return
  }
  let shown = state.activeSlot.shown.flatMap { $0.networkRevision == network.revision ? $0 : nil }
  let note =
    shown == nil
    ? "\(network.network.layers.count) layers in \(network.graph.nodes.count) nodes"
    : "Sum of relevance at the output of each node, target \(shown?.explanation.targetClass ?? 0)"
  canvas.text(
    note, in: Rect(header.x + canvas.u(76), header.y, header.width - canvas.u(80), header.height), size: 11.5, Theme.faint)

  let body = place.body.inset(dx: canvas.u(10), dy: canvas.u(5))
  let (graphFrame, mapsFrame) = networkParts(body, showsMaps: state.selectedNode != nil, unit: canvas.unit)
  canvas.clip = place.body
  drawGraph(state, network, shown, graphFrame, on: &canvas)
  if let mapsFrame { drawLayerMaps(state, network, shown, mapsFrame, on: &canvas) }
  canvas.clip = nil
}

/// Graph above feature maps where there is height for both, otherwise side by side.
func networkParts(_ body: Rect, showsMaps: Bool, unit: Double) -> (graph: Rect, maps: Rect?) {
  if body.height >= 170 * unit {
    let (graph, maps) = body.splitTop(min(max(86 * unit, body.height * 0.42), 230 * unit))
    return (graph, maps)
  }
  guard showsMaps else { return (body, nil) }
  let (graph, maps) = body.splitLeft((body.width * 0.56).rounded())
  return (graph, maps.splitLeft(10 * unit).1)
}

private func drawGraph(_ state: AppState, _ network: LoadedNetwork, _ shown: ShownExplanation?, _ frame: Rect, on canvas: inout Canvas) {
  let nodes = network.graph.nodes
  let placement = GraphPlacement(count: nodes.count, in: frame, unit: canvas.unit)
  for (index, node) in nodes.enumerated() {
    for input in node.inputs { drawEdge(from: input, to: index, placement, on: &canvas) }
  }
  for (index, node) in nodes.enumerated() {
    if let shortcut = node.shortcut { drawShortcut(shortcut, around: placement.frames[index], placement, on: &canvas) }
  }
  let sums = shown?.nodeSums ?? []
  let largest = sums.reduce(0) { max($0, abs($1)) }
  for (index, node) in nodes.enumerated() {
    let sum = sums.indices.contains(index) ? sums[index] : nil
    drawNode(state, node, sum, largest, placement.frames[index], on: &canvas)
  }
}

private func drawEdge(from source: Int, to target: Int, _ placement: GraphPlacement, on canvas: inout Canvas) {
  let start = placement.frames[source]
  let end = placement.frames[target]
  let color = Theme.strongBorder
  let width = canvas.u(1.5)
  if placement.rowOf[source] == placement.rowOf[target] {
    if target == source + 1 {
      canvas.line([Point(start.maxX, start.center.y), Point(end.minX, end.center.y)], color, width: width)
    } else {
      // Over the boxes between, above their own shortcuts.
      let y = start.minY - placement.arcHeight * 0.92
      let from = start.maxX + placement.gap * 0.35
      let to = end.minX - placement.gap * 0.35
      canvas.line(
        [
          Point(start.maxX, start.center.y), Point(from, start.center.y), Point(from, y), Point(to, y), Point(to, end.center.y),
          Point(end.minX, end.center.y),
        ],
        color, width: width)
    }
    return
  }
  // Round the end of a row, back between the rows, into the next one.
  let right = start.maxX + placement.gap * 0.42
  let left = end.minX - placement.gap * 0.42
  let between = (start.maxY + end.minY - placement.arcHeight) / 2
  canvas.line(
    [
      Point(start.maxX, start.center.y), Point(right, start.center.y), Point(right, between), Point(left, between),
      Point(left, end.center.y), Point(end.minX, end.center.y),
    ], color, width: width)
}

/// An arc from before the box over it to the sum after it; dashed where the shortcut has weights of its own.
private func drawShortcut(_ shortcut: NetworkGraph.Shortcut, around box: Rect, _ placement: GraphPlacement, on canvas: inout Canvas) {
  let radius = min(canvas.u(4), placement.gap * 0.3)
  let from = Point(box.minX - placement.gap * 0.22, box.center.y)
  let sum = Point(box.maxX + placement.gap * 0.4, box.center.y)
  let top = box.minY - placement.arcHeight * 0.5
  let corner = min(placement.gap * 0.5, placement.arcHeight * 0.45)
  var path = [from, Point(from.x, top + corner)]
  path += quarterTurn(from: Point(from.x, top + corner), over: Point(from.x, top), to: Point(from.x + corner, top))
  path += quarterTurn(from: Point(sum.x - corner, top), over: Point(sum.x, top), to: Point(sum.x, top + corner))
  path.append(Point(sum.x, sum.y - radius))
  canvas.line(path, Theme.accent.opacity(0.85), width: canvas.u(1.5), isDashed: shortcut == .projection)
  canvas.disc(sum, radius, fill: Theme.panel, border: Theme.accent, width: canvas.u(1.2))
  let arm = radius * 0.55
  canvas.line([Point(sum.x - arm, sum.y), Point(sum.x + arm, sum.y)], Theme.accent, width: canvas.u(1.1))
  canvas.line([Point(sum.x, sum.y - arm), Point(sum.x, sum.y + arm)], Theme.accent, width: canvas.u(1.1))
}

/// A quadratic curve in a few steps.
private func quarterTurn(from start: Point, over control: Point, to end: Point) -> [Point] {
  (0...5).map { step in
    let t = Double(step) / 5
    return start * ((1 - t) * (1 - t)) + control * (2 * t * (1 - t)) + end * (t * t)
  }
}

private func drawNode(
  _ state: AppState, _ node: NetworkGraph.Node, _ sum: Double?, _ largest: Double, _ box: Rect, on canvas: inout Canvas
) {
  let isSelected = state.selectedNode == node.name
  let isHovered = canvas.isHovered(box)
  var ground = Theme.raised
  if let sum, largest > 0 { ground = state.colormap.color(Float(sum / largest) * 0.82) }
  let border = isSelected ? Theme.text : isHovered ? Theme.accent : Theme.strongBorder
  canvas.box(box, fill: ground, border: border, width: isSelected ? canvas.u(2) : 1, radius: 5)
  let luminance = 0.2126 * ground.red + 0.7152 * ground.green + 0.0722 * ground.blue
  let ink = luminance > 0.52 ? Color(hex: 0x10141A) : Theme.text
  let largestSize = min(11, max(9, box.height / canvas.unit / 3.2))
  let inner = box.inset(dx: canvas.u(1), dy: min(canvas.u(3), box.height * 0.06))
  // The whole name where it fits, if need be a little smaller.
  let sizes = [largestSize, 10, 9].filter { $0 <= largestSize }
  let fitting = sizes.first { canvas.width(of: node.name, size: $0) <= inner.width }
  let name = fitting == nil ? shortName(node.name) : node.name
  let size = fitting ?? (name == node.name ? 9 : largestSize)
  if let sum {
    let (upper, lower) = inner.splitTop(inner.height / 2)
    canvas.text(name, in: upper, size: size, ink, .center)
    canvas.text(Numbers.significant(sum), in: lower, size: min(10, largestSize), ink.opacity(0.92), .center)
  } else {
    canvas.text(name, in: inner, size: size, Theme.secondary, .center)
  }
  var hint = [node.name, "\(node.kind), \(node.shape.map(String.init).joined(separator: "\u{00D7}"))"]
  if let shortcut = node.shortcut { hint.append(shortcut == .identity ? "shortcut: identity" : "shortcut: projection") }
  if let sum { hint.append("sum of R \(Numbers.significant(sum))") }
  canvas.hit(box, .perform(.node(node.name)), hint: hint)
}

/// "layer3.2" as "3.2": the part that tells blocks apart.
private func shortName(_ name: String) -> String {
  let rest = name.drop { !$0.isNumber }
  return rest.isEmpty || !name.contains(".") ? name : String(rest)
}

private func drawLayerMaps(
  _ state: AppState, _ network: LoadedNetwork, _ shown: ShownExplanation?, _ frame: Rect, on canvas: inout Canvas
) {
  canvas.line([Point(frame.minX, frame.minY + 1), Point(frame.maxX, frame.minY + 1)], Theme.border)
  let area = frame.splitTop(canvas.u(4)).1
  guard let selected = state.selectedNode, let index = network.graph.index(ofNodeNamed: selected) else {
    canvas.text("Click a node to see the feature maps that carry most relevance", in: area, size: 12, Theme.faint, .center)
    return
  }
  let node = network.graph.nodes[index]
  guard let maps = state.layerMaps else {
    canvas.text("\(node.name): explain a digit to see its feature maps", in: area, size: 12, Theme.faint, .center)
    return
  }
  let (title, strip) = area.splitTop(canvas.u(19))
  let shape = node.shape.map(String.init).joined(separator: "\u{00D7}")
  let close = Rect(title.maxX - canvas.u(22), title.y, canvas.u(22), title.height)
  let scale = Numbers.significant(Double(maps.largest))
  canvas.text(
    "\(node.name)   \(shape)   sum of R \(Numbers.significant(maps.sum))   scale \u{00B1}\(scale)   rule \(maps.rule)",
    in: Rect(title.x, title.y, title.width - canvas.u(28), title.height), size: 11.5, Theme.secondary)
  canvas.text("\u{00D7}", in: close, size: 14, canvas.isHovered(close) ? Theme.text : Theme.faint, .center)
  canvas.hit(close, .perform(.closeNode), hint: ["Close"])

  let captionHeight = canvas.u(15)
  let largestSide = canvas.u(118)
  // Two rows of smaller pictures where one row would leave half of the strip empty.
  let rows = max(1, Int(strip.height / (largestSide + captionHeight + canvas.u(6))))
  let rowHeight = strip.height / Double(rows)
  let side = min(largestSide, rowHeight - captionHeight - canvas.u(3)).rounded(.down)
  guard side >= canvas.u(14) else { return }
  let inner = canvas.u(2)
  let cell = max(2 * side + inner, canvas.u(78)) + canvas.u(12)
  let perRow = max(1, Int((strip.width + canvas.u(12)) / cell))
  for (place, map) in maps.maps.prefix(perRow * rows).enumerated() {
    let origin = Point(strip.x + Double(place % perRow) * cell, strip.y + Double(place / perRow) * rowHeight)
    let left = Rect(origin.x.rounded(), origin.y.rounded(), side, side)
    let right = Rect(left.maxX + inner, left.y, side, side)
    canvas.image(map.activation, in: left)
    canvas.image(map.relevance, in: right)
    canvas.box(left, fill: nil, border: Theme.border)
    canvas.box(right, fill: nil, border: Theme.border)
    let caption = Rect(left.x, left.maxY, cell - canvas.u(8), captionHeight)
    canvas.text("\(map.channel)", in: caption, size: 10.5, Theme.text, weight: .bold)
    canvas.text(
      Numbers.significant(map.sum), in: Rect(caption.x, caption.y, right.maxX - caption.x, caption.height), size: 10.5, Theme.secondary,
      .right)
    canvas.hit(
      Rect(left.x, left.y, right.maxX - left.x, side), .none,
      hint: [
        "channel \(map.channel) of \(maps.channels)", "left: activation, right: relevance", "sum of R \(Numbers.significant(map.sum))",
      ])
  }
}
