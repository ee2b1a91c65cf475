import Networks

/// The part of the network that is seen as nodes and edges: groups that are closed are one node each, those that are open show what is in
/// them.
///
/// A closed block with a shortcut is its branch, a sum, and the way around; the layers of that way are the dashed edge's.
struct VisibleGraph: Sendable, Equatable {
  enum Subject: Sendable, Hashable {
    case layer(Int)
    case group(Int)
    /// Where a closed block's two ways meet.
    case sum(ofGroup: Int)
  }

  struct Vertex: Sendable, Equatable {
    let subject: Subject
    /// The layer whose output is the vertex's.
    let outputLayer: Int
    /// Whether it is on the way around an open block.
    let isDetour: Bool
  }

  /// What `layer` hands to its input number `input`.
  struct Flow: Sendable, Hashable {
    let layer: Int
    let input: Int
  }

  enum Way: Sendable { case plain, identity, projection }

  struct Edge: Sendable, Equatable {
    let source: Int
    let target: Int
    let way: Way
    /// What goes along it.
    var flows: [Flow]
    /// The layer whose output it carries.
    let carried: Int
  }

  /// In topological order.
  private(set) var vertices: [Vertex] = []
  private(set) var edges: [Edge] = []
  /// The groups that are open, outer ones first, with the vertices in them.
  private(set) var frames: [(group: Int, vertices: [Int])] = []
  /// For each layer the vertex that stands for it.
  private(set) var vertexOfLayer: [Int]

  init(_ outline: NetworkOutline, isOpen: (Int) -> Bool) {
    vertexOfLayer = [Int](repeating: 0, count: outline.sketch.count)
    /// Layers of the way around of closed blocks, with the block.
    var hidden: [Int: Int] = [:]
    /// Positions of sums' inputs by which a shortcut arrives.
    var shortcuts: [Int: (input: Int, way: Way)] = [:]
    var detours: Set<Int> = []
    for (index, group) in outline.groups.enumerated() {
      guard let residual = group.residual else { continue }
      shortcuts[residual.sum] = (residual.shortcutInput, residual.shortcut.isEmpty ? .identity : .projection)
      detours.formUnion(residual.shortcut)
      if !isOpen(index) || outline.ancestors(ofGroup: index).contains(where: { !isOpen($0) }) {
        for layer in residual.shortcut { hidden[layer] = index }
      }
    }
    add(outline.roots, outline, isOpen, detours)

    var known: [Key: Int] = [:]
    for (layer, sketch) in outline.sketch.enumerated() where hidden[layer] == nil || !isShown(hidden[layer], outline) {
      for (input, source) in sketch.inputs.enumerated() {
        let target = vertexOfLayer[layer]
        var carried = source
        // The way around a closed block begins where its first layer reads.
        while let block = hidden[carried], isShown(block, outline), let before = outline.sketch[carried].inputs.first { carried = before }
        let from = vertexOfLayer[carried]
        guard from != target else { continue }
        let way = shortcuts[layer].flatMap { $0.input == input ? $0.way : nil } ?? (detours.contains(layer) ? .projection : .plain)
        let key = Key(source: from, target: target, way: way)
        if let edge = known[key] {
          edges[edge].flows.append(Flow(layer: layer, input: input))
        } else {
          known[key] = edges.count
          edges.append(Edge(source: from, target: target, way: way, flows: [Flow(layer: layer, input: input)], carried: carried))
        }
      }
    }
  }

  private struct Key: Hashable {
    let source: Int
    let target: Int
    let way: Way
  }

  /// Whether a closed block stands in the graph itself, with its shortcut, and not in a larger group that is closed.
  private func isShown(_ block: Int?, _ outline: NetworkOutline) -> Bool {
    guard let block, let residual = outline.groups[block].residual else { return false }
    return vertices[vertexOfLayer[residual.sum]].subject == .sum(ofGroup: block)
  }

  private mutating func add(_ items: [NetworkOutline.Item], _ outline: NetworkOutline, _ isOpen: (Int) -> Bool, _ detours: Set<Int>) {
    for item in items {
      switch item {
      case .layer(let layer): append(.layer(layer), [layer], output: layer, isDetour: detours.contains(layer))
      case .group(let index):
        let group = outline.groups[index]
        if isOpen(index) {
          let (place, first) = (frames.count, vertices.count)
          frames.append((index, []))
          add(group.children, outline, isOpen, detours)
          frames[place].vertices = Array(first..<vertices.count)
        } else if let residual = group.residual {
          let after = group.layers.filter { $0 >= residual.sum && !residual.branch.contains($0) && !residual.shortcut.contains($0) }
          append(.group(index), group.layers.filter { !after.contains($0) }, output: group.output, isDetour: false)
          append(.sum(ofGroup: index), after, output: group.output, isDetour: false)
        } else {
          append(.group(index), group.layers, output: group.output, isDetour: group.layers.allSatisfy(detours.contains))
        }
      }
    }
  }

  private mutating func append(_ subject: Subject, _ layers: [Int], output: Int, isDetour: Bool) {
    for layer in layers { vertexOfLayer[layer] = vertices.count }
    vertices.append(Vertex(subject: subject, outputLayer: output, isDetour: isDetour))
  }

  static func == (a: VisibleGraph, b: VisibleGraph) -> Bool { a.vertices == b.vertices && a.edges == b.edges }
}
