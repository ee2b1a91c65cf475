import Datasets
import Embedding
import Geometry

/// What maps are ordered, and what is done with a run.
extension AppState {
  /// Orders a map of `representation` with the parameters that are set. The map on screen stays until the new one has positions.
  mutating func orderMap(_ representation: Representation, takesKnownMap: Bool) -> [Effect] {
    guard let data, data.collection.count > 0 else { return [] }
    guard !representation.needsNetwork || network != nil else { return [] }
    let id = begin(.representation(representation))
    return [
      .embed(
        MapRequest(
          id: id, digits: data.collection, network: representation.needsNetwork ? network?.network : nil, representation: representation,
          parameters: mapParameters, takesKnownMap: takesKnownMap))
    ]
  }

  /// Orders a map that was computed elsewhere.
  mutating func orderMap(path: String) -> [Effect] {
    guard let data, data.collection.count > 0 else {
      message = Message(kind: .error, text: "\(path): a map needs its digits: open them first")
      return []
    }
    return [.loadMap(begin(.file(path)), path: path, data.collection, perplexity: mapParameters.perplexity)]
  }

  /// A new order: what comes of older ones counts no more, and the view follows the map again.
  private mutating func begin(_ source: MapSource) -> RequestID {
    lastRequestNumber += 1
    let id = RequestID(lastRequestNumber)
    map.run.order = MapRun.Order(id: id, source: source, parameters: mapParameters)
    map.run.report = nil
    map.stages = nil
    map.followsMap = true
    _ = advance(.ordered)
    return id
  }

  /// Takes a step where it means something; what a worker is to do follows from it.
  mutating func advance(_ step: MapRun.Step) -> [Effect] {
    guard let phase = MapRun.phase(map.run.phase, after: step) else { return [] }
    map.run.phase = phase
    switch phase {
    case .running: progress[.embedding] = Progress()
    case .idle, .paused, .stopped, .finished: progress[.embedding] = nil
    }
    return switch step {
    case .pause: [.pauseEmbedding]
    case .resume: [.resumeEmbedding]
    case .stop: [.stopEmbedding]
    case .ordered, .finished, .failed: []
    }
  }

  /// Run: what is on screen is computed anew with the parameters that are set.
  mutating func runMap() -> [Effect] {
    orderMap(runSource?.representation ?? .pixels, takesKnownMap: false)
  }

  /// What the run is about: the map that is on its way, otherwise the one on screen.
  var runSource: MapSource? { map.run.isActive && map.stages == nil ? map.run.order?.source : map.source ?? map.run.order?.source }

  mutating func pauseOrResumeMap() -> [Effect] { advance(map.run.phase == .paused ? .resume : .pause) }

  /// What can be chosen is made of the data that is there: another representation, computed or as it is known.
  mutating func choose(_ representation: Representation) -> [Effect] {
    overlay = nil
    guard MapSource.representation(representation) != map.source || map.stages != nil || map.run.isActive else { return [] }
    return orderMap(representation, takesKnownMap: true)
  }

  /// What the selected layer gives out; nil where nothing is selected or the network cannot run.
  var selectedNodeRepresentation: Representation? {
    guard let network, network.problem == nil, let layer = shownLayer?.layer else { return nil }
    return layer == 0 ? .pixels : .layer(network.network.layers[layer].name)
  }

  mutating func mapSelectedNode() -> [Effect] { selectedNodeRepresentation.map { choose($0) } ?? [] }

  mutating func exportMap(_ format: MapExport.Format) -> [Effect] {
    guard let data, let source = map.source, map.settledPositions.count == 2 * data.collection.count else { return [] }
    progress[.saving] = Progress()
    return [
      .exportMap(
        MapExport(
          format: format, name: exportName(source), positions: map.settledPositions, labels: data.collection.labels,
          predictions: data.predictions.classes))
    ]
  }

