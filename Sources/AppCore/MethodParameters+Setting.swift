import Networks
import Relevance

/// What a change of a parameter asks for: another attribution, or other rules in the composite.
enum ParameterChange {
  case attribution(Attribution)
  case rules((Rule) -> Rule)
}

extension Attribution {
  /// One press of a stepper, up or down; nil where there is no further step.
  func stepped(_ kind: MethodParameter.Kind, up: Bool, _ network: Network?) -> ParameterChange? {
    switch (kind, self) {
    case (.variant, .relevance(var settings)):
      settings.stabilizer = Stabilizer.next(after: settings.stabilizer, up: up)
      return .attribution(.relevance(settings))
    case (.epsilon, .relevance(var settings)):
      guard let epsilon = settings.stabilizer?.epsilon else { return nil }
      settings.stabilizer?.epsilon = ParameterSteps.decade(epsilon, up: up, in: 1e-12...1000)
      return .attribution(.relevance(settings))
    case (.sumRule, .relevance(var settings)):
      settings.sumRule = SumRule.allCases.neighbour(of: settings.sumRule, up: up)
      return .attribution(.relevance(settings))
    case (.zeroBias, .relevance(var settings)):
      settings.zeroBias.toggle()
      return .attribution(.relevance(settings))
    case (.gamma, .relevance), (.alpha, .relevance), (.ruleEpsilon, .relevance):
      return .rules { $0.kind == kind ? $0.stepped(up: up) ?? $0 : $0 }
    case (.low, .relevance(let settings)):
      return bound(kind, (settings.low ?? network?.preprocessing.lowest ?? [0]).map { ParameterSteps.add($0, 0.1, up: up, in: -1e6...1e6) })
    case (.high, .relevance(let settings)):
      return bound(
        kind, (settings.high ?? network?.preprocessing.highest ?? [1]).map { ParameterSteps.add($0, 0.1, up: up, in: -1e6...1e6) })
    case (.form, .gradient(let form)): return .attribution(.gradient(GradientForm.allCases.neighbour(of: form, up: up)))
    case (.layer, .gradCAM(let layer)): return .attribution(.gradCAM(layer: Self.layer(after: layer, up: up, network)))
    case (.baseline, _):
      let all: [Baseline] = [.brightness(0), .brightness(0.5), .brightness(1), .zero]
      return baseline.map { .attribution(with(baseline: all.neighbour(of: $0, up: up))) }
    default:
      return number(kind).flatMap { value in
        let next =
          switch kind {
          case .noise, .brightness: ParameterSteps.add(Float(value), 0.05, up: up, in: 0...2)
          case .seed: Float(value) + (up ? 1 : -1)
          case .samples, .steps: Float(value) + (up ? 5 : -5) - (up && value == 1 ? 1 : 0)
          default: Float(value) + (up ? 1 : -1)
          }
        let range = kind.range
        return setting(kind, to: min(range.upperBound, max(range.lowerBound, Double(next))))
      }
    }
  }

  /// A number that was typed; nil where it is not allowed.
  func setting(_ kind: MethodParameter.Kind, to value: Double) -> ParameterChange? {
    guard kind.range.contains(value) else { return nil }
    let number = Float(value)
    switch (kind, self) {
    case (.epsilon, .relevance(var settings)):
      settings.stabilizer?.epsilon = number
      return .attribution(.relevance(settings))
    case (.low, .relevance), (.high, .relevance): return bound(kind, [number])
    case (.gamma, .relevance): return .rules { $0.kind == .gamma ? .gamma(number) : $0 }
    case (.alpha, .relevance): return .rules { $0.kind == .alpha ? .alphaBeta(alpha: number, beta: number - 1) : $0 }
    case (.ruleEpsilon, .relevance): return .rules { $0.kind == .ruleEpsilon ? .epsilon(number) : $0 }
    case (.brightness, _): return .attribution(with(baseline: .brightness(number)))
    case (.noise, .smoothGrad(_, let samples, let seed)): return .attribution(.smoothGrad(noise: number, samples: samples, seed: seed))
    default: break
    }
    guard let whole = Int(exactly: value.rounded()) else { return nil }
    switch (kind, self) {
    case (.samples, .smoothGrad(let noise, _, let seed)): return .attribution(.smoothGrad(noise: noise, samples: whole, seed: seed))
    case (.seed, .smoothGrad(let noise, let samples, _)):
      return .attribution(.smoothGrad(noise: noise, samples: samples, seed: UInt64(whole)))
    case (.steps, .integratedGradients(let baseline, _)): return .attribution(.integratedGradients(baseline: baseline, steps: whole))
    case (.window, .occlusion(_, let stride, let baseline)):
      return .attribution(.occlusion(window: whole, stride: stride, baseline: baseline))
    case (.stride, .occlusion(let window, _, let baseline)):
      return .attribution(.occlusion(window: window, stride: whole, baseline: baseline))
    case (_, .predictionDifference(var window, var stride, var padding, var samples, var seed)):
      switch kind {
      case .window: window = whole
      case .stride: stride = whole
      case .padding: padding = whole
      case .samples: samples = whole
      case .seed: seed = UInt64(whole)
      default: return nil
      }
      return .attribution(.predictionDifference(window: window, stride: stride, padding: padding, samples: samples, seed: seed))
    case (.seed, .random): return .attribution(.random(seed: UInt64(whole)))
    default: return nil
    }
  }

