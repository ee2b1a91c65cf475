import ArgumentParser
import Foundation
import Networks
import Relevance

/// Which method explains, and its parameters. A parameter that the method does not have is a usage error.
struct AttributionOptions: ParsableArguments {
  @Option(help: ArgumentHelp("The method: relevance by a composite, or another.", valueName: "name"))
  var attribution: AttributionArgument?

  @Option(help: ArgumentHelp("Relevance: which rule each layer gets.", valueName: "name"))
  var composite: Composite?
  @Option(help: ArgumentHelp("Relevance: a composite of one's own, as JSON.", valueName: "file"), completion: .file())
  var compositeFile: String?
  @Option(help: "Relevance: how the sum of a residual block divides what arrives.") var sumRule: SumRule?
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Relevance: instead of the rules' own stabilizers: 1e-6, clip:1e-6 or norm:1e-2. lrp0 goes without.", valueName: "epsilon"))
  var stabilizer: StabilizerArgument?
  @Flag(help: "Relevance: every rule takes biases as 0.") var zeroBias = false
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Relevance: the lowest input for z-box, one number or one per channel; black otherwise.", valueName: "a,b,..."))
  var low: NumbersArgument?
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Relevance: the highest input for z-box; white otherwise.", valueName: "a,b,..."))
  var high: NumbersArgument?
  @Option(
    help: ArgumentHelp("Relevance: of this layer only these channels hand it on. May be repeated.", valueName: "layer:17,40"))
  var through: [ChannelsArgument] = []

  @Option(parsing: .unconditional, help: ArgumentHelp("smooth-grad, prediction-difference: how many samples.", valueName: "n"))
  var samples: Int?
  @Option(parsing: .unconditional, help: ArgumentHelp("smooth-grad: noise as a share of the input's range.", valueName: "share"))
  var noise: Float?
  @Option(parsing: .unconditional, help: ArgumentHelp("integrated-gradients: steps from baseline to input.", valueName: "n"))
  var steps: Int?
  @Option(
    parsing: .unconditional, help: ArgumentHelp("smooth-grad, prediction-difference, random: seed of what is random.", valueName: "n"))
  var seed: UInt64?
  @Option(parsing: .unconditional, help: ArgumentHelp("occlusion, prediction-difference: side of the window.", valueName: "n"))
  var window: Int?
  @Option(parsing: .unconditional, help: ArgumentHelp("occlusion, prediction-difference: from window to window.", valueName: "n"))
  var stride: Int?
  @Option(parsing: .unconditional, help: ArgumentHelp("prediction-difference: the surroundings that count.", valueName: "n"))
  var padding: Int?
  @Option(
    help: ArgumentHelp(
      "integrated-gradients, occlusion: what a missing input looks like; a number is a brightness, 0 to 1.",
      valueName: "black|white|zero|number")) var baseline: BaselineArgument?
  @Option(help: ArgumentHelp("grad-cam: the layer; the last one with positions otherwise.", valueName: "name")) var camLayer: String?

  func validate() throws {
    let method = attribution ?? .relevance
    let allowed = method.parameters
    for name in given where !allowed.contains(name) {
      let others = allowed.isEmpty ? "it has none" : "it has " + allowed.map { "--\($0)" }.joined(separator: ", ")
      throw ValidationError("--\(name) is no parameter of \(method.name); \(others).")
    }
    guard composite == nil || compositeFile == nil else { throw ValidationError("Name either a --composite or a --composite-file.") }
    for (name, value) in [("samples", samples), ("steps", steps), ("window", window), ("stride", stride)] {
      if let value, !(1...100_000).contains(value) { throw ValidationError("--\(name) must be 1 to 100000.") }
    }
    if let padding, !(0...1000).contains(padding) { throw ValidationError("--padding must be 0 to 1000.") }
    if let noise, !(noise.isFinite && noise >= 0) { throw ValidationError("--noise must be a number from 0.") }
  }

  /// Whether the person chose anything: a method, a composite or a parameter.
  var isChosen: Bool { attribution != nil || !given.isEmpty }

