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
    return KeyTable.actions[chord].map { perform($0) } ?? []
  }

  private static func typed(_ key: Key, _ modifiers: Modifiers) -> Character? {
    guard modifiers.isDisjoint(with: [.control, .alt]) else { return nil }
    return switch key {
    case .character(let character): character
    case .space: " "
    default: nil
    }
  }

  /// Takes a character into what is being typed; false where nothing can be typed, or not that.
  private mutating func type(_ character: Character) -> Bool {
    switch overlay {
    case .methods(var chooser):
      chooser.filter.append(character)
      overlay = .methods(chooser)
      focusFirstMethod()
      return true
    case .parameters(var editor):
      let parameters = attribution.parameters(network?.network)
      guard parameters.indices.contains(editor.focus), parameters[editor.focus].takesNumbers, "0123456789.-e".contains(character),
        character != "e" || editor.typed != nil
      else { return false }
      editor.typed = (editor.typed ?? "") + String(character)
      editor.complaint = nil
      overlay = .parameters(editor)
      return true
    case .rules, nil:
      return false
    }
  }

  mutating func openMethods(_ purpose: MethodChooser.Purpose) {
    if case .methods(let chooser) = overlay, chooser.purpose == purpose {
      overlay = nil
      return
    }
    let chooser = MethodChooser(purpose: purpose)
    overlay = .methods(chooser)
    let rows = methodRows(chooser)
    let current = purpose == .shown ? attribution : comparison ?? attribution
    focus(row: rows.firstIndex { $0.method?.name == current.name } ?? 1)
  }

  mutating func openParameters() {
    if case .parameters = overlay { overlay = nil } else { overlay = .parameters(ParameterEditor()) }
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

  func methodRows(_ chooser: MethodChooser) -> [MethodChooser.Row] {
    MethodChooser.rows(filter: chooser.filter, own: (rules.isChanged ? [rules.current] : []) + savedComposites)
  }

  /// Rows of the rule editor; nil where the composite does not fit the network.
  func ruleRows(_ editor: RuleEditor) -> [RuleTree.Row]? {
    guard let network = network?.network, let applied = try? rules.current.rules(for: network) else { return nil }
    return RuleTree(network, rules: applied, history: rules, expanded: editor.expanded).rows
  }

  var overlayPlace: OverlayPlace? { overlay.map { OverlayPlace($0, layout) } }

  private mutating func focusFirstMethod() {
    guard case .methods(let chooser) = overlay else { return }
    focus(row: methodRows(chooser).firstIndex { $0.method != nil } ?? 0)
  }

  /// Moves the focus by rows; headings are passed over.
  mutating func moveFocus(by offset: Int) {
    switch overlay {
    case .methods(let chooser):
      let rows = methodRows(chooser)
      let places = rows.indices.filter { rows[$0].method != nil }
      guard !places.isEmpty else { return }
      let here = places.firstIndex { $0 >= chooser.focus } ?? places.count - 1
      focus(row: places[min(places.count - 1, max(0, here + offset))])
    case .parameters(let editor): focus(row: editor.focus + offset)
    case .rules(let editor): focus(row: editor.focus + offset)
    case nil: break
    }
  }

  mutating func focus(row: Int) {
    let visible = overlayPlace?.visibleRows ?? 1
    switch overlay {
    case .methods(var chooser):
      let rows = methodRows(chooser)
      chooser.focus = min(max(0, row), max(0, rows.count - 1))
      // The heading of the first group is seen with its first method.
      let top = chooser.focus == 1 ? 0 : chooser.focus
      chooser.scroll = scrolled(min(chooser.scroll, top), toShow: chooser.focus, visible: visible, count: rows.count)
      overlay = .methods(chooser)
    case .parameters(var editor):
      let count = attribution.parameters(network?.network).count
      let next = min(max(0, row), max(0, count - 1))
      if next != editor.focus { (editor.typed, editor.complaint) = (nil, nil) }
      editor.focus = next
      overlay = .parameters(editor)
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
    case .methods(var chooser):
      chooser.scroll = max(0, min(chooser.scroll + rows, methodRows(chooser).count - visible))
      overlay = .methods(chooser)
    case .rules(var editor):
      editor.scroll = max(0, min(editor.scroll + rows, (ruleRows(editor)?.count ?? 0) - visible))
      overlay = .rules(editor)
    case .parameters, nil: break
    }
  }

  /// Enter: the method is chosen, the number taken, the group opened or closed.
  mutating func accept() -> [Effect] {
    switch overlay {
    case .methods(let chooser): return chooseMethod(chooser.focus)
    case .parameters(var editor):
      guard let typed = editor.typed else { return step(up: true) }
      let parameters = attribution.parameters(network?.network)
      guard parameters.indices.contains(editor.focus) else { return [] }
      let parameter = parameters[editor.focus]
      guard let value = Double(typed), let change = attribution.setting(parameter.kind, to: value) else {
        editor.complaint = "\(typed) is not allowed: \(parameter.allowed)"
        overlay = .parameters(editor)
        return []
      }
      (editor.typed, editor.complaint) = (nil, nil)
      overlay = .parameters(editor)
      return apply(change)
    case .rules(let editor):
      if let rows = ruleRows(editor), rows.indices.contains(editor.focus), let group = rows[editor.focus].group { toggle(group: group) }
      return []
    case nil: return []
    }
  }

  mutating func chooseMethod(_ row: Int) -> [Effect] {
    guard case .methods(let chooser) = overlay else { return [] }
    let rows = methodRows(chooser)
    guard rows.indices.contains(row), let method = rows[row].method else { return [] }
    overlay = nil
    switch chooser.purpose {
    case .shown: return choose(method)
    case .compared:
      // The same stabilizer and sums on both sides: only what was chosen differs.
      guard case .relevance(let offered) = method, var settings = attribution.settings else { return compare(with: method) }
      settings.composite = offered.composite
      return compare(with: .relevance(settings))
    }
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
    case .parameters(let editor): return stepParameter(editor.focus, up: up)
    case .rules(let editor):
      guard let rows = ruleRows(editor), rows.indices.contains(editor.focus), let rule = rows[editor.focus].rule else { return [] }
      guard let next = rule.stepped(up: up) else { return [] }
      return changeRules { $0.give(next, to: rows[editor.focus].selector) }
    case .methods, nil: return []
    }
  }

  mutating func stepParameter(_ index: Int, up: Bool) -> [Effect] {
    guard case .parameters = overlay else { return [] }
    let parameters = attribution.parameters(network?.network)
    guard parameters.indices.contains(index) else { return [] }
    overlay = .parameters(ParameterEditor(focus: index))
    return apply(attribution.stepped(parameters[index].kind, up: up, network?.network))
  }

  mutating func eraseTyped() {
    switch overlay {
    case .methods(var chooser):
      guard !chooser.filter.isEmpty else { return }
      chooser.filter.removeLast()
      overlay = .methods(chooser)
      focusFirstMethod()
    case .parameters(var editor):
      guard var typed = editor.typed else { return }
      typed.removeLast()
      editor.typed = typed.isEmpty ? nil : typed
      editor.complaint = nil
      overlay = .parameters(editor)
    case .rules, nil: break
    }
  }

  /// Delete: the focused parameter or rule as it was before anyone touched it.
  mutating func resetRow() -> [Effect] {
    switch overlay {
    case .parameters(let editor):
      let parameters = attribution.parameters(network?.network)
      guard parameters.indices.contains(editor.focus) else { return [] }
      overlay = .parameters(ParameterEditor(focus: editor.focus))
      return apply(attribution.resetting(parameters[editor.focus].kind, base: rules.base))
    case .rules: return giveRule(0)
    case .methods(let chooser): return chooser.purpose == .compared ? compare(with: nil) : []
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
