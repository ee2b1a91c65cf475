import Embedding

/// What can be set about a run, as the editor shows it.
extension EmbeddingParameters {
  func rows(count: Int) -> [MethodParameter] {
    let automatic = Double(count) / exaggeration
    return [
      number(.perplexity, "Perplexity", Numbers.short(Float(perplexity)), "about how many neighbours count"),
      number(.exaggeration, "Exaggeration", Numbers.short(Float(exaggeration)), "how much stronger attraction is at first"),
      number(.earlyIterations, "Early iterations", "\(earlyIterations)", "with exaggeration"),
      number(.iterations, "Iterations", "\(iterations)", "after them"),
      number(
        .learningRate, "Learning rate",
        learningRate.map { Numbers.short(Float($0)) } ?? "\(Numbers.grouped(Int(automatic.rounded()))) (usual)",
        "step length; usual: points / exaggeration"),
      number(.seed, "Seed", "\(seed)", "the same seed gives the same map"),
    ]
  }

  private func number(_ kind: MethodParameter.Kind, _ title: String, _ value: String, _ hint: String) -> MethodParameter {
    MethodParameter(kind: kind, title: title, value: value, hint: hint, takesNumbers: true, allowed: kind.allowedText)
  }

  /// One press of a stepper.
  func stepped(_ kind: MethodParameter.Kind, up: Bool, count: Int) -> EmbeddingParameters {
    func next(_ value: Double, _ step: Float) -> Double {
      Double(ParameterSteps.add(Float(value), step, up: up, in: Float(kind.range.lowerBound)...Float(kind.range.upperBound)))
    }
    let value: Double
    switch kind {
    case .perplexity: value = next(perplexity, 5)
    case .exaggeration: value = next(exaggeration, 1)
    case .earlyIterations: value = next(Double(earlyIterations), 50)
    case .iterations: value = next(Double(iterations), 50)
    case .learningRate:
      let present = learningRate ?? max(1, Double(count) / exaggeration)
      value = min(kind.range.upperBound, max(kind.range.lowerBound, up ? present * 2 : present / 2))
    case .seed: value = max(0, Double(seed) + (up ? 1 : -1))
    default: return self
    }
    return setting(kind, to: value) ?? self
  }

  /// A number that was typed; nil where it is not allowed.
  func setting(_ kind: MethodParameter.Kind, to value: Double) -> EmbeddingParameters? {
    guard kind.range.contains(value) else { return nil }
    var result = self
    switch kind {
    case .perplexity: result.perplexity = value
    case .exaggeration: result.exaggeration = value
    case .earlyIterations: result.earlyIterations = Int(value.rounded())
    case .iterations: result.iterations = Int(value.rounded())
    case .learningRate: result.learningRate = value
    case .seed: result.seed = UInt64(value.rounded())
    default: return nil
    }
    return result
  }

  /// A parameter as in `usual`.
  func resetting(_ kind: MethodParameter.Kind, to usual: EmbeddingParameters) -> EmbeddingParameters {
    var result = self
    switch kind {
    case .perplexity: result.perplexity = usual.perplexity
    case .exaggeration: result.exaggeration = usual.exaggeration
    case .earlyIterations: result.earlyIterations = usual.earlyIterations
    case .iterations: result.iterations = usual.iterations
    case .learningRate: result.learningRate = usual.learningRate
    case .seed: result.seed = usual.seed
    default: break
    }
    return result
  }
}

extension MethodParameter.Kind {
  /// What may be typed, in words.
  fileprivate var allowedText: String {
    "\(Numbers.short(Float(range.lowerBound))) to \(range.upperBound < 1e7 ? Numbers.grouped(Int(range.upperBound)) : "\(Int(range.upperBound))")"
  }
}
