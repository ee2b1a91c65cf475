extension Composite {
  private static func make(
    _ name: String, _ summary: String, first: Rule? = nil, convolution: Rule, dense: Rule = .epsilon(1e-6), ignoresBias: Bool = false
  ) -> Composite {
    Composite(
      name: name, summary: summary,
      rows: (first.map { [Row(.first, $0, ignoresBias: ignoresBias)] } ?? []) + [
        Row(.kind("convolution"), convolution, ignoresBias: ignoresBias), Row(.kind("dense"), dense, ignoresBias: ignoresBias),
      ])
  }

  private static let box = Rule.zBox(low: nil, high: nil)
  private static let alpha2Beta1 = Rule.alphaBeta(alpha: 2, beta: 1)
  private static let alpha1Beta0 = Rule.alphaBeta(alpha: 1, beta: 0)

  public static let epsilonPlus = make("epsilon-plus", "what speaks for the class", convolution: .zPlus)
  public static let epsilonPlusFlat = make(
    "epsilon-plus-flat", "what speaks for the class, smooth at the pixels", first: .flat, convolution: .zPlus)
  public static let epsilonPlusBox = make(
    "epsilon-plus-box", "what speaks for the class, bounded pixels", first: box, convolution: .zPlus)
  public static let epsilonGammaBox = make(
    "epsilon-gamma-box", "for and against, evidence for the class favoured, bounded pixels", first: box, convolution: .gamma(0.25))
  public static let epsilonAlpha2Beta1 = make(
    "epsilon-alpha2-beta1", "what speaks for and against", convolution: alpha2Beta1)
  public static let epsilonAlpha2Beta1Flat = make(
    "epsilon-alpha2-beta1-flat", "what speaks for and against, smooth at the pixels", first: .flat, convolution: alpha2Beta1)

  /// The presets of iNNvestigate (Alber et al. 2019).
  public static let presets = [
    make("preset-a", "iNNvestigate's preset A: alpha 1, beta 0", convolution: alpha1Beta0, dense: .epsilon(0.1)),
    make("preset-a-flat", "preset A, smooth at the pixels", first: .flat, convolution: alpha1Beta0, dense: .epsilon(0.1)),
    make("preset-b", "iNNvestigate's preset B: alpha 2, beta 1", convolution: alpha2Beta1, dense: .epsilon(0.1)),
    make("preset-b-flat", "preset B, smooth at the pixels", first: .flat, convolution: alpha2Beta1, dense: .epsilon(0.1)),
  ]

  /// Montavon et al. 2017: alpha 1, beta 0 without biases.
  public static let deepTaylor = [
    make("deep-taylor", "alpha 1, beta 0 without biases", convolution: alpha1Beta0, dense: alpha1Beta0, ignoresBias: true),
    make(
      "deep-taylor-bounded", "the same, bounded pixels", first: box, convolution: alpha1Beta0, dense: alpha1Beta0, ignoresBias: true),
  ]

  /// Zhang et al. 2016.
  public static let excitationBackprop = make(
    "excitation-backprop", "what speaks for the class, in the classifier too", convolution: .zPlus, dense: .zPlus)

  /// One rule for every layer with weights, under the rule's own name.
  public static let single = Rule.linear.map {
    Composite(name: $0.name, summary: "\($0.name) in every layer", rows: [Row(.all, $0)])
  }

  /// The composites that are used most.
  public static let main = [epsilonAlpha2Beta1Flat, epsilonAlpha2Beta1, epsilonPlusFlat, epsilonPlus, epsilonPlusBox, epsilonGammaBox]

  /// All composites that are built in, in the order in which they are offered.
  public static let builtIn = main + presets + deepTaylor + [excitationBackprop] + single

  /// The composite that is used unless another is chosen: of those that are built in, the one whose relevance lies on the stroke
  /// without collapsing into spots or single pixels (`heatlens evaluate --explanations`).
  public static let standard = epsilonAlpha2Beta1Flat

  public static func named(_ name: String) -> Composite? { builtIn.first { $0.name == name } }
}
