/// Groups inside a large diamond.
extension OutlineLevel {
  /// What is inside the diamond, in groups where there are some.
  ///
  /// Ways that share no layer are looked at one by one. One that has a single end is a level of its own; in others, such as DenseNet's
  /// dense blocks, where all layers read all before them, chains that repeat are blocks.
  func nested(_ diamond: OutlineDiamond) -> [OutlineNode] {
    ways(diamond).flatMap { way -> [OutlineNode] in
      let inside = Set(way)
      let ends = way.filter { layer in graph.consumers[layer].contains { !inside.contains($0) } }
      guard way.count > 1, ends == [way[way.count - 1]] else { return chains(way) }
      return OutlineLevel(graph, way, entry: diamond.entry, depth: depth + 1).nodes(asUnits: false)
    }
  }

  /// Layers that reach each other without the diamond's entry and join, each list ascending.
  private func ways(_ diamond: OutlineDiamond) -> [[Int]] {
    let inside = Set(diamond.inside)
    var found: Set<Int> = []
    var result: [[Int]] = []
    for start in diamond.inside where found.insert(start).inserted {
      var way = [start]
      var next = 0
      while next < way.count {
        let layer = way[next]
        next += 1
        for other in graph.sketch[layer].inputs + graph.consumers[layer] where inside.contains(other) {
          if found.insert(other).inserted { way.append(other) }
        }
      }
      result.append(way.sorted())
    }
    return result
  }

  /// Chains of two layers with weights or more, of which there are two or more alike, as blocks; other layers as they are. A join that
  /// a chain begins with belongs to it.
  private func chains(_ layers: [Int]) -> [OutlineNode] {
    let inside = Set(layers)
    func isPooling(_ layer: Int) -> Bool { ["max-pool", "average-pool"].contains(graph.sketch[layer].kind) }
    var chains: [[Int]] = []
    var chainEndingWith: [Int: Int] = [:]
    for layer in layers {
      let inputs = graph.sketch[layer].inputs
      if inputs.count == 1, inside.contains(inputs[0]), graph.consumers[inputs[0]].count == 1, !isPooling(inputs[0]), !isPooling(layer),
        let chain = chainEndingWith.removeValue(forKey: inputs[0])
      {
        chains[chain].append(layer)
        chainEndingWith[layer] = chain
      } else {
        chainEndingWith[layer] = chains.count
        chains.append([layer])
      }
    }
    func signature(_ chain: [Int]) -> [OutlineToken] {
      chain.drop { graph.sketch[$0].inputs.count > 1 }.map { graph.tokens[$0] }
    }
    var counts: [[OutlineToken]: Int] = [:]
    for chain in chains { counts[signature(chain), default: 0] += 1 }
    return chains.flatMap { chain -> [OutlineNode] in
      let isBlock = chain.count { graph.sketch[$0].hasWeights } > 1 && counts[signature(chain), default: 0] > 1
      guard isBlock else { return chain.map { .layer($0) } }
      return [.group(OutlineGroup(.block, chain.map { .layer($0) }, core: chain, output: chain[chain.count - 1]))]
    }
  }
}
