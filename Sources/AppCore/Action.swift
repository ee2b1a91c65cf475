/// What a key, a button or a click asks for.
enum Action: Sendable, Hashable {
  case fitMap
  case panLeft, panRight, panUp, panDown
  case zoomIn, zoomOut
  case nextPoint, previousPoint, nearestNeighbour
  case nextMistake, previousMistake
  // How the points look, and which stand out
  case nextColoring, previousColoring, nextThumbnails, toggleNeighbours
  case toggleLegend(Int)
  case onlyLegend(Int)
  case openSearch, closeSearch, nextMatch, previousMatch, eraseSearch
  case dropSelection, fitSelection, copySelection
  /// The selected digit joins those that are chosen, or leaves them; all that are in view, or that match what is searched for.
  case toggleMember, chooseAll
  case declinePredictions
  /// Closes the top layer: help, a list or editor, what is being explained for long, a message, the selection, a running embedding.
  case dismiss
  // What is explained
  case target(Int)
  /// The target's class and not this one.
  case against(Int)
  case runnerUp, contrast, predictedTarget, labelTarget
  case allClasses
  case startAtChannel, startAtPosition, throughChannel, clearConditions
  // How
  case nextComposite, previousComposite
  case openMethods, openComparison, openParameters, openComparedParameters, openRules
  case endComparison
  case explainAgain, cancelExplanation
  // In a list or editor that is open
  case closeOverlay
  case moveFocus(Int)
  case firstRow, lastRow
  case focusRow(Int)
  case accept, decrease, increase, eraseTyped, resetRow
  case chooseRow(Int)
  case stepParameter(Int, Int)
  case toggleGroup(String)
  case giveRule(Int)
  case undoRules, redoRules, resetRules, saveRules
  // How it is shown
  case nextPictureMode
  case nextColormap, nextNormalization
  case weakerOverlay, strongerOverlay, toggleOutline
  case tab(Tab)
  case toggleDraw
  case undo, redo, clearDrawing
  case pen, eraser, toggleEraser
  case smallerBrush, largerBrush
  case nextNode, previousNode
  case node(String)
  /// By its index.
  case layer(Int)
  case closeNode
  // The graph: how far it is open, what of it is seen, where edges lead
  case openOrClose(String)
  case toggleSelected
  case showLevel(NetworkView.Level)
  case fitGraph, zoomGraphIn, zoomGraphOut
  case follow(AppState.EdgeDirection)
  case openNetworkSearch, closeNetworkSearch, nextNetworkMatch, previousNetworkMatch, eraseNetworkSearch
  case toggleStory, nextStep, previousStep
  case exportGraph(GraphFormat)
  /// Keys that mean something else in each panel go to the network, or to the map again.
  case keysToNetwork
  // What is shown of the selected layer
  case inspect(Inspector.Tab)
  case nextTab, previousTab
  case nextMapOrder, nextMapScale
  case selectRanked(Int)
  /// Among the layers of the selected node.
  case nextLayer, previousLayer
  /// A map of what the selected layer gives out.
  case mapNode
  // Among the feature maps of the selected layer
  case nextChannel, previousChannel
  case nextMaps, previousMaps
  case movePosition(rows: Int, columns: Int)
  case maximize(Panel)
  case help
  case dismissMessage
  // The map's run, what it is of, and where it goes
  case openMap, openRepresentations
  case runMap, pauseOrResumeMap, stopEmbedding
  case layerByLayer
  case stage(Int)
  case nextStage, previousStage
  case exportMap(MapExport.Format)
  case selectNeighbour(Int)
  // The window
  case openCommands, openFiles
  /// Of a panel, or of the whole window.
  case savePicture(Panel?)
  /// Of the panel under the pointer.
  case savePanelPicture
  case largerScale, smallerScale, usualScale
  case toggleTheme, toggleMotion, toggleFullScreen, toggleFrameTimes
  // From button to button
  case moveSplitter(Splitter, Int)
  case walkControls, leaveControls, pressControl
  case stepControl(Int)
  case moveControl(Int, Int)
  // On the pad
  case editSelected, saveDrawing
  case quit
}

/// What the right panel shows.
public enum Tab: Sendable, Hashable { case explanation, draw }
