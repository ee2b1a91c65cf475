import Geometry
import Relevance

extension AppState {
  /// A key goes to the list or editor that is open, if it means anything there; otherwise to the window.
  mutating func keyPressed(_ key: Key, _ modifiers: Modifiers) -> [Effect] {
    let chord = Chord(key, modifiers)
    if let overlay, !showsHelp {
      if let typed = Self.typed(key, modifiers), type(typed) { return [] }
      if let action = KeyTable.actions(in: overlay)[chord] { return perform(action) }
    }
    if search?.isTyping == true, overlay == nil, !showsHelp {
      if let typed = Self.typed(key, modifiers) {
        typeIntoSearch(typed.lowercased().first ?? typed)
        return []
      }
      if let action = KeyTable.searchActions[chord] { return perform(action) }
    }
    if view.search?.isTyping == true, overlay == nil, !showsHelp {
      if let typed = Self.typed(key, modifiers) {
        typeIntoNetworkSearch(typed.lowercased().first ?? typed)
        return []
      }
      if let action = KeyTable.networkSearchActions[chord] { return perform(action) }
    }
    if focusedControl != nil, overlay == nil, !showsHelp, let action = KeyTable.controlActions[chord] { return perform(action) }
    if activePanel == .network, network != nil, overlay == nil, !showsHelp {
      if view.story != nil, let action = KeyTable.storyActions[chord] { return perform(action) }
      if let action = KeyTable.networkActions[chord] { return perform(action) }
    }
    return KeyTable.actions[chord].map { perform($0) } ?? []
  }

  private static func typed(_ key: Key, _ modifiers: Modifiers) -> Character? {
    guard modifiers.isDisjoint(with: [.control, .alt]) else { return nil }
    return switch key {
    // Keys of letters are told in lower case, with Shift beside them.
    case .character(let character): modifiers.contains(.shift) ? character.uppercased().first ?? character : character
    case .space: " "
    default: nil
    }
  }

  /// Takes a character into what is being typed; false where nothing can be typed, or not that.
  private mutating func type(_ character: Character) -> Bool {
    switch overlay {
    case .list(let chooser):
      filter(chooser, by: chooser.filter + String(character))
      return true
    case .parameters(var editor), .map(var editor):
      let parameters = editedParameters
      guard parameters.indices.contains(editor.focus), parameters[editor.focus].takesNumbers, "0123456789.-e".contains(character),
        character != "e" || editor.typed != nil
      else { return false }
      editor.typed = (editor.typed ?? "") + String(character)
      editor.complaint = nil
      put(editor)
      return true
    case .rules, nil:
      return false
    }
  }

  mutating func openMethods(_ subject: Chooser.Subject) {
    let current = subject == .methods ? attribution : comparison ?? attribution
    toggleList(subject) { $0.method?.name == current.name }
  }

  mutating func openParameters() {
    if case .parameters(let editor) = overlay, !editor.isOfComparison { overlay = nil } else { overlay = .parameters(ParameterEditor()) }
  }

  /// Those of the second method.
  mutating func openComparedParameters() {
    guard comparison != nil else { return }
    if case .parameters(let editor) = overlay, editor.isOfComparison {
      overlay = nil
    } else {
      overlay = .parameters(ParameterEditor(isOfComparison: true))
    }
  }

  /// The method whose parameters are being edited.
  var editedMethod: Attribution {
    if case .parameters(let editor) = overlay, editor.isOfComparison { return comparison ?? attribution }
    return attribution
  }

  mutating func openMap() {
    if case .map = overlay { overlay = nil } else { overlay = .map(ParameterEditor()) }
  }

  mutating func openRepresentations() {
    let current = map.source?.representation
    toggleList(.representations) { choice in
      if case .representation(let representation, _) = choice { representation == current } else { false }
    }
  }

