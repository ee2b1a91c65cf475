import Geometry
import Networks
import Relevance
import Scene
import Testing

@testable import AppCore

/// The graph of the network as it is used: opened, moved, searched, walked, told.
@Suite("Network view")
struct NetworkViewTests {
  private func explained(_ size: Size = Size(1280, 800), reducesMotion: Bool = true) -> AppState {
    var state = Fixture.loaded(size, options: AppOptions(reducesMotion: reducesMotion))
    Fixture.send(&state, .keyPressed(.tab, []))
    return state
  }

  private func names(_ state: AppState) -> [String] { NetworkReport(state).nodes.map(\.name) }

  private func key(_ state: inout AppState, _ key: Key, _ modifiers: Modifiers = []) { Fixture.send(&state, .keyPressed(key, modifiers)) }

  // Opening and closing

  @Test("at first the blocks are seen; Alt+1, 2, 3 show stages, blocks and every layer")
  func levels() {
    var state = explained()
    let blocks = [3, 4, 6, 3].enumerated().flatMap { stage, count in (0..<count).map { "layer\(stage + 1).\($0)" } }
    #expect(names(state) == ["input", "conv1", "maxpool"] + blocks + ["avgpool", "fc"])
    key(&state, .character("1"), .alt)
    #expect(names(state) == ["input", "conv1", "maxpool", "layer1", "layer2", "layer3", "layer4", "avgpool", "fc"])
    key(&state, .character("3"), .alt)
    #expect(Set(names(state)).count == Fixture.network.layers.count)
    key(&state, .character("2"), .alt)
    #expect(names(state).count == 21)
  }

  @Test("the sign of a block opens it, and the sign at the same place closes it; so do a double click and Enter", arguments: [0, 1, 2])
  func opening(way: Int) throws {
    var state = explained()
    func toggle() throws {
      switch way {
      case 0:
        let place = try #require(state.place(of: .perform(.openOrClose("layer2.1"))))
        Fixture.click(&state, place)
      case 1:
        let place = try #require(state.place(ofNode: "layer2.1") ?? state.place(of: .perform(.node("layer2.1"))))
        for clicks in 1...2 {
          Fixture.send(&state, .pointerPressed(.left, place, clicks: clicks, []))
          Fixture.send(&state, .pointerReleased(.left, place, []))
        }
      default:
        if state.selectedNode != "layer2.1" { _ = state.perform(.node("layer2.1")) }
        state.activePanel = .network
        key(&state, .enter)
      }
    }
    let before = try #require(state.place(ofNode: "layer2.1"))
    let neighbour = try #require(state.place(ofNode: "layer2.0"))
    let sign = try #require(state.place(of: .perform(.openOrClose("layer2.1"))))
    try toggle()
    if way == 0 {
      // The sign stays under the pointer; when that leaves, the line of nodes is back.
      #expect(try #require(state.place(of: .perform(.openOrClose("layer2.1")))).distance(to: sign) < 2)
      Fixture.send(&state, .pointerMoved(Point(100, 100), []))
    }
    #expect(names(state).contains("layer2.1.conv2") && !names(state).contains("layer2.1"))
    #expect(NetworkReport(state).open.contains("layer2.1"))
    // It grows to the right and upwards: what stands before it stays, and so does the line.
    #expect(try #require(state.place(ofNode: "layer2.0")).distance(to: neighbour) < 2)
    #expect(abs(try #require(state.place(ofNode: "layer2.1.conv1")).y - before.y) < 2)
    try toggle()
    if way == 0 { Fixture.send(&state, .pointerMoved(Point(100, 100), [])) }
    #expect(names(state).contains("layer2.1") && names(state).count == 21)
    #expect(try #require(state.place(ofNode: "layer2.1")).distance(to: before) < 2)
  }

  @Test("what was chosen in a group that is closed gives way to the group")
  func closingChosen() {
    var state = explained()
    _ = state.perform(.openOrClose("layer2.1"))
    Fixture.send(&state, .pointerLeft)
    _ = state.perform(.layer(Fixture.network.index(ofLayerNamed: "layer2.1.conv2") ?? 0))
    #expect(state.selectedNode == "layer2.1.conv2")
    _ = state.perform(.openOrClose("layer2.1"))
    #expect(state.selectedNode == "layer2.1")
  }

