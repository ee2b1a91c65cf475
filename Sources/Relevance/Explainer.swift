import Foundation
import Networks
import Tensors

/// Explains predictions of one network: forward pass, then relevance or another attribution from a target.
///
/// Plans are made when settings are first used; the last few are kept. Not for use by two threads at once.
public final class Explainer {
  public let network: Network
  /// What the data lets expect in a window: needed by `Attribution.predictionDifference`.
  public var patchModel: PatchModel?
  /// Called with the share that is done, up to 1, between the batches of attributions that take many passes through the network.
  public var progress: ((Double) -> Void)?
  let weights: PackedWeights
  private var plans: [(settings: RelevanceSettings, plan: RelevancePlan)] = []
  private static let mostPlans = 8

  public init(_ network: Network, kernels: any Kernels) {
    self.network = network
    weights = PackedWeights(network, kernels: kernels)
  }

  /// Packs what settings need, so that the first picture does not wait for it.
  public func prepare(_ settings: RelevanceSettings) throws(RelevanceError) { _ = try plan(settings) }

  public func logits(of input: Tensor) -> Tensor { weights.forward.logits(of: input) }

  /// Explains one input `[C, H, W]`; nil when cancelled.
  public func explain(
    _ input: Tensor, _ query: Query = Query(), isCancelled: () -> Bool = { false }
  ) throws(RelevanceError) -> Explanation? {
    try explain(batch: input.reshaped([1] + input.shape), query, isCancelled: isCancelled)?.first
  }

  /// Explains one input `[C, H, W]` for several targets, in one backward pass; nil when cancelled.
  public func explain(
    _ input: Tensor, _ query: Query, targets: [Target], keepsLayers: Bool = true, isCancelled: () -> Bool = { false }
  ) throws(RelevanceError) -> [Explanation]? {
    guard let trace = try trace(of: input, for: query.attribution, isCancelled: isCancelled) else { return nil }
    return try explain(trace, query, targets: targets, keepsLayers: keepsLayers, isCancelled: isCancelled)
  }

  /// Explains inputs `[N, C, H, W]`; nil when cancelled.
  ///
  /// - Parameter keepsLayers: whether explanations carry what each layer gave out and its relevance, which is most of their memory.
  public func explain(
    batch input: Tensor, _ query: Query, keepsLayers: Bool = true, isCancelled: () -> Bool = { false }
  ) throws(RelevanceError) -> [Explanation]? {
    guard let trace = try trace(of: FeatureMaps(input), for: query.attribution, isCancelled: isCancelled) else { return nil }
    return try explain(trace, query, targets: [query.target], keepsLayers: keepsLayers, isCancelled: isCancelled)
  }

  /// The forward pass of one input `[C, H, W]`, from which it can be explained for many targets, some at a time; nil when cancelled.
  public func trace(
    of input: Tensor, for attribution: Attribution, isCancelled: () -> Bool = { false }
  ) throws(RelevanceError) -> Trace? {
    try trace(of: FeatureMaps(input.reshaped([1] + input.shape)), for: attribution, isCancelled: isCancelled)
  }

  func trace(of inputs: FeatureMaps, for attribution: Attribution, isCancelled: () -> Bool) throws(RelevanceError) -> Trace? {
    for layer in network.layers {
      guard case .unsupported(let operation, let reason) = layer.operation else { continue }
      throw .cannotRun(layer: layer.name, operation: operation, reason: reason)
    }
    let plan: RelevancePlan? = if case .relevance(let settings) = attribution { try self.plan(settings) } else { nil }
    return weights.forward.trace(of: inputs, parts: plan?.wantedParts ?? [:], isCancelled: isCancelled)
  }

  /// Explains each picture of a forward pass that was made for this query's attribution, for every target, in one backward pass: the
  /// first picture's targets come first. Nil when cancelled.
  public func explain(
    _ trace: Trace, _ query: Query, targets: [Target], keepsLayers: Bool = true, isCancelled: () -> Bool = { false }
  ) throws(RelevanceError) -> [Explanation]? {
    let trace = trace.repeated(targets.count)
    let subjects = try Subjects(network, trace: trace, targets: targets)
    if case .relevance(let settings) = query.attribution {
      return try relevance(try plan(settings), query, trace, subjects, keepsLayers: keepsLayers, isCancelled: isCancelled)
    }
    guard query.conditions.isEmpty else {
      throw .parameter("conditions on channels go with relevance, not with \(query.attribution.name)")
    }
    let pictures = AttributedPictures(trace: trace, subjects: subjects, targetCount: targets.count)
    return try attribution(query.attribution, pictures, isCancelled: isCancelled)
  }

  /// Relevance of every layer; nil when cancelled.
  func layerwise(
    _ plan: RelevancePlan, _ query: Query, _ trace: Trace, _ subjects: Subjects, isCancelled: () -> Bool
  ) throws(RelevanceError) -> LayerwiseRelevance? {
    var conditions: [Int: Set<Int>] = [:]
    for condition in query.conditions {
      let layer = try network.layer(named: condition.layer)
      let channels = network.layers[layer].outputShape[0]
      for channel in condition.channels where !(0..<channels).contains(channel) {
        throw .noSuchChannel(channel, layer: condition.layer, channels: channels)
      }
      guard network.isReached(layer: layer, from: subjects.layer) else {
        throw .notReached(layer: condition.layer, start: network.layers[subjects.layer].name)
      }
      conditions[layer, default: []].formUnion(condition.channels)
    }
    let start = subjects.factors.times(trace.outputs[subjects.layer], weights.kernels)
    return plan.relevance(trace, start: (subjects.layer, start), through: conditions, isCancelled: isCancelled)
  }

