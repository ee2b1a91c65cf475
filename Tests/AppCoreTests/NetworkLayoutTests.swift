import Geometry
import GraphLayout
import Networks
import Scene
import TestSupport
import Testing

@testable import AppCore

/// The graphs of eight networks at every level, as they are drawn.
@Suite("Layout of networks")
struct NetworkLayoutTests {
  static let cases = torchvisionNames.flatMap { name in NetworkView.Level.allCases.map { (name, $0) } }

  private func drawn(_ name: String, _ level: NetworkView.Level, _ density: GraphDensity = .usual) throws -> (VisibleGraph, GraphDrawing) {
    let outline = NetworkOutline(try torchvisionSketch(name))
    let graph = VisibleGraph(outline) { level.opens(outline.groups[$0].kind) }
    return (graph, try #require(layOut(graph.request(outline, density))))
  }

  @Test("no two nodes overlap, and no edge passes through a node", arguments: cases)
  func disjoint(name: String, level: NetworkView.Level) throws {
    for density in GraphDensity.allCases {
      let (graph, drawing) = try drawn(name, level, density)
      let order = drawing.frames.indices.sorted { drawing.frames[$0].minX < drawing.frames[$1].minX }
      for (place, index) in order.enumerated() {
        for other in order[(place + 1)...] {
          guard drawing.frames[other].minX < drawing.frames[index].maxX else { break }
          #expect(!drawing.frames[index].intersects(drawing.frames[other]), "\(index) over \(other)")
        }
      }
      for (edge, path) in zip(graph.edges, drawing.paths) {
        #expect(
          abs(path[0].x - drawing.frames[edge.source].maxX) < 1e-6 && abs(path[path.count - 1].x - drawing.frames[edge.target].minX) < 1e-6)
        for (from, to) in zip(path, path.dropFirst()) {
          let low = Point(min(from.x, to.x), min(from.y, to.y))
          let high = Point(max(from.x, to.x), max(from.y, to.y))
          for (index, frame) in drawing.frames.enumerated() where frame.maxX > low.x && frame.minX < high.x {
            let isCrossed =
              high.x > frame.minX + 1e-6 && low.x < frame.maxX - 1e-6 && high.y > frame.minY + 1e-6 && low.y < frame.maxY - 1e-6
            #expect(!isCrossed, "the edge \(edge.source) to \(edge.target) passes through \(index)")
          }
        }
      }
    }
  }

  @Test("one spine is straight, and everything else stands above it", arguments: cases)
  func spine(name: String, level: NetworkView.Level) throws {
    let (graph, drawing) = try drawn(name, level)
    let lowest = drawing.frames.map(\.center.y).max() ?? 0
    let spine = drawing.frames.indices.filter { abs(drawing.frames[$0].center.y - lowest) < 1e-6 }
    // It goes from the input to the output.
    #expect(spine.first == 0 && spine.last == graph.vertices.count - 1)
    for (edge, path) in zip(graph.edges, drawing.paths) where edge.way == .identity {
      #expect(path.map(\.y).min() ?? 0 < drawing.frames[edge.source].center.y - 1, "a shortcut goes above")
    }
    #expect(drawing.paths.joined().allSatisfy { $0.y <= lowest + 1e-6 })
  }