  mutating func openRules() -> [Effect] {
    if case .rules = overlay {
      overlay = nil
      return []
    }
    overlay = .rules(RuleEditor())
    // Rules belong to relevance: another method gives way to the last one that had some.
    guard attribution.settings == nil else { return [] }
    return use(.relevance(RelevanceSettings(composite: rules.current)))
  }

  /// What the open editor can set.
  var editedParameters: [MethodParameter] {
    if case .map = overlay { return mapParameters.rows(count: data?.collection.count ?? 0) }
    return editedMethod.parameters(network?.network)
  }

  /// Puts back an editor that was changed.
  private mutating func put(_ editor: ParameterEditor) {
    if case .map = overlay { overlay = .map(editor) } else { overlay = .parameters(editor) }
  }

  /// Rows of the rule editor; nil where the composite does not fit the network.
  func ruleRows(_ editor: RuleEditor) -> [RuleTree.Row]? {
    guard let network = network?.network, let applied = try? rules.current.rules(for: network) else { return nil }
    // Where the base leaves a layer without a rule, nothing is as it has it.
    let base = (try? rules.base.rules(for: network)) ?? []
    return RuleTree(network, rules: applied, base: base, history: rules, expanded: editor.expanded).rows
  }

  var overlayPlace: OverlayPlace? { overlay.map { OverlayPlace($0, layout) } }

  /// Moves the focus by rows; headings are passed over.
  mutating func moveFocus(by offset: Int) {
    switch overlay {
    case .list(let chooser): moveFocus(chooser, by: offset)
    case .parameters(let editor), .map(let editor): focus(row: editor.focus + offset)
    case .rules(let editor): focus(row: editor.focus + offset)
    case nil: break
    }
  }

  mutating func focus(row: Int) {
    let visible = overlayPlace?.visibleRows ?? 1
    switch overlay {
    case .list(let chooser): focus(chooser, row: row)
    case .parameters(var editor), .map(var editor):
      let next = min(max(0, row), max(0, editedParameters.count - 1))
      if next != editor.focus { (editor.typed, editor.complaint) = (nil, nil) }
      editor.focus = next
      put(editor)
    case .rules(var editor):
      let count = ruleRows(editor)?.count ?? 0
      editor.focus = min(max(0, row), max(0, count - 1))
      editor.scroll = scrolled(editor.scroll, toShow: editor.focus, visible: visible, count: count)
      overlay = .rules(editor)
    case nil: break
    }
  }

  /// The wheel over an open list: three rows a notch.
  mutating func scrollOverlay(_ notches: Double) {
    guard let visible = overlayPlace?.visibleRows, notches.isFinite else { return }
    let rows = Int((-min(20, max(-20, notches)) * 3).rounded(.awayFromZero))
    switch overlay {
    case .list(var chooser):
      chooser.scroll = max(0, min(chooser.scroll + rows, self.rows(chooser).count - visible))
      overlay = .list(chooser)
    case .rules(var editor):
      editor.scroll = max(0, min(editor.scroll + rows, (ruleRows(editor)?.count ?? 0) - visible))
      overlay = .rules(editor)
    case .parameters, .map, nil: break
    }
  }

  /// Enter: the method is chosen, the number taken, the group opened or closed.
  mutating func accept() -> [Effect] {
    switch overlay {
    case .list(let chooser): return chooseRow(chooser.focus)
    case .parameters(var editor), .map(var editor):
      guard let typed = editor.typed else { return isEditingMap ? runMap() : step(up: true) }
      let parameters = editedParameters
      guard parameters.indices.contains(editor.focus) else { return [] }
      let parameter = parameters[editor.focus]
      guard let value = Double(typed), let effects = set(parameter.kind, to: value) else {
        editor.complaint = "\(typed) is not allowed: \(parameter.allowed)"
        put(editor)
        return []
      }
      (editor.typed, editor.complaint) = (nil, nil)
      put(editor)
      return effects
    case .rules(let editor):
      if let rows = ruleRows(editor), rows.indices.contains(editor.focus), let group = rows[editor.focus].group { toggle(group: group) }
      return []
    case nil: return []
    }
  }

