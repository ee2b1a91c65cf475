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
    if case .map = gesture { gesture = nil }
    let revision = map.positionsRevision + 1
    map = MapState()
    map.positionsRevision = revision
    // An error, such as a network that could not be read, stays until it is closed.
    if message?.kind != .error { message = collection.warnings.first.map { Message(kind: .warning, text: $0) } }
    refreshLayerMaps()
    guard collection.count > 0 else { return [] }
    progress[.embedding] = Progress(since: nil)
    return [.embed(collection, options.embedding)]
  }

  mutating func networkLoaded(_ loaded: Network, path: String) -> [Effect] {
    progress[.loadingNetwork] = nil
    network = LoadedNetwork(loaded, path: path, revision: (network?.revision ?? 0) + 1)
    data?.predictions = [:]
    if let selectedNode, network?.graph.index(ofNodeNamed: selectedNode) == nil { self.selectedNode = nil }
    selectedChannel = nil
    digit.outstanding = []
    drawing.outstanding = []
    progress[.explaining] = nil
    forgetWhatIsMissing()
    refreshLayerMaps()
    digit.isStale = true
    drawing.isStale = true
    return chooseInitialIndex() + explainIfStale()
  }

  mutating func failed(_ activity: Activity, _ text: String) -> [Effect] {
    progress[activity] = nil
    if activity == .embedding { map.snapshot = nil }
    message = Message(kind: .error, text: text)
    return []
  }

  mutating func embeddingAdvanced(_ snapshot: EmbeddingSnapshot) -> [Effect] {
    guard let data, !map.isStopped, !map.isComplete else { return [] }
    let fraction = snapshot.fraction.isFinite ? min(1, max(0, snapshot.fraction)) : 0
    progress[.embedding, default: Progress()].fraction = fraction
    let left = Double(snapshot.totalIterations - snapshot.iteration) * snapshot.millisecondsPerIteration / 1000
    map.snapshot = MapState.Stage(
      stage: snapshot.stage, iteration: snapshot.iteration, totalIterations: snapshot.totalIterations,
      divergence: snapshot.divergence, secondsLeft: snapshot.stage == .optimization && left > 0 ? left : nil)
    guard snapshot.positions.count == 2 * data.collection.count else { return [] }
    place(snapshot.positions)
    return chooseInitialIndex()
  }

  mutating func embeddingFinished(_ positions: [Float]) -> [Effect] {
    guard let data, positions.count == 2 * data.collection.count else { return [] }
    progress[.embedding] = nil
    map.snapshot = nil
    map.isComplete = true
    place(positions)
    return chooseInitialIndex()
  }

  private mutating func place(_ positions: [Float]) {
    map.positions = positions
    map.positionsRevision += 1
    map.grid = SpatialGrid(positions)
    followMap()
    refreshHover()
  }

  /// Fits the map as long as nobody moved the view.
  mutating func followMap() {
    guard let grid = map.grid else { return }
    let fitting = Camera.fitting(grid.bounds, in: mapFrame.size)
    map.fittingScale = fitting.scale
    if map.followsMap { map.camera = fitting }
  }

  private mutating func chooseInitialIndex() -> [Effect] {
    guard let index = options.initialIndex, !hasChosenInitialIndex, let data, network != nil, map.grid != nil else { return [] }
    hasChosenInitialIndex = true
    guard index >= 0 && index < data.collection.count else {
      message = Message(kind: .error, text: "there is no digit #\(index): the data set has \(data.collection.count)")
      return []
    }
    // What was asked for at the start is about this digit, whatever data came before it.
    digit.target = options.query.target
    return select(index, keepsTarget: true)
  }

  mutating func filesDropped(_ paths: [String]) -> [Effect] {
    guard let path = paths.first else { return [] }
    let name = path.lowercased()
    if name.hasSuffix(".json") { return [.loadComposite(path: path)] }
    if name.hasSuffix(".safetensors") || name.hasSuffix(".onnx") {
      progress[.loadingNetwork] = Progress()
      return [.loadNetwork(path: path)]
    }
    progress[.loadingData] = Progress()
    return [.loadData(path: path)]
  }
}
