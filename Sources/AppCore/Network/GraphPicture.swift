import Geometry
import Networks
import Scene

/// What the graph is drawn with: the same for the panel, and for a picture of all of it. Shared by all nodes: a copy of the state for each
/// would cost more than drawing it.
final class GraphPicture {
  let state: AppState
  let network: LoadedNetwork
  let shown: ShownExplanation?
  let drawn: NetworkView.Drawn
  let camera: Camera
  let frame: Rect
  /// Where nodes are, on their way or not, in the window.
  let boxes: [Rect]
  /// Of what is new while nodes are on their way.
  let opacity: Double
  /// What stands out of a search; nil where nothing is searched for.
  let found: Set<Int>?
  /// What the story has come to; nil where none is told.
  let told: StoryView?

  init(_ state: AppState, _ network: LoadedNetwork, _ shown: ShownExplanation?, _ drawn: NetworkView.Drawn, camera: Camera, frame: Rect) {
    self.state = state
    self.network = network
    self.shown = shown
    self.drawn = drawn
    self.camera = camera
    self.frame = frame
    boxes = state.shownFrames(drawn).map { camera.windowFromGraph($0, in: frame) }
    opacity = state.view.morph.map { $0.share(at: state.now) } ?? 1
    found = state.view.search.flatMap { search in search.isEmpty ? nil : Set(search.layers.map { drawn.graph.vertexOfLayer[$0] }) }
    told = state.view.story.map { StoryView($0, drawn.graph) }
  }

  /// Pixels of a unit of the layout, in units of the window: 1 is the usual size.
  var zoom: Double { camera.scale / state.layout.unit }

  var flow: NetworkFlow? { told.map(\.showsRelevance) == false ? nil : shown?.flow }

  /// Whether relevance has come to a node as far as the story is told.
  func hasRelevance(_ vertex: Int) -> Bool { told?.hasRelevance(vertex) ?? true }

  /// How strongly a node is drawn.
  func strength(_ vertex: Int) -> Double {
    if let found, !found.contains(vertex) { return 0.25 }
    if let told, !told.isReached(vertex) { return 0.35 }
    return 1
  }

  /// Sum of R at the output of each node; nil where there is none to show.
  func sum(_ vertex: Int) -> Double? {
    guard let layers = shown?.explanation.layers, layers.count == network.network.layers.count, hasRelevance(vertex) else { return nil }
    return layers[drawn.graph.vertices[vertex].outputLayer].relevanceIn
  }
}

/// Draws the frames of open groups, edges, nodes.
func drawGraph(_ picture: GraphPicture, on canvas: inout Canvas) {
  drawFrames(picture, on: &canvas)
  drawEdges(picture, on: &canvas)
  drawNodes(picture, on: &canvas)
}

/// A frame around what is in an open group, with its name and what closes it.
private func drawFrames(_ picture: GraphPicture, on canvas: inout Canvas) {
  let (drawn, frame) = (picture.drawn, picture.frame)
  for (place, open) in drawn.graph.frames.enumerated() {
    let rect = picture.camera.windowFromGraph(drawn.drawing.groupFrames[place], in: frame)
    guard rect.intersects(frame) else { continue }
    let group = picture.network.outline.groups[open.group]
    let isSelected = picture.state.selectedFrame == place
    canvas.box(
      rect, fill: canvas.theme.raised.opacity(0.28 * picture.opacity),
      border: isSelected ? canvas.theme.text : canvas.theme.strongBorder.opacity(picture.opacity), width: isSelected ? canvas.u(1.5) : 1,
      radius: 4)
    let header = Rect(rect.x, rect.y, rect.width, 11 * picture.camera.scale)
    let button = groupButton(header, canvas)
    guard header.height >= canvas.u(7) else { continue }
    canvas.hit(
      header, .perform(.node(group.name)),
      hint: [group.name, "\(group.kind), \(group.layers.count) layers", "double click, or Enter when it is chosen: close it"])
    drawToggle(button, isOpen: true, group.name, on: &canvas)
    let words = Rect(
      button.maxX + canvas.u(3), header.y, max(0, min(rect.maxX, frame.maxX) - button.maxX - canvas.u(5)),
      min(header.height, canvas.u(14)))
    if header.height >= canvas.u(9.5), words.width > canvas.u(16), header.minY >= frame.minY - 1, header.maxY <= frame.maxY + 1 {
      canvas.text(canvas.begun(group.name, size: 10, width: words.width), in: words, size: 10, canvas.theme.secondary)
    }
  }
}

/// Where the sign that opens or closes a group stands: the same place in its node and in its frame.
func groupButton(_ header: Rect, _ canvas: Canvas) -> Rect {
  let side = min(canvas.u(13), max(canvas.u(6), header.height - canvas.u(1)))
  return Rect(header.x + canvas.u(1), header.y + canvas.u(1), side, side)
}

/// A plus or minus that opens or closes a group.
func drawToggle(_ button: Rect, isOpen: Bool, _ name: String, ink: Color? = nil, on canvas: inout Canvas) {
  let isLit = canvas.isHovered(button)
  if isLit { canvas.fill(button, canvas.theme.accentFill, radius: 2) }
  let (middle, arm) = (button.center, button.width * 0.28)
  let color = isLit ? canvas.theme.accent : ink ?? canvas.theme.secondary
  canvas.line([Point(middle.x - arm, middle.y), Point(middle.x + arm, middle.y)], color, width: canvas.u(1.2))
  if !isOpen { canvas.line([Point(middle.x, middle.y - arm), Point(middle.x, middle.y + arm)], color, width: canvas.u(1.2)) }
  canvas.hit(button, .perform(.openOrClose(name)), hint: [isOpen ? "Close \(name)" : "Open \(name)"])
}
