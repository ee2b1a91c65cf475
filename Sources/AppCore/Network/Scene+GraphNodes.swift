import Geometry
import Networks
import Scene

/// The nodes that are in view: name, what arrives, shape, and the feature maps that carry most, as far as there is room.
func drawNodes(_ picture: GraphPicture, on canvas: inout Canvas) {
  let vertices = picture.drawn.graph.vertices
  var largest = 0.0
  for vertex in vertices.indices { largest = max(largest, abs(picture.sum(vertex) ?? 0)) }
  let selected = picture.state.selectedVertex
  for vertex in vertices.indices where picture.boxes[vertex].intersects(picture.frame) {
    let node = GraphNode(picture, vertex, largest, isSelected: vertex == selected)
    switch node.form {
    case .sum: drawSum(node, on: &canvas)
    default: drawBox(node, on: &canvas)
    }
  }
}

/// One node with what is said of it.
private struct GraphNode {
  let picture: GraphPicture
  let vertex: Int
  let subject: VisibleGraph.Subject
  let node: NetworkNode
  let form: NodeForm
  let box: Rect
  let sum: Double?
  /// Beside the largest sum of all nodes.
  let share: Double
  let isSelected: Bool
  let strength: Double

  init(_ picture: GraphPicture, _ vertex: Int, _ largest: Double, isSelected: Bool) {
    self.picture = picture
    self.vertex = vertex
    let network = picture.network
    subject = picture.drawn.graph.vertices[vertex].subject
    node = network.node(of: subject)
    form = NodeForm(subject, network.outline)
    box = picture.boxes[vertex]
    sum = picture.sum(vertex)
    share = largest > 0 ? (sum ?? 0) / largest : 0
    self.isSelected = isSelected
    strength = picture.strength(vertex)
  }

  /// The group that is closed here.
  var closedGroup: String? { if case .group = subject { node.name } else { nil } }

  var action: Action {
    switch subject {
    case .layer(let layer): .layer(layer)
    case .group: .node(node.name)
    case .sum(let group): .layer(picture.network.outline.groups[group].residual?.sum ?? node.outputLayer)
    }
  }

  var hint: [String] {
    var lines = ["\(node.name)", "\(node.kind), \(shapeText(node.shape))"]
    if case .sum = subject { lines[1] = "the sum that ends it, \(shapeText(node.shape))" }
    if let problem = node.problem { lines.append("cannot run: " + problem) }
    if let shortcut = node.shortcut { lines.append(shortcut == .identity ? "shortcut: identity" : "shortcut: projection") }
    if let sum {
      lines.append("sum of R \(Numbers.significant(sum))")
      if let flow = picture.flow {
        lines.append("\(Numbers.share(flow.arriving[picture.drawn.graph.vertices[vertex].outputLayer])) of the flow of |R|")
      }
    }
    return lines + waysHint
  }

  /// At a sum, what came by each way.
  var waysHint: [String] {
    let layer: Int
    switch subject {
    case .sum(let group):
      guard let residual = picture.network.outline.groups[group].residual else { return [] }
      layer = residual.sum
    case .layer(let found) where picture.network.network.layers[found].operation.kind == "add": layer = found
    default: return []
    }
    guard let flow = picture.flow, let layers = picture.shown?.explanation.layers, sum != nil else { return [] }
    let shortcut = picture.network.outline.groups.lazy.compactMap(\.residual).first { $0.sum == layer }
    return layers[layer].inputs.indices.map { input in
      let flowing = VisibleGraph.Flow(layer: layer, input: input)
      let name = shortcut.map { $0.shortcutInput == input ? "by the shortcut" : "by the branch" } ?? "by input \(input + 1)"
      return "\(name) \(Numbers.share(flow.part(of: flowing))) of |R|, sum \(Numbers.significant(flow.sum(of: flowing)))"
    }
  }
}

