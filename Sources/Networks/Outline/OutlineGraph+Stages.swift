/// Stages: what follows each other and gives out maps of one size.
extension OutlineGraph {
  private struct Member {
    let isBlock: Bool
    /// `[C, H, W]`.
    let shape: [Int]
    /// Whether its ways are put side by side, so that each member may have more channels than the one before.
    let concatenates: Bool

    func continues(_ other: Member) -> Bool {
      isBlock == other.isBlock && shape.dropFirst() == other.shape.dropFirst()
        && (shape[0] == other.shape[0] || concatenates && other.concatenates)
    }
  }

  /// The nodes of the network with two blocks or more one after another as stages, if they give out maps of one height and width and
  /// one number of channels; where blocks concatenate their channels may differ. Units with convolutions likewise.
  ///
  /// A block and a unit are never one stage: so the convolution that a small ResNet begins with does not belong to its first stage.
  /// A stage that held everything but the input would tell nothing: there is none then.
  func inStages(_ nodes: [OutlineNode]) -> [OutlineNode] {
    var result: [OutlineNode] = []
    var run: [OutlineNode] = []
    var last: Member?
    func endRun() {
      let isEverything = run.count >= nodes.count - 1
      guard run.count > 1, !isEverything, let end = run.last else {
        result += run
        return
      }
      let aside = self.aside(between: run)
      let stage = OutlineGroup(.stage, run + aside, core: run.flatMap(core), output: end.output)
      result.append(.group(stage))
    }
    for node in nodes {
      let member = member(node)
      if let member, let last, member.continues(last) {
        run.append(node)
      } else {
        endRun()
        run = [node]
      }
      last = member
    }
    endRun()
    return result
  }

  private func member(_ node: OutlineNode) -> Member? {
    // A reshape has no height and width.
    guard let shaped = node.layers.last(where: { isOnWay[$0] && sketch[$0].kind != "reshape" }), sketch[shaped].shape.count == 3 else {
      return nil
    }
    let isBlock = if case .group(let group) = node { group.kind == .block } else { false }
    guard isBlock || node.layers.contains(where: { sketch[$0].kind == "convolution" }) else { return nil }
    let concatenates = isBlock && node.layers.last { isOnWay[$0] && sketch[$0].inputs.count > 1 }.map { sketch[$0].kind } == "concatenate"
    return Member(isBlock: isBlock, shape: sketch[shaped].shape, concatenates: concatenates)
  }

  private func core(_ node: OutlineNode) -> [Int] { if case .group(let group) = node { group.core } else { node.layers } }

  /// Layers on no way that stand between these nodes.
  private func aside(between nodes: [OutlineNode]) -> [OutlineNode] {
    zip(nodes, nodes.dropFirst()).flatMap { aside(in: $0.lastLayer + 1..<$1.firstLayer) }.map { .layer($0) }
  }
}
