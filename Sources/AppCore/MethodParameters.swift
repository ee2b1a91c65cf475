import Networks
import Relevance

/// One number or choice of a method or a map, as the editor shows it.
struct MethodParameter: Sendable, Equatable {
  enum Kind: Sendable, Hashable {
    case variant, epsilon, sumRule, zeroBias, gamma, alpha, ruleEpsilon, low, high
    case form, noise, samples, steps, window, stride, padding, seed, baseline, brightness, layer
    // Of a map
    case perplexity, exaggeration, earlyIterations, iterations, learningRate
  }

  let kind: Kind
  let title: String
  /// As it stands in the editor.
  let value: String
  /// One line about what it does.
  let hint: String
  /// Whether a number can be typed; the others have only steps.
  let takesNumbers: Bool
  /// What numbers are allowed, for messages.
  let allowed: String
}

extension Attribution {
  /// Everything that can be set about it, in the order in which the editor shows it.
  func parameters(_ network: Network?) -> [MethodParameter] {
    switch self {
    case .relevance(let settings): relevanceParameters(settings, network)
    case .gradient(let form): [.choice(.form, "Form", form.rawValue, "raw, absolute or squared derivative")]
    case .inputTimesGradient, .guidedBackpropagation, .deconvnet, .edges: []
    case .smoothGrad(let noise, let samples, let seed):
      [
        .number(.noise, "Noise", Numbers.short(noise), "standard deviation, as a share of the input's range", "0 to 2"),
        .number(.samples, "Samples", "\(samples)", "noisy copies; each costs a gradient", "1 to 1000"), .seed(seed),
      ]
    case .integratedGradients(let baseline, let steps):
      baseline.parameters + [.number(.steps, "Steps", "\(steps)", "points on the way from the baseline; right Riemann sum", "1 to 1000")]
    case .gradCAM(let layer):
      [.choice(.layer, "Layer", layer ?? "the last with positions", "whose channels are weighted and added up")]
    case .occlusion(let window, let stride, let baseline):
      [
        .number(.window, "Window", "\(window)", "side of what is blanked, in pixels of the input", "1 to 512"),
        .number(.stride, "Stride", "\(stride)", "pixels from one window to the next", "1 to 512"),
      ] + baseline.parameters
    case .predictionDifference(let window, let stride, let padding, let samples, let seed):
      [
        .number(.window, "Window", "\(window)", "side of what is replaced, in pixels of the input", "1 to 512"),
        .number(.stride, "Stride", "\(stride)", "pixels from one window to the next", "1 to 512"),
        .number(.padding, "Padding", "\(padding)", "pixels around the window that its replacement depends on", "0 to 64"),
        .number(.samples, "Samples", "\(samples)", "replacements of each window", "1 to 1000"), .seed(seed),
      ]
    case .random(let seed): [.seed(seed)]
    }
  }

  private func relevanceParameters(_ settings: RelevanceSettings, _ network: Network?) -> [MethodParameter] {
    let rules = settings.composite.rows.map(\.rule)
    let stabilizer = settings.stabilizer
    var result: [MethodParameter] = [
      .choice(.variant, "Stabilizer", stabilizer.map(\.title) ?? "as each rule has it", "how denominators are kept away from zero")
    ]
    if let stabilizer {
      result.append(
        .number(.epsilon, "Epsilon", Numbers.short(stabilizer.epsilon), "of the stabilizer, for every rule but lrp0", "0 to 1e6"))
    }
    result.append(.choice(.sumRule, "Sums", settings.sumRule.rawValue, settings.sumRule.summary))
    result.append(.choice(.zeroBias, "Biases", settings.zeroBias ? "taken as 0" : "as they are", "whether biases absorb relevance"))
    for rule in rules.firstOfEachKind {
      switch rule {
      case .gamma(let gamma):
        result.append(.number(.gamma, "Gamma", Numbers.short(gamma), "how much what agrees with the output's sign is favoured", "0 to 1e6"))
      case .alphaBeta(let alpha, let beta):
        result.append(
          .number(
            .alpha, "Alpha", Numbers.short(alpha), "weight of what speaks for; beta is \(Numbers.short(beta))", "1 to 1000"))
      case .epsilon(let epsilon):
        result.append(.number(.ruleEpsilon, "Epsilon rule", Numbers.short(epsilon), "epsilon of layers with that rule", "0 to 1e6"))
      case .zBox:
        let preprocessing = network?.preprocessing
        result.append(
          .number(
            .low, "Box low", Self.bound(settings.low, preprocessing?.lowest), "lowest number that an input can be", "any number"))
        result.append(
          .number(
            .high, "Box high", Self.bound(settings.high, preprocessing?.highest), "highest number that an input can be", "any number"))
      default: break
      }
    }
    return result
  }

  private static func bound(_ set: [Float]?, _ usual: [Float]?) -> String {
    if let set { return set.map { Numbers.short($0) }.joined(separator: ", ") }
    guard let usual else { return "as preprocessed" }
    return usual.map { Numbers.short($0) }.joined(separator: ", ") + " (as preprocessed)"
  }
}

extension MethodParameter {
  fileprivate static func choice(_ kind: Kind, _ title: String, _ value: String, _ hint: String) -> MethodParameter {
    MethodParameter(kind: kind, title: title, value: value, hint: hint, takesNumbers: false, allowed: "")
  }

  fileprivate static func number(_ kind: Kind, _ title: String, _ value: String, _ hint: String, _ allowed: String) -> MethodParameter {
    MethodParameter(kind: kind, title: title, value: value, hint: hint, takesNumbers: true, allowed: allowed)
  }

  fileprivate static func seed(_ seed: UInt64) -> MethodParameter {
    number(.seed, "Seed", "\(seed)", "the same seed gives the same numbers", "0 to 4294967295")
  }
}

extension Attribution.Baseline {
  fileprivate var parameters: [MethodParameter] {
    let choice = MethodParameter.choice(.baseline, "Baseline", title, "what a missing pixel looks like: black, grey, white, normalized 0")
    guard case .brightness(let value) = self else { return [choice] }
    return [choice, .number(.brightness, "Brightness", Numbers.short(value), "of a missing pixel, black to white", "0 to 1")]
  }
}

extension Stabilizer {
  var title: String {
    switch (clips, scalesByNorm) {
    case (false, false): "z + epsilon"
    case (true, false): "clipped at epsilon"
    case (false, true): "z + epsilon rms(z)"
    case (true, true): "clipped at epsilon rms(z)"
    }
  }
}

extension SumRule {
  /// One line about how it divides.
  var summary: String {
    switch self {
    case .norm: "signed shares; blow up where summands cancel"
    case .ratioOfMagnitudes: "shares of the magnitudes; never blow up"
    case .half: "evenly"
    case .shortcutOnly: "everything to the shortcut"
    case .branchOnly: "everything to the branch"
    }
  }
}

extension [Rule] {
  /// The first rule of each kind, whatever its numbers.
  fileprivate var firstOfEachKind: [Rule] {
    var names: Set<String> = []
    return filter { names.insert($0.name).inserted }
  }
}
