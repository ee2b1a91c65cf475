import Networks

/// Why relevance cannot be computed.
public enum RelevanceError: Error, Sendable, Equatable, CustomStringConvertible {
  case layerWithoutRule(layer: String, kind: String, composite: String)
  case noSuchClass(Int, classes: Int)

  public var description: String {
    switch self {
    case .layerWithoutRule(let layer, let kind, let composite): "composite \(composite) has no rule for \(kind) \(layer)"
    case .noSuchClass(let target, let classes): "target \(target) is not a class; 0 to \(classes - 1) are"
    }
  }
}

extension Composite {
  /// The first row that matches decides about a linear layer; other layers have the rule of their kind.
  func rule(for layer: Layer, isFirst: Bool, preprocessing: Preprocessing) throws(RelevanceError) -> Rule {
    switch layer.operation {
    case .input, .relu, .flatten, .affine: return .pass
    case .add, .averagePool: return .norm
    case .maxPool: return .winnerTakesAll
    case .convolution, .dense: break
    }
    for row in rows where row.layers.match(layer, isFirst: isFirst) {
      switch row.rule {
      case .rule(let rule): return rule
      case .boxOfInput: return .zBox(low: preprocessing.lowest, high: preprocessing.highest)
      }
    }
    throw .layerWithoutRule(layer: layer.name, kind: layer.operation.kind, composite: name)
  }
}

extension Composite.Layers {
  fileprivate func match(_ layer: Layer, isFirst: Bool) -> Bool {
    switch (self, layer.operation) {
    case (.first, _): isFirst
    case (.convolution, .convolution), (.dense, .dense): true
    default: false
    }
  }
}

extension Network {
  /// The linear layers that read the input with no other linear layer in between.
  var firstLinearLayers: Set<Int> {
    var seesInput = Set([0])
    var first = Set<Int>()
    for (index, layer) in layers.enumerated() where layer.inputs.contains(where: seesInput.contains) {
      if layer.linear != nil { first.insert(index) } else { seesInput.insert(index) }
    }
    return first
  }

  /// The layers whose output has no number below zero, whatever the input.
  var layersWithoutNegativeOutput: Set<Int> {
    var result = Set<Int>()
    for (index, layer) in layers.enumerated() {
      switch layer.operation {
      case .relu: result.insert(index)
      case .add, .maxPool, .averagePool, .flatten:
        if layer.inputs.allSatisfy(result.contains) { result.insert(index) }
      case .input, .convolution, .dense, .affine: break
      }
    }
    return result
  }
}
