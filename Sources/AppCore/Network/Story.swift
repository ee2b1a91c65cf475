import Geometry
import Networks
import Relevance

/// The way of a picture through the network, node by node, and of relevance back: where the telling is.
struct Story: Sendable, Equatable {
  /// A layer of the node that it is at: that stays, however far the graph is open.
  var layer = 0
  /// Whether the picture has come through, and relevance goes back.
  var isOnTheWayBack = false
}

/// What of a graph a story has come to.
struct StoryView: Sendable {
  /// The node that the story is at.
  let vertex: Int
  let showsRelevance: Bool
  let count: Int

  init(_ story: Story, _ graph: VisibleGraph) {
    count = graph.vertices.count
    vertex = graph.vertexOfLayer.indices.contains(story.layer) ? graph.vertexOfLayer[story.layer] : 0
    showsRelevance = story.isOnTheWayBack
  }

  /// 0 is the input; after the last node relevance begins there and goes back.
  var step: Int { showsRelevance ? 2 * count - 1 - vertex : vertex }
  /// How many steps there are, forward and back.
  var steps: Int { 2 * count }

  func isReached(_ vertex: Int) -> Bool { showsRelevance || vertex <= self.vertex }
  func isReached(edge: VisibleGraph.Edge) -> Bool { isReached(edge.target) }
  func hasRelevance(_ vertex: Int) -> Bool { showsRelevance && vertex >= self.vertex }
  func hasRelevance(edge: VisibleGraph.Edge) -> Bool { hasRelevance(edge.target) }
}

extension AppState {
  var storyView: StoryView? {
    guard let story = view.story, let graph = view.drawn?.graph, !graph.vertices.isEmpty else { return nil }
    return StoryView(story, graph)
  }

  mutating func toggleStory() {
    if view.story != nil {
      view.story = nil
      return
    }
    guard shownOfNetwork?.explanation.layers.isEmpty == false else {
      message = Message(kind: .notice, text: "Explain a digit by relevance first: the story tells what becomes of it")
      return
    }
    view.story = Story()
    activePanel = .network
    tellStory()
  }

  mutating func stepStory(by offset: Int) {
    guard let told = storyView else { return }
    moveStory(to: told.step + offset)
  }

  mutating func moveStory(to step: Int) {
    guard let told = storyView, let graph = view.drawn?.graph else { return }
    let next = min(max(0, step), told.steps - 1)
    let vertex = next < told.count ? next : told.steps - 1 - next
    guard let layer = graph.vertexOfLayer.firstIndex(of: vertex) else { return }
    view.story = Story(layer: layer, isOnTheWayBack: next >= told.count)
    tellStory()
  }

  /// Chooses the node that the story is at, and brings it into view.
  private mutating func tellStory() {
    guard let told = storyView, let drawn = view.drawn else { return }
    select(vertex: told.vertex)
    // Of a block with a way around it is told what its branch gives; the sum comes next.
    if let layer = toldLayer(drawn.graph.vertices[told.vertex].subject), shownLayer?.layer != layer { select(layer: layer) }
    refreshLayerMaps()
    bringIntoView(vertex: told.vertex)
  }

  /// The layer whose numbers are told at a node.
  private func toldLayer(_ subject: VisibleGraph.Subject) -> Int? {
    guard let outline = network?.outline else { return nil }
    switch subject {
    case .layer(let layer): return layer
    case .group(let group):
      let residual = outline.groups[group].residual
      return residual.map { outline.sketch[$0.sum].inputs[$0.branchInput] } ?? outline.groups[group].output
    case .sum(let group): return outline.groups[group].residual?.sum
    }
  }

  /// What happens at the node that the story is at, in one or two sentences with its numbers.
  var storySentence: String? {
    guard let told = storyView, let network, let shown = shownOfNetwork, let drawn = view.drawn else { return nil }
    let layers = shown.explanation.layers
    guard layers.count == network.network.layers.count else { return nil }
    let subject = drawn.graph.vertices[told.vertex].subject
    let node = network.node(of: subject)
    if told.showsRelevance { return backward(subject, node, layers) }
    // Numbers are said only while the layer that they are of is the one that is told.
    guard let known = view.inspector.activation, known.layer == toldLayer(subject) else { return forward(subject, node) }
    let numbers = known.statistics
    let range = "\(Numbers.significant(Double(numbers.minimum))) to \(Numbers.significant(Double(numbers.maximum)))"
    return "\(forward(subject, node)) Gives out \(shapeText(node.shape)): \(range), \(Numbers.share(numbers.zeroShare)) zeros."
  }