  private func relevance(
    _ plan: RelevancePlan, _ query: Query, _ trace: Trace, _ subjects: Subjects, keepsLayers: Bool, isCancelled: () -> Bool
  ) throws(RelevanceError) -> [Explanation]? {
    guard let result = try layerwise(plan, query, trace, subjects, isCancelled: isCancelled) else { return nil }
    let input = result.relevance[0] ?? FeatureMaps(zeros: trace.outputs[0].shape, batch: trace.batch)
    return (0..<trace.batch).map { row in
      let started = result.sum(ofLayer: subjects.layer, row)
      return subjects.explanation(
        row, query.attribution, trace, relevance: input.picture(row), start: started,
        layers: keepsLayers ? layers(plan, trace, result, row) : [],
        warnings: Explanation.Warning.found(in: result, network, row, start: started))
    }
  }

  private func layers(_ plan: RelevancePlan, _ trace: Trace, _ result: LayerwiseRelevance, _ row: Int) -> [LayerRelevance] {
    network.layers.indices.map { index in
      LayerRelevance(
        network.layers[index], applied: plan.rules[index], statistics: result.statistics[index][row],
        handedOn: result.handedOn[index].map { $0[row] }, absorbed: result.absorbed[index][row], activation: trace.outputs[index][row],
        relevance: result.relevance[index]?[row])
    }
  }

  func plan(_ settings: RelevanceSettings) throws(RelevanceError) -> RelevancePlan {
    if let known = plans.first(where: { $0.settings == settings }) { return known.plan }
    let made = try RelevancePlan(settings, weights: weights)
    if plans.count == Self.mostPlans { plans.removeFirst() }
    plans.append((settings, made))
    return made
  }
}

/// What the rows of a batch are explained for.
struct Subjects {
  let layer: Int
  /// For each row.
  let targets: [Target]
  let classes: [[Int]]
  let logits: [[Float]]
  /// The factors of the outputs of `layer`: what is explained is the sum of factors times outputs.
  let factors: FeatureMaps

  /// - Parameter trace: each picture as often as there are targets, in a row.
  init(_ network: Network, trace: Trace, targets: [Target]) throws(RelevanceError) {
    let logits = (0..<trace.batch).map { trace.logits.picture($0).values }
    var resolved: [ResolvedTarget] = []
    for row in 0..<trace.batch {
      resolved.append(try ResolvedTarget(targets[row % targets.count], network: network, logits: logits[row]))
    }
    layer = resolved[0].layer
    guard resolved.allSatisfy({ $0.layer == resolved[0].layer }) else {
      throw .parameter("targets that are explained together belong to one layer")
    }
    var factors = FeatureMaps(zeros: trace.outputs[layer].shape, batch: trace.batch)
    let (size, channels) = (factors.size, factors.channels)
    factors.withMutablePointer { pointer in
      for (row, target) in resolved.enumerated() { target.writeFactors(into: pointer + row * size, channels: channels) }
    }
    self.factors = factors
    self.logits = logits
    self.targets = (0..<trace.batch).map { targets[$0 % targets.count] }
    classes = resolved.map(\.classes)
  }

  /// What is explained in row `row` of outputs of `layer`.
  func value(_ row: Int, in outputs: FeatureMaps) -> Double {
    zip(factors[row].values, outputs.values).reduce(0) { $0 + Double($1.0) * Double($1.1) }
  }

  func explanation(
    _ row: Int, _ attribution: Attribution, _ trace: Trace, relevance: Tensor, start: Double, layers: [LayerRelevance] = [],
    warnings: [Explanation.Warning] = [], completenessError: Double? = nil, coarseMap: Explanation.CoarseMap? = nil
  ) -> Explanation {
    Explanation(
      logits: logits[row], probabilities: softmax(logits[row]), attribution: attribution, target: targets[row],
      targetClass: classes[row].first ?? 0, input: trace.outputs[0].picture(row), relevance: relevance, start: start, layers: layers,
      warnings: warnings, completenessError: completenessError, coarseMap: coarseMap)
  }
}

extension Explanation.Warning {
  /// The worst growth of the sum, and the first layer that is met with numbers that are not finite.
  static func found(in relevance: LayerwiseRelevance, _ network: Network, _ row: Int, start: Double) -> [Explanation.Warning] {
    var warnings: [Explanation.Warning] = []
    let layers = network.layers.indices.filter { relevance.relevance[$0] != nil }
    func sum(_ layer: Int) -> Double { relevance.sum(ofLayer: layer, row) }
    if let worst = layers.max(by: { abs(sum($0)) < abs(sum($1)) }), start != 0, abs(sum(worst)) > largestGrowth * abs(start) {
      warnings.append(.blowUp(layer: network.layers[worst].name, sum: sum(worst), start: start))
    }
    if let first = layers.last(where: { relevance.statistics[$0][row].nonFiniteCount > 0 }) {
      warnings.append(.notFinite(layer: network.layers[first].name, count: relevance.statistics[first][row].nonFiniteCount))
    }
    return warnings
  }
}

/// exp(x_i) / sum of exp(x_j), computed so that no exponential overflows.
public func softmax(_ logits: [Float]) -> [Float] {
  guard let largest = logits.max() else { return [] }
  let exponentials = logits.map { exp(Double($0 - largest)) }
  let total = exponentials.reduce(0, +)
  return exponentials.map { Float($0 / total) }
}
