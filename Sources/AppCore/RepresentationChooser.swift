import Networks
import Relevance

/// The list of everything that a map can be made of: what was typed to narrow it, and the row with the focus.
struct RepresentationChooser: Sendable {
  enum Row: Sendable, Equatable {
    case heading(String)
    case choice(Representation, detail: String)

    var representation: Representation? {
      if case .choice(let representation, _) = self { representation } else { nil }
    }
  }

  var filter = ""
  /// Index of a choice among `rows`.
  var focus = 0
  /// The first row that is seen.
  var scroll = 0

  /// Groups with their choices, those that hold every word that was typed. A group without any is left out.
  static func rows(filter: String, network: Network?, selected: String?, own: [Composite]) -> [Row] {
    let words = filter.lowercased().split(separator: " ")
    var rows: [Row] = []
    for (title, choices) in groups(network, selected: selected, own: own) {
      let found = choices.filter { choice in
        let text = "\(choice.0.title) \(choice.1) \(title)".lowercased()
        return words.allSatisfy { text.contains($0) }
      }
      if !found.isEmpty { rows += [.heading(title)] + found.map { .choice($0.0, detail: $0.1) } }
    }
    return rows
  }

  private static func groups(_ network: Network?, selected: String?, own: [Composite]) -> [(String, [(Representation, String)])] {
    var groups: [(String, [(Representation, String)])] = [("The pictures", [(.pixels, "what is drawn")])]
    guard let network, network.unsupported.isEmpty else { return groups }
    func choice(_ layer: Layer, _ what: String? = nil) -> (Representation, String) {
      let shape = layer.outputShape.map(String.init).joined(separator: "x")
      return (.layer(layer.name), [what, layer.operation.kind, shape].compactMap { $0 }.joined(separator: ", "))
    }
    if let features = network.featureLayer {
      groups.append(("What the classifier decides by", [choice(features, "the features")]))
    }
    if let selected, let node = NetworkGraph(network).nodes.first(where: { $0.name == selected }), node.outputLayer > 0 {
      groups.append(("The selected node", [choice(network.layers[node.outputLayer])]))
    }
    groups.append(
      (
        "Relevance of the input",
        (own + Composite.builtIn).map { (Representation.relevance($0), $0.summary) }
      ))
    groups.append(("What a layer gives out", network.layers.dropFirst().map { choice($0) }))
    return groups
  }
}
