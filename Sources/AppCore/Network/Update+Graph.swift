import Geometry
import GraphLayout
import Networks

extension AppState {
  /// Where the graph stands in the window; nil while another panel fills it.
  var graphFrame: Rect? {
    layout.network.map { networkParts($0).graph }
  }

  func networkParts(_ place: Layout.Place) -> NetworkParts {
    NetworkParts(
      networkContent(place.body, unit: layout.unit), showsInspector: selectedNode != nil, showsStory: view.story != nil, unit: layout.unit)
  }

  /// Asks for a layout where the graph is no longer the one on screen, and lets the camera follow its frame.
  mutating func tendGraph() -> [Effect] {
    guard let network, let frame = graphFrame else { return [] }
    let density = GraphDensity(height: frame.height / layout.unit)
    let key = NetworkView.Key(revision: network.revision, level: view.level, toggled: view.toggled, density: density)
    var effects: [Effect] = []
    if key != view.key {
      view.key = key
      let outline = network.outline
      let graph = VisibleGraph(outline) { [view] in view.isOpen(outline.groups[$0]) }
      lastRequestNumber += 1
      let id = RequestID(lastRequestNumber)
      view.awaited = NetworkView.Awaited(id: id, graph: graph, density: density)
      effects.append(.layOut(id, graph.request(outline, density, columns: view.level == .operations ? 14 : 5)))
    }
    if frame != view.frame {
      view.frame = frame
      followGraph()
      if view.following == .nothing, let vertex = selectedVertex { bringIntoView(vertex: vertex) }
    }
    refreshNodePictures()
    return effects
  }

  /// Forgets the graph of another network.
  mutating func forgetGraph() {
    var fresh = NetworkView()
    (fresh.level, fresh.inspector) = (view.level, Inspector())
    (fresh.inspector.tab, fresh.inspector.order, fresh.inspector.scale) = (view.inspector.tab, view.inspector.order, view.inspector.scale)
    // What was open in the last session is open again, where this network has it.
    let names = Set(network?.outline.groups.map(\.name) ?? [])
    if network?.revision == 1 { fresh.toggled = view.toggled.intersection(names) }
    view = fresh
  }

  mutating func laidOut(_ id: RequestID, _ drawing: GraphDrawing) {
    guard let awaited = view.awaited, awaited.id == id, let network, let frame = view.frame ?? graphFrame else { return }
    let before = placesInWindow(frame, network.outline)
    let isFirst = view.drawn == nil
    view.awaited = nil
    view.drawn = NetworkView.Drawn(graph: awaited.graph, density: awaited.density, drawing: drawing)
    view.morph = nil
    if let anchor = view.anchor, let place = placeInGraph(ofGroup: anchor.group, isCorner: anchor.isCorner) {
      // What was toggled stays where it was in the window.
      view.glide = nil
      view.following = .nothing
      view.camera = view.camera.panned(by: anchor.place - view.camera.windowFromGraph(place, in: frame))
    }
    view.anchor = nil
    followGraph()
    guard !isFirst, !appearance.reducesMotion, self.now > .zero else { return }
    var from: [VisibleGraph.Subject: Rect] = [:]
    for vertex in awaited.graph.vertices {
      if let place = before.place(of: vertex.subject, network.outline) {
        from[vertex.subject] = view.camera.graphFromWindow(place, in: frame)
      }
    }
    view.morph = GraphMorph(from: from)
  }

  mutating func advanceGraph() {
    if view.morph != nil {
      if view.morph?.since == nil { view.morph?.since = now }
      if let since = view.morph?.since, now - since >= GraphMorph.duration { view.morph = nil }
    }
    if view.glide != nil {
      if view.glide?.since == nil { view.glide?.since = now }
      if let glide = view.glide {
        view.camera = glide.camera(at: now)
        if glide.isOver(at: now) { view.glide = nil }
      }
    }
  }

  var isGraphMoving: Bool { view.morph != nil || view.glide != nil }

  // Opening and closing

  /// Opens a group that is closed and closes one that is open. Its left edge and the line that its nodes stand on stay where they are;
  /// where the pointer pressed its sign, that stays, to be pressed again, and the line comes back when the pointer leaves.
  mutating func openOrClose(_ name: String, under pointer: Point? = nil) {
    guard let network, let group = network.outline.group(named: name) else { return }
    if let frame = graphFrame, let line = placeInGraph(ofGroup: group, isCorner: false) {
      let isCorner = pointer.map { frame.contains($0) && isOnSign(of: group, $0, frame) } ?? false
      let place = isCorner ? placeInGraph(ofGroup: group, isCorner: true) ?? line : line
      view.anchor = GraphAnchor(group: group, isCorner: isCorner, place: view.settledCamera.windowFromGraph(place, in: frame))
      if isCorner, let pointer, view.displacement?.group != group {
        view.displacement = GraphDisplacement(pointer: pointer, group: group, line: view.settledCamera.windowFromGraph(line, in: frame).y)
      } else if !isCorner {
        view.displacement = nil
      }
    }
    if view.toggled.contains(name) { view.toggled.remove(name) } else { view.toggled.insert(name) }
    // What was chosen in a group that is closed now is no longer to be seen: the group is.
    if let layer = shownLayer?.layer, selectedNode != name, !view.isOpen(network.outline.groups[group]),
      network.outline.groups[group].layers.contains(layer)
    {
      selectNode(name)
    }
  }

