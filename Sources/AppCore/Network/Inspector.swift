import Networks
import Relevance

/// What is shown of the selected layer, and how.
struct Inspector: Sendable {
  enum Tab: Int, Sendable, Hashable, CaseIterable {
    case maps, layer, weights, pictures, arithmetic

    var title: String {
      switch self {
      case .maps: "Maps"
      case .layer: "Layer"
      case .weights: "Weights"
      case .pictures: "Pictures"
      case .arithmetic: "Arithmetic"
      }
    }

    var hint: String {
      switch self {
      case .maps: "All feature maps and their relevance"
      case .layer: "What the layer is, and what its numbers are in this explanation"
      case .weights: "Its weights: statistics, histogram, the first layer's filters"
      case .pictures: "The digits that speak most for the chosen channel"
      case .arithmetic: "How one output number comes about, and who gets its relevance"
      }
    }
  }

  /// What feature maps are sorted by.
  enum Order: Int, Sendable, Hashable, CaseIterable {
    /// By the magnitude of the sum of R.
    case relevance
    /// By the magnitude of the sum of activations.
    case activation
    case index

    var title: String {
      switch self {
      case .relevance: "by relevance"
      case .activation: "by activation"
      case .index: "by index"
      }
    }
  }

  /// What the ends of the colours of feature maps stand for.
  enum Scale: Int, Sendable, Hashable, CaseIterable {
    /// The largest magnitude of each map.
    case map
    /// Of all maps of the layer.
    case layer
    /// Of all layers.
    case all

    var title: String {
      switch self {
      case .map: "scale per map"
      case .layer: "scale per layer"
      case .all: "one scale for all"
      }
    }
  }

  var tab = Tab.maps
  var order = Order.relevance
  var scale = Scale.layer
  /// What the shown layer gives out for the picture that is explained, in a few numbers.
  var activation: ActivationFacts?
  /// What was chosen in a node before a tab about weights chose another layer of it.
  var kept: KeptChoice?
  /// What is known of the weights, by layer.
  var weights: [Int: LayerWeightFacts] = [:]
  /// The layer whose weights are being counted.
  var describing: (id: RequestID, layer: Int)?
  /// The first layer's kernels as pictures.
  var filters: LayerFilters?
  /// The pictures that speak most for a channel.
  var ranking = ChannelRanking()
  /// The arithmetic of the chosen output number.
  var arithmetic: UnitArithmetic?
}

/// A choice that comes back when the tab that changed it is left.
struct KeptChoice: Sendable {
  /// The layer with weights that was chosen instead.
  let weighted: Int
  let layer: Int?
  let unit: SelectedUnit?
  let firstMap: Int
}

/// The numbers that a layer gives out in one explanation, counted.
struct ActivationFacts: Sendable {
  let layer: Int
  let request: RequestID
  let statistics: NumberStatistics
}

extension AppState {
  mutating func open(_ tab: Inspector.Tab) {
    if let kept = view.inspector.kept, shownLayer?.layer == kept.weighted {
      (selectedLayer, selectedUnit, firstMap) = (kept.layer, kept.unit, kept.firstMap)
      refreshLayerMaps()
    }
    view.inspector.kept = nil
    view.inspector.tab = tab
    preferWeights()
  }

  /// What is told of weights is told of the layer of a node that has them.
  mutating func preferWeights() {
    guard [.weights, .arithmetic].contains(view.inspector.tab), let network = network?.network, let (node, layer) = shownLayer,
      !network.layers[layer].hasWeights, let weighted = node.layers.first(where: { network.layers[$0].hasWeights })
    else { return }
    view.inspector.kept = KeptChoice(weighted: weighted, layer: selectedLayer, unit: selectedUnit, firstMap: firstMap)
    select(layer: weighted)
    refreshLayerMaps()
  }

  mutating func stepInspectorTab(by offset: Int) {
    let count = Inspector.Tab.allCases.count
    guard let next = Inspector.Tab(rawValue: (view.inspector.tab.rawValue + offset + count) % count) else { return }
    open(next)
  }

  mutating func changeMapOrder() {
    view.inspector.order = Inspector.Order(rawValue: (view.inspector.order.rawValue + 1) % Inspector.Order.allCases.count) ?? .relevance
    firstMap = 0
    refreshLayerMaps(recolour: true)
  }

  mutating func changeMapScale() {
    view.inspector.scale = Inspector.Scale(rawValue: (view.inspector.scale.rawValue + 1) % Inspector.Scale.allCases.count) ?? .layer
    refreshLayerMaps(recolour: true)
  }

  /// What the inspector shows is computed as it is wanted: weights' statistics, filters, arithmetic, pictures of the data set.
  mutating func tendInspector() -> [Effect] {
    guard let network, let (_, layer) = shownLayer else {
      view.inspector.arithmetic = nil
      return stopRanking()
    }
    if view.story != nil, !isExplaining, shownOfNetwork?.explanation.layers.isEmpty != false {
      // There is nothing to tell any more.
      view.story = nil
    }
    var effects: [Effect] = []
    if view.inspector.tab == .layer || view.story != nil { refreshActivation(layer) }
    switch view.inspector.tab {
    case .weights:
      if network.network.layers[layer].hasWeights, view.inspector.weights[layer] == nil, view.inspector.describing?.layer != layer {
        lastRequestNumber += 1
        let id = RequestID(lastRequestNumber)
        view.inspector.describing = (id, layer)
        effects.append(.describeWeights(id, network.network, layer: layer))
      }
      refreshFilters(layer)
    case .arithmetic: refreshArithmetic(layer)
    case .maps, .layer, .pictures: break
    }
    if view.inspector.tab != .arithmetic { view.inspector.arithmetic = nil }
    return effects + tendRanking(layer)
  }

  private mutating func refreshActivation(_ layer: Int) {
    guard let shown = shownOfNetwork, shown.explanation.layers.indices.contains(layer) else {
      view.inspector.activation = nil
      return
    }
    if let known = view.inspector.activation, known.layer == layer, known.request == shown.id { return }
    view.inspector.activation = ActivationFacts(
      layer: layer, request: shown.id, statistics: NumberStatistics(shown.explanation.layers[layer].activation.values))
  }

  mutating func weightsDescribed(_ id: RequestID, _ facts: LayerWeightFacts) {
    guard let (wanted, layer) = view.inspector.describing, wanted == id else { return }
    view.inspector.describing = nil
    view.inspector.weights[layer] = facts
  }
}
