import Geometry
import Networks

extension AppState {
  /// The selected node and the layer of it whose feature maps are shown.
  var shownLayer: (node: NetworkNode, layer: Int)? {
    guard let network, let selectedNode, let node = network.node(named: selectedNode) else { return nil }
    guard let selectedLayer, node.layers.contains(selectedLayer) else { return (node, node.outputLayer) }
    return (node, selectedLayer)
  }

  /// The node of the graph on screen that is chosen, or that what is chosen is in; nil where its group is open.
  var selectedVertex: Int? {
    guard let (node, layer) = shownLayer, let network, let drawn = view.drawn else { return nil }
    guard selectedLayer == nil, let group = network.outline.group(named: node.name) else {
      return drawn.graph.vertexOfLayer[layer]
    }
    if let vertex = drawn.graph.vertices.firstIndex(where: { $0.subject == .group(group) }) { return vertex }
    return selectedFrame == nil ? drawn.graph.vertexOfLayer[layer] : nil
  }

  /// The open group that is chosen, by its place among the frames.
  var selectedFrame: Int? {
    guard selectedLayer == nil, let selectedNode, let network else { return nil }
    return view.drawn?.graph.frames.firstIndex { network.outline.groups[$0.group].name == selectedNode }
  }

  /// What the selected node gives out.
  var selectedLayerOutput: Layer? { shownLayer.flatMap { shown in network?.network.layers[shown.layer] } }

  mutating func selectNode(_ name: String?) {
    selectedNode = name
    select(layer: nil)
    refreshLayerMaps()
    preferWeights()
  }

  /// Of the selected node; nil: the one whose output is the node's.
  mutating func select(layer: Int?) {
    selectedLayer = layer
    selectedUnit = nil
    firstMap = 0
  }

  /// Chooses a layer: by itself where it stands in the graph, otherwise in the group that stands for it.
  mutating func selectLayer(_ layer: Int) {
    guard let network, network.network.layers.indices.contains(layer) else { return }
    let outline = network.outline
    let closed = outline.ancestors(ofLayer: layer).first { !view.isOpen(outline.groups[$0]) }
    selectNode(closed.map { outline.groups[$0].name } ?? network.network.layers[layer].name)
    if let node = shownLayer?.node, node.layers.contains(layer), node.layers.count > 1 || node.outputLayer != layer { select(layer: layer) }
    refreshLayerMaps()
  }

  /// Chooses what a node of the graph stands for.
  mutating func select(vertex: Int) {
    guard let network, let drawn = view.drawn, drawn.graph.vertices.indices.contains(vertex) else { return }
    switch drawn.graph.vertices[vertex].subject {
    case .layer(let layer): selectLayer(layer)
    case .group(let group): selectNode(network.outline.groups[group].name)
    case .sum(let group): if let residual = network.outline.groups[group].residual { selectLayer(residual.sum) }
    }
  }

  mutating func stepNode(by offset: Int) {
    guard let vertices = view.drawn?.graph.vertices, !vertices.isEmpty else { return }
    // Sums are passed over: they are of the block before them.
    let places = vertices.indices.filter { if case .sum = vertices[$0].subject { false } else { true } }
    let chosen = selectedVertex ?? selectedFrame.flatMap { view.drawn?.graph.frames[$0].vertices.first }
    let here = chosen.flatMap { vertex in places.lastIndex { $0 <= vertex } }
    let next = here.map { ($0 + offset + places.count) % places.count } ?? (offset > 0 ? 0 : places.count - 1)
    select(vertex: places[next])
    bringIntoView(vertex: places[next])
  }

  mutating func stepLayer(by offset: Int) {
    guard let (node, layer) = shownLayer, let here = node.layers.firstIndex(of: layer), node.layers.count > 1 else { return }
    select(layer: node.layers[(here + offset + node.layers.count) % node.layers.count])
    refreshLayerMaps()
  }

  /// Where an arrow key leads.
  enum EdgeDirection: Sendable, Hashable { case forward, back, aroundForward, aroundBack, above, below }

  /// Follows an edge from the chosen node: the straightest one, or one that goes around; or goes to what stands above or below.
  mutating func follow(_ direction: EdgeDirection) {
    guard let drawn = view.drawn, !drawn.graph.vertices.isEmpty else { return }
    guard let here = selectedVertex ?? selectedFrame.flatMap({ drawn.graph.frames[$0].vertices.first }) else {
      select(vertex: 0)
      return bringIntoView(vertex: 0)
    }
    let frames = drawn.drawing.frames
    let (edges, middle) = (drawn.graph.edges, frames[here].center)
    func straightest(_ candidates: [Int]) -> Int? {
      candidates.min { abs(frames[$0].center.y - middle.y) < abs(frames[$1].center.y - middle.y) }
    }
    func nearest(_ isThere: (Rect) -> Bool) -> Int? {
      frames.indices.filter { $0 != here && isThere(frames[$0]) }.min {
        frames[$0].center.distance(to: middle) < frames[$1].center.distance(to: middle)
      }
    }
    let next: Int?
    switch direction {
    case .forward: next = straightest(edges.filter { $0.source == here && $0.way != .identity }.map(\.target))
    case .back: next = straightest(edges.filter { $0.target == here && $0.way != .identity }.map(\.source))
    case .aroundForward: next = edges.filter { $0.source == here && $0.way != .plain }.map(\.target).max()
    case .aroundBack: next = edges.filter { $0.target == here && $0.way != .plain }.map(\.source).min()
    case .above: next = nearest { $0.maxY <= middle.y - 1 && $0.center.y < frames[here].minY + 1 }
    case .below: next = nearest { $0.minY >= middle.y + 1 && $0.center.y > frames[here].maxY - 1 }
    }
    guard let next else { return }
    select(vertex: next)
    bringIntoView(vertex: next)
  }

  /// The groups that what is chosen is in, the outermost first, and itself last, with what each would choose.
  var breadcrumb: [(title: String, action: Action)] {
    guard let network, let (node, layer) = shownLayer else { return [] }
    let outline = network.outline
    let own = outline.group(named: node.name)
    var chain = own.map { outline.ancestors(ofGroup: $0) } ?? outline.ancestors(ofLayer: layer)
    if let own, chain.last != own { chain.append(own) }
    var crumbs = chain.map { (outline.groups[$0].name, Action.node(outline.groups[$0].name)) }
    if own == nil || selectedLayer != nil, crumbs.last?.0 != network.network.layers[layer].name {
      crumbs.append((network.network.layers[layer].name, .layer(layer)))
    }
    return crumbs
  }
}

extension Action {
  /// Whether it chooses a node of the graph.
  var isOfNode: Bool {
    switch self {
    case .node, .layer: true
    default: false
    }
  }
}
