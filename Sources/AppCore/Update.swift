import Datasets
import Geometry
import Networks
import Relevance
import Scene

/// What is wanted first: the data and the network.
public func start(_ state: inout AppState) -> [Effect] {
  state.progress[.loadingData] = Progress()
  state.progress[.loadingNetwork] = Progress()
  return [
    .loadData(path: state.options.dataPath),
    .loadNetwork(path: state.options.modelPath, preprocessing: state.options.preprocessing), .loadComposites,
  ]
}

/// The program's whole behaviour: what an event changes, and what is to be done because of it. The same state and event always
/// give the same result.
public func update(_ state: inout AppState, _ event: Event) -> [Effect] {
  handle(&state, event) + state.tendPredictions() + state.tendThumbnails() + state.tendNeighbours() + state.tendAverage()
    + state.tendGraph() + state.tendInspector()
}

private func handle(_ state: inout AppState, _ event: Event) -> [Effect] {
  switch event {
  case .windowResized(let size):
    state.windowSize = size
    state.followMap()
    return []
  case .pointerMoved(let point, _): return state.pointerMoved(to: point)
  case .pointerLeft:
    if state.gesture == nil {
      state.pointer = nil
      state.hover = nil
    }
    return []
  case .pointerPressed(let button, let point, let clicks, let modifiers):
    return state.pointerPressed(button, at: point, clicks: clicks, modifiers)
  case .pointerReleased(let button, let point, _): return state.pointerReleased(button, at: point)
  case .wheelTurned(let notches, let point, _): return state.wheelTurned(notches, at: point)
  case .keyPressed(let key, let modifiers):
    if key == .space { state.isSpaceHeld = true }
    return state.keyPressed(key, modifiers)
  case .keyReleased(let key):
    if key == .space { state.isSpaceHeld = false }
    return []
  case .filesDropped(let paths): return state.filesDropped(paths)
  case .closeRequested: return [.quit]
  case .clock(let time): return state.clock(time)
  case .dataLoaded(let collection): return state.dataLoaded(collection)
  case .networkLoaded(let network, let path): return state.networkLoaded(network, path: path)
  case .failed(let activity, let message): return state.failed(activity, message)
  case .embeddingAdvanced(let id, let snapshot): return state.embeddingAdvanced(id, snapshot)
  case .embeddingFinished(let id, let map): return state.embeddingFinished(id, map)
  case .laidOut(let id, let drawing):
    state.laidOut(id, drawing)
    return []
  case .weightsDescribed(let id, let facts):
    state.weightsDescribed(id, facts)
    return []
  case .channelRanked(let id, let pictures):
    state.channelRanked(id, pictures)
    return []
  case .representationAdvanced(let id, let fraction): return state.representationAdvanced(id, fraction)
  case .stageFinished(let id, let stage, let map): return state.stageFinished(id, stage, map)
  case .mapExported(let path):
    state.progress[.saving] = nil
    state.message = Message(kind: .notice, text: "Saved as \(path)")
    return []
  case .mapJudged(let id, let divergence, let neighboursKept):
    guard state.map.shown == id else { return [] }
    state.map.quality.divergence = divergence
    state.map.quality.neighboursKept = neighboursKept
    return []
  case .digitsRanked(let revision, let ranks):
    state.digitsRanked(revision, ranks)
    return []
  case .neighboursFound(let id, let found):
    state.neighboursFound(id, found)
    return []
  case .averaged(let id, let average):
    state.averaged(id, average)
    return []
  case .predicted(let id, let start, let predictions): return state.predicted(id, from: start, predictions)
  case .placed(let id, let placement): return state.placed(id, placement)
  case .explained(let id, let explanations): return state.explained(id, explanations)
  case .explanationProgressed(let id, let fraction):
    // Of an older request: a newer one is not that far.
    guard (state.digit.outstanding + state.drawing.outstanding).last?.id == id else { return [] }
    state.progress[.explaining, default: Progress()].fraction = min(1, max(0, fraction))
    return []
  case .identified(let path, let kind): return state.identified(path, kind)
  case .folderListed(let listing):
    state.folderListed(listing)
    return []
  case .pictureLoaded(let path, let picture): return state.edit(picture, title: lastComponent(of: path))
  case .pictureSaved(let path):
    state.message = Message(kind: .notice, text: "Saved as \(path)")
    return []
  case .compositesLoaded(let composites):
    state.savedComposites = composites
    return []
  case .compositeLoaded(let composite):
    state.remember(composite)
    return state.choose(.relevance(RelevanceSettings(composite: composite)))
  case .saved(let composite, let path): return state.saved(composite, path: path)
  case .explanationFailed(let id, let message): return state.explanationFailed(id, message)
  case .progressed(let activity, let fraction):
    state.progress[activity, default: Progress()].fraction = min(1, max(0, fraction))
    return []
  }
}

extension AppState {
  mutating func clock(_ time: Duration) -> [Effect] {
    now = max(now, time)
    if hover?.since == nil { hover?.since = now }
    for index in digit.outstanding.indices where digit.outstanding[index].since == nil { digit.outstanding[index].since = now }
    for index in drawing.outstanding.indices where drawing.outstanding[index].since == nil { drawing.outstanding[index].since = now }
    for key in progress.keys where progress[key]?.since == nil { progress[key]?.since = now }
    advanceMap()
    advanceCamera()
    advanceGraph()
    advanceThumbnails()
    return explainSketchIfFree() + placeSketchIfFree()
  }
}
