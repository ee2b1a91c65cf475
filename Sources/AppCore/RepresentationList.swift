import Networks
import Relevance

/// Everything that a map can be made of, in groups.
enum RepresentationList {
  static func groups(_ network: Network?, selected: Layer?, own: [Composite]) -> [(title: String, choices: [Chooser.Choice])] {
    var groups: [(title: String, choices: [Chooser.Choice])] = [("The pictures", [.representation(.pixels, detail: "what is drawn")])]
    guard let network, network.unsupported.isEmpty else { return groups }
    func choice(_ layer: Layer, _ what: String? = nil) -> Chooser.Choice {
      let shape = layer.outputShape.map(String.init).joined(separator: "x")
      return .representation(.layer(layer.name), detail: [what, layer.operation.kind, shape].compactMap { $0 }.joined(separator: ", "))
    }
    if let features = network.featureLayer {
      groups.append(("What the classifier decides by", [choice(features, "the features")]))
    }
    if let selected, !selected.inputs.isEmpty { groups.append(("The selected node", [choice(selected)])) }
    groups.append(
      (
        "Relevance of the input",
        (own + Composite.builtIn).map { .representation(.relevance($0), detail: $0.summary) }
      ))
    groups.append(("What a layer gives out", network.layers.dropFirst().map { choice($0) }))
    return groups
  }
}
