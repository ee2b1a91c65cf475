import Networks
import Relevance

/// The layers with weights as a table: all, by kind, then stages that open into blocks and layers, by the dots in their names.
struct RuleTree: Sendable {
  struct Row: Sendable, Equatable {
    let selector: LayerSelector
    let title: String
    let depth: Int
    /// Layers with weights that it stands for.
    let count: Int
    /// The rule of all of them; nil where they have different ones.
    let rule: Rule?
    /// Names of different rules, in the network's order.
    let rules: [String]
    /// What a person gave to exactly these layers.
    let own: Rule?
    /// Whether they all have the rules that they have without what a person gave to any layers.
    let isAsBase: Bool
    /// The group's name where it can be opened.
    let group: String?
    let isExpanded: Bool
  }

  let rows: [Row]

  /// - Parameters:
  ///   - rules: one for each layer of the network, as `Composite.rules(for:)` gives them.
  ///   - base: those without what a person changed; empty where there are none.
  init(_ network: Network, rules: [AppliedRule], base: [AppliedRule], history: RuleHistory, expanded: Set<String>) {
    let weighted = network.layers.indices.filter { network.layers[$0].linear != nil }
    func row(
      _ selector: LayerSelector, _ title: String, depth: Int, _ layers: [Int], group: String? = nil, isExpanded: Bool = false
    ) -> Row {
      var different: [Rule] = []
      for layer in layers where !different.contains(rules[layer].rule) { different.append(rules[layer].rule) }
      return Row(
        selector: selector, title: title, depth: depth, count: layers.count, rule: different.count == 1 ? different[0] : nil,
        rules: different.map(\.shortTitle), own: history.ownRule(for: selector),
        isAsBase: !base.isEmpty && layers.allSatisfy { rules[$0].rule == base[$0].rule }, group: group, isExpanded: isExpanded)
    }
    var rows = [row(.all, "all with weights", depth: 0, weighted)]
    for kind in ["convolution", "dense"] {
      let layers = weighted.filter { network.layers[$0].operation.kind == kind }
      if !layers.isEmpty && layers.count < weighted.count { rows.append(row(.kind(kind), "every \(kind)", depth: 0, layers)) }
    }

    /// Layers whose names agree in their first `depth` + 1 parts belong together where they follow each other.
    func add(_ layers: [Int], depth: Int) {
      var start = 0
      while start < layers.count {
        let key = Self.prefix(of: network.layers[layers[start]].name, parts: depth + 1)
        var end = start + 1
        while end < layers.count, Self.prefix(of: network.layers[layers[end]].name, parts: depth + 1) == key { end += 1 }
        let members = Array(layers[start..<end])
        let name = network.layers[members[0]].name
        if members.count == 1 {
          rows.append(row(.name(name), name, depth: depth + 1, members))
        } else {
          let isExpanded = expanded.contains(key)
          rows.append(row(.name("\(key).*"), key, depth: depth + 1, members, group: key, isExpanded: isExpanded))
          if isExpanded { add(members, depth: depth + 1) }
        }
        start = end
      }
    }
    add(weighted, depth: 0)
    self.rows = rows
  }

  private static func prefix(of name: String, parts: Int) -> String {
    name.split(separator: ".", omittingEmptySubsequences: false).prefix(parts).joined(separator: ".")
  }
}