  private var given: [String] {
    let all: [(String, Bool)] = [
      ("composite", composite != nil), ("composite-file", compositeFile != nil), ("sum-rule", sumRule != nil),
      ("stabilizer", stabilizer != nil), ("zero-bias", zeroBias),
      ("low", low != nil), ("high", high != nil), ("through", !through.isEmpty), ("samples", samples != nil), ("noise", noise != nil),
      ("steps", steps != nil), ("seed", seed != nil), ("window", window != nil), ("stride", stride != nil), ("padding", padding != nil),
      ("baseline", baseline != nil), ("cam-layer", camLayer != nil),
    ]
    return all.filter(\.1).map(\.0)
  }

  var isRelevance: Bool {
    switch attribution ?? .relevance {
    case .relevance, .other(.relevance): true
    case .other: false
    }
  }

  /// Whether the method is fitted to a data set.
  var needsData: Bool { if case .other(.predictionDifference) = attribution { true } else { false } }

  /// Makes what relevance needs, so that what does not fit the network is told before anything is read.
  ///
  /// - Parameter chosen: what `chosen()` gave.
  func prepare(_ explainer: Explainer, for chosen: Attribution) throws {
    guard case .relevance(let settings) = chosen else { return }
    do { try explainer.prepare(settings) } catch {
      guard let compositeFile else { throw error }
      switch error {
      case .layerWithoutRule, .ruleDoesNotFit: throw CommandFailure(message: "\(compositeFile): \(error)", exitCode: EX_DATAERR)
      // Bounds that nobody gave on the command line stand in the file.
      case .boundsDoNotFit where low == nil && high == nil:
        throw CommandFailure(message: "\(compositeFile): \(error)", exitCode: EX_DATAERR)
      default: throw error
      }
    }
  }

  /// What of the person's choice has no effect on this network.
  ///
  /// - Throws: where a bound is given and no layer has one.
  func idleChoices(_ chosen: Attribution, network: Network) throws -> [String] {
    guard case .relevance(let settings) = chosen else { return [] }
    let rules = try settings.composite.rules(for: network)
    if low != nil || high != nil, !rules.contains(where: { if case .zBox = $0.rule { true } else { false } }) {
      throw CommandFailure.usage("--low and --high are the bounds of z-box, a rule that \(settings.composite.name) gives to no layer")
    }
    guard let compositeFile else { return [] }
    return settings.composite.idleRows(in: network).map { row in
      "\(compositeFile): the row for \(row.layers.text) with \(row.rule.name) decides about no layer of this network"
    }
  }

  var conditions: [ChannelCondition] { through.map(\.condition) }

  /// The method with its parameters. Reads the composite's file.
  func chosen() throws -> Attribution {
    switch attribution ?? .relevance {
    case .relevance: return .relevance(settings(try compositeFile.map { try Composite(fromFile: $0) } ?? composite ?? .standard))
    case .other(.relevance(let named)): return .relevance(settings(named.composite))
    case .other(.smoothGrad(let noise, let samples, let seed)):
      return .smoothGrad(noise: self.noise ?? noise, samples: self.samples ?? samples, seed: self.seed ?? seed)
    case .other(.integratedGradients(let baseline, let steps)):
      return .integratedGradients(baseline: self.baseline?.baseline ?? baseline, steps: self.steps ?? steps)
    case .other(.gradCAM(let layer)): return .gradCAM(layer: camLayer ?? layer)
    case .other(.occlusion(let window, let stride, let baseline)):
      return .occlusion(
        window: self.window ?? window, stride: self.stride ?? stride, baseline: self.baseline?.baseline ?? baseline)
    case .other(.predictionDifference(let window, let stride, let padding, let samples, let seed)):
      return .predictionDifference(
        window: self.window ?? window, stride: self.stride ?? stride, padding: self.padding ?? padding, samples: self.samples ?? samples,
        seed: self.seed ?? seed)
    case .other(.random(let seed)): return .random(seed: self.seed ?? seed)
    case .other(let fixed): return fixed
    }
  }