  private var isEditingMap: Bool {
    if case .map = overlay { true } else { false }
  }

  /// Sets what the open editor is about; nil where the number is not allowed. A run takes what is set when it is started.
  private mutating func set(_ kind: MethodParameter.Kind, to value: Double) -> [Effect]? {
    guard isEditingMap else { return editedMethod.setting(kind, to: value).map { apply($0) } }
    guard let changed = mapParameters.setting(kind, to: value) else { return nil }
    mapParameters = changed
    return []
  }

  mutating func toggle(group: String) {
    guard case .rules(var editor) = overlay else { return }
    if editor.expanded.contains(group) { editor.expanded.remove(group) } else { editor.expanded.insert(group) }
    overlay = .rules(editor)
    focus(row: editor.focus)
  }

  /// Left and right: a parameter's step, or the next rule of a row.
  mutating func step(up: Bool) -> [Effect] {
    switch overlay {
    case .parameters(let editor), .map(let editor): return stepParameter(editor.focus, up: up)
    case .rules(let editor):
      guard let rows = ruleRows(editor), rows.indices.contains(editor.focus), let rule = rows[editor.focus].rule else { return [] }
      guard let next = rule.stepped(up: up) else { return [] }
      return changeRules { $0.give(next, to: rows[editor.focus].selector) }
    case .list, nil: return []
    }
  }

  mutating func stepParameter(_ index: Int, up: Bool) -> [Effect] {
    let parameters = editedParameters
    guard parameters.indices.contains(index) else { return [] }
    switch overlay {
    case .parameters(let editor):
      put(editor.focused(index))
      return apply(editedMethod.stepped(parameters[index].kind, up: up, network?.network))
    case .map:
      put(ParameterEditor(focus: index))
      mapParameters = mapParameters.stepped(parameters[index].kind, up: up, count: data?.collection.count ?? 0)
      return []
    case .list, .rules, nil: return []
    }
  }

  mutating func eraseTyped() -> [Effect] {
    switch overlay {
    case .list(let chooser):
      guard !chooser.filter.isEmpty else { return chooser.subject == .files ? folder.map { list($0.parent) } ?? [] : [] }
      filter(chooser, by: String(chooser.filter.dropLast()))
    case .parameters(var editor), .map(var editor):
      guard var typed = editor.typed else { return [] }
      typed.removeLast()
      editor.typed = typed.isEmpty ? nil : typed
      editor.complaint = nil
      put(editor)
    case .rules, nil: break
    }
    return []
  }

  /// Delete: the focused parameter or rule as it was before anyone touched it.
  mutating func resetRow() -> [Effect] {
    switch overlay {
    case .parameters(let editor):
      let parameters = editedParameters
      guard parameters.indices.contains(editor.focus) else { return [] }
      overlay = .parameters(editor.focused(editor.focus))
      return apply(editedMethod.resetting(parameters[editor.focus].kind, base: editor.isOfComparison ? comparedRules.base : rules.base))
    case .map(let editor):
      let parameters = editedParameters
      guard parameters.indices.contains(editor.focus) else { return [] }
      overlay = .map(ParameterEditor(focus: editor.focus))
      mapParameters = mapParameters.resetting(parameters[editor.focus].kind, to: options.embedding)
      return []
    case .rules: return giveRule(0)
    case .list(let chooser): return chooser.subject == .comparison ? compare(with: nil) : []
    case nil: return []
    }
  }

  /// Gives the focused layers rule `number` of `Rule.linear`, counted from 1; 0: what the composite would give them.
  mutating func giveRule(_ number: Int) -> [Effect] {
    guard case .rules(let editor) = overlay, let rows = ruleRows(editor), rows.indices.contains(editor.focus),
      number <= Rule.linear.count
    else { return [] }
    let rule = number == 0 ? nil : Rule.linear[number - 1]
    return changeRules { $0.give(rule, to: rows[editor.focus].selector) }
  }
}
