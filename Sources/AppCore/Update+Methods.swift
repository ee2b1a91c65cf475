import Relevance

extension AppState {
  /// What is asked for a slot's subject; while the pen is down a method that takes long is replaced by the last fast one.
  func query(for target: Target, isLive: Bool = false) -> Query { query(isLive ? liveAttribution : attribution, target) }

  /// By the second method; nil where there is none, or where it would hold up a pen.
  func comparedQuery(for target: Target, isLive: Bool = false) -> Query? {
    guard let comparison, !isLive || !comparison.isSlow else { return nil }
    return query(comparison, target)
  }

  private func query(_ attribution: Attribution, _ target: Target) -> Query {
    Query(attribution, target: target, through: attribution.settings == nil ? [] : conditions)
  }

  /// Chooses a method as the list offers it. What is set about relevance in general stays: composites are compared with the same
  /// stabilizer and sums.
  mutating func choose(_ chosen: Attribution) -> [Effect] {
    var chosen = chosen
    if case .relevance(let offered) = chosen {
      var settings = attribution.settings ?? liveAttribution.settings ?? offered
      settings.composite = offered.composite
      chosen = .relevance(settings)
      if offered.composite != rules.current { rules = RuleHistory(offered.composite) }
    }
    return use(chosen)
  }

  /// Another method, or the same with other parameters.
  mutating func use(_ chosen: Attribution) -> [Effect] {
    guard chosen != attribution else { return [] }
    attribution = chosen
    if !chosen.isSlow { liveAttribution = chosen }
    return explainAllAgain()
  }

  /// The main composites in turn.
  mutating func stepComposite(up: Bool) -> [Effect] {
    let here = attribution.settings == nil ? nil : Composite.main.firstIndex(of: rules.base)
    let count = Composite.main.count
    let next = here.map { ($0 + (up ? 1 : count - 1)) % count } ?? (up ? 0 : count - 1)
    return choose(.relevance(RelevanceSettings(composite: Composite.main[next])))
  }

  mutating func compare(with chosen: Attribution?) -> [Effect] {
    guard chosen != comparison else { return [] }
    comparison = chosen
    // Both want the room of the pictures.
    if chosen != nil { showsAllClasses = false }
    return chosen == nil ? [] : explainAllAgain()
  }

  /// Changes rules of the composite; with another method than relevance there is nothing to change.
  mutating func changeRules(_ change: (inout RuleHistory) -> Void) -> [Effect] {
    guard var settings = attribution.settings else { return [] }
    change(&rules)
    settings.composite = rules.current
    return use(.relevance(settings))
  }

  /// Puts a composite among those that the list offers, in place of one of the same name.
  mutating func remember(_ composite: Composite) {
    savedComposites.removeAll { $0.name == composite.name }
    savedComposites.append(composite)
  }

  /// What was saved is the composite that further changes start from, where it is still the one in use.
  mutating func saved(_ composite: Composite, path: String) -> [Effect] {
    remember(composite)
    message = Message(kind: .notice, text: "Saved as \(path)")
    guard var settings = attribution.settings, settings.composite.rows == composite.rows else { return [] }
    rules = RuleHistory(composite)
    settings.composite = composite
    // The same rules under another name: nothing is to be computed.
    attribution = .relevance(settings)
    if !attribution.isSlow { liveAttribution = attribution }
    return []
  }

  /// Changes the method that the open editor is about.
  mutating func apply(_ change: ParameterChange?) -> [Effect] {
    if case .parameters(let editor) = overlay, editor.isOfComparison { return applyToComparison(change) }
    return switch change {
    case nil: []
    case .attribution(let changed): use(changed)
    case .rules(let change): changeRules { $0.changeRules(change) }
    }
  }

  private mutating func applyToComparison(_ change: ParameterChange?) -> [Effect] {
    switch change {
    case nil: return []
    case .attribution(let changed): return compare(with: changed)
    case .rules(let change):
      guard var settings = comparison?.settings else { return [] }
      var rules = comparedRules
      rules.changeRules(change)
      settings.composite = rules.current
      return compare(with: .relevance(settings))
    }
  }

  /// The second method's composite, and what it was changed from.
  var comparedRules: RuleHistory {
    comparison?.settings.map { RuleHistory(of: $0.composite, among: Composite.builtIn + savedComposites) } ?? rules
  }

  /// Asks anew for what the active tab shows; the other tab when it is opened.
  mutating func explainAllAgain() -> [Effect] {
    switch tab {
    case .explanation:
      drawing.isStale = true
      return explainSelected()
    case .draw:
      digit.isStale = true
      return explainSketch()
    }
  }

  /// Drops what is being explained: what is on screen stays, and says that it is older than what was asked for.
  mutating func cancelExplanation() -> [Effect] {
    guard isExplaining else { return [] }
    for slot in [\AppState.digit, \AppState.drawing] where !self[keyPath: slot].outstanding.isEmpty {
      self[keyPath: slot].outstanding = []
      self[keyPath: slot].isCancelled = true
    }
    progress[.explaining] = nil
    return [.cancelExplanation]
  }
}
