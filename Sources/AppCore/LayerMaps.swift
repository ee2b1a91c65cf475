import Relevance
import Scene

/// The feature maps of one layer in one explanation, those that carry most relevance first; pictures of one page of them.
struct LayerMaps: Sendable {
  struct Map: Sendable {
    let channel: Int
    let sum: Double
    let activation: ImageAsset
    let relevance: ImageAsset
  }

  /// As many as are ever shown at once.
  static let most = 24

  let layerName: String
  let rule: String
  let request: RequestID
  /// All channels, by the magnitude of their sums.
  let order: [Int]
  let height: Int
  let width: Int
  /// Largest magnitude of the relevance in the layer: one scale for all maps.
  let largest: Float
  let sum: Double
  /// The place in `order` of the first of `maps`.
  let first: Int
  let maps: [Map]

  var channels: Int { order.count }
}

/// A chosen feature map, and one position in it.
struct SelectedUnit: Sendable, Hashable {
  var channel: Int
  var position: Target.Position
}

extension AppState {
  /// The selected node and the layer of it whose feature maps are shown.
  var shownLayer: (node: NetworkGraph.Node, layer: Int)? {
    guard let graph = network?.graph, let selectedNode, let index = graph.index(ofNodeNamed: selectedNode) else { return nil }
    let node = graph.nodes[index]
    guard let selectedLayer, node.layers.contains(selectedLayer) else { return (node, node.outputLayer) }
    return (node, selectedLayer)
  }

  /// What the active explanation says of the shown layer.
  private var shownLayerRelevance: (relevance: LayerRelevance, request: RequestID)? {
    guard let network, let index = shownLayer?.layer, let shown = activeSlot.shown, shown.networkRevision == network.revision,
      shown.explanation.layers.indices.contains(index)
    else { return nil }
    return (shown.explanation.layers[index], shown.id)
  }

  /// Makes the feature maps fit the selected node, the page of it, and the active explanation.
  mutating func refreshLayerMaps(recolour: Bool = false) {
    guard let (layer, request) = shownLayerRelevance else {
      layerMaps = nil
      return
    }
    if let layerMaps, layerMaps.layerName == layer.name, layerMaps.request == request, layerMaps.first == firstMap, !recolour { return }
    // Each is a copy: asked for once.
    let (activations, relevances) = (layer.activation, layer.relevance)
    guard let (channels, height, width) = Pictures.planes(of: relevances), activations.shape == relevances.shape else {
      layerMaps = nil
      return
    }
    if firstMap >= channels { firstMap = 0 }
    let size = height * width
    let sums = (0..<channels).map { channel in
      relevances.values[channel * size..<(channel + 1) * size].reduce(into: 0.0) { $0 += Double($1) }
    }
    let order = sums.indices.sorted { (abs(sums[$0]), $1) > (abs(sums[$1]), $0) }
    let largest = relevances.largestMagnitude
    var maps: [LayerMaps.Map] = []
    for (place, channel) in order[firstMap...].prefix(LayerMaps.most).enumerated() {
      let activation = activations.values[channel * size..<(channel + 1) * size]
      let relevance = relevances.values[channel * size..<(channel + 1) * size]
      let low = min(0, activation.min() ?? 0)
      let high = activation.max() ?? 1
      maps.append(
        LayerMaps.Map(
          channel: channel, sum: sums[channel],
          activation: asset("map.activation.\(place)", Pictures.gray(activation, width, height, low: low, high: high)),
          relevance: asset("map.relevance.\(place)", Pictures.heatmap(relevance, width, height, largest, colormap))))
    }
    if let selectedUnit, selectedUnit.channel >= channels { self.selectedUnit = nil }
    layerMaps = LayerMaps(
      layerName: layer.name, rule: layer.rule, request: request, order: order, height: height, width: width, largest: largest,
      sum: layer.relevanceIn, first: firstMap, maps: maps)
  }

  /// Where most relevance is in a channel of the shown layer.
  private func strongestPosition(ofChannel channel: Int) -> Target.Position {
    guard let relevances = shownLayerRelevance?.relevance.relevance, let (_, height, width) = Pictures.planes(of: relevances) else {
      return Target.Position(row: 0, column: 0)
    }
    let plane = relevances.values[channel * height * width..<(channel + 1) * height * width]
    let place = plane.indices.max { abs(plane[$0]) < abs(plane[$1]) }.map { $0 - plane.startIndex } ?? 0
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

  /// A press on a picture of a feature map; on the chosen unit again: none is chosen.
  mutating func choose(_ unit: SelectedUnit) { selectedUnit = selectedUnit == unit ? nil : unit }

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
