import Networks

/// A network with rules applied: what to do at each layer, decided once, used for every picture.
public final class RelevancePlan {
  public let network: Network
  public let settings: RelevanceSettings
  /// The rule of each layer.
  public let rules: [AppliedRule]
  /// What the rules want of linear layers besides their output.
  let wantedParts: [Int: Trace.WantedParts]
  private let linear: [LinearRelevance?]
  private let kernels: any Kernels
  private let shortcuts: [Int: Int]

  /// - Parameter weights: packed weights of the network, shared by all its plans.
  public init(_ settings: RelevanceSettings, weights: PackedWeights) throws(RelevanceError) {
    network = weights.network
    kernels = weights.kernels
    self.settings = settings
    var rules = try settings.composite.rules(for: network)
    let nonnegative = network.layersWithoutNegativeOutput
    var linear: [LinearRelevance?] = []
    for (index, layer) in network.layers.enumerated() {
      rules[index].stabilizer = settings.stabilizer(for: rules[index].rule)
      if settings.zeroBias { rules[index].ignoresBias = true }
      let applied = rules[index]
      guard layer.linear != nil, let lowering = applied.rule.lowering else {
        linear.append(nil)
        continue
      }
      let channels = network.layers[layer.inputs[0]].outputShape[0]
      let usual = network.inputBounds(of: layer.inputs[0])
      var box = (low: settings.low ?? usual.low, high: settings.high ?? usual.high)
      if case .box(let low, let high) = lowering {
        box = (low ?? box.low, high ?? box.high)
        for bounds in [box.low, box.high] where bounds.count != 1 && bounds.count != channels {
          throw .boundsDoNotFit(count: bounds.count, channels: channels)
        }
        rules[index].rule = .zBox(low: box.low, high: box.high)
        try rules[index].rule.check()
      }
      linear.append(
        LinearRelevance(
          lowering, stabilizer: applied.stabilizer, ignoresBias: applied.ignoresBias,
          weights: weights.weights(ofLayer: index), inputIsNonnegative: nonnegative.contains(layer.inputs[0]), box: box))
    }
    self.rules = rules
    self.linear = linear
    wantedParts = linear.enumerated().reduce(into: [:]) { $0[$1.offset] = $1.element?.wantedParts }
    shortcuts = network.shortcutInputs
  }

  /// Relevance of every layer between `start` and the input; nil when cancelled between two layers.
  ///
  /// - Parameters:
  ///   - trace: of a forward pass, with `wantedParts`.
  ///   - start: the layer where relevance starts, and what it starts with there.
  ///   - conditions: at these layers relevance of other channels is dropped before it goes on (Achtibat et al. 2023).
  func relevance(
    _ trace: Trace, start: (layer: Int, relevance: FeatureMaps), through conditions: [Int: Set<Int>] = [:],
    isCancelled: () -> Bool = { false }
  ) -> LayerwiseRelevance? {
    var result = LayerwiseRelevance(network, batch: trace.batch, kernels)
    result.add(start.relevance, start.relevance.statistics(kernels), to: start.layer)
    for index in stride(from: start.layer, through: 0, by: -1) {
      if isCancelled() { return nil }
      let layer = network.layers[index]
      if let channels = conditions[index] { result.keepOnly(channels, of: index) }
      guard let arriving = result.relevance[index] else { continue }
      let (parts, absorbed) = handOn(index, layer, trace: trace, relevance: arriving)
      result.absorbed[index] = absorbed
      for (place, (source, part)) in zip(layer.inputs, parts).enumerated() {
        // What is handed on as it came needs not be counted again; a pad keeps some of it.
        let isAsItCame = rules[index].rule == .pass && parts.count == 1 && absorbed.allSatisfy { $0 == Absorbed() }
        let statistics = isAsItCame ? result.statistics[index] : part.statistics(kernels)
        result.handedOn[index][place] = statistics
        result.add(part, statistics, to: source)
      }
    }
    return result
  }

