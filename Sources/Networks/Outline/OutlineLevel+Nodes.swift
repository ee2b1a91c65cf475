/// From links and diamonds to blocks and units.
extension OutlineLevel {
  /// A diamond of no more layers shows them as they are.
  static let mostFlatLayers = 30
  /// Diamonds inside each other are looked into so deep.
  static let mostDepth = 4

  /// Blocks and, between them, units or bare layers.
  func nodes(asUnits: Bool) -> [OutlineNode] {
    // The parts of a block without the activations that follow it, by the first of them.
    var cores: [Int: Range<Int>] = [:]
    var isTaken = [Bool](repeating: false, count: parts.count)
    func takeFollowers(of index: Int) {
      for follower in index..<endOfFollowers(after: index) { isTaken[follower] = true }
    }
    func take(_ core: Range<Int>) {
      cores[core.lowerBound] = core
      for index in core { isTaken[index] = true }
      takeFollowers(of: core.upperBound - 1)
    }
    for index in parts.indices where parts[index].diamond?.residual != nil { take(index..<index + 1) }
    for core in repeatedBranches(isTaken) { take(core) }
    let others = parts.indices.filter { !isTaken[$0] && parts[$0].diamond != nil }
    for index in others { takeFollowers(of: index) }
    for (index, lead) in zip(others, leads(of: others, isTaken)) { take(index - lead..<index + 1) }
    for core in separableConvolutions(isTaken) { take(core) }

    var units = OutlineUnits(graph, asUnits: asUnits)
    var index = 0
    while index < parts.count {
      if let core = cores[index] {
        let end = endOfFollowers(after: core.upperBound - 1)
        units.add { lead in block(lead, core, end: end) }
        index = end
      } else {
        units.add(Array(layers(of: parts[index])), parts[index].role ?? .head)
        index += 1
      }
    }
    return units.finish()
  }

  private func block(_ lead: [Int], _ parts: Range<Int>, end: Int) -> OutlineGroup {
    let core = lead + layers(of: parts)
    let all = core + layers(of: parts.upperBound..<end)
    let output = all[all.count - 1]
    guard let diamond = self.parts[parts.upperBound - 1].diamond else {
      return OutlineGroup(.block, all.map { .layer($0) }, core: core, output: output)
    }
    let isFlat = diamond.inside.count < Self.mostFlatLayers || depth >= Self.mostDepth || graph.hasAside(in: all[0]...output)
    let inside = isFlat ? [] : Set(diamond.inside)
    let children = all.filter { !inside.contains($0) }.map { OutlineNode.layer($0) } + (isFlat ? [] : nested(diamond))
    return OutlineGroup(.block, children, core: core, output: output, residual: diamond.residual)
  }

  /// The part after those that only follow this one.
  func endOfFollowers(after index: Int) -> Int {
    var end = index + 1
    while end < parts.count, case .link(.follower) = parts[end].shape { end += 1 }
    return end
  }
}

/// Puts together what belongs to one layer with weights, or to a pooling, between blocks.
struct OutlineUnits {
  private let graph: OutlineGraph
  /// Otherwise layers stay by themselves.
  private let asUnits: Bool
  private var nodes: [OutlineNode] = []
  private var unit: [Int] = []
  /// Pads, affines and what follows them, which belong to what comes next.
  private var pending: [Int] = []

  init(_ graph: OutlineGraph, asUnits: Bool) {
    self.graph = graph
    self.asUnits = asUnits
  }

  mutating func add(_ layers: [Int], _ role: OutlineRole) {
    switch role {
    case .head:
      endUnit()
      // An affine before a pooling ends what was before.
      let hasWeights = layers.contains { graph.sketch[$0].hasWeights }
      if !hasWeights && pending.contains(where: { graph.sketch[$0].kind == "affine" }) { endPending() }
      unit = pending + layers
      pending = []
    case .pad:
      endUnit()
      pending += layers
    case .affine where !unit.contains { graph.sketch[$0].hasWeights }:
      endUnit()
      pending += layers
    case .affine, .follower, .unknown:
      if pending.isEmpty { unit += layers } else { pending += layers }
    }
  }

  /// - Parameter block: makes the block of layers that lead into it.
  mutating func add(_ block: ([Int]) -> OutlineGroup) {
    endUnit()
    nodes.append(.group(block(pending)))
    pending = []
  }

  mutating func finish() -> [OutlineNode] {
    endUnit()
    endPending()
    return nodes
  }

  private mutating func endUnit() {
    append(unit)
    unit = []
  }

  private mutating func endPending() {
    append(pending)
    pending = []
  }

  private mutating func append(_ layers: [Int]) {
    let children = layers.map { OutlineNode.layer($0) }
    if asUnits && layers.count > 1 {
      nodes.append(.group(OutlineGroup(.unit, children, core: layers, output: layers[layers.count - 1])))
    } else {
      nodes += children
    }
  }
}
