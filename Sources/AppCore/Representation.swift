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

  /// A few layers on the way from the pixels to the features, with short titles: of a ResNet the stem, the end of each stage, and the
  /// features; of networks without stages up to five nodes evenly along the way.
  var mapStages: [(title: String, representation: Representation)] {
    let graph = NetworkGraph(self)
    let features = featureLayer.flatMap { index(ofLayerNamed: $0.name) } ?? layers.count
    // What comes after the features is the answer, and what reads nothing the picture.
    let nodes = graph.nodes.filter { !$0.inputs.isEmpty && $0.outputLayer < features && layers[$0.outputLayer].outputShape.count == 3 }
    func group(_ node: NetworkGraph.Node) -> String? {
      node.name.contains(".") ? node.name.split(separator: ".").first.map(String.init) : nil
    }
    var chosen: [(String, NetworkGraph.Node)] = []
    let groups = Set(nodes.compactMap(group))
    if groups.count > 1, groups.count <= 8 {
      for (index, node) in nodes.enumerated() {
        let next = index + 1 < nodes.count ? nodes[index + 1] : nil
        if let group = group(node), next.flatMap({ self.isSame($0, group) }) != true { chosen.append((group, node)) }
        if chosen.isEmpty, group(node) == nil, let next, group(next) != nil { chosen.append(("stem", node)) }
      }
    } else {
      let count = min(5, nodes.count)
      for place in 0..<count {
        let node = nodes[(place * nodes.count + nodes.count / 2) / count]
        chosen.append((node.name, node))
      }
    }
    var stages: [(title: String, representation: Representation)] = [("pixels", .pixels)]
    stages += chosen.map { ($0.0, .layer(layers[$0.1.outputLayer].name)) }
    if let featureLayer { stages.append(("features", .layer(featureLayer.name))) }
    return stages
  }

  private func isSame(_ node: NetworkGraph.Node, _ group: String) -> Bool { node.name.hasPrefix("\(group).") }
}
