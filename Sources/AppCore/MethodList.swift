import Relevance

/// All methods, in groups.
enum MethodList {
  static func groups(own: [Composite]) -> [(title: String, choices: [Chooser.Choice])] {
    func relevance(_ composites: [Composite]) -> [Chooser.Choice] {
      composites.map { .method(.relevance(RelevanceSettings(composite: $0))) }
    }
    func methods(_ isIncluded: (Attribution) -> Bool) -> [Chooser.Choice] { Attribution.others.filter(isIncluded).map { .method($0) } }
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
    return [
      ("Rules of your own", relevance(own)),
      ("Relevance, by kind of layer", relevance(Composite.main)),
      ("Relevance, presets of other programs and papers", relevance(further)),
      ("Relevance, one rule in every layer", relevance(Composite.single)),
      ("Gradients", methods(isGradient)),
      ("Taking away", methods { !isGradient($0) && !isBaseline($0) }),
      ("To compare with", methods(isBaseline)),
    ]
  }
}
