import Datasets
import Relevance
import Scene

/// The feature maps of one layer in one explanation, in an order that a person chose; pictures of one page of them.
struct LayerMaps: Sendable {
  struct Map: Sendable {
    let channel: Int
    let sum: Double
    /// Sum of the activations.
    let activity: Double
    let activation: ImageAsset
    let relevance: ImageAsset
  }

  /// As many as are ever shown at once.
  static let most = 60

  /// What the maps are of.
  struct Basis: Sendable, Equatable {
    let layer: String
    let picture: GrayPicture
    let target: Target
    let attribution: Attribution
    /// Of other layers.
    let conditions: [ChannelCondition]
  }

  let basis: Basis
  /// What they were taken from: before relevance is sent through one channel of this very layer, where that was explained before.
  let source: LayerRelevance
  /// Whether that is what goes through some channels of it only.
  let isConditioned: Bool
  let request: RequestID
  /// All channels, in the order that was chosen.
  let order: [Int]
  let height: Int
  let width: Int
  /// What the ends of the colours of relevance stand for; nil where each map has its own.
  let end: Float?
  let sum: Double
  /// The place in `order` of the first of `maps`.
  let first: Int
  let maps: [Map]

  var channels: Int { order.count }
  var layerName: String { basis.layer }
  var rule: String { source.rule }
}

/// A chosen feature map, and one position in it.
struct SelectedUnit: Sendable, Hashable {
  var channel: Int
  var position: Target.Position
}

extension AppState {
  /// What the active explanation says of the shown layer.
  var shownLayerRelevance: LayerRelevance? {
    guard let index = shownLayer?.layer, let shown = shownOfNetwork, shown.explanation.layers.indices.contains(index) else { return nil }
    return shown.explanation.layers[index]
  }

  /// Makes the feature maps fit the selected node, the page of it, and the active explanation.
  mutating func refreshLayerMaps(recolour: Bool = false) {
    guard let found = shownLayerRelevance, let shown = shownOfNetwork, let (channels, height, width) = Pictures.planes(of: found.shape)
    else {
      layerMaps = nil
      return
    }
    let query = shown.query
    let basis = LayerMaps.Basis(
      layer: found.name, picture: shown.picture, target: query.target, attribution: query.attribution,
      conditions: query.conditions.filter { $0.layer != found.name })
    if let layerMaps, layerMaps.basis == basis, layerMaps.request == shown.id, layerMaps.first == firstMap, !recolour { return }
    // Relevance that goes through one channel leaves nothing in the others: they stay as they were, to choose another one.
    let isConditioned = query.conditions.contains { $0.layer == found.name }
    let kept = layerMaps.flatMap { $0.basis == basis && !$0.isConditioned ? $0.source : nil }
    let layer = isConditioned ? kept ?? found : found
    if firstMap >= channels { firstMap = 0 }
    let (sums, activities) = (layer.relevanceByChannel(), layer.activationByChannel())
    let order = order(sums, activities)
    let scale = view.inspector.scale
    let ends = mapEnds(layer)
    var maps: [LayerMaps.Map] = []
    for (place, channel) in order[firstMap...].prefix(LayerMaps.most).enumerated() {
      let (activation, relevance) = (layer.activation(ofChannel: channel), layer.relevance(ofChannel: channel))
      let own = (low: min(0, activation.min() ?? 0), high: activation.max() ?? 1)
      let grey = ends.map { (low: $0.low, high: $0.high) } ?? own
      let end = ends?.relevance ?? relevance.reduce(0) { max($0, $1.isFinite ? abs($1) : 0) }
      maps.append(
        LayerMaps.Map(
          channel: channel, sum: sums[channel], activity: activities[channel],
          activation: asset("map.activation.\(place)", Pictures.gray(activation[...], width, height, low: grey.low, high: grey.high)),
          relevance: asset("map.relevance.\(place)", Pictures.heatmap(relevance, width, height, end, colormap))))
    }
    if let selectedUnit, selectedUnit.channel >= channels { self.selectedUnit = nil }
    layerMaps = LayerMaps(
      basis: basis, source: layer, isConditioned: isConditioned && kept == nil, request: shown.id, order: order, height: height,
      width: width,
      end: scale == .map ? nil : ends?.relevance, sum: found.relevanceIn, first: firstMap, maps: maps)
  }

