import Relevance

extension AppState {
  var activeSlotPath: WritableKeyPath<AppState, ExplanationSlot> { tab == .explanation ? \.digit : \.drawing }

  /// A class's key or bar: its class, or the predicted one where it was chosen already. In a contrast it names the class against.
  mutating func chooseTarget(_ number: Int) -> [Effect] {
    guard number < network?.network.classCount ?? 10 else { return [] }
    if case .contrast(let first, let second) = activeSlot.target {
      if number == second { return aim(at: .predicted) }
      return aim(at: number == first ? .class(first) : .contrast(first, number))
    }
    return aim(at: activeSlot.target == .class(number) ? .predicted : .class(number))
  }

  /// Why the class that is explained, and not this one.
  mutating func chooseAgainst(_ number: Int) -> [Effect] {
    guard number < network?.network.classCount ?? 10, let first = targetClass else { return [] }
    return aim(at: number == first ? .class(first) : .contrast(first, number))
  }

  /// Why the class that is explained, and not the one that is nearest to it; or no longer.
  mutating func toggleContrast() -> [Effect] {
    if case .contrast = activeSlot.target { return aim(at: .predicted) }
    guard let first = targetClass, let logits = activeSlot.shown?.explanation.logits, logits.count > 1 else { return [] }
    let second = logits.indexOfLargest == first ? logits.indexOfSecondLargest : logits.indexOfLargest
    return aim(at: .contrast(first, second))
  }

  mutating func toggleRunnerUp() -> [Effect] { aim(at: activeSlot.target == .runnerUp ? .predicted : .runnerUp) }

  /// What speaks for the class that the selected digit is labelled with, also of digits that are selected later; again: no longer.
  mutating func toggleLabelTarget() -> [Effect] {
    guard tab == .explanation, let label = labelledClass else { return [] }
    let follows = !digit.followsLabel
    let effects = aim(at: follows ? .class(label) : .predicted)
    digit.followsLabel = follows
    return effects
  }

  /// The class that the selected digit is labelled with; nil where the network's classes are no digits.
  var labelledClass: Int? {
    guard let selected, let data, selected < data.collection.count, network?.network.classCount == 10 else { return nil }
    return Int(data.collection.labels[selected])
  }

  mutating func aim(at target: Target) -> [Effect] {
    self[keyPath: activeSlotPath].followsLabel = false
    guard activeSlot.target != target else { return [] }
    self[keyPath: activeSlotPath].target = target
    // The other tab keeps its own target, so nothing of it is stale.
    return tab == .explanation ? explainSelected() : explainSketch()
  }

  mutating func toggleAllClasses() -> [Effect] {
    showsAllClasses.toggle()
    if showsAllClasses { comparison = nil }
    // Heatmaps of the other classes are missing; those that are there are just not shown.
    return showsAllClasses ? explainAllAgain() : []
  }

  /// The class of the target; nil before anything is explained.
  private var targetClass: Int? {
    switch activeSlot.target {
    case .class(let number), .contrast(let number, _): number
    case .predicted, .runnerUp, .channel: activeSlot.shown?.explanation.targetClass
    }
  }

  // Channels of the selected layer

  mutating func startAtChannel() -> [Effect] {
    guard let (layer, unit) = unitOrNotice() else { return [] }
    return start(at: .channel(layer: layer, channel: unit.channel), of: layer)
  }

  mutating func startAtPosition() -> [Effect] {
    guard let (layer, unit) = unitOrNotice(), let layerMaps, layerMaps.height * layerMaps.width > 1 else { return [] }
    return start(at: .channel(layer: layer, channel: unit.channel, position: unit.position), of: layer)
  }

  /// Starts inside the network; again: at the predicted class.
  private mutating func start(at target: Target, of layer: String) -> [Effect] {
    if let network = network?.network, let start = network.index(ofLayerNamed: layer) {
      // What lies behind the start gets no relevance any more that could go through a channel there.
      conditions.removeAll { condition in
        network.index(ofLayerNamed: condition.layer).map { !network.isReached(layer: $0, from: start) } ?? false
      }
    }
    return aim(at: activeSlot.target == target ? .predicted : target)
  }

  /// Lets relevance through the chosen channel only, together with those of its layer that were chosen before; again: no longer.
  mutating func goThroughChannel() -> [Effect] {
    guard let (layer, unit) = unitOrNotice() else { return [] }
    let channel = unit.channel
    if let index = conditions.firstIndex(where: { $0.layer == layer }) {
      if let known = conditions[index].channels.firstIndex(of: channel) {
        conditions[index].channels.remove(at: known)
      } else {
        conditions[index].channels.append(channel)
      }
      if conditions[index].channels.isEmpty { conditions.remove(at: index) }
    } else {
      conditions.append(ChannelCondition(layer: layer, channels: [channel]))
    }
    return explainAllAgain()
  }

  /// Lets relevance of a layer through one of its channels alone, or through all of them again.
  mutating func explain(through channel: Int?, of layer: String) -> [Effect] {
    let before = conditions
    conditions.removeAll { $0.layer == layer }
    if let channel { conditions.append(ChannelCondition(layer: layer, channels: [channel])) }
    return conditions == before ? [] : explainAllAgain()
  }

  mutating func clearConditions() -> [Effect] {
    guard !conditions.isEmpty else { return [] }
    conditions = []
    return explainAllAgain()
  }

  /// Forgets what another network does not have.
  mutating func forgetWhatIsMissing() {
    guard let network = network?.network else { return }
    func isThere(_ layer: String, _ channel: Int, _ position: Target.Position? = nil) -> Bool {
      guard let shape = network.index(ofLayerNamed: layer).map({ network.layers[$0].outputShape }) else { return false }
      guard let channels = shape.first, channel < channels, let position else { return channel < shape.first ?? 0 }
      return shape.count == 3 && position.row < shape[1] && position.column < shape[2]
    }
    for slot in [\AppState.digit, \AppState.drawing] {
      switch self[keyPath: slot].target {
      case .class(let number) where number >= network.classCount: self[keyPath: slot].target = .predicted
      case .contrast(let first, let second) where max(first, second) >= network.classCount: self[keyPath: slot].target = .predicted
      case .channel(let layer, let channel, let position) where !isThere(layer, channel, position): self[keyPath: slot].target = .predicted
      default: break
      }
    }
    conditions.removeAll { condition in condition.channels.contains { !isThere(condition.layer, $0) } }
    if case .gradCAM(let layer?) = attribution, network.index(ofLayerNamed: layer) == nil { attribution = .gradCAM(layer: nil) }
  }
}
