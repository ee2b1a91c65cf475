import Geometry
import GraphLayout

/// SplitMix64 (Steele, Lea and Flood 2014).
struct SeededGenerator: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}

/// A graph under construction: nodes are numbered as they come.
struct Builder {
  var nodes: [LayoutRequest.Node] = []
  var edges: [LayoutRequest.Edge] = []
  var groups: [LayoutRequest.Group] = []

  mutating func node(
    _ inputs: Int..., detour: Int = 0, size: Size = Size(60, 20)
  ) -> Int { node(inputs, detour: detour, size: size) }

  mutating func node(_ inputs: [Int], detour: Int = 0, size: Size = Size(60, 20)) -> Int {
    nodes.append(LayoutRequest.Node(size: size, detour: detour))
    for input in inputs { edges.append(LayoutRequest.Edge(source: input, target: nodes.count - 1)) }
    return nodes.count - 1
  }

  var request: LayoutRequest { LayoutRequest(nodes: nodes, edges: edges, groups: groups) }
}

extension LayoutRequest {
  /// Residual blocks in a row; every fourth has a projection beside it. Blocks are groups, the projection is one within.
  static func resNet(blocks: Int, projections: Bool = true, framed: Bool = true) -> LayoutRequest {
    var graph = Builder()
    var last = graph.node()
    for block in 0..<blocks {
      let start = graph.nodes.count
      let first = graph.node(last)
      let second = graph.node(first)
      let third = graph.node(second)
      var shortcut = last
      var inner: [Int] = []
      if projections && block.isMultiple(of: 4) {
        let convolution = graph.node(last, detour: 1)
        shortcut = graph.node(convolution, detour: 1)
        inner = [convolution, shortcut]
      }
      last = graph.node(third, shortcut, size: Size(14, 14))
      if framed {
        graph.groups.append(Group(nodes: Array(start...last)))
        if !inner.isEmpty { graph.groups.append(Group(nodes: inner)) }
      }
    }
    _ = graph.node(last)
    return graph.request
  }

  /// Four ways joined by a concatenation, several times in a row; each convolution with its activation is a group of its own.
  static func inception(blocks: Int, framed: Bool = true) -> LayoutRequest {
    var graph = Builder()
    var last = graph.node()
    for _ in 0..<blocks {
      let start = graph.nodes.count
      var inner: [Group] = []
      var ends: [Int] = []
      for length in [1, 2, 3, 2] {
        var end = last
        for _ in 0..<length {
          let convolution = graph.node(end)
          end = graph.node(convolution, size: Size(40, 16))
          inner.append(Group(nodes: [convolution, end]))
        }
        ends.append(end)
      }
      last = graph.node(ends, size: Size(20, 60))
      if framed { graph.groups += [Group(nodes: Array(start...last))] + inner }
    }
    return graph.request
  }

  /// Every concatenation reads all before.
  static func dense(layers: Int, framed: Bool = true) -> LayoutRequest {
    var graph = Builder()
    var features = [graph.node()]
    for _ in 0..<layers {
      let concatenation = graph.node(features, size: Size(14, 14))
      let normalization = graph.node(concatenation)
      features.append(graph.node(normalization))
    }
    let end = graph.node(features, size: Size(14, 14))
    if framed { graph.groups = [Group(nodes: Array(1...end))] }
    return graph.request
  }

  /// A fork and a join with the same inside both ways, `depth` times.
  static func diamonds(depth: Int) -> LayoutRequest {
    var graph = Builder()
    func diamond(_ input: Int, _ depth: Int) -> Int {
      let fork = graph.node(input)
      guard depth > 0 else { return fork }
      return graph.node(diamond(fork, depth - 1), diamond(fork, depth - 1))
    }
    _ = diamond(graph.node(), depth)
    return graph.request
  }

  /// Squeeze and excitation: the longer way goes around.
  static func squeezeAndExcitation(blocks: Int) -> LayoutRequest {
    var graph = Builder()
    var last = graph.node()
    for _ in 0..<blocks {
      let convolution = graph.node(last)
      var scale = convolution
      for _ in 0..<4 { scale = graph.node(scale, detour: 1) }
      let product = graph.node(convolution, scale, size: Size(14, 14))
      last = graph.node(product, last, size: Size(14, 14))
    }
    return graph.request
  }

  /// Anything: `count` nodes of random sizes, edges to nearby or any earlier nodes, some doubled, groups of neighbours in number.
  static func random(seed: UInt64) -> LayoutRequest {
    var generator = SeededGenerator(seed: seed)
    let count = Int.random(in: 1...40, using: &generator)
    let degree = Double.random(in: 0.3...2.5, using: &generator)
    let reach = Bool.random(using: &generator) ? 4 : count
    var graph = Builder()
    for index in 0..<count {
      var inputs: [Int] = []
      var open = degree
      while index > 0 && Double.random(in: 0..<1, using: &generator) < open {
        inputs.append(Int.random(in: max(0, index - reach)..<index, using: &generator))
        open -= 1
      }
      let size = Size(Double(Int.random(in: 8...90, using: &generator)), Double(Int.random(in: 8...40, using: &generator)))
      _ = graph.node(inputs, detour: Int.random(in: 0...5, using: &generator) == 0 ? 1 : 0, size: size)
    }
    // Neighbours in number: no path leaves such a group and comes back.
    func divide(_ range: Range<Int>, _ depth: Int) {
      var start = range.lowerBound
      while start < range.upperBound {
        let end = Int.random(in: (start + 1)...range.upperBound, using: &generator)
        if depth > 0 && Int.random(in: 0..<3, using: &generator) > 0 {
          graph.groups.append(Group(nodes: Array(start..<end).shuffled(using: &generator)))
          divide(start..<end, depth - 1)
        }
        start = end
      }
    }
    divide(0..<count, Int.random(in: 0...3, using: &generator))
    return graph.request
  }
}