  private func exportName(_ source: MapSource) -> String {
    switch source {
    case .representation(.pixels): return "map-of-pixels"
    case .representation(.layer(let name)): return "map-of-\(name)"
    case .representation(.relevance(let composite)): return "map-of-relevance-\(composite.name)"
    case .file(let path):
      let name = lastComponent(of: path)
      return name.hasSuffix(".npy") ? String(name.dropLast(4)) : name
    }
  }
}

/// What comes of a run.
extension AppState {
  mutating func embeddingAdvanced(_ id: RequestID, _ snapshot: EmbeddingSnapshot) -> [Effect] {
    guard let data, let order = map.run.order, order.id == id, map.run.isActive else { return [] }
    map.run.report = MapRun.Report(
      stage: snapshot.stage, iteration: snapshot.iteration, totalIterations: snapshot.totalIterations, divergence: snapshot.divergence,
      millisecondsPerIteration: snapshot.millisecondsPerIteration, secondsLeft: snapshot.secondsLeft)
    if map.run.phase == .running {
      progress[.embedding, default: Progress()].fraction = snapshot.fraction.isFinite ? min(1, max(0, snapshot.fraction)) : 0
    }
    // Before the optimization there is only where it will start: the map that is there says more, where there is one.
    guard snapshot.positions.count == 2 * data.collection.count, snapshot.stage == .optimization || map.grid == nil else { return [] }
    map.quality = MapState.Quality(divergence: snapshot.divergence)
    receive(snapshot.positions, of: order)
    return chooseInitialIndex()
  }

  mutating func representationAdvanced(_ id: RequestID, _ fraction: Double) -> [Effect] {
    guard map.run.order?.id == id, map.run.phase == .running else { return [] }
    map.run.report = nil
    let share = fraction.isFinite ? min(1, max(0, fraction)) : 0
    if progress[.embedding]?.fraction == nil {
      // Also after a pause: the pace is that from here on.
      progress[.embedding] = Progress(fraction: share, start: share)
    } else {
      progress[.embedding]?.fraction = share
    }
    return []
  }

  mutating func embeddingFinished(_ id: RequestID, _ result: EmbeddedMap) -> [Effect] {
    guard let data, let order = map.run.order, order.id == id, MapRun.phase(map.run.phase, after: .finished) != nil else { return [] }
    _ = advance(.finished)
    if let message = result.messages.first, self.message?.kind != .error { self.message = Message(kind: .notice, text: message) }
    guard result.positions.count == 2 * data.collection.count else { return [] }
    map.quality = MapState.Quality(result)
    receive(result.positions, of: order)
    return chooseInitialIndex()
  }

  /// Positions of an order: the first ones are turned to lie like the map on screen, which goes over into them.
  mutating func receive(_ positions: [Float], of order: MapRun.Order) {
    let isFirst = map.shown != order.id
    if isFirst {
      let before = map.positions
      let isAnother = before.count == positions.count && map.grid != nil
      map.alignment = isAnother ? Procrustes(aligning: positions, to: before) : nil
      map.shown = order.id
      map.source = order.source
      map.morph = isAnother && !appearance.reducesMotion ? Morph(from: before, to: [], since: nil) : nil
    }
    let turned = map.alignment?(positions) ?? positions
    if map.morph == nil { show(turned) } else { map.morph?.to = turned }
  }

  /// Puts positions on screen.
  mutating func show(_ positions: [Float]) {
    map.positions = positions
    map.positionsRevision += 1
    map.grid = SpatialGrid(positions)
    drawnPlace.isBehind = true
    followMap()
    if map.look.coloring == .density, !isMapRunning, map.morph.map({ $0.isOver(at: now) }) ?? true { regroupPoints() }
    refreshHover()
  }

  /// Moves what is on its way as far as it is now.
  mutating func advanceMap() {
    if map.morph != nil, map.morph?.since == nil { map.morph?.since = now }
    if let morph = map.morph {
      show(morph.positions(at: now))
      if morph.isOver(at: now) { map.morph = nil }
    }
    advanceSlider()
  }
}

extension MapState.Quality {
  init(_ map: EmbeddedMap) {
    self.init(divergence: map.divergence, neighboursKept: map.neighboursKept, labelAgreement: map.labelAgreement)
  }
}
