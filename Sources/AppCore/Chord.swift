/// A key with its modifiers. Shift counts only where it does not already decide what is typed: with letters and named keys.
struct Chord: Sendable, Hashable {
  let key: Key
  let modifiers: Modifiers

  init(_ key: Key, _ modifiers: Modifiers = []) {
    if case .character(let typed) = key {
      self.key = .character(typed.lowercased().first ?? typed)
      self.modifiers = typed.isLetter ? modifiers : modifiers.subtracting(.shift)
    } else {
      self.key = key
      self.modifiers = modifiers
    }
  }

  /// As it stands on a keyboard: "Ctrl+Shift+Z".
  var title: String {
    var parts: [String] = []
    if modifiers.contains(.control) { parts.append("Ctrl") }
    if modifiers.contains(.alt) { parts.append("Alt") }
    if modifiers.contains(.shift) { parts.append("Shift") }
    parts.append(keyTitle)
    return parts.joined(separator: "+")
  }

  private var keyTitle: String {
    switch key {
    case .character("-"): "\u{2212}"
    case .character(let typed): typed.uppercased()
    case .escape: "Esc"
    case .enter: "Enter"
    case .tab: "Tab"
    case .space: "Space"
    case .backspace: "Backspace"
    case .delete: "Delete"
    case .left: "Left"
    case .right: "Right"
    case .up: "Up"
    case .down: "Down"
    case .home: "Home"
    case .end: "End"
    case .pageUp: "Page Up"
    case .pageDown: "Page Down"
    case .function(let number): "F\(number)"
    }
  }
}