  mutating func show(_ level: NetworkView.Level) {
    view.level = level
    view.toggled = []
    view.following = .readable
  }

  /// Enter: the chosen group, or what the chosen layer is in.
  mutating func toggleSelected() {
    guard let network, let (node, layer) = shownLayer else { return }
    let outline = network.outline
    if selectedLayer == nil, let group = outline.group(named: node.name) {
      return openOrClose(outline.groups[group].name)
    }
    let chain = outline.ancestors(ofLayer: layer)
    // The outermost closed one is what stands for the layer; where all are open, the innermost closes.
    guard let group = chain.first(where: { !view.isOpen(outline.groups[$0]) }) ?? chain.last else { return }
    openOrClose(outline.groups[group].name)
  }

  /// Opens whatever hides a layer.
  mutating func reveal(layer: Int) {
    guard let outline = network?.outline else { return }
    for group in outline.ancestors(ofLayer: layer) where !view.isOpen(outline.groups[group]) {
      view.toggled.formSymmetricDifference([outline.groups[group].name])
    }
  }

  // Where things are

  /// What of a group is to be the same whether it is open or closed: its left edge, and its top or the middle of its node, or of the node that
  /// gives out what the group does.
  func placeInGraph(ofGroup group: Int, isCorner: Bool) -> Point? {
    guard let drawn = view.drawn, let outline = network?.outline else { return nil }
    if let vertex = drawn.graph.vertices.firstIndex(where: { $0.subject == .group(group) }) {
      let frame = drawn.drawing.frames[vertex]
      return Point(frame.x, isCorner ? frame.y : frame.center.y)
    }
    guard let place = drawn.graph.frames.firstIndex(where: { $0.group == group }) else { return nil }
    let (frame, output) = (drawn.drawing.groupFrames[place], drawn.graph.vertexOfLayer[outline.groups[group].output])
    return Point(frame.x, isCorner ? frame.y : drawn.drawing.frames[output].center.y)
  }

  /// Whether a point is on the sign in a group's corner.
  private func isOnSign(of group: Int, _ point: Point, _ frame: Rect) -> Bool {
    guard let corner = placeInGraph(ofGroup: group, isCorner: true) else { return false }
    return view.camera.windowFromGraph(corner, in: frame).distance(to: point) < 24 * layout.unit
  }

  /// Brings the line of nodes back to where it was before a sign was pressed, once the pointer has left that.
  mutating func settleGraph(pointer: Point) {
    guard let moved = view.displacement, moved.pointer.distance(to: pointer) > 24 * layout.unit, view.awaited == nil, let frame = graphFrame
    else { return }
    view.displacement = nil
    guard let line = placeInGraph(ofGroup: moved.group, isCorner: false) else { return }
    let camera = view.settledCamera
    let shift = moved.line - camera.windowFromGraph(line, in: frame).y
    if abs(shift) > 0.5 { glideGraph(to: camera.panned(by: Point(0, shift)), CameraGlide.long) }
  }

  /// What every node and every open group covers of the window now.
  private func placesInWindow(_ frame: Rect, _ outline: NetworkOutline) -> GraphPlaces {
    var places = GraphPlaces()
    guard let drawn = view.drawn else { return places }
    for (vertex, rect) in zip(drawn.graph.vertices, shownFrames(drawn)) {
      places.nodes[vertex.subject] = view.camera.windowFromGraph(rect, in: frame)
    }
    for (open, rect) in zip(drawn.graph.frames, drawn.drawing.groupFrames) {
      places.groups[open.group] = view.camera.windowFromGraph(rect, in: frame)
    }
    return places
  }

  /// The nodes' frames, where they are on their way.
  func shownFrames(_ drawn: NetworkView.Drawn) -> [Rect] {
    guard let morph = view.morph else { return drawn.drawing.frames }
    let share = morph.share(at: now)
    return zip(drawn.graph.vertices, drawn.drawing.frames).map { vertex, frame in
      guard let from = morph.from[vertex.subject] else { return frame }
      func mix(_ a: Double, _ b: Double) -> Double { a + (b - a) * share }
      return Rect(mix(from.x, frame.x), mix(from.y, frame.y), mix(from.width, frame.width), mix(from.height, frame.height))
    }
  }
}

/// Where the nodes and open groups of a graph were before it changed.
private struct GraphPlaces {
  var nodes: [VisibleGraph.Subject: Rect] = [:]
  var groups: [Int: Rect] = [:]

  /// Where a node comes from: its own place; that of a group that was closed over it, or of its frame that was open.
  func place(of subject: VisibleGraph.Subject, _ outline: NetworkOutline) -> Rect? {
    if let own = nodes[subject] { return own }
    let chain: [Int]
    switch subject {
    case .layer(let layer): chain = outline.ancestors(ofLayer: layer)
    case .group(let group):
      if let frame = groups[group] { return frame }
      chain = outline.ancestors(ofGroup: group)
    case .sum(let group):
      if let residual = outline.groups[group].residual, let own = nodes[.layer(residual.sum)] { return own }
      chain = outline.ancestors(ofGroup: group)
    }
    for group in chain { if let place = nodes[.group(group)] { return place } }
    return nil
  }
}
