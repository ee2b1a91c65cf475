import Relevance
import Scene

/// The feature maps of one layer that carry most relevance in one explanation.
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
  let channels: Int
  /// Largest magnitude of the relevance in the layer: one scale for all maps.
  let largest: Float
  let sum: Double
  let maps: [Map]
}

extension AppState {
  /// The selected node and the layer of it whose feature maps are shown.
  var shownLayer: (node: NetworkGraph.Node, layer: Int)? {
    guard let graph = network?.graph, let selectedNode, let index = graph.index(ofNodeNamed: selectedNode) else { return nil }
    let node = graph.nodes[index]
    guard let selectedLayer, node.layers.contains(selectedLayer) else { return (node, node.outputLayer) }
    return (node, selectedLayer)
  }

  /// Makes the feature maps fit the selected node and the active explanation.
  mutating func refreshLayerMaps(recolour: Bool = false) {
    guard let network, let index = shownLayer?.layer, let shown = activeSlot.shown, shown.networkRevision == network.revision,
      shown.explanation.layers.indices.contains(index)
    else {
      layerMaps = nil
      return
    }
    let layer = shown.explanation.layers[index]
    if let layerMaps, layerMaps.layerName == layer.name, layerMaps.request == shown.id, !recolour { return }
    // Each is a copy: asked for once.
    let (activations, relevances) = (layer.activation, layer.relevance)
    guard let (channels, height, width) = Pictures.planes(of: relevances), activations.shape == relevances.shape else {
      layerMaps = nil
      return
    }
    let size = height * width
    let sums = (0..<channels).map { channel in
      relevances.values[channel * size..<(channel + 1) * size].reduce(into: 0.0) { $0 += Double($1) }
    }
    let strongest = sums.indices.sorted { (abs(sums[$0]), $1) > (abs(sums[$1]), $0) }.prefix(LayerMaps.most)
    let largest = relevances.largestMagnitude
    var maps: [LayerMaps.Map] = []
    for (place, channel) in strongest.enumerated() {
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
    if let selectedChannel, selectedChannel >= channels { self.selectedChannel = nil }
    layerMaps = LayerMaps(
      layerName: layer.name, rule: layer.rule, request: shown.id, channels: channels, largest: largest,
      sum: layer.relevanceIn, maps: maps)
  }
}
