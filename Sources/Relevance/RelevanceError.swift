/// Why relevance cannot be computed.
public enum RelevanceError: Error, Sendable, Equatable, CustomStringConvertible {
  case layerWithoutRule(layer: String, kind: String, composite: String)
  case ruleDoesNotFit(rule: String, layer: String, kind: String)
  case noSuchClass(Int, classes: Int)
  case noSuchLayer(String)
  case noSuchChannel(Int, layer: String, channels: Int)
  case noSuchPosition(row: Int, column: Int, layer: String, shape: [Int])
  /// A condition where no relevance arrives.
  case notReached(layer: String, start: String)
  case boundsDoNotFit(count: Int, channels: Int)
  case cannotRun(layer: String, operation: String, reason: String)
  case parameter(String)

  public var description: String {
    switch self {
    case .layerWithoutRule(let layer, let kind, let composite): "composite \(composite) has no rule for \(kind) \(layer)"
    case .ruleDoesNotFit(let rule, let layer, let kind): "rule \(rule) is not for \(kind) \(layer)"
    case .noSuchClass(let target, let classes): "target \(target) is not a class; 0 to \(classes - 1) are"
    case .noSuchLayer(let name): "the network has no layer \(name)"
    case .noSuchChannel(let channel, let layer, let channels): "layer \(layer) has no channel \(channel); 0 to \(channels - 1) are there"
    case .noSuchPosition(let row, let column, let layer, let shape): "layer \(layer) of shape \(shape) has no position \(row), \(column)"
    case .notReached(let layer, let start):
      "no relevance that starts at layer \(start) arrives at layer \(layer): nothing can go through it"
    case .boundsDoNotFit(let count, let channels):
      "\(count) bounds do not fit an input of \(channels) channel\(channels == 1 ? "" : "s"): give one number, or one per channel"
    case .cannotRun(let layer, let operation, let reason): "the network cannot run: \(reason), at layer \(layer) (\(operation))"
    case .parameter(let problem): problem
    }
  }
}
