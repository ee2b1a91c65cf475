import Geometry
import Networks

/// What tests and assistive tools are told of the network panel.
public struct NetworkReport: Sendable, Equatable {
  public struct Node: Sendable, Equatable {
    public var name: String
    public var kind: String
    /// What of the window it covers: left, top, width, height; also where that is out of sight.
    public var frame: Rect
    public var sum: Double?
  }

  /// The two ways into a sum, and what each brings of |R|, 0...1.
  public struct Sum: Sendable, Equatable {
    public var name: String
    public var parts: [Double]
  }

  public var level: String
  /// Groups that are open.
  public var open: [String]
  public var nodes: [Node] = []
  public var sums: [Sum] = []
  /// Pixels of a unit of the graph, and whether it is being laid out.
  public var scale: Double
  public var isWaiting: Bool
  /// Whether keys go to it.
  public var isActive: Bool
  /// The layer whose numbers are shown, the tab, how maps are sorted and scaled, and which are on the page.
  public var shownLayer: String?
  public var tab: String
  public var order: String
  public var mapScale: String
  public var channels: [Int]
  public var channel: Int?
  /// Its numbers, row by row.
  public var relevance: [Float]
  public var activation: [Float]
  public var search: String?
  public var found: Int?
  /// Where the story is, from 0, of how many steps.
  public var step: Int?
  public var steps: Int?
  /// Digits that speak most for the chosen channel.
  public var byRelevance: [Int]
  public var byActivation: [Int]

  init(_ state: AppState) {
    let view = state.view
    level = view.level.title.lowercased()
    scale = view.camera.scale
    isWaiting = view.awaited != nil
    isActive = state.activePanel == .network
    shownLayer = state.shownLayer.flatMap { shown in state.network?.network.layers[shown.layer].name }
    tab = view.inspector.tab.title.lowercased()
    order = view.inspector.order.title
    mapScale = view.inspector.scale.title
    channels = state.layerMaps.map { Array($0.maps.map(\.channel).prefix(state.mapsOnPage)) } ?? []
    let chosen = state.chosenUnit?.unit.channel
    channel = chosen
    relevance = chosen.flatMap { state.layerMaps?.source.relevance(ofChannel: $0) } ?? []
    activation = chosen.flatMap { state.layerMaps?.source.activation(ofChannel: $0) } ?? []
    search = view.search?.text
    found = view.search.flatMap { $0.isEmpty ? nil : $0.layers.count }
    let told = state.storyView
    (step, steps) = (told?.step, told?.steps)
    byRelevance = state.shownRanking.byRelevance.entries.map(\.digit)
    byActivation = state.shownRanking.byActivation.entries.map(\.digit)
    open = []
    guard let network = state.network, let drawn = view.drawn, let frame = state.graphFrame else { return }
    open = drawn.graph.frames.map { network.outline.groups[$0.group].name }
    let layers = state.shownOfNetwork?.explanation.layers ?? []
    for (vertex, rect) in zip(drawn.graph.vertices, drawn.drawing.frames) {
      if case .sum = vertex.subject { continue }
      let node = network.node(of: vertex.subject)
      nodes.append(
        Node(
          name: node.name, kind: node.kind, frame: view.camera.windowFromGraph(rect, in: frame),
          sum: layers.indices.contains(vertex.outputLayer) ? layers[vertex.outputLayer].relevanceIn : nil))
    }
    guard let flow = state.shownOfNetwork?.flow else { return }
    for (index, layer) in network.network.layers.enumerated() where layer.inputs.count > 1 && layer.operation.kind == "add" {
      sums.append(Sum(name: layer.name, parts: layer.inputs.indices.map { flow.part(of: .init(layer: index, input: $0)) }))
    }
  }

  /// One JSON object with these names, in snake case.
  func json(_ text: (String?) -> String) -> String {
    func number(_ value: Double?) -> String { value.map { $0.isFinite ? "\($0)" : "null" } ?? "null" }
    func integer(_ value: Int?) -> String { value.map(String.init) ?? "null" }
    func list(_ values: [String]) -> String { "[" + values.joined(separator: ", ") + "]" }
    let nodeTexts = nodes.map { node in
      let frame = list([node.frame.x, node.frame.y, node.frame.width, node.frame.height].map { number($0) })
      return "{\"name\": \(text(node.name)), \"kind\": \(text(node.kind)), \"frame\": \(frame), \"sum\": \(number(node.sum))}"
    }
    let sumTexts = sums.map { "{\"name\": \(text($0.name)), \"parts\": \(list($0.parts.map { number($0) }))}" }
    let fields = [
      "\"level\": \(text(level))", "\"open\": \(list(open.map { text($0) }))", "\"nodes\": \(list(nodeTexts))",
      "\"sums\": \(list(sumTexts))", "\"scale\": \(number(scale))", "\"is_waiting\": \(isWaiting)", "\"is_active\": \(isActive)",
      "\"shown_layer\": \(text(shownLayer))", "\"tab\": \(text(tab))", "\"order\": \(text(order))", "\"map_scale\": \(text(mapScale))",
      "\"channels\": \(list(channels.map(String.init)))", "\"channel\": \(integer(channel))",
      "\"relevance\": \(list(relevance.map { number(Double($0)) }))",
      "\"activation\": \(list(activation.map { number(Double($0)) }))", "\"search\": \(text(search))",
      "\"found\": \(integer(found))", "\"step\": \(integer(step))", "\"steps\": \(integer(steps))",
      "\"by_relevance\": \(list(byRelevance.map(String.init)))", "\"by_activation\": \(list(byActivation.map(String.init)))",
    ]
    return "{" + fields.joined(separator: ", ") + "}"
  }
}
