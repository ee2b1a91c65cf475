import Geometry
import Testing

@testable import GraphLayout

@Suite struct LayoutTests {
  static let shapes: [(name: String, request: LayoutRequest)] = [
    ("nothing", Builder().request), ("ResNet", .resNet(blocks: 9)), ("ResNet without frames", .resNet(blocks: 16, framed: false)),
    ("inception", .inception(blocks: 3)), ("inception without frames", .inception(blocks: 2, framed: false)),
    ("dense", .dense(layers: 24)), ("small dense", .dense(layers: 3, framed: false)), ("diamonds", .diamonds(depth: 4)),
    ("squeeze and excitation", .squeezeAndExcitation(blocks: 4)),
  ]

  @Test("Graphs of known networks are drawn without a fault", arguments: shapes.indices)
  func knownShapes(_ index: Int) throws {
    let (name, request) = Self.shapes[index]
    let drawing = try #require(layOut(request))
    #expect(faults(of: drawing, for: request) == [], "\(name)")
  }

  @Test("Random graphs with random groups are drawn without a fault", arguments: 0..<20)
  func randomGraphs(_ batch: Int) throws {
    for seed in (batch * 30)..<(batch * 30 + 30) {
      let request = LayoutRequest.random(seed: UInt64(seed))
      let drawing = try #require(layOut(request))
      #expect(faults(of: drawing, for: request) == [], "seed \(seed)")
    }
  }

  @Test("Planar shapes are drawn without a crossing", arguments: ["ResNet", "ResNet without frames", "inception", "diamonds"])
  func crossingFree(_ name: String) throws {
    let request = try #require(Self.shapes.first { $0.name == name }?.request)
    let drawing = try #require(layOut(request))
    #expect(crossings(in: drawing, for: request) == 0)
  }

  @Test("Nested shortcuts lie inside each other, the shorter under the longer")
  func nestedShortcuts() throws {
    var graph = Builder()
    var last = graph.node()
    for _ in 0..<9 { last = graph.node(last) }
    for start in 0..<4 { graph.edges.append(LayoutRequest.Edge(source: start, target: 9 - start)) }
    let drawing = try #require(layOut(graph.request))
    let heights = drawing.paths.suffix(4).map { $0.map(\.y).min() ?? 0 }
    #expect(heights == heights.sorted())
    #expect(Set(heights).count == 4)
    #expect(crossings(in: drawing, for: graph.request) == 0)
  }

  @Test("Shortcuts around equal blocks in a row lie at one height")
  func equalArcs() throws {
    let request = LayoutRequest.resNet(blocks: 16, projections: false)
    let drawing = try #require(layOut(request))
    let arcs = drawing.paths.filter { $0.count == 6 }.map { $0[2].y }
    #expect(arcs.count == 16)
    #expect(Set(arcs).count == 1)
  }

  @Test("A change in one block leaves the heights of the others as they are")
  func localChange() throws {
    var request = LayoutRequest.resNet(blocks: 8, projections: false)
    let before = try #require(layOut(request))
    // The second convolution of the third block.
    request.nodes[2 * 4 + 2].size.height = 100
    let after = try #require(layOut(request))
    #expect(faults(of: after, for: request) == [])
    let raised = request.edges.indices.filter { before.paths[$0].map(\.y) != after.paths[$0].map(\.y) }
    #expect(raised.map { request.edges[$0] } == [LayoutRequest.Edge(source: 8, target: 12)])
  }

  @Test("Where it has a choice the spine goes the way of less detour, however long the other one is")
  func detours() throws {
    let request = LayoutRequest.squeezeAndExcitation(blocks: 2)
    let drawing = try #require(layOut(request))
    for (node, frame) in drawing.frames.enumerated() {
      #expect((frame.center.y == 0) == (request.nodes[node].detour == 0), "node \(node)")
    }
  }

  @Test("Of two equally long ways the one with less detour is the spine")
  func equalWays() throws {
    var graph = Builder()
    let start = graph.node()
    let projection = graph.node(start, detour: 1)
    let convolution = graph.node(start)
    _ = graph.node(projection, convolution)
    let drawing = try #require(layOut(graph.request))
    #expect(drawing.frames[convolution].center.y == 0)
    #expect(drawing.frames[projection].center.y < 0)
  }

  @Test("A layer with room before and behind stands in the middle, a constant beside its reader")
  func room() throws {
    var graph = Builder()
    let start = graph.node()
    var last = start
    var chain: [Int] = []
    for _ in 0..<5 {
      last = graph.node(last)
      chain.append(last)
    }
    let projection = graph.node(start, detour: 1)
    let constant = graph.node([], detour: 1)
    _ = graph.node(last, projection, constant)
    let drawing = try #require(layOut(graph.request))
    #expect(drawing.frames[projection].center.x == drawing.frames[chain[2]].center.x)
    #expect(drawing.frames[constant].center.x == drawing.frames[chain[4]].center.x)
  }

