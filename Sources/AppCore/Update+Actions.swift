import Geometry
import Relevance
import Scene

extension AppState {
  mutating func perform(_ action: Action) -> [Effect] {
    if let missing = whatIsMissing(for: action) { message = Message(kind: .notice, text: missing) }
    return carryOut(action)
  }

  /// What must be there before an action can do anything; nil where it is.
  private func whatIsMissing(for action: Action) -> String? {
    switch action {
    case .fitSelection, .copySelection:
      selection == nil && selected == nil ? "Choose digits first: click one, or drag with Shift" : nil
    case .target, .against, .runnerUp, .contrast, .predictedTarget, .labelTarget:
      activeSlot.shown == nil && activeSlot.outstanding.isEmpty
        ? tab == .draw ? "Draw something first" : "Select a digit first: click one in the map" : nil
    case .toggleSelected, .inspect, .nextTab, .previousTab, .nextMapOrder, .nextMapScale:
      selectedNode == nil ? "Choose a node of the network first: click one, or press the full stop" : nil
    case .saveDrawing: sketch.isEmpty ? "Nothing is drawn: D opens the pad" : nil
    case .pauseOrResumeMap: map.run.isActive ? nil : "No map is being computed: Ctrl+R computes it anew"
    default: nil
    }
  }

  private mutating func carryOut(_ action: Action) -> [Effect] {
    switch action {
    case .fitMap: fitMap()
    case .panLeft: panByQuarter(1, 0)
    case .panRight: panByQuarter(-1, 0)
    case .panUp: panByQuarter(0, 1)
    case .panDown: panByQuarter(0, -1)
    case .zoomIn: zoom(by: Self.zoomStep, about: mapFrame.center)
    case .zoomOut: zoom(by: 1 / Self.zoomStep, about: mapFrame.center)
    case .nextPoint: return step(by: 1)
    case .previousPoint: return step(by: -1)
    case .nearestNeighbour: return walkToNeighbour()
    case .nextMistake: return stepMistake(by: 1)
    case .previousMistake: return stepMistake(by: -1)
    case .nextColoring: stepColoring(by: 1)
    case .nextThumbnails: stepThumbnails()
    case .toggleNeighbours: neighbours.isShown.toggle()
    case .previousColoring: stepColoring(by: -1)
    case .toggleLegend(let group): toggleGroup(group)
    case .onlyLegend(let group): showOnly(group)
    case .openSearch: openSearch()
    case .closeSearch: closeSearch()
    case .nextMatch: return stepMatch(by: 1)
    case .previousMatch: return stepMatch(by: -1)
    case .eraseSearch: typeIntoSearch(nil)
    case .dropSelection: dropSelection()
    case .fitSelection: fitSelection()
    case .copySelection: return copySelection()
    case .toggleMember: if let selected { toggleMembership(selected) }
    case .chooseAll: chooseAll()
    case .declinePredictions: return declinePredictions()
    case .dismiss: return dismiss()
    case .target(let number): return chooseTarget(number)
    case .against(let number): return chooseAgainst(number)
    case .runnerUp: return toggleRunnerUp()
    case .contrast: return toggleContrast()
    case .predictedTarget: return aim(at: .predicted)
    case .labelTarget: return toggleLabelTarget()
    case .allClasses: return toggleAllClasses()
    case .startAtChannel: return startAtChannel()
    case .startAtPosition: return startAtPosition()
    case .throughChannel: return goThroughChannel()
    case .clearConditions: return clearConditions()
    case .nextComposite: return stepComposite(up: true)
    case .previousComposite: return stepComposite(up: false)
    case .openMethods: openMethods(.methods)
    case .openComparison: openMethods(.comparison)
    case .openParameters: openParameters()
    case .openComparedParameters: openComparedParameters()
    case .openRules: return openRules()
    case .endComparison: return compare(with: nil)
    case .explainAgain: return explainAllAgain()
    case .cancelExplanation: return cancelExplanation()
    case .closeOverlay: overlay = nil
    case .moveFocus(let offset): moveFocus(by: offset)
    case .firstRow: moveFocus(by: -1_000_000)
    case .lastRow: moveFocus(by: 1_000_000)
    case .focusRow(let row): focus(row: row)
    case .accept: return accept()
    case .decrease: return step(up: false)
    case .increase: return step(up: true)
    case .eraseTyped: return eraseTyped()
    case .resetRow: return resetRow()
    case .chooseRow(let row): return chooseRow(row)
    case .stepParameter(let index, let direction): return stepParameter(index, up: direction > 0)
    case .toggleGroup(let group): toggle(group: group)
    case .giveRule(let number): return giveRule(number)
    case .undoRules: return changeRules { $0.undo() }
    case .redoRules: return changeRules { $0.redo() }
    case .saveRules: return rules.isChanged ? [.save(rules.current)] : []
    case .resetRules: return changeRules { $0.reset() }
    case .nextPictureMode:
      pictureMode = PictureMode(rawValue: (pictureMode.rawValue + 1) % PictureMode.allCases.count) ?? .all
    case .nextColormap: changeColormap()
    case .nextNormalization: changeNormalization()
    case .weakerOverlay: changeOverlayStrength(by: 1 / 1.25)
    case .strongerOverlay: changeOverlayStrength(by: 1.25)
    case .toggleOutline: heatLook.showsOutline.toggle()
    case .tab(let chosen): return open(chosen)
    case .toggleDraw: return open(tab == .draw ? .explanation : .draw)
    case .undo: return changeSketch { $0.undo() }
    case .redo: return changeSketch { $0.redo() }
    case .clearDrawing: return changeSketch { $0.clear() }
    case .pen: sketch.isErasing = false
    case .eraser: sketch.isErasing = true
    case .toggleEraser: sketch.isErasing.toggle()
    case .smallerBrush: sketch.changeBrush(by: 1 / 1.2)
    case .largerBrush: sketch.changeBrush(by: 1.2)
    case .nextNode:
      activePanel = .network
      stepNode(by: 1)
    case .previousNode:
      activePanel = .network
      stepNode(by: -1)
    case .node(let name):
      selectNode(selectedNode == name ? nil : name)
    case .layer(let layer):
      selectedNode != nil && shownLayer?.layer == layer && selectedVertex == nil ? selectNode(nil) : selectLayer(layer)
    case .closeNode: selectNode(nil)
    case .openOrClose(let name): openOrClose(name, under: pointer)
    case .toggleSelected: toggleSelected()
    case .showLevel(let level): show(level)
    case .fitGraph: fitGraph()
    case .zoomGraphIn: zoomGraph(by: Self.zoomStep, about: nil)
    case .zoomGraphOut: zoomGraph(by: 1 / Self.zoomStep, about: nil)
    case .follow(let direction): follow(direction)
    case .openNetworkSearch: openNetworkSearch()
    case .closeNetworkSearch: view.search = nil
    case .nextNetworkMatch: stepNetworkMatch(by: 1)
    case .previousNetworkMatch: stepNetworkMatch(by: -1)
    case .eraseNetworkSearch: typeIntoNetworkSearch(nil)
    case .toggleStory: toggleStory()
    case .nextStep: stepStory(by: 1)
    case .previousStep: stepStory(by: -1)
    case .inspect(let tab): open(tab)
    case .nextTab: stepInspectorTab(by: 1)
    case .previousTab: stepInspectorTab(by: -1)
    case .nextMapOrder: changeMapOrder()
    case .nextMapScale: changeMapScale()
    case .selectRanked(let digit): return select(digit, keepsTarget: true)
    case .exportGraph(let format): return exportGraph(as: format)
    case .keysToNetwork: activePanel = activePanel == .network && shares.maximized != .network ? .map : .network
    case .nextLayer: stepLayer(by: 1)
    case .previousLayer: stepLayer(by: -1)
    case .mapNode: return mapSelectedNode()
    case .nextChannel: stepChannel(by: 1)
    case .previousChannel: stepChannel(by: -1)
    case .nextMaps: stepMaps(by: 1)
    case .previousMaps: stepMaps(by: -1)
    case .movePosition(let rows, let columns): stepPosition(rows: rows, columns: columns)
    case .maximize(let panel):
      shares.maximized = shares.maximized == nil || shares.maximized != panel ? panel : nil
      if shares.maximized != nil { activePanel = panel }
      followMap()
      refreshHover()
    case .help: showsHelp.toggle()
    case .dismissMessage: message = nil
    case .stopEmbedding: return advance(.stop)
    case .openMap: openMap()
    case .openRepresentations: openRepresentations()
    case .runMap: return runMap()
    case .pauseOrResumeMap: return pauseOrResumeMap()
    case .layerByLayer: return layerByLayer()
    case .stage(let stage): choose(stage: stage)
    case .nextStage: stepStage(by: 1)
    case .previousStage: stepStage(by: -1)
    case .exportMap(let format): return exportMap(format)
    case .selectNeighbour(let index): return select(index)
    case .openCommands: toggleList(.commands)
    case .openFiles: return openFiles()
    case .savePicture(let panel): return savePicture(of: panel)
    case .savePanelPicture: return savePicture(of: panelUnderPointer)
    case .largerScale: rescale(to: appearance.stepped(up: true))
    case .smallerScale: rescale(to: appearance.stepped(up: false))
    case .usualScale: rescale(to: 1)
    case .toggleTheme: changeTheme(to: appearance.ground == .dark ? .light : .dark)
    case .toggleMotion: toggleMotion()
    case .toggleFullScreen:
      isFullScreen.toggle()
      return [.fillScreen(isFullScreen)]
    case .toggleFrameTimes: showsFrameTimes.toggle()
    case .moveSplitter(let splitter, let steps): move(splitter, by: steps)
    case .walkControls: walkControls()
    case .leaveControls: focusedControl = nil
    case .pressControl: return pressControl()
    case .stepControl(let offset): stepControl(by: offset)
    case .moveControl(let x, let y): moveControl(x, y)
    case .editSelected: return editSelected()
    case .saveDrawing: return saveDrawing()
    case .quit: return [.quit]
    }
    return []
  }