  @Test("edges carry every layer's reading once: what a closed group hides is inside it", arguments: cases)
  func complete(name: String, level: NetworkView.Level) throws {
    let outline = NetworkOutline(try torchvisionSketch(name))
    let graph = VisibleGraph(outline) { level.opens(outline.groups[$0].kind) }
    var seen: [VisibleGraph.Flow: Int] = [:]
    for flow in graph.edges.flatMap(\.flows) { seen[flow, default: 0] += 1 }
    #expect(seen.values.allSatisfy { $0 == 1 })
    for (layer, sketch) in outline.sketch.enumerated() {
      for (input, source) in sketch.inputs.enumerated() where seen[VisibleGraph.Flow(layer: layer, input: input)] == nil {
        // Both ends are in one node, or the edge belongs to a shortcut whose weights are the dashed edge's.
        let isInside = graph.vertexOfLayer[layer] == graph.vertexOfLayer[source]
        let isShortcut = outline.groups.contains { $0.residual?.shortcut.contains(layer) == true }
        #expect(isInside || isShortcut, "\(sketch.name) reads \(outline.sketch[source].name)")
      }
    }
    if level == .operations { #expect(graph.vertices.count == outline.sketch.count) }
    for edge in graph.edges { #expect(edge.source < edge.target) }
  }

  @Test(
    "opening and closing any group keeps its left edge and the line its nodes stand on where they are in the window, within two pixels",
    arguments: torchvisionNames)
  func toggling(name: String) throws {
    var state = try shown(name)
    let outline = try #require(state.network).outline
    let names = state.view.drawn.map { drawn in
      drawn.graph.vertices.compactMap { vertex -> String? in
        if case .group(let group) = vertex.subject { outline.groups[group].name } else { nil }
      }
    }
    for group in try #require(names).prefix(24) {
      let before = try #require(place(state, group))
      Fixture.answerAside(&state, update(&state, .clock(state.now + .milliseconds(16))))
      state.openOrClose(group)
      Fixture.answerAside(&state, update(&state, .pointerLeft))
      let open = try #require(place(state, group))
      #expect(open.distance(to: before) < 2, "\(group) opened")
      state.openOrClose(group)
      Fixture.answerAside(&state, update(&state, .pointerLeft))
      #expect(try #require(place(state, group)).distance(to: before) < 2, "\(group) closed")
    }
  }

  @Test("at first every node in view can be read: its words are at least nine pixels high", arguments: torchvisionNames)
  func readable(name: String) throws {
    let state = try shown(name)
    let frame = try #require(state.graphFrame)
    let drawn = try #require(state.view.drawn)
    #expect(state.view.camera.scale >= AppState.readableScale * state.layout.unit - 1e-9)
    let canvas = draw(state)
    let texts = canvas.items.compactMap { item -> Text? in
      if case .text(let text) = item.primitive, frame.contains(text.anchor) { text } else { nil }
    }
    #expect(texts.allSatisfy { $0.size >= 9 })
    // Each node that is wholly in view has words in it.
    for (vertex, rect) in zip(drawn.graph.vertices, drawn.drawing.frames) {
      let box = state.view.camera.windowFromGraph(rect, in: frame)
      if case .sum = NodeForm(vertex.subject, try #require(state.network).outline) { continue }
      guard frame.contains(Point(box.minX, box.minY)), frame.contains(Point(box.maxX, box.maxY)) else { continue }
      #expect(texts.contains { box.contains($0.anchor) }, "\(vertex.subject)")
    }
  }

  private func place(_ state: AppState, _ name: String) -> Point? {
    guard let frame = state.graphFrame, let group = state.network?.outline.groups.firstIndex(where: { $0.name == name }) else { return nil }
    return state.placeInGraph(ofGroup: group, isCorner: false).map { state.view.camera.windowFromGraph($0, in: frame) }
  }

  /// The program at 1280 x 800 with a network of these layers, without their numbers.
  private func shown(_ name: String) throws -> AppState {
    var state = Fixture.empty()
    _ = update(&state, .clock(.seconds(1)))
    Fixture.answerAside(&state, update(&state, .networkLoaded(Self.network(try torchvisionSketch(name)), path: name)))
    return state
  }

  /// Layers that say what they are and cannot run.
  static func network(_ sketch: [LayerSketch]) -> Network {
    let layers = sketch.map { layer in
      let operation: Networks.Operation =
        switch layer.kind {
        case "input": .input
        case "relu": .relu
        case "clip": .clip(low: 0, high: 6)
        case "add": .add
        case "concatenate": .concatenate
        case "reshape": .reshape
        case "affine": .affine(scale: [1], shift: [0])
        case "max-pool": .maxPool(Pooling(window: layer.window ?? SlidingWindow(kernelHeight: 1, kernelWidth: 1)))
        case "average-pool": .averagePool(Pooling(window: layer.window ?? SlidingWindow(kernelHeight: 1, kernelWidth: 1)))
        case "dense": .dense(Dense(inputs: 1, outputs: 1, weights: [1], bias: [0]))
        default:
          .convolution(
            Convolution(
              geometry: ConvolutionGeometry(
                inputChannels: layer.groups, inputHeight: 1, inputWidth: 1, outputChannels: layer.groups,
                window: SlidingWindow(kernelHeight: layer.window?.kernelHeight ?? 1, kernelWidth: layer.window?.kernelWidth ?? 1),
                groups: layer.groups),
              weights: [Float](repeating: 0, count: layer.groups * (layer.window?.positions ?? 1)),
              bias: [Float](repeating: 0, count: layer.groups)))
        }
      return Layer(name: layer.name, operation: operation, inputs: layer.inputs, outputShape: layer.shape)
    }
    return Network(
      layers: layers, preprocessing: Preprocessing(channels: 3, height: 224, width: 224, mean: [0, 0, 0], std: [1, 1, 1]),
      classNames: (0..<1000).map(String.init))
  }
}