  @Test("nodes go to their new places within a quarter of a second, and at once where motion is not wanted")
  func morphing() throws {
    var state = explained(reducesMotion: false)
    _ = update(&state, .clock(.seconds(10)))
    _ = state.perform(.openOrClose("layer2.1"))
    Fixture.send(&state, .pointerLeft)
    #expect(state.isGraphMoving && state.isAnimating)
    _ = update(&state, .clock(.seconds(11)))
    let drawn = try #require(state.view.drawn)
    #expect(state.shownFrames(drawn) != drawn.drawing.frames)
    _ = update(&state, .clock(.milliseconds(11_260)))
    #expect(!state.isGraphMoving && state.shownFrames(drawn) == drawn.drawing.frames)
    var still = explained()
    _ = update(&still, .clock(.seconds(10)))
    _ = still.perform(.openOrClose("layer2.1"))
    Fixture.send(&still, .pointerLeft)
    #expect(!still.isGraphMoving)
  }

  @Test("a layout that a newer one overtook is dropped; another network's graph takes the place of the old one")
  func overtaken() throws {
    var state = explained()
    let before = try #require(state.view.drawn)
    state.show(.stages)
    let effects = update(&state, .pointerLeft)
    guard case .layOut(let id, _)? = effects.first(where: { if case .layOut = $0 { true } else { false } }) else {
      Issue.record("no layout is asked for")
      return
    }
    state.show(.operations)
    let newer = update(&state, .pointerLeft)
    _ = update(&state, .laidOut(id, before.drawing))
    #expect(state.view.drawn?.graph == before.graph)
    Fixture.answerAside(&state, newer)
    #expect(names(state).count == Fixture.network.layers.count)
    Fixture.answerAside(&state, update(&state, .networkLoaded(Fixture.makeNetwork(stages: [1, 1]), path: "n")))
    #expect(NetworkReport(state).level == "operations" && !names(state).contains("layer3.0.conv1"))
  }

  // Moving about

  @Test("a drag pans by as much as the pointer moves and chooses nothing; a slip of two pixels is a click")
  func panning() throws {
    var state = explained()
    let place = try #require(state.place(ofNode: "layer2.1"))
    Fixture.send(&state, .pointerPressed(.left, place, clicks: 1, []))
    Fixture.send(&state, .pointerMoved(place + Point(-60, 4), []))
    Fixture.send(&state, .pointerMoved(place + Point(-200, 10), []))
    Fixture.send(&state, .pointerReleased(.left, place + Point(-200, 10), []))
    #expect(state.selectedNode == nil && state.view.following == .nothing)
    let after = try #require(state.place(ofNode: "layer2.1"))
    #expect(abs(after.x - place.x + 200) < 1 && abs(after.y - place.y - 10) < 1)
    Fixture.send(&state, .pointerPressed(.left, after, clicks: 1, []))
    Fixture.send(&state, .pointerReleased(.left, after + Point(1, 1), []))
    #expect(state.selectedNode == "layer2.1")
  }

  @Test("five notches zoom by 1.25 each about the pointer; F shows all of it again")
  func zooming() throws {
    var state = explained()
    let place = try #require(state.place(ofNode: "layer3.1"))
    let scale = state.view.camera.scale
    for _ in 0..<5 { Fixture.send(&state, .wheelTurned(notches: 1, at: place, [])) }
    #expect(abs(state.view.camera.scale / scale / 3.0517578125 - 1) < 0.02)
    #expect(try #require(state.place(ofNode: "layer3.1")).distance(to: place) < 1)
    state.activePanel = .network
    Fixture.press(&state, "f")
    let frame = try #require(state.graphFrame)
    for node in NetworkReport(state).nodes {
      #expect(frame.intersection(node.frame) == node.frame || frame.inset(by: -1).contains(node.frame.center))
    }
    #expect(state.map.followsMap, "the map stays as it was")
  }

