import Geometry
import Networks
import Relevance
import Scene

func drawNetwork(_ state: AppState, _ place: Layout.Place, on canvas: inout Canvas) {
  canvas.panel(.network, place, title: "Network")
  let header = place.header.inset(dx: canvas.u(12), dy: 0)
  guard let network = state.network else {
    let text = state.progress[.loadingNetwork] == nil ? "No network is loaded" : statusTitle(.loadingNetwork, state)
    canvas.text(text, in: place.body, size: 13, canvas.theme.faint, .center)
    return
  }
  let shown = state.activeSlot.shown.flatMap { $0.networkRevision == network.revision ? $0 : nil }
  let note = networkNote(state, network, shown)
  let body = networkContent(place.body, unit: canvas.unit)
  let parts = NetworkParts(body, showsMaps: state.selectedNode != nil, unit: canvas.unit)
  var noteFrame = Rect(header.x + canvas.u(76), header.y, header.width - canvas.u(80), header.height)
  if parts.sums == nil, let (_, layer) = state.shownLayer {
    // Beside the graph there is no room for the layer's name above its feature maps.
    let name = network.network.layers[layer].name
    canvas.text(name, in: noteFrame, size: 11.5, canvas.theme.secondary, .right)
    noteFrame = noteFrame.splitLeft(noteFrame.width - canvas.width(of: name, size: 11.5) - canvas.u(12)).0
  }
  canvas.text(note, in: noteFrame, size: 11.5, network.problem == nil ? canvas.theme.faint : canvas.theme.bad)
  let hint = "click a node for its feature maps"
  let offersMaps = state.selectedNode == nil && network.problem == nil && shown?.nodeSums.isEmpty != true
  if offersMaps, canvas.width(of: note + hint, size: 11) < noteFrame.width {
    canvas.text(hint, in: noteFrame, size: 11, canvas.theme.faint, .right)
  }

  canvas.clip = place.body
  let placement = drawGraph(state, network, shown, parts.graph, on: &canvas)
  if let sums = parts.sums { drawLayerSums(state, network, shown, placement, sums, on: &canvas) }
  if let maps = parts.maps { drawLayerMaps(state, network, shown, maps, on: &canvas) }
  canvas.clip = nil
}

private func networkNote(_ state: AppState, _ network: LoadedNetwork, _ shown: ShownExplanation?) -> String {
  if let problem = network.problem { return problem }
  guard let shown else { return "\(network.network.layers.count) layers in \(network.graph.nodes.count) nodes" }
  if shown.nodeSums.isEmpty { return "\(shown.query.attribution.name) knows no layers: it only says which pixels matter" }
  return "Sum of relevance at the output of each node, target \(state.targetTitle(shown.explanation))"
}

/// Graph above sums above feature maps where there is height for all, otherwise maps beside the others.
struct NetworkParts {
  let graph: Rect
  var sums: Rect?
  var maps: Rect?

  /// The graph stays where it is when maps come and go: what was clicked stays under the pointer.
  init(_ body: Rect, showsMaps: Bool, unit: Double) {
    guard body.height >= 190 * unit else {
      if showsMaps {
        // No room for sums beside the maps: the nodes would become too narrow.
        let (left, right) = body.splitLeft((body.width * 0.56).rounded())
        graph = left
        maps = right.splitLeft(10 * unit).1
      } else if body.height >= 84 * unit {
        let (upper, lower) = body.splitTop(body.height - max(40 * unit, body.height * 0.42))
        graph = upper
        sums = lower
      } else {
        graph = body
      }
      return
    }
    let (upper, lower) = body.splitTop(min(max(84 * unit, body.height * 0.36), 230 * unit))
    graph = upper
    guard showsMaps else {
      sums = lower.splitTop(min(lower.height, 190 * unit)).0
      return
    }
    let (middle, rest) = lower.splitTop(min(max(42 * unit, lower.height * 0.3), 120 * unit))
    sums = middle
    maps = rest
  }
}

@discardableResult
private func drawGraph(_ state: AppState, _ network: LoadedNetwork, _ shown: ShownExplanation?, _ frame: Rect, on canvas: inout Canvas)
  -> GraphPlacement
{
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
  return placement
}