  /// Esc: the top layer closes.
  private mutating func dismiss() -> [Effect] {
    if showsHelp {
      showsHelp = false
    } else if overlay != nil {
      overlay = nil
    } else if activePanel == .network, view.search != nil {
      view.search = nil
    } else if view.story != nil {
      view.story = nil
    } else if search != nil {
      closeSearch()
    } else if activePanel == .network, selectedNode != nil {
      selectNode(nil)
    } else if selection != nil {
      dropSelection()
    } else if takesLong {
      return cancelExplanation()
    } else if message != nil {
      message = nil
    } else if selected != nil {
      clearSelection()
    } else if map.run.isActive {
      return advance(.stop)
    } else {
      selectNode(nil)
    }
    return []
  }

  /// Whether an explanation is under way that a person may want to stop.
  var takesLong: Bool {
    (digit.outstanding + drawing.outstanding).contains { $0.isSlow } || progress[.explaining] != nil
  }

  private mutating func panByQuarter(_ x: Double, _ y: Double) {
    guard map.grid != nil else { return }
    map.followsMap = false
    glide(to: settledCamera.panned(by: Point(mapFrame.width * x / 4, mapFrame.height * y / 4)), CameraGlide.short)
    refreshHover()
  }

  private mutating func open(_ chosen: Tab) -> [Effect] {
    guard chosen != tab else { return [] }
    if case .drawing = gesture {
      gesture = nil
      sketch.endStroke()
    }
    tab = chosen
    refreshPad()
    drawnPlace.isBehind = true
    refreshLayerMaps()
    return explainIfStale() + placeSketchIfFree()
  }

  private mutating func changeSketch(_ change: (inout Sketch) -> Void) -> [Effect] {
    guard tab == .draw, !sketch.isStroking else { return [] }
    change(&sketch)
    refreshPad()
    return (sketch.isAheadOfRequest ? explainSketch() : []) + placeSketchIfFree()
  }

  mutating func refreshPad() { padImage = asset("pad", sketch.pixels) }
}
