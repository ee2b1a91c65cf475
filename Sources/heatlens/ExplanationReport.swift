import Networks
import Relevance

/// What `explain --format json` says about one input and one target.
struct ExplanationReport: Encodable {
  struct LayerReport: Encodable {
    /// What the layer hands to one of its inputs.
    struct Input: Encodable {
      let layer: String
      let relevance: Double
      /// Sum of |R|.
      let magnitude: Double
    }

    let name: String
    let kind: String
    let rule: String
    let parameters: RuleParameters?
    let relevanceIn: Double
    let relevanceOut: Double
    let absorbedByBias: Double
    let absorbedByStabilizer: Double
    let largestMagnitude: Float
    let nonFiniteCount: Int
    let inputs: [Input]

    enum CodingKeys: String, CodingKey {
      case name, kind, rule, parameters, inputs
      case relevanceIn = "relevance_in"
      case relevanceOut = "relevance_out"
      case absorbedByBias = "absorbed_by_bias"
      case absorbedByStabilizer = "absorbed_by_stabilizer"
      case largestMagnitude = "largest_magnitude"
      case nonFiniteCount = "non_finite_count"
    }
  }

  let input: String
  let prediction: Int
  let predictedClass: String
  let logits: [Float]
  let probabilities: [Float]
  /// The class that the target is about, of a contrast the first; left out for a channel.
  let target: Int?
  /// Two for a contrast, none for a channel.
  let targetClasses: [Int]
  let targetDescription: String
  let start: Double
  let relevanceSum: Double
  let attribution: String
  let composite: String?
  let settings: AttributionSettings
  let warnings: [String]
  let completenessError: Double?
  let layers: [LayerReport]

  enum CodingKeys: String, CodingKey {
    case input, prediction, logits, probabilities, target, start, attribution, composite, settings, warnings, layers
    case predictedClass = "predicted_class"
    case targetClasses = "target_classes"
    case targetDescription = "target_description"
    case relevanceSum = "relevance_sum"
    case completenessError = "completeness_error"
  }

  /// - Parameter idle: what of the method the network has no use for.
  init(_ explanation: Explanation, input: String, conditions: [ChannelCondition], network: Network, idle: [String] = []) {
    self.input = input
    prediction = explanation.prediction
    predictedClass = network.classNames[explanation.prediction]
    logits = explanation.logits
    probabilities = explanation.probabilities
    let classes: [Int] =
      switch explanation.target {
      case .predicted, .runnerUp, .class: [explanation.targetClass]
      case .contrast(let first, let second): [first, second]
      case .channel: []
      }
    target = classes.first
    targetClasses = classes
    targetDescription = explanation.target.text
    start = explanation.start
    relevanceSum = explanation.relevance.sum
    settings = AttributionSettings(explanation, conditions: conditions)
    if case .relevance(let settings) = explanation.attribution {
      attribution = "relevance"
      composite = settings.composite.name
    } else {
      attribution = explanation.attribution.name
      composite = nil
    }
    warnings = idle + explanation.warnings.map(\.description)
    completenessError = explanation.completenessError
    layers = zip(network.layers, explanation.layers).map { layer, found in
      LayerReport(
        name: found.name, kind: found.kind, rule: found.rule, parameters: found.applied.flatMap { RuleParameters($0) },
        relevanceIn: found.relevanceIn, relevanceOut: found.relevanceOut, absorbedByBias: found.absorbedByBias,
        absorbedByStabilizer: found.absorbedByStabilizer, largestMagnitude: found.largestMagnitude, nonFiniteCount: found.nonFiniteCount,
        inputs: zip(layer.inputs, found.inputs).map { source, input in
          LayerReport.Input(layer: network.layers[source].name, relevance: input.sum, magnitude: input.magnitude)
        })
    }
  }
}

/// The numbers of a rule as it was applied to a layer, the stabilizer of its denominators among them.
struct RuleParameters: Encodable {
  private(set) var alpha: Float?
  private(set) var beta: Float?
  private(set) var gamma: Float?
  private(set) var low: [Float]?
  private(set) var high: [Float]?
  let stabilizer: String
  let zeroBias: Bool

  enum CodingKeys: String, CodingKey {
    case alpha, beta, gamma, low, high, stabilizer
    case zeroBias = "zero_bias"
  }

  /// nil for rules of layers without weights that divide by nothing.
  init?(_ applied: AppliedRule) {
    switch applied.rule {
    case .pass, .winnerTakesAll: return nil
    case .alphaBeta(let alpha, let beta):
      self.alpha = alpha
      self.beta = beta
    case .gamma(let gamma): self.gamma = gamma
    case .zBox(let low, let high):
      self.low = low
      self.high = high
    case .lrp0, .epsilon, .zPlus, .wSquare, .flat, .norm: break
    }
    stabilizer = applied.stabilizer.text
    zeroBias = applied.ignoresBias
  }
}

/// The parameters of a method, in the words of the command line; those that it does not have are left out.
struct AttributionSettings: Encodable {
  struct Condition: Encodable {
    let layer: String
    let channels: [Int]
  }

  private(set) var sumRule: String?
  /// Left out where the rules' own stabilizers are used.
  private(set) var stabilizer: String?
  private(set) var zeroBias: Bool?
  private(set) var low: [Float]?
  private(set) var high: [Float]?
  private(set) var through: [Condition]?
  private(set) var samples: Int?
  private(set) var noise: Float?
  private(set) var steps: Int?
  private(set) var seed: UInt64?
  private(set) var window: Int?
  private(set) var stride: Int?
  private(set) var padding: Int?
  private(set) var baseline: String?
  private(set) var camLayer: String?

  enum CodingKeys: String, CodingKey {
    case stabilizer, low, high, through, samples, noise, steps, seed, window, stride, padding, baseline
    case sumRule = "sum_rule"
    case zeroBias = "zero_bias"
    case camLayer = "cam_layer"
  }

  init(_ explanation: Explanation, conditions: [ChannelCondition]) {
    switch explanation.attribution {
    case .relevance(let settings):
      sumRule = settings.sumRule.rawValue
      stabilizer = settings.stabilizer?.text
      zeroBias = settings.zeroBias
      low = settings.low
      high = settings.high
      through = conditions.map { Condition(layer: $0.layer, channels: $0.channels) }
    case .smoothGrad(let noise, let samples, let seed):
      self.noise = noise
      self.samples = samples
      self.seed = seed
    case .integratedGradients(let baseline, let steps):
      self.baseline = baseline.text
      self.steps = steps
    // The layer that was taken, whether it was asked for or not.
    case .gradCAM(let layer): camLayer = explanation.coarseMap?.layer ?? layer
    case .occlusion(let window, let stride, let baseline):
      self.window = window
      self.stride = stride
      self.baseline = baseline.text
    case .predictionDifference(let window, let stride, let padding, let samples, let seed):
      self.window = window
      self.stride = stride
      self.padding = padding
      self.samples = samples
      self.seed = seed
    case .random(let seed): self.seed = seed
    case .gradient, .inputTimesGradient, .guidedBackpropagation, .deconvnet, .edges: break
    }
  }
}

extension Stabilizer {
  fileprivate var text: String { (clips ? "clip:" : "") + (scalesByNorm ? "norm:" : "") + "\(epsilon)" }
}

extension Attribution.Baseline {
  fileprivate var text: String {
    switch self {
    case .zero: "zero"
    case .brightness(0): "black"
    case .brightness(1): "white"
    case .brightness(let brightness): "\(brightness)"
    }
  }
}