  @Test("A shortcut goes over a longer branch from which many edges come down, since it would cross all of them below")
  func fewerCrossings() throws {
    var graph = Builder()
    var spine = [graph.node()]
    var branch: [Int] = []
    for column in 1...12 {
      let inputs = (2...10).contains(column) ? [spine[column - 1], branch[column - 2]] : [spine[column - 1]]
      spine.append(graph.node(inputs))
      if column < 10 { branch.append(graph.node(branch.last ?? spine[0], detour: 1)) }
    }
    graph.edges.append(LayoutRequest.Edge(source: spine[3], target: spine[10]))
    let drawing = try #require(layOut(graph.request))
    #expect(faults(of: drawing, for: graph.request) == [])
    #expect(branch.allSatisfy { drawing.frames[$0].center.y == drawing.frames[branch[0]].center.y })
    // Only the way up meets the branch, where two edges leave a node of it.
    #expect(crossings(in: drawing, for: graph.request) == 2)
  }

  @Test("The order of the edges changes no frame, and the same request gives the same drawing")
  func independence() throws {
    var generator = SeededGenerator(seed: 7)
    for seed in 1000..<1100 {
      let request = LayoutRequest.random(seed: UInt64(seed))
      let drawing = try #require(layOut(request))
      #expect(layOut(request) == drawing)
      var shuffled = request
      shuffled.edges.shuffle(using: &generator)
      let other = try #require(layOut(shuffled))
      #expect(other.frames == drawing.frames, "seed \(seed)")
      #expect(other.groupFrames == drawing.groupFrames, "seed \(seed)")
    }
  }

  @Test("Both edges from one node to the next can be seen")
  func parallelEdges() throws {
    var graph = Builder()
    let start = graph.node()
    _ = graph.node(start, start)
    let drawing = try #require(layOut(graph.request))
    #expect(drawing.paths[0] != drawing.paths[1])
    #expect(faults(of: drawing, for: graph.request) == [])
  }

  @Test("A concatenation's inputs that are read by many share a lane: a dense block needs no more lanes than layers")
  func denseLanes() throws {
    let request = LayoutRequest.dense(layers: 24, framed: false)
    let drawing = try #require(layOut(request))
    let lanes = Set(drawing.paths.filter { $0.count == 6 }.map { $0[2].y })
    #expect(lanes.count < 24 + 6)
  }

  @Test("A group that a path leaves and enters again gets a frame around its nodes, and the rest stands as without it")
  func groupThatCannotBeFramed() throws {
    var graph = Builder()
    let first = graph.node()
    let second = graph.node(first)
    let third = graph.node(second)
    let without = try #require(layOut(graph.request))
    graph.groups = [LayoutRequest.Group(nodes: [first, third])]
    let drawing = try #require(layOut(graph.request))
    #expect(drawing.frames.map(\.center.y) == without.frames.map(\.center.y))
    #expect(drawing.groupFrames[0].minX < drawing.frames[first].minX && drawing.groupFrames[0].maxX > drawing.frames[third].maxX)
  }

  @Test("Groups of any nodes disturb nothing else")
  func anyGroups() throws {
    var generator = SeededGenerator(seed: 8)
    for seed in 2000..<2200 {
      var request = LayoutRequest.random(seed: UInt64(seed))
      let nodes = Array(request.nodes.indices).shuffled(using: &generator)
      let cut = Int.random(in: 0...nodes.count, using: &generator)
      let outer = Array(nodes[..<cut])
      request.groups = [outer, Array(outer.prefix(outer.count / 2)), Array(nodes[cut...])].map { LayoutRequest.Group(nodes: $0) }
      let drawing = try #require(layOut(request))
      #expect(faults(of: drawing, for: request).filter { !$0.hasPrefix("group") } == [], "seed \(seed)")
    }
  }

  @Test("Gaps may be small and paddings zero, and an empty group has an empty frame")
  func smallGaps() throws {
    var request = LayoutRequest.resNet(blocks: 3)
    request.groups.append(LayoutRequest.Group(nodes: []))
    (request.gap, request.framePadding, request.frameHeader) = (Size(4, 3), 0, 0)
    let drawing = try #require(layOut(request))
    #expect(faults(of: drawing, for: request) == [])
    #expect(drawing.groupFrames.last == Rect(0, 0, 0, 0))
  }

  @Test("A cancelled layout gives nothing, whenever it is cancelled")
  func cancellation() {
    let request = LayoutRequest.resNet(blocks: 6)
    var calls = 0
    let whole = layOut(request) {
      calls += 1
      return false
    }
    #expect(whole != nil)
    #expect(calls > 20)
    for last in 0..<calls {
      var left = last
      let drawing = layOut(request) {
        left -= 1
        return left < 0
      }
      #expect(drawing == nil, "cancelled after \(last) questions")
    }
  }
}
