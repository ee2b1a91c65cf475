/// Which links of a chain belong to a block.
extension OutlineLevel {
  /// How many parts before each of these diamonds lead into it: those that all diamonds that are built alike have before them alike, if
  /// there are two or more. So a fire module (Iandola et al. 2016, figure 2) has its squeeze convolution.
  ///
  /// A lead stops at another block, a pooling, a join and the input, and does not begin with an activation.
  func leads(of diamonds: [Int], _ isTaken: [Bool]) -> [Int] {
    func canLead(_ index: Int) -> Bool {
      guard index >= 0, !isTaken[index], let role = parts[index].role else { return false }
      return role != .head || hasWeights(parts[index])
    }
    var alike: [OutlineSignature: [Int]] = [:]
    for index in diamonds { if let diamond = parts[index].diamond { alike[diamond.signature, default: []].append(index) } }
    var lengths: [OutlineSignature: Int] = [:]
    for (signature, indices) in alike where indices.count > 1 {
      let first = indices[0]
      var length = 0
      while indices.allSatisfy({ canLead($0 - length - 1) && tokens(of: parts[$0 - length - 1]) == tokens(of: parts[first - length - 1]) })
      {
        length += 1
      }
      while length > 0, [.follower, .unknown].contains(parts[first - length].role) { length -= 1 }
      lengths[signature] = length
    }
    return diamonds.map { index in parts[index].diamond.flatMap { lengths[$0.signature] } ?? 0 }
  }

  /// Runs of parts that repeat the branch of a residual block and have no way around: where MobileNetV2's bottlenecks change the size
  /// (Sandler et al. 2018, figure 4d).
  func repeatedBranches(_ isTaken: [Bool]) -> [Range<Int>] {
    var branches: Set<OutlineSignature> = []
    for part in parts {
      guard let diamond = part.diamond, let branch = diamond.residual?.branch else { continue }
      if branch.count(where: { graph.sketch[$0].hasWeights }) > 1 { branches.insert(OutlineSignature(graph, branch, entry: diamond.entry)) }
    }
    // By the first token; the longest first, so that it is found before one that it begins with.
    let candidates = Dictionary(grouping: branches, by: { $0.elements[0].token }).mapValues { $0.sorted(by: OutlineSignature.isLonger) }
    var partEnds: [Int: Int] = [:]
    for (index, part) in parts.enumerated() { partEnds[part.positions.upperBound] = index + 1 }
    var result: [Range<Int>] = []
    var index = 0
    while index < parts.count {
      let start = parts[index].positions.lowerBound
      let end = candidates[graph.tokens[nodes[start]]]?.lazy.compactMap { branch -> Int? in
        guard let end = partEnds[start + branch.elements.count - 1], !isTaken[index..<end].contains(true) else { return nil }
        return repeats(branch, at: start) ? end : nil
      }.first
      if let end {
        result.append(index..<end)
        index = end
      } else {
        index += 1
      }
    }
    return result
  }

  private func repeats(_ branch: OutlineSignature, at start: Int) -> Bool {
    for (place, element) in branch.elements.enumerated() {
      let layer = nodes[start + place]
      guard graph.tokens[layer] == element.token else { return false }
      let inputs = graph.sketch[layer].inputs.map { input in positions[input].flatMap { $0 - start >= -1 ? $0 - start : nil } }
      guard inputs == element.inputs else { return false }
    }
    return true
  }

  /// Runs of a convolution of each channel by itself and one of 1 x 1 (Howard et al. 2017, section 3.1).
  func separableConvolutions(_ isTaken: [Bool]) -> [Range<Int>] {
    func convolution(_ index: Int) -> LayerSketch? {
      guard index < parts.count, !isTaken[index], parts[index].positions.count == 1 else { return nil }
      let layer = graph.sketch[nodes[parts[index].positions.lowerBound]]
      return layer.kind == "convolution" ? layer : nil
    }
    var result: [Range<Int>] = []
    for index in parts.indices where index >= result.last?.upperBound ?? 0 {
      guard let depthwise = convolution(index), depthwise.groups > 1, depthwise.groups == graph.sketch[depthwise.inputs[0]].shape.first
      else {
        continue
      }
      let end = endOfFollowers(after: index)
      if let pointwise = convolution(end), pointwise.groups == 1, pointwise.window?.positions == 1 { result.append(index..<end + 1) }
    }
    return result
  }
}

extension OutlineSignature {
  /// An order that does not depend on hashing: the longer first, equally long ones by what they hold.
  fileprivate static func isLonger(_ a: OutlineSignature, _ b: OutlineSignature) -> Bool {
    a.elements.count == b.elements.count ? "\(a.elements)" < "\(b.elements)" : a.elements.count > b.elements.count
  }
}
