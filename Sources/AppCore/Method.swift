import Networks
import Relevance

extension Attribution {
  /// Whether it asks the network so often that a person has to wait: it runs when the pen is lifted, with progress and Cancel.
  public var isSlow: Bool {
    switch self {
    case .smoothGrad, .integratedGradients, .occlusion, .predictionDifference: true
    case .relevance, .gradient, .inputTimesGradient, .guidedBackpropagation, .deconvnet, .gradCAM, .random, .edges: false
    }
  }

  var settings: RelevanceSettings? {
    if case .relevance(let settings) = self { settings } else { nil }
  }

  /// One line for people who choose.
  var summary: String {
    switch self {
    case .relevance(let settings): settings.composite.summary
    case .gradient(.raw): "how the class's logit changes with each pixel"
    case .gradient(.absolute): "the same without its sign"
    case .gradient(.squared): "the same, squared"
    case .inputTimesGradient: "gradient times pixel: a first-order share of the logit"
    case .smoothGrad: "mean gradient of noisy copies"
    case .integratedGradients: "gradient along the way from a baseline, times the way"
    case .guidedBackpropagation: "gradient without negative parts, edges of what matters"
    case .deconvnet: "negative parts dropped on the way back only"
    case .gradCAM: "where a layer's channels speak for the class, coarse"
    case .occlusion: "how much the logit drops when a window is blanked"
    case .predictionDifference: "bits of evidence against what the surroundings would let expect"
    case .random: "noise, to compare others with"
    case .edges: "the picture's edges, to compare others with"
    }
  }

  /// What is set otherwise than usual, and the parameters of other methods; empty where there is nothing to say.
  var details: String {
    var parts: [String] = []
    switch self {
    case .relevance(let settings):
      if let stabilizer = settings.stabilizer {
        parts.append("stabilizer \(Numbers.short(stabilizer.epsilon))\(stabilizer.variantTitle)")
      }
      if settings.sumRule != .norm { parts.append("sums \(settings.sumRule.rawValue)") }
      if settings.zeroBias { parts.append("biases as 0") }
      if let low = settings.low?.first { parts.append("low \(Numbers.short(low))") }
      if let high = settings.high?.first { parts.append("high \(Numbers.short(high))") }
    case .smoothGrad(let noise, let samples, let seed):
      parts = ["noise \(Numbers.short(noise))", "\(samples) samples", "seed \(seed)"]
    case .integratedGradients(let baseline, let steps): parts = ["baseline \(baseline.title)", "\(steps) steps, right Riemann sum"]
    case .gradCAM(let layer): parts = ["layer \(layer ?? "the last with positions")"]
    case .occlusion(let window, let stride, let baseline):
      parts = ["window \(window)", "stride \(stride)", "baseline \(baseline.title)"]
    case .predictionDifference(let window, let stride, let padding, let samples, let seed):
      parts = ["window \(window)", "stride \(stride)", "padding \(padding)", "\(samples) samples", "seed \(seed)"]
    case .random(let seed): parts = ["seed \(seed)"]
    case .gradient, .inputTimesGradient, .guidedBackpropagation, .deconvnet, .edges: break
    }
    return parts.joined(separator: ", ")
  }
}

extension Attribution.Baseline {
  var title: String {
    switch self {
    case .brightness(0): "black"
    case .brightness(1): "white"
    case .brightness(let value): "grey \(Numbers.short(value))"
    case .zero: "normalized 0"
    }
  }
}

extension Stabilizer {
  /// " clipped", " of rms": what makes it another than z + epsilon.
  var variantTitle: String { (clips ? " clipped" : "") + (scalesByNorm ? " of rms" : "") }
}

extension Rule {
  /// The title as people read numbers: "epsilon 1e−6".
  var shortTitle: String {
    switch self {
    case .epsilon(let epsilon): "epsilon \(Numbers.short(epsilon))"
    case .gamma(let gamma): "gamma \(Numbers.short(gamma))"
    case .alphaBeta(let alpha, let beta): "alpha-beta \(Numbers.short(alpha)) \(Numbers.short(beta))"
    default: name
    }
  }
}

extension Composite {
  /// The rule that its table has for the first layer, for convolutions and for dense layers, where that can be said without a network.
  var table: (first: Rule?, convolution: Rule?, dense: Rule?) {
    func rule(_ kind: String) -> Rule? {
      rows.first { $0.layers == .kind(kind) || $0.layers == .all }?.rule
    }
    return (rows.first { $0.layers == .first }?.rule, rule("convolution"), rule("dense"))
  }
}
