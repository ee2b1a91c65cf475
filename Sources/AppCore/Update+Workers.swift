import Datasets
import Embedding
import Geometry
import Networks
import Relevance

extension AppState {
  mutating func dataLoaded(_ collection: DigitCollection) -> [Effect] {
    progress[.loadingData] = nil
    data = LoadedData(collection, revision: (data?.revision ?? 0) + 1)
    selected = nil
    walked = []
    hover = nil
    digit = ExplanationSlot()
    switch gesture {
    case .map, .lasso: gesture = nil
    default: break
    }
    selection = nil
    forgetNeighbours()
    let (revision, look, pictures) = (map.positionsRevision + 1, map.look, map.thumbnails.mode)
    let stopped: [Effect] = (map.run.isActive ? [.stopEmbedding] : []) + forgetPredictions()
    map = MapState()
    map.positionsRevision = revision
    map.look = look
    map.thumbnails.mode = pictures
    map.look.forget()
    searchAgain()
    regroupPoints()
    // An error, such as a network that could not be read, stays until it is closed.
    if message?.kind != .error { message = collection.warnings.first.map { Message(kind: .warning, text: $0) } }
    refreshLayerMaps()
    drawnPlace = DrawnPlace()
    progress[.embedding] = nil
    guard collection.count > 0 else { return stopped }
    // A map from elsewhere is of the digits that were there at the start.
    if let path = options.mapPath, data?.revision == 1 { return orderMap(path: path) }
    return orderMap(.pixels, takesKnownMap: true)
  }

  mutating func networkLoaded(_ loaded: Network, path: String) -> [Effect] {
    progress[.loadingNetwork] = nil
    network = LoadedNetwork(loaded, path: path, revision: (network?.revision ?? 0) + 1)
    let count = data?.collection.count ?? 0
    data?.predictions = Predictions(digits: count)
    let forgotten = forgetPredictions()
    predictionsChanged()
    // Layers of another network are no stages of this one; its map stays, as it stays true of what it was made of.
    let isMappingStages = map.stages != nil && map.run.isActive
    map.stages = nil
    let stopped = isMappingStages ? advance(.stop) : []
    if let selectedNode, network?.node(named: selectedNode) == nil { self.selectedNode = nil }
    select(layer: nil)
    forgetGraph()
    digit.outstanding = []
    drawing.outstanding = []
    progress[.explaining] = nil
    forgetWhatIsMissing()
    refreshLayerMaps()
    digit.isStale = true
    drawing.isStale = true
    if let problem = loaded.problem {
      digit.shown = nil
      drawing.shown = nil
      message = Message(kind: .warning, text: "\(path): \(problem)")
    } else if loaded.guessesPreprocessing(besides: options.preprocessing) {
      message = Message(
        kind: .notice, text: "\(lastComponent(of: path)) does not say how pictures are prepared: black is taken as 0, white as 1")
    }
    return stopped + forgotten + chooseInitialIndex() + explainIfStale()
  }

  mutating func failed(_ activity: Activity, _ text: String) -> [Effect] {
    progress[activity] = nil
    if activity == .embedding { _ = advance(.failed) }
    message = Message(kind: .error, text: text)
    return []
  }

  /// Fits the map as long as nobody moved the view.
  mutating func followMap() {
    guard let grid = map.grid else { return }
    // Above the slider, where there is one.
    let frame = mapFrame
    let covered = min(sliderHeight, frame.height / 2)
    var fitting = Camera.fitting(grid.bounds, in: Size(frame.width, frame.height - covered))
    fitting.centre.y -= covered / 2 / fitting.scale
    map.fittingScale = fitting.scale
    guard map.followsMap else { return }
    if map.glide == nil { map.camera = fitting } else { map.glide?.to = fitting }
  }

  mutating func chooseInitialIndex() -> [Effect] {
    guard !hasChosenInitialIndex, let data, network != nil, map.grid != nil else { return [] }
    hasChosenInitialIndex = true
    guard let index = options.initialIndex else { return restoreSelection() }
    guard index >= 0 && index < data.collection.count else {
      message = Message(kind: .error, text: "there is no digit #\(index): the data set has \(data.collection.count)")
      return []
    }
    // What was asked for at the start is about this digit, whatever data came before it.
    digit.target = options.query.target
    return select(index, keepsTarget: true)
  }
}
