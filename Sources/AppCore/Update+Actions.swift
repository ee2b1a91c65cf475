import Geometry
import Relevance
import Scene

extension AppState {
  mutating func perform(_ action: Action) -> [Effect] {
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
    case .dismiss: return dismiss()
    case .target(let number): return chooseTarget(number)
    case .nextComposite:
      let index = Composite.builtIn.firstIndex(of: composite) ?? -1
      return choose(Composite.builtIn[(index + 1) % Composite.builtIn.count])
    case .composite(let name): return Composite.named(name).map { choose($0) } ?? []
    case .nextPictureMode:
      pictureMode = PictureMode(rawValue: (pictureMode.rawValue + 1) % PictureMode.allCases.count) ?? .all
    case .nextColormap: changeColormap()
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
    case .nextNode: stepNode(by: 1)
    case .previousNode: stepNode(by: -1)
    case .node(let name):
      selectedNode = selectedNode == name ? nil : name
      refreshLayerMaps()
    case .closeNode:
      selectedNode = nil
      refreshLayerMaps()
    case .maximize(let panel):
      shares.maximized = shares.maximized == nil || shares.maximized != panel ? panel : nil
      followMap()
      refreshHover()
    case .help: showsHelp.toggle()
    case .dismissMessage: message = nil
    case .stopEmbedding: return stopEmbedding()
    case .quit: return [.quit]
    }
    return []
  }

  /// Esc: the top layer closes.
  private mutating func dismiss() -> [Effect] {
    if showsHelp {
      showsHelp = false
    } else if message != nil {
      message = nil
    } else if selected != nil {
      clearSelection()
    } else if progress[.embedding] != nil {
      return stopEmbedding()
    } else {
      selectedNode = nil
      refreshLayerMaps()
    }
    return []
  }

  private mutating func stopEmbedding() -> [Effect] {
    guard progress[.embedding] != nil else { return [] }
    progress[.embedding] = nil
    map.snapshot = nil
    map.isStopped = true
    return [.stopEmbedding]
  }

  private mutating func panByQuarter(_ x: Double, _ y: Double) {
    pan(by: Point(mapFrame.width * x / 4, mapFrame.height * y / 4))
    refreshHover()
  }

  private mutating func chooseTarget(_ number: Int) -> [Effect] {
    guard number < network?.network.classCount ?? 10 else { return [] }
    let slot: WritableKeyPath<AppState, ExplanationSlot> = tab == .explanation ? \.digit : \.drawing
    self[keyPath: slot].target = self[keyPath: slot].target == .class(number) ? .predicted : .class(number)
    // The other tab keeps its own target, so nothing of it is stale.
    return tab == .explanation ? explainSelected() : explainSketch()
  }

  private mutating func choose(_ chosen: Composite) -> [Effect] {
    guard chosen != composite else { return [] }
    composite = chosen
    return explainAgain()
  }

  private mutating func changeColormap() {
    colormapIndex = (colormapIndex + 1) % Colormap.all.count
    if let shown = digit.shown { digit.shown = recolour(shown) }
    if let shown = drawing.shown { drawing.shown = recolour(shown) }
    refreshLayerMaps(recolour: true)
  }

  private mutating func open(_ chosen: Tab) -> [Effect] {
    guard chosen != tab else { return [] }
    if case .drawing = gesture {
      gesture = nil
      sketch.endStroke()
    }
    tab = chosen
    refreshPad()
    refreshLayerMaps()
    return explainIfStale()
  }

  private mutating func changeSketch(_ change: (inout Sketch) -> Void) -> [Effect] {
    guard tab == .draw, !sketch.isStroking else { return [] }
    change(&sketch)
    refreshPad()
    return sketch.isAheadOfRequest ? explainSketch() : []
  }

  mutating func refreshPad() { padImage = asset("pad", sketch.pixels) }

  private mutating func stepNode(by offset: Int) {
    guard let nodes = network?.graph.nodes, !nodes.isEmpty else { return }
    let here = selectedNode.flatMap { name in nodes.firstIndex { $0.name == name } }
    let next = here.map { ($0 + offset + nodes.count) % nodes.count } ?? (offset > 0 ? 0 : nodes.count - 1)
    selectedNode = nodes[next].name
    refreshLayerMaps()
  }
}
