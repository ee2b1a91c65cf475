/// Layers between two points, cut into what can only be passed one after another: links of a chain, and diamonds, which are ways beside
/// each other and the layer that joins them.
///
/// A cut point is a layer that every way passes: in topological order, one that no edge spans. A diamond whose ways have neither weights
/// nor poolings is an activation function that the file spells out, x * sigmoid(x), and counts as a link.
struct OutlineLevel {
  struct Part {
    enum Shape {
      case link(OutlineRole)
      case diamond(OutlineDiamond)
    }

    /// In `nodes`.
    let positions: ClosedRange<Int>
    var shape: Shape

    var diamond: OutlineDiamond? { if case .diamond(let diamond) = shape { diamond } else { nil } }
    var role: OutlineRole? { if case .link(let role) = shape { role } else { nil } }
  }

  let graph: OutlineGraph
  /// Layers that are on a way from `entry` (or from the first of them) to the last of them, ascending.
  let nodes: [Int]
  /// The layer before them; nil at the network's input.
  let entry: Int?
  /// How many diamonds it lies in.
  let depth: Int
  private(set) var parts: [Part] = []
  /// Where a layer stands in `nodes`; the entry at -1.
  let positions: [Int: Int]

  init(_ graph: OutlineGraph, _ nodes: [Int], entry: Int?, depth: Int) {
    self.graph = graph
    self.nodes = nodes
    self.entry = entry
    self.depth = depth
    var positions: [Int: Int] = [:]
    positions.reserveCapacity(nodes.count + 1)
    for (position, node) in nodes.enumerated() { positions[node] = position }
    if let entry { positions[entry] = -1 }
    self.positions = positions
    cut()
  }

  private mutating func cut() {
    func furthestReader(of layer: Int) -> Int { graph.consumers[layer].reduce(-1) { max($0, positions[$1] ?? -1) } }
    // How far edges reach that begin before a position.
    var reach = entry.map(furthestReader) ?? 0
    var start = 0
    for (position, node) in nodes.enumerated() {
      if reach <= position {
        parts.append(part(start...position))
        start = position + 1
      }
      reach = max(reach, furthestReader(of: node))
    }
  }

  private func part(_ positions: ClosedRange<Int>) -> Part {
    let join = nodes[positions.upperBound]
    if positions.count == 1 { return Part(positions: positions, shape: .link(OutlineRole(graph.sketch[join]))) }
    let before = positions.lowerBound == 0 ? entry : nodes[positions.lowerBound - 1]
    let inside = Array(nodes[positions.lowerBound..<positions.upperBound])
    let isActivation = inside.allSatisfy { !graph.sketch[$0].hasWeights && !["max-pool", "average-pool"].contains(graph.sketch[$0].kind) }
    if isActivation { return Part(positions: positions, shape: .link(.follower)) }
    return Part(positions: positions, shape: .diamond(OutlineDiamond(graph, entry: before, inside: inside, join: join)))
  }

  func layers(of part: Part) -> ArraySlice<Int> { nodes[part.positions] }
  func layers(of range: Range<Int>) -> [Int] { range.flatMap { layers(of: parts[$0]) } }
  func tokens(of part: Part) -> [OutlineToken] { layers(of: part).map { graph.tokens[$0] } }
  func hasWeights(_ part: Part) -> Bool { layers(of: part).contains { graph.sketch[$0].hasWeights } }
}

/// Ways beside each other, from one layer to the one that joins them.
struct OutlineDiamond {
  let entry: Int?
  /// Layers between the entry and the join, ascending.
  let inside: [Int]
  let join: Int
  let residual: NetworkOutline.Residual?
  /// What its layers are and read: equal for diamonds that are built alike.
  let signature: OutlineSignature

  init(_ graph: OutlineGraph, entry: Int?, inside: [Int], join: Int) {
    self.entry = entry
    self.inside = inside
    self.join = join
    residual = Self.residual(graph, entry: entry, inside: inside, join: join)
    signature = OutlineSignature(graph, inside + [join], entry: entry)
  }

  /// The ways of a sum of two, if they share no layer and one has more layers with weights.
  private static func residual(_ graph: OutlineGraph, entry: Int?, inside: [Int], join: Int) -> NetworkOutline.Residual? {
    let inputs = graph.sketch[join].inputs
    guard graph.sketch[join].kind == "add", inputs.count == 2 else { return nil }
    let isInside = Set(inside)
    func way(to end: Int) -> Set<Int> {
      var found: Set<Int> = []
      var waiting = [end]
      while let layer = waiting.popLast() {
        guard isInside.contains(layer), found.insert(layer).inserted else { continue }
        waiting += graph.sketch[layer].inputs
      }
      return found
    }
    let ways = inputs.map { way(to: $0) }
    guard ways[0].isDisjoint(with: ways[1]) else { return nil }
    let weighted = ways.map { way in way.count { graph.sketch[$0].hasWeights } }
    guard weighted[0] != weighted[1] else { return nil }
    let branch = weighted[0] > weighted[1] ? 0 : 1
    return NetworkOutline.Residual(
      sum: join, branch: ways[branch].sorted(), shortcut: ways[1 - branch].sorted(), branchInput: branch, shortcutInput: 1 - branch)
  }
}

/// Layers by what they are and which of each other they read.
struct OutlineSignature: Hashable {
  struct Element: Hashable {
    let token: OutlineToken
    /// Places in the list: -1 is the layer before all, nil another one.
    let inputs: [Int?]
  }

  let elements: [Element]

  init(_ graph: OutlineGraph, _ layers: [Int], entry: Int?) {
    var places: [Int: Int] = [:]
    if let entry { places[entry] = -1 }
    for (place, layer) in layers.enumerated() { places[layer] = place }
    elements = layers.map { layer in Element(token: graph.tokens[layer], inputs: graph.sketch[layer].inputs.map { places[$0] }) }
  }
}
