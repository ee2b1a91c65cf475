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

/// Keys that do related things, with the words that the help shows for them.
struct KeyRow: Sendable {
  let title: String
  /// What the help shows instead of all chords in turn.
  let keys: String
  let bindings: [(chord: Chord, action: Action)]

  init(_ title: String, _ chords: [Chord], _ action: Action) {
    self.title = title
    keys = chords.map(\.title).joined(separator: "  ")
    bindings = chords.map { ($0, action) }
  }

  init(_ title: String, keys: String, _ bindings: [(chord: Chord, action: Action)]) {
    self.title = title
    self.keys = keys
    self.bindings = bindings
  }
}

/// The one table that binds keys to actions; the help is made from it.
enum KeyTable {
  static let sections: [(title: String, rows: [KeyRow])] = [
    (
      "Map",
      [
        KeyRow("Fit the whole map", [Chord(.character("f")), Chord(.home)], .fitMap),
        KeyRow(
          "Pan by a quarter of the view", keys: "Arrows",
          [
            (Chord(.left), .panLeft), (Chord(.right), .panRight), (Chord(.up), .panUp), (Chord(.down), .panDown),
          ]),
        KeyRow("Zoom in", [Chord(.character("+")), Chord(.character("="))], .zoomIn),
        KeyRow("Zoom out", [Chord(.character("-"))], .zoomOut),
        KeyRow("Next digit", [Chord(.tab)], .nextPoint),
        KeyRow("Previous digit", [Chord(.tab, .shift)], .previousPoint),
        KeyRow("Nearest neighbour in the map", [Chord(.character("n"))], .nearestNeighbour),
      ]
    ),
    (
      "Explanation",
      [
        KeyRow(
          "Explain this class; again: the predicted one", keys: "0 \u{2026} 9",
          (0...9).map { (Chord(.character(Character(String($0)))), .target($0)) }),
        KeyRow("Next composite", [Chord(.character("m"))], .nextComposite),
        KeyRow("Input, relevance, overlay, all three", [Chord(.character("v"))], .nextPictureMode),
        KeyRow("Next colormap", [Chord(.character("k"))], .nextColormap),
      ]
    ),
    (
      "Draw",
      [
        KeyRow("Open or close the drawing pad", [Chord(.character("d"))], .toggleDraw),
        KeyRow("Pen or eraser", [Chord(.character("e"))], .toggleEraser),
        KeyRow("Thinner", [Chord(.character("["))], .smallerBrush),
        KeyRow("Thicker", [Chord(.character("]"))], .largerBrush),
        KeyRow("Undo a stroke", [Chord(.character("z"), .control)], .undo),
        KeyRow("Redo it", [Chord(.character("z"), [.control, .shift]), Chord(.character("y"), .control)], .redo),
        KeyRow("Clear the pad", [Chord(.delete), Chord(.backspace)], .clearDrawing),
      ]
    ),
    (
      "Network",
      [
        KeyRow("Next node", [Chord(.character("."))], .nextNode),
        KeyRow("Previous node", [Chord(.character(","))], .previousNode),
      ]
    ),
    (
      "Window",
      [
        KeyRow(
          "Fill the window with map, explanation, network", keys: "F2  F3  F4",
          [
            (Chord(.function(2)), .maximize(.map)), (Chord(.function(3)), .maximize(.explanation)),
            (Chord(.function(4)), .maximize(.network)),
          ]),
        KeyRow("Close help, message, selection; stop the map", [Chord(.escape)], .dismiss),
        KeyRow("These keys", [Chord(.character("?")), Chord(.function(1))], .help),
        KeyRow("Quit", [Chord(.character("q"), .control)], .quit),
      ]
    ),
  ]

  static let actions: [Chord: Action] = {
    var result: [Chord: Action] = [:]
    for section in sections {
      for row in section.rows {
        for binding in row.bindings { result[binding.chord] = binding.action }
      }
    }
    return result
  }()
}