  /// A parameter as it is unless set.
  func resetting(_ kind: MethodParameter.Kind, base: Composite) -> ParameterChange? {
    switch (kind, self) {
    case (.variant, .relevance(var settings)), (.epsilon, .relevance(var settings)):
      settings.stabilizer = nil
      return .attribution(.relevance(settings))
    case (.sumRule, .relevance(var settings)):
      settings.sumRule = .norm
      return .attribution(.relevance(settings))
    case (.zeroBias, .relevance(var settings)):
      settings.zeroBias = false
      return .attribution(.relevance(settings))
    case (.low, .relevance): return bound(kind, nil)
    case (.high, .relevance): return bound(kind, nil)
    case (.gamma, .relevance), (.alpha, .relevance), (.ruleEpsilon, .relevance):
      let usual = base.rows.map(\.rule).first { $0.kind == kind } ?? Rule.linear.first { $0.kind == kind }
      return usual.map { usual in .rules { $0.kind == kind ? usual : $0 } }
    default:
      guard let usual = Attribution.named(name) else { return nil }
      if kind == .baseline || kind == .brightness { return usual.baseline.map { .attribution(with(baseline: $0)) } }
      if let number = usual.number(kind) { return setting(kind, to: number) }
      return .attribution(usual)
    }
  }

  private func bound(_ kind: MethodParameter.Kind, _ values: [Float]?) -> ParameterChange? {
    guard case .relevance(var settings) = self else { return nil }
    if kind == .low { settings.low = values } else { settings.high = values }
    return .attribution(.relevance(settings))
  }

  private var baseline: Baseline? {
    switch self {
    case .integratedGradients(let baseline, _): baseline
    case .occlusion(_, _, let baseline): baseline
    default: nil
    }
  }

  private func with(baseline: Baseline) -> Attribution {
    switch self {
    case .integratedGradients(_, let steps): .integratedGradients(baseline: baseline, steps: steps)
    case .occlusion(let window, let stride, _): .occlusion(window: window, stride: stride, baseline: baseline)
    default: self
    }
  }

  private func number(_ kind: MethodParameter.Kind) -> Double? {
    switch (kind, self) {
    case (.noise, .smoothGrad(let noise, _, _)): Double(noise)
    case (.samples, .smoothGrad(_, let samples, _)), (.samples, .predictionDifference(_, _, _, let samples, _)): Double(samples)
    case (.seed, .smoothGrad(_, _, let seed)), (.seed, .predictionDifference(_, _, _, _, let seed)), (.seed, .random(let seed)):
      Double(seed)
    case (.steps, .integratedGradients(_, let steps)): Double(steps)
    case (.window, .occlusion(let window, _, _)), (.window, .predictionDifference(let window, _, _, _, _)): Double(window)
    case (.stride, .occlusion(_, let stride, _)), (.stride, .predictionDifference(_, let stride, _, _, _)): Double(stride)
    case (.padding, .predictionDifference(_, _, let padding, _, _)): Double(padding)
    case (.brightness, _):
      if case .brightness(let value)? = baseline { Double(value) } else { nil }
    default: nil
    }
  }

  /// Layers whose outputs have positions; nil, the last of them, stands before the first.
  private static func layer(after layer: String?, up: Bool, _ network: Network?) -> String? {
    let names = network?.layers.filter { $0.outputShape.count == 3 && $0.name != network?.layers.first?.name }.map(\.name) ?? []
    return ([nil] + names.map(Optional.some)).neighbour(of: layer, up: up)
  }
}

extension MethodParameter.Kind {
  /// What a person may type.
  var range: ClosedRange<Double> {
    switch self {
    case .epsilon, .gamma, .ruleEpsilon: 0...1e6
    case .alpha: 1...1000
    case .low, .high: -1e6...1e6
    case .noise: 0...2
    case .brightness: 0...1
    case .samples, .steps: 1...1000
    case .window, .stride: 1...512
    case .padding: 0...64
    case .seed: 0...4_294_967_295
    case .perplexity, .exaggeration: 1...1000
    case .earlyIterations, .iterations: 0...100_000
    case .learningRate: 0.001...1e9
    case .variant, .sumRule, .zeroBias, .form, .baseline, .layer: 0...0
    }
  }
}

extension Rule {
  /// The parameter that its number is.
  fileprivate var kind: MethodParameter.Kind? {
    switch self {
    case .epsilon: .ruleEpsilon
    case .gamma: .gamma
    case .alphaBeta: .alpha
    default: nil
    }
  }
}

extension Stabilizer {
  /// The choices in turn: as each rule has it, then the four variants with the epsilon that is set.
  fileprivate static func next(after current: Stabilizer?, up: Bool) -> Stabilizer? {
    let epsilon = current?.epsilon ?? 1e-6
    let all: [Stabilizer?] = [
      nil, Stabilizer(epsilon: epsilon), Stabilizer(epsilon: epsilon, clips: true), Stabilizer(epsilon: epsilon, scalesByNorm: true),
      Stabilizer(epsilon: epsilon, clips: true, scalesByNorm: true),
    ]
    return all.neighbour(of: current, up: up)
  }
}

extension Array where Element: Equatable {
  /// The next or the previous element, round the ends; the first one for what is not there.
  func neighbour(of element: Element, up: Bool) -> Element {
    let here = firstIndex(of: element)
    return self[here.map { ($0 + (up ? 1 : count - 1)) % count } ?? 0]
  }
}
