import Embedding
import Geometry
import Networks

/// From layer to layer.
extension AppState {
  /// Orders the maps of successive layers; again: back to one map.
  mutating func layerByLayer() -> [Effect] {
    guard let data, data.collection.count > 0, let outline = network?.outline, let network = network?.network, network.unsupported.isEmpty
    else { return [] }
    lastRequestNumber += 1
    let id = RequestID(lastRequestNumber)
    let stages = network.mapStages(outline)
    map.run.order = MapRun.Order(id: id, source: .representation(.pixels), parameters: mapParameters)
    map.run.report = nil
    map.stages = MapStages(
      order: id, stages: stages.map { MapStages.Stage(title: $0.title, representation: $0.representation, map: nil) })
    map.followsMap = true
    followMap()
    _ = advance(.ordered)
    return [
      .embedStages(
        StagesRequest(
          id: id, digits: data.collection, network: network, representations: stages.map(\.representation), parameters: mapParameters))
    ]
  }

  /// A stage's map is there: the slider goes on to it, unless a person has it.
  mutating func stageFinished(_ id: RequestID, _ index: Int, _ result: EmbeddedMap) -> [Effect] {
    guard let data, map.stages?.order == id, let count = map.stages?.stages.count, index < count,
      result.positions.count == 2 * data.collection.count
    else { return [] }
    map.stages?.stages[index].map = result
    if index == count - 1 { _ = advance(.finished) }
    if index == 0 {
      map.quality = MapState.Quality(result)
      receive(result.positions, of: MapRun.Order(id: id, source: .representation(.pixels), parameters: mapParameters))
      // The others lie like the first as it is, so the first is shown as it is.
      map.alignment = nil
      if map.morph == nil { show(result.positions) } else { map.morph?.to = result.positions }
    } else if map.stages?.isTaken == false {
      glide(to: Double(index))
    }
    return chooseInitialIndex()
  }

  /// A person asks for a stage.
  mutating func choose(stage: Int) {
    guard let stages = map.stages, stage >= 0, stage < stages.available else { return }
    map.stages?.isTaken = true
    glide(to: Double(stage))
  }

  mutating func stepStage(by offset: Int) {
    guard let stages = map.stages else { return }
    choose(stage: Int((stages.glide?.to ?? stages.place).rounded()) + offset)
  }

  /// A person drags the knob: `share` of the way from the first stage to the last.
  mutating func dragStages(to share: Double) {
    guard let stages = map.stages, share.isFinite else { return }
    map.stages?.isTaken = true
    map.stages?.glide = nil
    put(sliderAt: stages.bounded(share * Double(stages.stages.count - 1)))
  }

  /// The knob is let go of: it falls onto the stage that is nearest.
  mutating func releaseStages() {
    guard let stages = map.stages else { return }
    glide(to: Double(stages.nearest))
  }

  private mutating func glide(to place: Double) {
    guard let stages = map.stages else { return }
    if appearance.reducesMotion || stages.place == place {
      map.stages?.glide = nil
      put(sliderAt: place)
    } else {
      map.stages?.glide = MapStages.Glide(from: stages.place, to: place, since: nil)
    }
  }

  /// Moves the knob as far as it is now; one second a glide.
  mutating func advanceSlider() {
    if map.stages?.glide != nil, map.stages?.glide?.since == nil { map.stages?.glide?.since = now }
    // A map that is still on its way to the first stage arrives first.
    guard map.morph == nil, let glide = map.stages?.glide, let since = glide.since else { return }
    let time = min(1, max(0, (now - since).inSeconds / Morph.duration.inSeconds))
    if time >= 1 { map.stages?.glide = nil }
    put(sliderAt: glide.from + (glide.to - glide.from) * time * time * (3 - 2 * time))
  }

  /// Puts the knob somewhere, and the points with it.
  private mutating func put(sliderAt place: Double) {
    map.stages?.place = place
    guard let stages = map.stages, let positions = stages.positions else { return }
    map.morph = nil
    let stage = stages.stages[stages.nearest]
    map.source = .representation(stage.representation)
    map.quality = stage.map.map { MapState.Quality($0) } ?? MapState.Quality()
    show(positions)
  }
}