  private func settings(_ composite: Composite) -> RelevanceSettings {
    RelevanceSettings(
      composite: composite, sumRule: sumRule ?? .norm, stabilizer: stabilizer?.stabilizer, zeroBias: zeroBias, low: low?.values,
      high: high?.values)
  }
}

/// `relevance`, or a name of `Attribution.named`.
enum AttributionArgument: ExpressibleByArgument {
  /// By the composite that another option names.
  case relevance
  case other(Attribution)

  init?(argument: String) {
    if argument == "relevance" {
      self = .relevance
    } else if let named = Attribution.named(argument) {
      self = .other(named)
    } else {
      return nil
    }
  }

  static var defaultCompletionKind: CompletionKind { .list(allValueStrings) }
  static var allValueStrings: [String] { ["relevance"] + Attribution.others.map(\.name) }

  var name: String {
    switch self {
    case .relevance: "relevance"
    case .other(let attribution): attribution.name
    }
  }

  /// The options that say its parameters.
  var parameters: [String] {
    let ofRelevance = ["sum-rule", "stabilizer", "zero-bias", "low", "high", "through"]
    switch self {
    case .relevance: return ["composite", "composite-file"] + ofRelevance
    case .other(.relevance): return ofRelevance
    case .other(.smoothGrad): return ["samples", "noise", "seed"]
    case .other(.integratedGradients): return ["steps", "baseline"]
    case .other(.gradCAM): return ["cam-layer"]
    case .other(.occlusion): return ["window", "stride", "baseline"]
    case .other(.predictionDifference): return ["window", "stride", "padding", "samples", "seed"]
    case .other(.random): return ["seed"]
    case .other(.gradient), .other(.inputTimesGradient), .other(.guidedBackpropagation), .other(.deconvnet), .other(.edges): return []
    }
  }
}

extension SumRule: ExpressibleByArgument {}

/// `1e-6`, `clip:1e-6`, `norm:1e-2`, or both words before the number.
struct StabilizerArgument: ExpressibleByArgument {
  let stabilizer: Stabilizer

  init?(argument: String) {
    let parts = argument.split(separator: ":", omittingEmptySubsequences: false)
    guard let last = parts.last, let epsilon = Float(last), epsilon.isFinite, epsilon >= 0 else { return nil }
    let words = parts.dropLast()
    guard words.allSatisfy({ $0 == "clip" || $0 == "norm" }), Set(words).count == words.count else { return nil }
    stabilizer = Stabilizer(epsilon: epsilon, clips: words.contains("clip"), scalesByNorm: words.contains("norm"))
  }
}

/// Finite numbers with commas between them.
struct NumbersArgument: ExpressibleByArgument {
  let values: [Float]

  init?(argument: String) {
    let parts = argument.split(separator: ",", omittingEmptySubsequences: false).map { Float($0) }
    values = parts.compactMap(\.self).filter(\.isFinite)
    guard values.count == parts.count else { return nil }
  }
}

/// `layer1.0.add:17,40`. The last colon counts: names may have others.
struct ChannelsArgument: ExpressibleByArgument {
  let condition: ChannelCondition

  init?(argument: String) {
    guard let colon = argument.lastIndex(of: ":"), colon != argument.startIndex else { return nil }
    let parts = argument[argument.index(after: colon)...].split(separator: ",", omittingEmptySubsequences: false)
    let channels = parts.compactMap { Int($0) }
    guard channels.count == parts.count else { return nil }
    condition = ChannelCondition(layer: String(argument[..<colon]), channels: channels)
  }
}

/// `black`, `white`, `zero` or a brightness.
struct BaselineArgument: ExpressibleByArgument {
  let baseline: Attribution.Baseline

  init?(argument: String) {
    switch argument {
    case "black": baseline = .brightness(0)
    case "white": baseline = .brightness(1)
    case "zero": baseline = .zero
    default:
      guard let brightness = Float(argument), (0...1).contains(brightness) else { return nil }
      baseline = .brightness(brightness)
    }
  }
}