  @Test("keys go to the network after a press in it, and to the map again after one there")
  func active() throws {
    var state = explained()
    let before = state.map.camera
    Fixture.click(&state, try #require(state.place(ofNode: "layer3.1")))
    Fixture.send(&state, .keyPressed(.right, []))
    #expect(state.selectedNode == "layer3.1.add" || state.selectedNode == "layer3.1")
    #expect(state.map.camera == before)
    Fixture.press(&state, "1")
    #expect(state.view.level == .stages && state.digit.target == .predicted)
    Fixture.click(&state, Point(600, 60))
    Fixture.press(&state, "1")
    #expect(state.view.level == .stages)
    key(&state, .function(2))
    #expect(state.activePanel == .network)
  }

  @Test("arrows follow edges there and back; with Shift the way around a block")
  func following() throws {
    var state = explained()
    state.activePanel = .network
    _ = state.perform(.openOrClose("layer1.1"))
    Fixture.send(&state, .pointerLeft)
    _ = state.perform(.layer(try #require(Fixture.network.index(ofLayerNamed: "layer1.1.conv1"))))
    var walked: [String] = []
    for _ in 0..<5 {
      key(&state, .right)
      walked.append(try #require(state.selectedNode))
    }
    #expect(walked == ["relu1", "conv2", "relu2", "conv3", "add"].map { "layer1.1.\($0)" })
    for _ in 0..<5 { key(&state, .left) }
    #expect(state.selectedNode == "layer1.1.conv1")
    for _ in 0..<5 { key(&state, .right) }
    key(&state, .left, .shift)
    // Around the block, back to what it reads: the sum that ends the block before.
    #expect(state.shownLayer?.layer == Fixture.network.index(ofLayerNamed: "layer1.0.add"))
    key(&state, .right, .shift)
    #expect(state.selectedNode == "layer1.1.add")
  }

  @Test("the breadcrumb leads from the layer to its block, its stage, and out")
  func breadcrumb() throws {
    var state = explained()
    _ = state.perform(.openOrClose("layer2.1"))
    Fixture.send(&state, .pointerLeft)
    _ = state.perform(.layer(try #require(Fixture.network.index(ofLayerNamed: "layer2.1.conv2"))))
    #expect(state.breadcrumb.map(\.title) == ["layer2", "layer2.1", "layer2.1.conv2"])
    Fixture.click(&state, try #require(state.place(of: .perform(.node("layer2")))))
    #expect(state.selectedNode == "layer2")
  }

  @Test(
    "the search finds layers by name, kind, window, stride and shape",
    arguments: [
      ("layer3.2", 7), ("conv 1x1", 53), ("add", 16), ("dense", 1), ("16x2x2 add", 4), ("layer1 relu", 9), ("max", 1), ("xyz", 0),
    ])
  func searching(text: String, count: Int) throws {
    var state = explained()
    key(&state, .character("f"), [.control, .shift])
    for character in text { key(&state, character == " " ? .space : .character(character)) }
    #expect(NetworkReport(state).search == text && NetworkReport(state).found == count)
    key(&state, .enter)
    if let first = state.view.search?.layers.first { #expect(state.shownLayer?.layer == first) }
    key(&state, .enter, .shift)
    if count > 0 { #expect(state.shownLayer?.layer == state.view.search?.layers.last) }
    key(&state, .escape)
    #expect(state.view.search == nil)
  }

  // What is shown

  @Test("shares of relevance at every sum add up to one and are those of the engine; so do those of every cut")
  func shares() throws {
    let state = explained()
    let shown = try #require(state.shownOfNetwork)
    // Nothing is absorbed on the way.
    let layers = shown.explanation.layers.map { layer in
      LayerRelevance(
        name: layer.name, kind: layer.kind, rule: layer.rule, relevanceIn: 2, relevanceOut: 2, inputs: layer.inputs,
        activation: layer.activation, relevance: layer.relevance)
    }
    let explanation = Explanation(
      logits: shown.explanation.logits, probabilities: shown.explanation.probabilities, target: .predicted, targetClass: 7,
      input: shown.explanation.input, relevance: shown.explanation.relevance, start: 2, layers: layers)
    let flow = try #require(NetworkFlow(explanation, Fixture.network))
    let sums = NetworkReport(state).sums
    #expect(sums.count == 16)
    for sum in sums { #expect(sum.parts == [0.25, 0.75], "the fixture hands three of four to the shortcut") }
    let network = Fixture.network
    for cut in 1..<network.layers.count {
      var crossing = 0.0
      for (layer, value) in network.layers.enumerated() where layer >= cut {
        for (input, source) in value.inputs.enumerated() where source < cut {
          crossing += flow.share(of: .init(layer: layer, input: input))
        }
      }
      #expect(abs(crossing - 1) < 1e-9, "before \(network.layers[cut].name)")
    }
  }

  @Test("what bias and stabilizer absorb, and what other channels had, flows no further")
  func absorbed() throws {
    let explanation = Fixture.explanation(of: Query())
    let flow = try #require(NetworkFlow(explanation, Fixture.network))
    // Of the dense layer's one input, 1 of |R| goes on; bias 1.5 and stabilizer -0.5 take the rest.
    let last = Fixture.network.layers.count - 1
    #expect(flow.arriving[last] == 1 && abs(flow.handed[last][0] - 1.0 / 3) < 1e-12)
    let name = Fixture.network.layers[last - 1].name
    let conditioned = try #require(NetworkFlow(explanation, Fixture.network, conditions: [name]))
    // Here more is left than was handed on: nothing is added.
    #expect(conditioned.arriving[last - 1] == flow.arriving[last - 1])
  }

  @Test("edges are as wide as their share; at a sum the shortcut's part stands on it")
  func widths() throws {
    let state = explained()
    let canvas = draw(state)
    let texts = canvas.items.compactMap { item in if case .text(let text) = item.primitive { text.string } else { nil } }
    #expect(texts.filter { $0 == "75 %" }.count == 16)
  }

  @Test("feature maps are sorted by relevance, by activation or by index, on a scale of their own, of the layer or of all")
  func mapOrder() throws {
    var state = explained()
    _ = state.perform(.node("layer2.1"))
    #expect(try #require(state.layerMaps).order == Array((0..<16).reversed()))
    Fixture.press(&state, "z")
    #expect(state.view.inspector.order == .activation && state.layerMaps?.order == Array((0..<16).reversed()))
    Fixture.press(&state, "z")
    #expect(state.layerMaps?.order == Array(0..<16))
    Fixture.press(&state, "z")
    #expect(state.view.inspector.order == .relevance)
    // Of the layer the largest |R| is 16; of all layers 64; each map has its own.
    #expect(state.layerMaps?.end == 16)
    key(&state, .character("x"), .shift)
    #expect(state.view.inspector.scale == .all && state.layerMaps?.end == 64)
    key(&state, .character("x"), .shift)
    #expect(state.view.inspector.scale == .map && state.layerMaps?.end == nil)
    // Channel 15 is relevance -16: on its own scale as strong as any.
    let maps = try #require(state.layerMaps).maps
    let colours = maps.map { Array($0.relevance.pixels.rgba[0..<3]) }
    #expect(colours[0] == colours[2])
  }

  @Test("a click on a map explains through its channel alone; the maps stay as they were; again: through all")
  func throughChannel() throws {
    var state = explained()
    _ = state.perform(.node("layer2.1"))
    let place = try #require(state.place(of: .featureMap(channel: 14)))
    let request = try #require(update(&state, .pointerPressed(.left, place, clicks: 1, [])).requests.first)
    #expect(request.query.conditions == [ChannelCondition(layer: "layer2.1.relu3", channels: [14])])
    let order = try #require(state.layerMaps).order
    _ = update(&state, .explained(request.id, Fixture.explanations(of: request)))
    #expect(state.layerMaps?.order == order && state.selectedUnit?.channel == 14)
    let again = try #require(state.place(of: .featureMap(channel: 14)))
    #expect(try #require(update(&state, .pointerPressed(.left, again, clicks: 1, [])).requests.first).query.conditions.isEmpty)
    #expect(state.selectedUnit == nil)
  }

  @Test("the pictures of a chosen channel are asked for once, shown as they come, and no longer wanted when it is closed")
  func ranking() throws {
    var state = explained()
    _ = state.perform(.node("layer2.1"))
    let asked = update(&state, .keyPressed(.character(">"), []))
    guard case .rankChannel(let request)? = asked.first(where: { if case .rankChannel = $0 { true } else { false } }) else {
      Issue.record("nothing is asked for")
      return
    }
    #expect(request.channel == 15 && Fixture.network.layers[request.layer].name == "layer2.1.relu3" && request.query.conditions.isEmpty)
    #expect(!update(&state, .pointerLeft).contains { if case .rankChannel = $0 { true } else { false } })
    let entries = (0..<12).map { ChannelPictures.Entry(digit: 7 * $0, value: Float(20 - $0)) }
    let found = ChannelPictures(
      layer: request.layer, channel: 15, byRelevance: entries, byActivation: entries.reversed(), seen: 100, of: 300)
    _ = update(&state, .channelRanked(request.id, found))
    #expect(NetworkReport(state).byRelevance == entries.map(\.digit))
    #expect(state.place(of: .perform(.selectRanked(14))) != nil)
    let closing = update(&state, .keyPressed(.escape, []))
    _ = state.perform(.closeNode)
    let stopped = update(&state, .pointerLeft)
    #expect((closing + stopped).contains { if case .stopRanking = $0 { true } else { false } })
    // An answer that comes later is dropped.
    _ = update(&state, .channelRanked(request.id, found))
    #expect(state.view.inspector.ranking.wanted == nil)
  }

  @Test("weights are counted when their tab is open, of the layer of a node that has some")
  func weights() throws {
    var state = explained()
    _ = state.perform(.node("layer2.1"))
    Fixture.send(&state, .keyPressed(.tab, .control))
    Fixture.send(&state, .keyPressed(.tab, .control))
    #expect(state.view.inspector.tab == .weights)
    let layer = try #require(state.shownLayer?.layer)
    #expect(Fixture.network.layers[layer].name == "layer2.1.conv1")
    #expect(state.view.inspector.weights[layer]?.weights.maximum == 1)
  }

  @Test("the story goes forward node by node, then back with relevance; the slider and Space move it")
  func story() throws {
    var state = explained()
    key(&state, .function(4))
    let steps = try #require(NetworkReport(state).steps)
    #expect(NetworkReport(state).step == 0 && steps == 2 * (21 + 16) && state.selectedNode == "input")
    #expect(state.storyView?.showsRelevance == false && state.storySentence?.hasPrefix("The picture") == true)
    key(&state, .space)
    #expect(NetworkReport(state).step == 1 && state.selectedNode == "conv1")
    for _ in 0..<36 { key(&state, .space) }
    // The last node, where relevance begins.
    #expect(state.storyView?.showsRelevance == true && state.selectedNode == "fc")
    #expect(state.storySentence?.contains("arrives") == true)
    for _ in 0..<80 { key(&state, .space) }
    #expect(NetworkReport(state).step == steps - 1 && state.selectedNode == "input")
    #expect(state.storySentence?.contains("heatmap") == true)
    key(&state, .space, .shift)
    #expect(NetworkReport(state).step == steps - 2)
    let slider = try #require(draw(state).hits.last { $0.action == .storySlider }).rect
    Fixture.send(&state, .pointerPressed(.left, Point(slider.minX + 4, slider.center.y), clicks: 1, []))
    #expect(NetworkReport(state).step == 0)
    Fixture.send(&state, .pointerMoved(Point(slider.maxX + 40, slider.center.y), []))
    #expect(NetworkReport(state).step == steps - 1)
    Fixture.send(&state, .pointerReleased(.left, slider.center, []))
    key(&state, .escape)
    #expect(state.view.story == nil)
  }

  @Test("before anything is explained there is no story to tell, and it says so")
  func noStory() {
    var state = Fixture.loaded()
    key(&state, .function(4))
    #expect(state.view.story == nil && state.message?.text.contains("Explain a digit") == true)
  }

  @Test("in the story nodes that it has not come to are pale, and relevance is shown only where it has come back to")
  func told() throws {
    var state = explained()
    key(&state, .function(4))
    for _ in 0..<45 { key(&state, .space) }
    let told = try #require(state.storyView)
    let drawn = try #require(state.view.drawn)
    let picture = GraphPicture(
      state, try #require(state.network), state.shownOfNetwork, drawn, camera: state.view.camera, frame: try #require(state.graphFrame))
    for vertex in drawn.graph.vertices.indices { #expect((picture.sum(vertex) != nil) == (vertex >= told.vertex)) }
  }

  @Test("the whole graph is saved as a picture of its own, larger than the window, and as SVG with every block's name")
  func export() throws {
    var state = explained()
    state.show(.operations)
    Fixture.send(&state, .pointerLeft)
    guard case .saveScene(_, let scene, _)? = update(&state, .pointerLeft).first ?? state.exportGraph(as: .png).first else {
      Issue.record("nothing is saved")
      return
    }
    #expect(scene.size.width > 2000 && scene.size.width <= 8192)
    guard case .saveSVG(let name, let whole)? = state.exportGraph(as: .svg).first else {
      Issue.record("nothing is saved")
      return
    }
    #expect(name.hasPrefix("network"))
    let texts = Set(whole.items.compactMap { item in if case .text(let text) = item.primitive { text.string } else { nil } })
    for block in ["layer1.0", "layer2.3", "layer4.2"] { #expect(texts.contains(block)) }
    let svg = whole.svg { _ in [] }
    #expect(svg.hasPrefix("<?xml") && svg.contains("layer3.5"))
  }
}