private func drawEdge(from source: Int, to target: Int, _ placement: GraphPlacement, on canvas: inout Canvas) {
  let start = placement.frames[source]
  let end = placement.frames[target]
  let color = canvas.theme.strongBorder
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
  canvas.line(path, canvas.theme.accent.opacity(0.85), width: canvas.u(1.5), isDashed: shortcut == .projection)
  canvas.disc(sum, radius, fill: canvas.theme.panel, border: canvas.theme.accent, width: canvas.u(1.2))
  let arm = radius * 0.55
  canvas.line([Point(sum.x - arm, sum.y), Point(sum.x + arm, sum.y)], canvas.theme.accent, width: canvas.u(1.1))
  canvas.line([Point(sum.x, sum.y - arm), Point(sum.x, sum.y + arm)], canvas.theme.accent, width: canvas.u(1.1))
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
  var ground = canvas.theme.raised
  if let sum, largest > 0 { ground = state.signColormap.color(Float(sum / largest) * 0.82) }
  let border =
    isSelected ? canvas.theme.text : isHovered ? canvas.theme.accent : node.problem == nil ? canvas.theme.strongBorder : canvas.theme.bad
  canvas.box(box, fill: ground, border: border, width: isSelected ? canvas.u(2) : 1, radius: 5)
  let ink = canvas.theme.ink(on: ground)
  let largestSize = min(11, max(9, box.height / canvas.unit / 3.2))
  let inner = box.inset(dx: canvas.u(1), dy: min(canvas.u(3), box.height * 0.06))
  // The whole name where it fits, if need be a little smaller.
  let sizes = [largestSize, 10, 9].filter { $0 <= largestSize }
  let fitting = sizes.first { canvas.width(of: node.name, size: $0) <= inner.width }
  let shortened = [node.name, shortName(node.name)] + abbreviations(node)
  let size = fitting ?? (canvas.width(of: shortened[1], size: largestSize) <= inner.width ? largestSize : 9)
  let name = shortened.first { canvas.width(of: $0, size: size) <= inner.width } ?? ""
  if let sum {
    let (upper, lower) = inner.splitTop(inner.height / 2)
    canvas.text(name, in: upper, size: size, ink, .center)
    // Beside the largest it is nothing; the tooltip has the number.
    let whole = abs(sum) >= 1 && abs(sum) < 1000 ? [Numbers.fixed(sum, 0)] : []
    let short = [Numbers.significant(sum)] + whole + [Numbers.magnitude(sum)] + (abs(sum) < 0.005 * largest ? ["\u{2248} 0"] : [])
    // Digits are wider than letters are on the average: a number that is cut would be another one.
    func fits(_ number: String, _ size: Double) -> Bool { 1.12 * canvas.width(of: number, size: size) <= inner.width }
    let number = short.first { fits($0, 9) } ?? short.min { $0.count < $1.count } ?? ""
    canvas.text(
      number, in: lower, size: fits(number, 10) ? min(10, largestSize) : 9, ink, .center)
  } else {
    canvas.text(name, in: inner, size: size, node.problem == nil ? canvas.theme.secondary : canvas.theme.bad, .center)
  }
  let shape = node.shape.isEmpty ? "shape unknown" : node.shape.map(String.init).joined(separator: "\u{00D7}")
  var hint = [node.name, "\(node.kind), \(shape)"]
  if let problem = node.problem { hint.append("cannot run: " + problem) }
  if let shortcut = node.shortcut { hint.append(shortcut == .identity ? "shortcut: identity" : "shortcut: projection") }
  if let sum { hint.append("sum of R \(Numbers.significant(sum))") }
  canvas.hit(box, .perform(.node(node.name)), hint: hint)
}

/// What stands for a node that has no room for its name: what it does, or how its name begins.
private func abbreviations(_ node: NetworkGraph.Node) -> [String] {
  let kind = node.kind.lowercased()
  let words = ["conv": "conv", "max": "max", "average": "avg", "dense": "fc", "input": "in"]
  let known = words.first { kind.hasPrefix($0.key) || kind.contains($0.key + " ") }.map { [$0.value] } ?? []
  return known + (1..<6).reversed().map { String(node.name.prefix($0)) }
}

/// "layer3.2" as "3.2": the part that tells blocks apart.
private func shortName(_ name: String) -> String {
  let rest = name.drop { !$0.isNumber }
  return rest.isEmpty || !name.contains(".") ? name : String(rest)
}
