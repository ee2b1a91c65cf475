import Relevance

/// The list of all methods: what was typed to narrow it, and the row with the focus.
struct MethodChooser: Sendable {
  enum Purpose: Sendable { case shown, compared }

  enum Row: Sendable, Equatable {
    case heading(String)
    case method(Attribution)

    var method: Attribution? {
      if case .method(let method) = self { method } else { nil }
    }
  }

  let purpose: Purpose
  var filter = ""
  /// Index of a method among `rows`.
  var focus = 0
  /// The first row that is seen.
  var scroll = 0

  /// Groups with their methods, those whose name, summary or rules hold every word that was typed. A group without any is left out.
  static func rows(filter: String, own: [Composite]) -> [Row] {
    let words = filter.lowercased().split(separator: " ")
    var rows: [Row] = []
    for (title, methods) in groups(own: own) {
      let found = methods.filter { method in
        let text = searchText(method, group: title)
        return words.allSatisfy { text.contains($0) }
      }
      if !found.isEmpty { rows += [.heading(title)] + found.map { .method($0) } }
    }
    return rows
  }

  private static func groups(own: [Composite]) -> [(String, [Attribution])] {
    func relevance(_ composites: [Composite]) -> [Attribution] { composites.map { .relevance(RelevanceSettings(composite: $0)) } }
    let single = Set(Composite.single.map(\.name))
    let main = Set(Composite.main.map(\.name))
    let further = Composite.builtIn.filter { !single.contains($0.name) && !main.contains($0.name) }
    func isGradient(_ method: Attribution) -> Bool {
      switch method {
      case .gradient, .inputTimesGradient, .smoothGrad, .integratedGradients, .guidedBackpropagation, .deconvnet, .gradCAM: true
      case .relevance, .occlusion, .predictionDifference, .random, .edges: false
      }
    }
    func isBaseline(_ method: Attribution) -> Bool {
      switch method {
      case .random, .edges: true
      default: false
      }
    }
    let others = Attribution.others
    return [
      ("Rules of your own", relevance(own)),
      ("Relevance, by kind of layer", relevance(Composite.main)),
      ("Relevance, presets of other programs and papers", relevance(further)),
      ("Relevance, one rule in every layer", relevance(Composite.single)),
      ("Gradients", others.filter(isGradient)),
      ("Taking away", others.filter { !isGradient($0) && !isBaseline($0) }),
      ("To compare with", others.filter(isBaseline)),
    ]
  }

  private static func searchText(_ method: Attribution, group: String) -> String {
    let rules = method.settings?.composite.rows.map(\.rule.name).joined(separator: " ") ?? ""
    return "\(method.name) \(method.summary) \(rules) \(group)".lowercased()
  }
}