private func drawBox(_ node: GraphNode, on canvas: inout Canvas) {
  let box = node.box
  var ground = canvas.theme.raised
  if node.sum != nil { ground = node.picture.state.signColormap.color(Float(node.share) * 0.82) }
  let isHovered = canvas.isHovered(box)
  let border =
    node.isSelected
    ? canvas.theme.text : isHovered ? canvas.theme.accent : node.node.problem == nil ? canvas.theme.strongBorder : canvas.theme.bad
  let radius =
    switch node.form {
    case .pill: min(box.height, box.width) / 2 / canvas.unit
    case .stack: min(5, box.width / 8 / canvas.unit)
    case .join: min(3, box.width / 8 / canvas.unit)
    default: min(2, box.width / 8 / canvas.unit)
    }
  let strength = node.strength
  if node.form == .stack, box.width >= canvas.u(8) {
    let shift = min(canvas.u(2.5), box.width * 0.06)
    canvas.box(
      Rect(box.x + shift, box.y - shift, box.width, box.height), fill: ground.opacity(0.45 * strength),
      border: border.opacity(0.6 * strength),
      radius: radius)
  }
  canvas.box(box, fill: canvas.theme.panel, border: canvas.theme.panel, radius: radius)
  canvas.box(
    box, fill: ground.opacity(strength), border: border.opacity(max(0.4, strength)), width: node.isSelected ? canvas.u(2) : 1,
    radius: radius)
  canvas.hit(box, .perform(node.action), hint: node.hint)
  guard box.width >= canvas.u(7) else { return }
  let ink = canvas.theme.ink(on: ground).opacity(strength)
  let header = nodeHeader(node, ink, ground, on: &canvas)
  guard box.width >= canvas.u(17) else { return }
  drawRows(node, Rect(box.x, header.maxY, box.width, box.maxY - header.maxY), ink, on: &canvas)
}

/// The strip that tells the kind by its colour and its sign, with what opens a group.
private func nodeHeader(_ node: GraphNode, _ ink: Color, _ ground: Color, on canvas: inout Canvas) -> Rect {
  let box = node.box
  guard node.form != .pill, node.form != .join else { return Rect(box.x, box.y, box.width, 0) }
  let height = min(canvas.u(13), 10 * node.picture.camera.scale)
  let header = Rect(box.x, box.y, box.width, height)
  let color = kindColor(node.node.kind, canvas.theme)
  canvas.fill(Rect(box.x + 1, box.y + 1, box.width - 2, max(1, height - 1)), color.opacity(0.9 * node.strength), radius: 1)
  guard height >= canvas.u(7) else { return header }
  let sign = canvas.theme.ink(on: color)
  if let group = node.closedGroup { drawToggle(groupButton(header, canvas), isOpen: false, group, ink: sign, on: &canvas) }
  if box.width >= canvas.u(26) {
    let side = height - canvas.u(3)
    drawKindSign(node.node.kind, Rect(box.maxX - side - canvas.u(3), box.y + canvas.u(1.5), side, side), sign, on: &canvas)
  }
  return header
}

private func drawRows(_ node: GraphNode, _ area: Rect, _ ink: Color, on canvas: inout Canvas) {
  var rest = area.inset(dx: canvas.u(1), dy: 0)
  // Words stand in the part of the node that is seen; rows that would be cut are left out.
  let sight = node.picture.frame
  let seen = area.intersection(Rect(sight.x, area.y, sight.width, area.height))
  rest = seen.inset(dx: canvas.u(1), dy: 0)
  func row(_ height: Double) -> Rect? {
    guard rest.height >= height - 0.5 else { return nil }
    let (top, below) = rest.splitTop(height)
    rest = below
    return top.minY >= sight.minY - 1 && top.maxY <= sight.maxY + 1 ? top : nil
  }
  let compact = rest.height < canvas.u(26)
  let names = shortNames(node.node, node.subject)
  if let place = row(compact ? max(canvas.u(9.5), min(rest.height, canvas.u(13))) : canvas.u(13)) {
    let sizes = [11.0, 10, 9]
    // The name may come nearer to the border than numbers.
    let room = seen.width - canvas.u(0.5)
    let name = names.first { canvas.width(of: $0, size: 9) <= room } ?? ""
    let size = sizes.first { canvas.width(of: name, size: $0) <= room } ?? 9
    canvas.text(name, in: Rect(seen.x, place.y, seen.width, place.height), size: size, ink, .center, weight: .regular)
  }
  if let sum = node.sum, let place = row(canvas.u(12)) {
    let (number, size) = shortNumber(sum, node.share, rest.width, canvas)
    canvas.text(number, in: place, size: size, ink, .center)
  }
  // Its share where there is room for more than the least.
  if node.sum != nil, node.picture.zoom > 1.25, let flow = node.picture.flow, let place = row(canvas.u(12)) {
    let share = Numbers.share(flow.arriving[node.picture.drawn.graph.vertices[node.vertex].outputLayer])
    let words = ["\(share) of flow", share].first { canvas.width(of: $0, size: 9) <= rest.width } ?? ""
    canvas.text(words, in: place, size: 9, ink, .center)
  }
  if rest.width >= canvas.u(24), let shape = fittingShape(node.node.shape, rest.width, canvas), let place = row(canvas.u(12)) {
    canvas.text(shape, in: place, size: 9, ink, .center)
  }
  let tellsForward = node.picture.told.map { !$0.showsRelevance && $0.isReached(node.vertex) } ?? false
  guard node.sum != nil || tellsForward, node.picture.drawn.density.pictureRows > 0, node.form != .pill, node.form != .join,
    let pictures = node.picture.state.view.pictures[node.picture.drawn.graph.vertices[node.vertex].outputLayer],
    pictures.request == node.picture.shown?.id
  else { return }
  drawPictures(
    pictures, Rect(area.x + canvas.u(1), rest.y + canvas.u(1), area.width - canvas.u(2), rest.height - canvas.u(2)), node,
    withRelevance: !tellsForward, on: &canvas)
}

