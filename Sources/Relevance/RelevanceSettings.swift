/// How relevance is propagated: everything that a user can set about LRP.
public struct RelevanceSettings: Sendable, Hashable {
  public var composite: Composite
  public var sumRule: SumRule
  /// Instead of the stabilizers of the rules; `lrp0` keeps having none.
  public var stabilizer: Stabilizer?
  /// Whether every rule takes biases as 0.
  public var zeroBias: Bool
  /// Bounds of zBox where its rule does not say: one number for all channels or one for each; nil: black and white as the network's
  /// preprocessing makes them.
  public var low: [Float]?
  public var high: [Float]?

  public init(
    composite: Composite = .standard, sumRule: SumRule = .norm, stabilizer: Stabilizer? = nil, zeroBias: Bool = false,
    low: [Float]? = nil, high: [Float]? = nil
  ) {
    self.composite = composite
    self.sumRule = sumRule
    self.stabilizer = stabilizer
    self.zeroBias = zeroBias
    self.low = low
    self.high = high
  }

  func stabilizer(for rule: Rule) -> Stabilizer {
    if case .lrp0 = rule { return rule.stabilizer }
    return stabilizer ?? rule.stabilizer
  }
}
