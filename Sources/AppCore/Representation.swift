import Networks
import Relevance

/// What a digit is for the map: the numbers whose nearness decides where it stands.
public enum Representation: Sendable, Hashable {
  /// The grey values of the picture.
  case pixels
  /// What this layer of the network gives out.
  case layer(String)
  /// The relevance of the network's input for the predicted class.
  case relevance(Composite)

  /// As it stands in headers: "pixels", "layer3.5.relu3", "relevance by epsilon-plus".
  public var title: String {
    switch self {
    case .pixels: "pixels"
    case .layer(let name): name
    case .relevance(let composite): "relevance by \(composite.name)"
    }
  }

  /// Whether a network has to run for it.
  public var needsNetwork: Bool { self != .pixels }
}

/// What the map on screen is of.
enum MapSource: Sendable, Hashable {
  case representation(Representation)
  /// A map that was computed elsewhere.
  case file(String)

  var title: String {
    switch self {
    case .representation(let representation): "t-SNE of \(representation.title)"
    case .file(let path): lastComponent(of: path)
    }
  }

  /// What new points are compared by: a map from elsewhere says nothing of it, so pictures are.
  var representation: Representation {
    if case .representation(let representation) = self { representation } else { .pixels }
  }
}

extension Network {
  /// The layer whose output the last layer with weights reads: the features that the classifier decides by.
  var featureLayer: Layer? {
    guard let last = layers.last(where: { $0.linear != nil }), let input = last.inputs.first, input > 0 else { return nil }
    return layers[input]
  }

  /// A few layers on the way from the pixels to the features, with short titles: of a network in stages the stem, the end of each stage,
  /// and the features; of others up to five nodes evenly along the way.
  ///
  /// - Parameter outline: of this network.
  func mapStages(_ outline: NetworkOutline) -> [(title: String, representation: Representation)] {
    let features = featureLayer.flatMap { index(ofLayerNamed: $0.name) } ?? layers.count
    // What comes after the features is the answer, and what reads nothing the picture.
    func isOnTheWay(_ layer: Int) -> Bool { !layers[layer].inputs.isEmpty && layer < features && layers[layer].outputShape.count == 3 }
    var chosen: [(String, Int)] = []
    let stages = outline.roots.compactMap { root -> NetworkOutline.Group? in
      if case .group(let group) = root, outline.groups[group].kind == .stage { outline.groups[group] } else { nil }
    }
    if stages.count > 1, stages.count <= 8 {
      if let first = stages[0].layers.first, let stem = outline.sketch[first].inputs.first, isOnTheWay(stem) {
        chosen.append(("stem", stem))
      }
      chosen += stages.map { ($0.name, $0.output) }.filter { isOnTheWay($0.1) || $0.1 == features }
    } else {
      let ends = outline.roots.map { root -> (String, Int) in
        switch root {
        case .layer(let layer): (layers[layer].name, layer)
        case .group(let group): (outline.groups[group].name, outline.groups[group].output)
        }
      }.filter { isOnTheWay($0.1) }
      let count = min(5, ends.count)
      for place in 0..<count { chosen.append(ends[(place * ends.count + ends.count / 2) / count]) }
    }
    var result: [(title: String, representation: Representation)] = [("pixels", .pixels)]
    result += chosen.map { ($0.0, .layer(layers[$0.1].name)) }
    if let featureLayer { result.append(("features", .layer(featureLayer.name))) }
    return result
  }
}