/// Activation beside relevance, a channel a row.
private func drawPictures(_ pictures: NodePictures, _ area: Rect, _ node: GraphNode, withRelevance: Bool, on canvas: inout Canvas) {
  let rows = min(node.picture.drawn.density.pictureRows, pictures.maps.count)
  let gap = 1.0
  let side = min((area.width - gap) / 2, (area.height - gap * Double(rows - 1)) / Double(max(1, rows))).rounded(.down)
  guard rows > 0, side >= canvas.u(7) else { return }
  let height = Double(rows) * (side + gap) - gap
  let top = (area.y + (area.height - height) / 2).rounded()
  let left = (area.center.x - side - gap / 2).rounded()
  for (index, map) in pictures.maps.prefix(rows).enumerated() {
    let y = top + Double(index) * (side + gap)
    canvas.image(map.activation, in: Rect(left, y, side, side), opacity: node.strength)
    if withRelevance { canvas.image(map.relevance, in: Rect(left + side + gap, y, side, side), opacity: node.strength) }
  }
}

/// A circle with a plus, where two ways meet.
private func drawSum(_ node: GraphNode, on canvas: inout Canvas) {
  let radius = max(1.5, min(node.box.width, node.box.height) / 2)
  let middle = node.box.center
  let color = node.isSelected ? canvas.theme.text : canvas.theme.accent
  canvas.disc(
    middle, radius, fill: canvas.theme.panel, border: color.opacity(node.strength), width: node.isSelected ? canvas.u(2) : canvas.u(1.2))
  if radius >= canvas.u(2.5) {
    let arm = radius * 0.55
    let pen = max(1, canvas.u(1.1) * min(2, node.picture.zoom))
    canvas.line([Point(middle.x - arm, middle.y), Point(middle.x + arm, middle.y)], color.opacity(node.strength), width: pen)
    canvas.line([Point(middle.x, middle.y - arm), Point(middle.x, middle.y + arm)], color.opacity(node.strength), width: pen)
  }
  canvas.hit(node.box.inset(by: -canvas.u(1)), .perform(node.action), hint: node.hint)
}

/// What stands for a node, the longest first: its whole name, the part that tells it apart, what it does.
private func shortNames(_ node: NetworkNode, _ subject: VisibleGraph.Subject) -> [String] {
  let last = node.name.split(separator: ".").last.map(String.init) ?? node.name
  let digits = node.name.drop { !$0.isNumber }
  var names = [node.name]
  // "layer3.2" as "3.2", "inception4a" as "4a"; of an operation the last part says what it is in its group, if it is a word.
  if case .layer = subject, last.first?.isNumber == false { names.append(last) }
  if case .group = subject, !digits.isEmpty { names.append(String(digits)) }
  let words = ["convolution": "conv", "max-pool": "max", "average-pool": "avg", "dense": "fc", "input": "in", "concatenate": "cat"]
  if let word = words[node.kind] { names.append(word) }
  names.append(last)
  return names + (1..<5).reversed().map { String(last.prefix($0)) }
}

/// A number as long as there is room for; one that is cut would be another one.
private func shortNumber(_ value: Double, _ share: Double, _ width: Double, _ canvas: Canvas) -> (String, Double) {
  let whole = abs(value) >= 1 && abs(value) < 1000 ? [Numbers.fixed(value, 0)] : []
  let near = abs(share) < 0.005 ? ["\u{2248} 0"] : []
  for number in [Numbers.significant(value)] + whole + [Numbers.magnitude(value)] + near {
    for size in [10.0, 9] where canvas.width(of: number, size: size) <= width { return (number, size) }
  }
  return ("", 9)
}

/// A shape as it fits: "256×14×14", "256×14²".
private func fittingShape(_ shape: [Int], _ width: Double, _ canvas: Canvas) -> String? {
  var texts = [shapeText(shape)]
  if shape.count == 3, shape[1] == shape[2] { texts.append("\(shape[0])\u{00D7}\(shape[1])\u{00B2}") }
  return texts.first { canvas.width(of: $0, size: 9) <= width }
}
