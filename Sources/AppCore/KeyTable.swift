import Relevance

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
  /// Where keys mean what a section says.
  enum Context: Sendable { case window, search, list, rules }

  struct Section: Sendable {
    let title: String
    let context: Context
    let rows: [KeyRow]

    init(_ title: String, in context: Context = .window, _ rows: [KeyRow]) {
      self.title = title
      self.context = context
      self.rows = rows
    }
  }

  private static let redoChords = [Chord(.character("z"), [.control, .shift]), Chord(.character("y"), .control)]

  static let sections = [
    Section(
      "Map",
      [
        KeyRow("Fit the whole map", [Chord(.character("f")), Chord(.home)], .fitMap),
        KeyRow("Fit what is chosen", [Chord(.character("f"), .shift)], .fitSelection),
        KeyRow("Lasso; Ctrl adds", keys: "Shift+drag", []),
        KeyRow("Lasso that leaves out", keys: "Alt+Shift+drag", []),
        KeyRow("Copy what is chosen", [Chord(.character("c"), .control)], .copySelection),
        KeyRow(
          "Pan a quarter view", keys: "Arrows",
          [
            (Chord(.left), .panLeft), (Chord(.right), .panRight), (Chord(.up), .panUp), (Chord(.down), .panDown),
          ]),
        KeyRow("Zoom in", [Chord(.character("+")), Chord(.character("="))], .zoomIn),
        KeyRow("Zoom out", [Chord(.character("-"))], .zoomOut),
        KeyRow("Next digit", [Chord(.tab)], .nextPoint),
        KeyRow("Previous digit", [Chord(.tab, .shift)], .previousPoint),
        KeyRow("Nearest neighbour", [Chord(.character("j"))], .nearestNeighbour),
        KeyRow("Next mistake", [Chord(.character("n"))], .nextMistake),
        KeyRow("Colour by", [Chord(.character("c"))], .nextColoring),
        KeyRow("Digits as pictures", [Chord(.character("t"))], .nextThumbnails),
        KeyRow("Nearest by their pixels", [Chord(.character("q"))], .toggleNeighbours),
        KeyRow("Search", [Chord(.character("/")), Chord(.character("f"), .control)], .openSearch),
        KeyRow("Run, parameters", [Chord(.character("i"))], .openMap),
        KeyRow("What it is made of", [Chord(.character("i"), .shift)], .openRepresentations),
        KeyRow("Run it anew", [Chord(.character("r"), .control)], .runMap),
        KeyRow("Pause, go on", [Chord(.space)], .pauseOrResumeMap),
        KeyRow("Layer by layer", [Chord(.character("y"))], .layerByLayer),
        KeyRow(
          "Layer before, after", keys: "Page Up  Down", [(Chord(.pageUp), .previousStage), (Chord(.pageDown), .nextStage)]),
        KeyRow("Save it as .npy", [Chord(.character("e"), .control)], .exportMap(.npy)),
        KeyRow("Save it as .csv", [Chord(.character("e"), [.control, .shift])], .exportMap(.csv)),
      ]
    ),
    Section(
      "Explanation",
      [
        KeyRow(
          "This class; again: not", keys: "0 \u{2026} 9",
          (0...9).map { (Chord(.character(Character(String($0)))), .target($0)) }),
        KeyRow("Why not this class", keys: "Shift+click", []),
        KeyRow("The runner-up", [Chord(.character("u"))], .runnerUp),
        KeyRow("Why not the next class", [Chord(.character("w"))], .contrast),
        KeyRow("The predicted class", [Chord(.character("h"))], .predictedTarget),
        KeyRow("The class of its label", [Chord(.character("h"), .shift)], .labelTarget),
        KeyRow("All ten classes", [Chord(.character("a"))], .allClasses),
        KeyRow("Change the pictures", [Chord(.character("v"))], .nextPictureMode),
        KeyRow("Next colormap", [Chord(.character("k"))], .nextColormap),
        KeyRow("Scale of the colours", [Chord(.character("x"))], .nextNormalization),
        KeyRow("Outline of the digit", [Chord(.character("o"))], .toggleOutline),
        KeyRow(
          "Overlay weaker, stronger", keys: "(  )",
          [(Chord(.character("(")), .weakerOverlay), (Chord(.character(")")), .strongerOverlay)]),
      ]
    ),
    Section(
      "Method",
      [
        KeyRow("Next composite", [Chord(.character("m"))], .nextComposite),
        KeyRow("Previous composite", [Chord(.character("m"), .shift)], .previousComposite),
        KeyRow("List of all methods", [Chord(.character("l"))], .openMethods),
        KeyRow("Its parameters", [Chord(.character("p"))], .openParameters),
        KeyRow("Those of the second", [Chord(.character("p"), .shift)], .openComparedParameters),
        KeyRow("Rules, layer by layer", [Chord(.character("r"))], .openRules),
        KeyRow("Compare methods", [Chord(.character("b"))], .openComparison),
        KeyRow("No longer compare", [Chord(.character("b"), .shift)], .endComparison),
      ]
    ),
    Section(
      "Search", in: .search,
      [
        KeyRow("Next match", [Chord(.enter)], .nextMatch),
        KeyRow("Previous match", [Chord(.enter, .shift)], .previousMatch),
        KeyRow("Erase what was typed", [Chord(.backspace)], .eraseSearch),
      ]
    ),
    Section(
      "Lists and editors", in: .list,
      [
        KeyRow(
          "Choose a row", keys: "Up  Down  Page",
          [
            (Chord(.up), .moveFocus(-1)), (Chord(.down), .moveFocus(1)), (Chord(.pageUp), .moveFocus(-10)),
            (Chord(.pageDown), .moveFocus(10)), (Chord(.home), .firstRow), (Chord(.end), .lastRow),
          ]),
        KeyRow("Take it; open a group", [Chord(.enter)], .accept),
        KeyRow("Smaller, larger", keys: "Left  Right", [(Chord(.left), .decrease), (Chord(.right), .increase)]),
        KeyRow("Erase what was typed", [Chord(.backspace)], .eraseTyped),
        KeyRow("As it was", [Chord(.delete)], .resetRow),
        KeyRow("Undo a rule", [Chord(.character("z"), .control)], .undoRules),
        KeyRow("Redo it", keys: "Ctrl+Shift+Z", redoChords.map { ($0, .redoRules) }),
      ]
    ),
    Section(
      "Rules", in: .rules,
      [
        KeyRow(
          "Give the row a rule", keys: "0 \u{2026} \(Rule.linear.count)",
          (0...Rule.linear.count).map { (Chord(.character(Character(String($0)))), .giveRule($0)) }),
        KeyRow("Save the rules", [Chord(.character("s"), .control)], .saveRules),
        KeyRow("Its number", keys: "\u{2212}  +", [(Chord(.character("-")), .decrease), (Chord(.character("+")), .increase)]),
      ]
    ),
    Section(
      "Draw",
      [
        KeyRow("Open or close the pad", [Chord(.character("d"))], .toggleDraw),
        KeyRow("Pen or eraser", [Chord(.character("e"))], .toggleEraser),
        KeyRow("Thinner", [Chord(.character("["))], .smallerBrush),
        KeyRow("Thicker", [Chord(.character("]"))], .largerBrush),
        KeyRow("Undo a stroke", [Chord(.character("z"), .control)], .undo),
        KeyRow("Redo it", keys: "Ctrl+Shift+Z", redoChords.map { ($0, .redo) }),
        KeyRow("Clear the pad", keys: "Del  Backspace", [(Chord(.delete), .clearDrawing), (Chord(.backspace), .clearDrawing)]),
      ]
    ),
    Section(
      "Network",
      [
        KeyRow("Next node", [Chord(.character("."))], .nextNode),
        KeyRow("Previous node", [Chord(.character(","))], .previousNode),
        KeyRow("Next layer of it", [Chord(.character(";"))], .nextLayer),
        KeyRow("Previous layer of it", [Chord(.character(":"))], .previousLayer),
        KeyRow("Next feature map", [Chord(.character(">"))], .nextChannel),
        KeyRow("Previous feature map", [Chord(.character("<"))], .previousChannel),
        KeyRow("More feature maps", keys: "{  }", [(Chord(.character("{")), .previousMaps), (Chord(.character("}")), .nextMaps)]),
        KeyRow(
          "Another position in it", keys: "Alt+Arrows",
          [
            (Chord(.up, .alt), .movePosition(rows: -1, columns: 0)), (Chord(.down, .alt), .movePosition(rows: 1, columns: 0)),
            (Chord(.left, .alt), .movePosition(rows: 0, columns: -1)), (Chord(.right, .alt), .movePosition(rows: 0, columns: 1)),
          ]),
        KeyRow("Start relevance at it", [Chord(.character("s"))], .startAtChannel),
        KeyRow("Start at the position", [Chord(.character("s"), .shift)], .startAtPosition),
        KeyRow("Only through it", [Chord(.character("g"))], .throughChannel),
        KeyRow("Through all channels", [Chord(.character("g"), .shift)], .clearConditions),
        KeyRow("Map of its output", [Chord(.character("n"), .shift)], .mapNode),
      ]
    ),
    Section(
      "Window",
      [
        KeyRow(
          "Fill with one panel", keys: "F2  F3  F4",
          [
            (Chord(.function(2)), .maximize(.map)), (Chord(.function(3)), .maximize(.explanation)),
            (Chord(.function(4)), .maximize(.network)),
          ]),
        KeyRow("Close the top, or stop", [Chord(.escape)], .dismiss),
        KeyRow("These keys", [Chord(.character("?")), Chord(.function(1))], .help),
        KeyRow("Quit", [Chord(.character("q"), .control)], .quit),
      ]
    ),
  ]

  /// In the window itself.
  static let actions = actions(.window)
  /// While something is searched for, before those of the window.
  static let searchActions = actions(.search)
  private static let listActions = actions(.list)
  private static let ruleActions = actions(.list).merging(actions(.rules)) { _, own in own }

  /// In a list or editor, before those of the window.
  static func actions(in overlay: Overlay) -> [Chord: Action] {
    if case .rules = overlay { ruleActions } else { listActions }
  }

  private static func actions(_ context: Context) -> [Chord: Action] {
    var result: [Chord: Action] = [:]
    for section in sections where section.context == context {
      for row in section.rows {
        for binding in row.bindings { result[binding.chord] = binding.action }
      }
    }
    return result
  }
}