  private func handOn(_ index: Int, _ layer: Layer, trace: Trace, relevance: FeatureMaps) -> ([FeatureMaps], [Absorbed]) {
    let inputs = layer.inputs.map { trace.outputs[$0] }
    let output = trace.outputs[index]
    let stabilizer = settings.stabilizer ?? .standard
    let nothing = [Absorbed](repeating: Absorbed(), count: relevance.batch)
    func one(_ result: (FeatureMaps, [Absorbed])) -> ([FeatureMaps], [Absorbed]) { ([result.0], result.1) }
    switch layer.operation {
    case .input: return ([], nothing)
    case .convolution, .dense:
      guard let linear = linear[index] else { preconditionFailure("\(layer.name) has a rule for linear layers") }
      return one(linear.relevance(input: inputs[0], output: output, parts: trace.parts[index], relevance: relevance))
    case .relu, .leakyRelu, .clip: return ([relevance], nothing)
    case .affine(let scale, let shift):
      guard case .epsilon = rules[index].rule else { return ([relevance], nothing) }
      let quotients = Quotients(
        sums: output, bias: shift, stabilizer: rules[index].stabilizer, relevance: relevance, kernels)
      return ([inputs[0].times(quotients.positive, kernels).scaled(byEach: scale, kernels)], quotients.absorbed)
    case .reshape: return ([relevance.reshaped(inputs[0].shape)], nothing)
    case .unsupported: preconditionFailure("a network that cannot run has no plan")
    case .add:
      return UnweightedRelevance.sum(
        inputs, output: output, rule: settings.sumRule, shortcut: shortcuts[index] ?? 0, stabilizer: stabilizer, relevance: relevance,
        kernels)
    case .concatenate: return (UnweightedRelevance.concatenate(inputs, relevance: relevance), nothing)
    case .pad(let padding, _): return one(UnweightedRelevance.pad(padding, input: inputs[0], relevance: relevance))
    case .maxPool(let pooling): return ([UnweightedRelevance.maxPool(pooling, input: inputs[0], relevance: relevance, kernels)], nothing)
    case .averagePool(let pooling):
      return one(
        UnweightedRelevance.averagePool(pooling, input: inputs[0], output: output, stabilizer: stabilizer, relevance: relevance, kernels))
    }
  }
}

/// What a backward pass leaves behind, by layer.
struct LayerwiseRelevance {
  /// Relevance of the layer's output; nil where none arrives.
  private(set) var relevance: [FeatureMaps?]
  /// What is counted of it, for each picture.
  private(set) var statistics: [[FeatureMaps.Statistics]]
  /// What the layer hands to each of its inputs, for each picture.
  var handedOn: [[[FeatureMaps.Statistics]]]
  /// What it keeps, for each picture.
  var absorbed: [[Absorbed]]

  private let kernels: any Kernels

  init(_ network: Network, batch: Int, _ kernels: any Kernels) {
    self.kernels = kernels
    let layerCount = network.layers.count
    let nothing = [FeatureMaps.Statistics](repeating: FeatureMaps.Statistics(), count: batch)
    relevance = [FeatureMaps?](repeating: nil, count: layerCount)
    statistics = [[FeatureMaps.Statistics]](repeating: nothing, count: layerCount)
    handedOn = network.layers.map { $0.inputs.map { _ in nothing } }
    absorbed = [[Absorbed]](repeating: [Absorbed](repeating: Absorbed(), count: batch), count: layerCount)
  }

  /// The sum that arrives at a layer's output in one picture.
  func sum(ofLayer layer: Int, _ picture: Int) -> Double { statistics[layer][picture].sum }

  mutating func add(_ part: FeatureMaps, _ partStatistics: [FeatureMaps.Statistics], to layer: Int) {
    if relevance[layer] == nil {
      relevance[layer] = part
      statistics[layer] = partStatistics
    } else {
      relevance[layer] = relevance[layer]?.adding(part, kernels)
      statistics[layer] = relevance[layer]?.statistics(kernels) ?? []
    }
  }

  mutating func keepOnly(_ channels: Set<Int>, of layer: Int) {
    relevance[layer]?.keepOnly(channels)
    statistics[layer] = relevance[layer]?.statistics(kernels) ?? []
  }
}

extension FeatureMaps {
  /// Zero in all other channels.
  fileprivate mutating func keepOnly(_ kept: Set<Int>) {
    let dropped = (0..<channels).filter { !kept.contains($0) }
    let channels = channels
    for start in stride(from: 0, to: values.count, by: channels) {
      for channel in dropped { values[start + channel] = 0 }
    }
  }
}

extension Network {
  /// For each sum the position of the summand behind which the fewest layers with weights stand: the way around a block.
  public var shortcutInputs: [Int: Int] {
    var depths = [Int](repeating: 0, count: layers.count)
    var result: [Int: Int] = [:]
    for (index, layer) in layers.enumerated() {
      depths[index] = (layer.inputs.map { depths[$0] }.max() ?? 0) + (layer.linear == nil ? 0 : 1)
      if case .add = layer.operation {
        // The last one on ties: the way around is written after the branch.
        let depth = layer.inputs.map { depths[$0] }.min()
        result[index] = layer.inputs.lastIndex { depths[$0] == depth }
      }
    }
    return result
  }
}