  private func order(_ sums: [Double], _ activities: [Double]) -> [Int] {
    switch view.inspector.order {
    case .relevance: sums.indices.sorted { (abs(sums[$0]), $1) > (abs(sums[$1]), $0) }
    case .activation: sums.indices.sorted { (abs(activities[$0]), $1) > (abs(activities[$1]), $0) }
    case .index: Array(sums.indices)
    }
  }

  /// What the ends of the colours stand for; nil where each map has its own.
  private func mapEnds(_ layer: LayerRelevance) -> (low: Float, high: Float, relevance: Float)? {
    switch view.inspector.scale {
    case .map: return nil
    case .layer:
      let range = layer.activationRange
      return (min(0, range.lowerBound), range.upperBound, layer.largestMagnitude)
    case .all:
      let layers = shownOfNetwork?.explanation.layers ?? []
      let low = layers.reduce(Float(0)) { min($0, $1.activationRange.lowerBound) }
      let high = layers.reduce(Float(0)) { max($0, $1.activationRange.upperBound) }
      return (low, high, layers.reduce(0) { max($0, $1.largestMagnitude) })
    }
  }

  /// Where most relevance is in a channel of the shown layer.
  func strongestPosition(ofChannel channel: Int) -> Target.Position {
    guard let layer = layerMaps?.source ?? shownLayerRelevance, let (channels, _, width) = Pictures.planes(of: layer.shape),
      channel < channels
    else {
      return Target.Position(row: 0, column: 0)
    }
    let plane = layer.relevance(ofChannel: channel)
    let place = plane.indices.max { abs(plane[$0]) < abs(plane[$1]) } ?? 0
    return Target.Position(row: place / width, column: place % width)
  }

  /// The layer, channel and position that were chosen among the feature maps.
  var chosenUnit: (layer: String, unit: SelectedUnit)? {
    guard let selectedUnit, let layerMaps, selectedUnit.channel < layerMaps.channels else { return nil }
    return (layerMaps.layerName, selectedUnit)
  }

  /// The same, or a message that says how to choose one.
  mutating func unitOrNotice() -> (layer: String, unit: SelectedUnit)? {
    if let chosenUnit { return chosenUnit }
    if message?.kind != .error {
      message = Message(
        kind: .notice, text: "Choose a feature map first: select a node of the network, then click one of its maps or press >")
    }
    return nil
  }

  /// A press on a picture of a feature map: it is chosen, and what is explained goes through it alone. On the chosen one again: neither.
  mutating func choose(_ unit: SelectedUnit) -> [Effect] {
    guard let layer = layerMaps?.layerName else { return [] }
    if selectedUnit == unit {
      selectedUnit = nil
      return explain(through: nil, of: layer)
    }
    let isOther = selectedUnit?.channel != unit.channel
    selectedUnit = unit
    return isOther ? explain(through: unit.channel, of: layer) : []
  }

  /// The next or previous feature map, of all that the layer has; the page follows.
  mutating func stepChannel(by offset: Int) {
    guard let maps = layerMaps, maps.channels > 0 else { return }
    let here = selectedUnit.flatMap { unit in maps.order.firstIndex(of: unit.channel) }
    let next = here.map { ($0 + offset + maps.channels) % maps.channels } ?? (offset > 0 ? maps.first : maps.channels - 1)
    let channel = maps.order[next]
    selectedUnit = SelectedUnit(channel: channel, position: strongestPosition(ofChannel: channel))
    let count = mapsOnPage
    if !(maps.first..<maps.first + count).contains(next) {
      firstMap = next / count * count
      refreshLayerMaps()
    }
  }

  mutating func stepPosition(rows: Int, columns: Int) {
    guard let maps = layerMaps, let unit = selectedUnit else { return }
    func bounded(_ value: Int, _ count: Int) -> Int { min(max(0, value), count - 1) }
    selectedUnit?.position = Target.Position(
      row: bounded(unit.position.row + rows, maps.height), column: bounded(unit.position.column + columns, maps.width))
  }

  /// Another page of feature maps.
  mutating func stepMaps(by pages: Int) {
    guard let maps = layerMaps else { return }
    let count = mapsOnPage
    let last = max(0, (maps.channels - 1) / count * count)
    firstMap = min(max(0, maps.first + pages * count), max(last, maps.first))
    refreshLayerMaps()
  }
}
