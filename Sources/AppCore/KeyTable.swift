import Relevance

/// The one table that binds keys to actions; the help is made from it.
enum KeyTable {
  /// Where keys mean what a section says.
  enum Context: Sendable { case window, search, list, rules, controls, network, networkSearch, story }

  /// Something that can be done, with the keys that do it.
  struct Command: Sendable, Hashable {
    let title: String
    let keys: String
    let action: Action
  }

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
        KeyRow("Zoom", mouse: "Wheel"),
        KeyRow("Move; fit", mouse: "Drag; double click"),
        KeyRow("Explain; choose one more", mouse: "Click; Ctrl+click"),
        KeyRow("Show this group alone", mouse: "Alt+click"),
        KeyRow("Lasso; Ctrl adds", mouse: "Shift+drag"),
        KeyRow("Lasso that leaves out", mouse: "Alt+Shift+drag"),
        KeyRow("Choose the digit too", [Chord(.space, .control)], .toggleMember),
        KeyRow("Choose all in view, or found", [Chord(.character("a"), .control)], .chooseAll),
        KeyRow("Copy what is chosen", [Chord(.character("c"), .control)], .copySelection),
        KeyRow(
          "Pan a quarter view", keys: "Arrows",
          [
            (Chord(.left), .panLeft), (Chord(.right), .panRight), (Chord(.up), .panUp), (Chord(.down), .panDown),
          ], names: ["Pan to the left", "Pan to the right", "Pan up", "Pan down"]),
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
        KeyRow("Pan over anything", mouse: "Space+drag"),
        KeyRow("Layer by layer", [Chord(.character("y"))], .layerByLayer),
        KeyRow(
          "Layer before, after", keys: "Page Up  Down", [(Chord(.pageUp), .previousStage), (Chord(.pageDown), .nextStage)],
          names: ["Layer before in the map", "Layer after in the map"]),
        KeyRow("Save it as .npy", [Chord(.character("e"), .control)], .exportMap(.npy)),
        KeyRow("Save it as .csv", [Chord(.character("e"), [.control, .shift])], .exportMap(.csv)),
      ]
    ),
    Section(
      "Explanation",
      [
        KeyRow(
          "This class; again: not", keys: "0 \u{2026} 9",
          (0...9).map { (Chord(.character(Character(String($0)))), .target($0)) },
          names: (0...9).map { "Explain class \($0), or no longer" }),
        KeyRow("Why not this class", mouse: "Shift+click"),
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
          [(Chord(.character("(")), .weakerOverlay), (Chord(.character(")")), .strongerOverlay)],
          names: ["Overlay weaker", "Overlay stronger"]),
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
      "Buttons", in: .controls,
      [
        KeyRow("The next button", [Chord(.tab)], .stepControl(1)),
        KeyRow("The one before", [Chord(.tab, .shift)], .stepControl(-1)),
        KeyRow(
          "The one beside it", keys: "Arrows",
          [
            (Chord(.left), .moveControl(-1, 0)), (Chord(.right), .moveControl(1, 0)), (Chord(.up), .moveControl(0, -1)),
            (Chord(.down), .moveControl(0, 1)),
          ]),
        KeyRow("Press it", [Chord(.enter), Chord(.space)], .pressControl),
        KeyRow("No more buttons", [Chord(.escape)], .leaveControls),
      ]
    ),
    Section(
      "Draw",
      [
        KeyRow("Open or close the pad", [Chord(.character("d"))], .toggleDraw),
        KeyRow("Pen or eraser", [Chord(.character("e"))], .toggleEraser),
        KeyRow("Erase", mouse: "Right button"),
        KeyRow("Thinner", [Chord(.character("["))], .smallerBrush),
        KeyRow("Thicker", [Chord(.character("]"))], .largerBrush),
        KeyRow("Undo a stroke", [Chord(.character("z"), .control)], .undo),
        KeyRow("Redo it", keys: "Ctrl+Shift+Z", redoChords.map { ($0, .redo) }, names: ["Redo a stroke"]),
        KeyRow(
          "Clear the pad", keys: "Del  Backspace", [(Chord(.delete), .clearDrawing), (Chord(.backspace), .clearDrawing)],
          names: ["Clear the pad"]),
        KeyRow("Edit the selected digit", [Chord(.character("d"), .shift)], .editSelected),
        KeyRow("Save what is drawn", [Chord(.character("s"), .control)], .saveDrawing),
      ]
    ),
    Section(
      "Network",
      [
        KeyRow("Next node", [Chord(.character("."))], .nextNode),
        KeyRow("Previous node", [Chord(.character(","))], .previousNode),
        KeyRow("Next layer of it", [Chord(.character(";"))], .nextLayer),
        KeyRow("Previous layer of it", [Chord(.character(":"))], .previousLayer),
        KeyRow(
          "Stages, blocks, operations", keys: "Alt+1  2  3",
          NetworkView.Level.allCases.map { (Chord(.character(Character("\($0.rawValue + 1)")), .alt), .showLevel($0)) },
          names: NetworkView.Level.allCases.map { "Show the network in \($0.title.lowercased())" }),
        KeyRow("Keys to the network, or not", [Chord(.function(2))], .keysToNetwork),
        KeyRow("Tell it layer by layer", [Chord(.function(4))], .toggleStory),
        KeyRow("Search the network", [Chord(.character("f"), [.control, .shift])], .openNetworkSearch),
        KeyRow(
          "What is told of a layer", keys: "Ctrl+Tab",
          [(Chord(.tab, .control), .nextTab), (Chord(.tab, [.control, .shift]), .previousTab)],
          names: ["Next tab of the layer", "Previous tab of the layer"]),
        KeyRow("Sort the feature maps", [Chord(.character("z"))], .nextMapOrder),
        KeyRow("Scale of their colours", [Chord(.character("x"), .shift)], .nextMapScale),
        KeyRow("Next feature map", [Chord(.character(">"))], .nextChannel),
        KeyRow("Previous feature map", [Chord(.character("<"))], .previousChannel),
        KeyRow(
          "More feature maps", keys: "{  }", [(Chord(.character("{")), .previousMaps), (Chord(.character("}")), .nextMaps)],
          names: ["Feature maps before these", "Feature maps after these"]),
        KeyRow(
          "Another position in it", keys: "Alt+Arrows",
          [
            (Chord(.up, .alt), .movePosition(rows: -1, columns: 0)), (Chord(.down, .alt), .movePosition(rows: 1, columns: 0)),
            (Chord(.left, .alt), .movePosition(rows: 0, columns: -1)), (Chord(.right, .alt), .movePosition(rows: 0, columns: 1)),
          ], names: ["Position above", "Position below", "Position to the left", "Position to the right"]),
        KeyRow("Start relevance at it", [Chord(.character("s"))], .startAtChannel),
        KeyRow("Start at the position", [Chord(.character("s"), .shift)], .startAtPosition),
        KeyRow("Only through it", [Chord(.character("g"))], .throughChannel),
        KeyRow("Through all channels", [Chord(.character("g"), .shift)], .clearConditions),
        KeyRow("Map of its output", [Chord(.character("n"), .shift)], .mapNode),
        KeyRow("Graph as a PNG", [], .exportGraph(.png)),
        KeyRow("Graph as an SVG", [], .exportGraph(.svg)),
      ]
    ),
    Section(
      "In the network", in: .network,
      [
        KeyRow(
          "Along the edges", keys: "Left  Right", [(Chord(.right), .follow(.forward)), (Chord(.left), .follow(.back))],
          names: ["Along the edge", "Back along the edge"]),
        KeyRow(
          "Around a block", keys: "Shift+Left  Right",
          [(Chord(.right, .shift), .follow(.aroundForward)), (Chord(.left, .shift), .follow(.aroundBack))],
          names: ["Along the way around", "Back along the way around"]),
        KeyRow(
          "To the node above, below", keys: "Up  Down", [(Chord(.up), .follow(.above)), (Chord(.down), .follow(.below))],
          names: ["To the node above", "To the node below"]),
        KeyRow("Open or close it", [Chord(.enter)], .toggleSelected),
        KeyRow("Open or close; fit", mouse: "Double click"),
        KeyRow(
          "Stages, blocks, operations", keys: "1  2  3",
          NetworkView.Level.allCases.map { (Chord(.character(Character("\($0.rawValue + 1)"))), .showLevel($0)) }),
        KeyRow("Show all of it", [Chord(.character("f")), Chord(.home)], .fitGraph, name: "Show the whole graph"),
        KeyRow("Zoom in", [Chord(.character("+")), Chord(.character("="))], .zoomGraphIn, name: "Zoom into the graph"),
        KeyRow("Zoom out", [Chord(.character("-"))], .zoomGraphOut, name: "Zoom out of the graph"),
        KeyRow("Search", [Chord(.character("/"))], .openNetworkSearch, name: nil),
      ]
    ),
    Section(
      "While it is told", in: .story,
      [
        KeyRow("The next step", [Chord(.space)], .nextStep),
        KeyRow("The step before", [Chord(.space, .shift)], .previousStep),
      ]
    ),
    Section(
      "Network's search", in: .networkSearch,
      [
        KeyRow("Next layer that fits", [Chord(.enter)], .nextNetworkMatch),
        KeyRow("Previous layer that fits", [Chord(.enter, .shift)], .previousNetworkMatch),
        KeyRow("Erase what was typed", [Chord(.backspace)], .eraseNetworkSearch),
      ]
    ),
    Section(
      "Window",
      [
        KeyRow(
          "Fill with one panel", keys: "F7  F8  F9",
          [
            (Chord(.function(7)), .maximize(.map)), (Chord(.function(8)), .maximize(.explanation)),
            (Chord(.function(9)), .maximize(.network)),
          ], names: ["Only the map, or all", "Only the explanation, or all", "Only the network, or all"]),
        KeyRow("All commands", [Chord(.character("p"), .control), Chord(.function(10))], .openCommands),
        KeyRow("Open a file", [Chord(.character("o"), .control)], .openFiles),
        KeyRow("Picture of the window", [Chord(.character("s"), [.control, .shift])], .savePicture(nil)),
        KeyRow("Picture of this panel", [Chord(.character("s"), [.control, .alt])], .savePanelPicture),
        KeyRow("Picture of the map", [], .savePicture(.map)),
        KeyRow("Picture of the explanation", [], .savePicture(.explanation)),
        KeyRow("Picture of the network", [], .savePicture(.network)),
        KeyRow(
          "Move the borders", keys: "Ctrl+Arrows",
          [
            (Chord(.left, .control), .moveSplitter(.vertical, -1)), (Chord(.right, .control), .moveSplitter(.vertical, 1)),
            (Chord(.up, .control), .moveSplitter(.horizontal, 1)), (Chord(.down, .control), .moveSplitter(.horizontal, -1)),
          ], names: ["Map narrower", "Map wider", "Network higher", "Network lower"]),
        KeyRow("From button to button", [Chord(.function(6))], .walkControls),
        KeyRow(
          "Larger, smaller, as it was", keys: "Ctrl +  \u{2212}  0",
          [
            (Chord(.character("+"), .control), .largerScale), (Chord(.character("-"), .control), .smallerScale),
            (Chord(.character("0"), .control), .usualScale), (Chord(.character("="), .control), .largerScale),
          ], names: ["Everything larger", "Everything smaller", "Everything in its usual size"]),
        KeyRow("Light or dark", [Chord(.character("t"), .control)], .toggleTheme),
        KeyRow("With or without motion", [], .toggleMotion),
        KeyRow("Full screen", [Chord(.function(11))], .toggleFullScreen),
        KeyRow("Times of frames", [Chord(.function(3))], .toggleFrameTimes),
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
  /// While one goes from button to button, before those of the window.
  static let controlActions = actions(.controls)
  /// While keys go to the network, before those of the window; while it is told layer by layer, before those.
  static let networkActions = actions(.network)
  static let storyActions = actions(.story)
  static let networkSearchActions = actions(.networkSearch)
  /// Everything that can be done in the window, in groups, for the list of commands.
  static let commands: [(title: String, choices: [Chooser.Choice])] = sections.filter { [.window, .network, .story].contains($0.context) }
    .map { section in
      (section.title, section.rows.flatMap(\.commands).map { .command($0) })
    }
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
