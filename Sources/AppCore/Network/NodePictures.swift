import Geometry
import Networks
import Relevance
import Scene

/// The feature maps of one layer that carry most relevance, as small pictures.
struct NodePictures: Sendable {
  struct Map: Sendable {
    let channel: Int
    let activation: ImageAsset
    let relevance: ImageAsset
  }

  let request: RequestID
  let maps: [Map]
}

extension AppState {
  /// What the active tab explains, where it is of the network that is loaded.
  var shownOfNetwork: ShownExplanation? {
    guard let network else { return nil }
    return activeSlot.shown.flatMap { $0.networkRevision == network.revision ? $0 : nil }
  }

  /// Makes the pictures in the nodes that are in view those of the active explanation. Cost: a pass over their layers, where it is new.
  mutating func refreshNodePictures() {
    guard let drawn = view.drawn, let frame = view.frame, let shown = shownOfNetwork, !shown.explanation.layers.isEmpty,
      drawn.density.pictureRows > 0, let outline = network?.outline
    else {
      if !view.pictures.isEmpty { view.pictures = [:] }
      return
    }
    for (vertex, rect) in zip(drawn.graph.vertices, drawn.drawing.frames) {
      let box = view.camera.windowFromGraph(rect, in: frame)
      guard box.intersects(frame), box.width >= 18 * layout.unit, NodeForm(vertex.subject, outline).showsMaps else { continue }
      refreshPictures(ofLayer: vertex.outputLayer, shown, rows: drawn.density.pictureRows)
    }
  }

  /// The same for all nodes, in view or not.
  mutating func refreshAllNodePictures() {
    guard let drawn = view.drawn, let shown = shownOfNetwork, !shown.explanation.layers.isEmpty, drawn.density.pictureRows > 0 else {
      return
    }
    for vertex in drawn.graph.vertices { refreshPictures(ofLayer: vertex.outputLayer, shown, rows: drawn.density.pictureRows) }
  }

  private mutating func refreshPictures(ofLayer index: Int, _ shown: ShownExplanation, rows: Int) {
    if let known = view.pictures[index], known.request == shown.id,
      known.maps.count >= min(rows, shown.explanation.layers[index].shape.first ?? 0)
    {
      return
    }
    let layer = shown.explanation.layers[index]
    guard layer.shape.count == 3, layer.shape[1] * layer.shape[2] > 1 else { return }
    let (height, width) = (layer.shape[1], layer.shape[2])
    let sums = layer.relevanceByChannel()
    var maps: [NodePictures.Map] = []
    for (place, channel) in sums.places(ofLargest: rows).enumerated() {
      let (activation, relevance) = (layer.activation(ofChannel: channel), layer.relevance(ofChannel: channel))
      let (low, high) = (min(0, activation.min() ?? 0), activation.max() ?? 1)
      maps.append(
        NodePictures.Map(
          channel: channel,
          activation: asset("node.\(index).\(place).activation", Pictures.gray(activation[...], width, height, low: low, high: high)),
          relevance: asset("node.\(index).\(place).relevance", Pictures.heatmap(relevance, width, height, layer.largestMagnitude, colormap))
        ))
    }
    view.pictures[index] = NodePictures(request: shown.id, maps: maps)
  }
}

extension NodeForm {
  var showsMaps: Bool {
    switch self {
    case .stack, .box, .pool: true
    case .pill, .sum, .join: false
    }
  }
}

extension [Double] {
  /// Where the numbers of largest magnitude stand, the largest first, the first of equals first. Cost: a pass.
  func places(ofLargest count: Int) -> [Int] {
    var best: [Int] = []
    for (place, value) in enumerated() {
      let size = abs(value)
      guard best.count < count || size > abs(self[best[best.count - 1]]) else { continue }
      let position = best.firstIndex { abs(self[$0]) < size } ?? best.count
      best.insert(place, at: position)
      if best.count > count { best.removeLast() }
    }
    return best
  }
}