  private func forward(_ subject: VisibleGraph.Subject, _ node: NetworkNode) -> String {
    guard let network else { return "" }
    if case .sum = subject { return "The branch and the way around are added, number by number." }
    switch node.kind {
    case "stage": return "\(node.layers.count) layers one after the other."
    case "block": return node.shortcut == nil ? "A block of \(node.layers.count) layers." : "The branch of a block, with a way around it."
    default: break
    }
    let layer = network.network.layers[network.outline.leadingLayer(of: node.layers)]
    switch layer.operation {
    case .input: return "The picture, as the network is given it."
    case .convolution(let convolution):
      let geometry = convolution.geometry
      return "Each of \(geometry.outputChannels) maps is a sum over \(geometry.inputsPerGroup) maps: window of "
        + "\(geometry.kernelHeight)\u{00D7}\(geometry.kernelWidth) times kernel, plus a bias."
    case .dense(let dense): return "Each of \(dense.outputs) numbers is a weighted sum of \(dense.inputs), plus a bias."
    case .relu: return "What is below zero becomes zero."
    case .leakyRelu(let slope): return "What is below zero is multiplied by \(Numbers.short(slope))."
    case .clip(let low, let high): return "Kept between \(Numbers.short(low)) and \(Numbers.short(high))."
    case .affine: return "Each channel is scaled and shifted."
    case .add: return "Its inputs are added, number by number."
    case .concatenate: return "Its inputs' maps, side by side."
    case .maxPool(let pooling):
      return "The largest number of each window of \(pooling.window.kernelHeight)\u{00D7}\(pooling.window.kernelWidth)."
    case .averagePool(let pooling): return "The mean of each window of \(pooling.window.kernelHeight)\u{00D7}\(pooling.window.kernelWidth)."
    case .pad: return "Rows and columns are added around the picture."
    case .reshape: return "The same numbers in one row."
    case .unsupported(let name, let reason): return "\(name) cannot run: \(reason)."
    }
  }

  private func backward(_ subject: VisibleGraph.Subject, _ node: NetworkNode, _ layers: [LayerRelevance]) -> String {
    guard let layer = toldLayer(subject) else { return "" }
    let arriving = Numbers.significant(layers[layer].relevanceIn)
    if layers[layer].kind == "add", let flow = shownOfNetwork?.flow {
      let residual = network?.outline.groups.lazy.compactMap(\.residual).first { $0.sum == layer }
      let parts = layers[layer].inputs.indices.map { input -> String in
        let name = residual.map { $0.shortcutInput == input ? "the way around" : "the branch" } ?? "input \(input + 1)"
        return "\(name) gets \(Numbers.share(flow.part(of: .init(layer: layer, input: input))))"
      }
      return "R \(arriving) arrives; of |R| \(parts.joined(separator: ", "))."
    }
    if node.kind == "input" { return "R \(arriving) has come back to the pixels: this is the heatmap." }
    // Of a block with a way around, its branch.
    var members = node.layers
    if case .group(let group) = subject, let residual = network?.outline.groups[group].residual { members = residual.branch }
    let bias = members.reduce(0) { $0 + layers[$1].absorbedByBias }
    let stabilizer = members.reduce(0) { $0 + layers[$1].absorbedByStabilizer }
    let rules = members.map { layers[$0].rule }.filter { $0 != "pass" }
    let names = rules.reduce(into: [String]()) { if !$0.contains($1) { $0.append($1) } }
    let by = names.isEmpty ? "is passed on as it came" : "is handed on by \(names.joined(separator: ", "))"
    return "R \(arriving) arrives and \(by); biases keep \(Numbers.significant(bias)), stabilizers \(Numbers.significant(stabilizer))."
  }
}

extension Layer {
  /// Whether it is a convolution or dense; without making a copy of the weights.
  var hasWeights: Bool {
    switch operation {
    case .convolution, .dense: true
    default: false
    }
  }
}
