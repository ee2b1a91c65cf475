import Networks

/// A rule as it is applied to one layer.
public struct AppliedRule: Sendable, Hashable {
  public var rule: Rule
  public var ignoresBias: Bool
  /// Of its denominators.
  public var stabilizer: Stabilizer

  init(_ rule: Rule, ignoresBias: Bool = false) {
    self.rule = rule
    self.ignoresBias = ignoresBias
    stabilizer = rule.stabilizer
  }
}

extension Composite {
  /// The rule of every layer of a network, in its order. The first row that matches decides about layers with weights, and about
  /// normalizations and average pooling where a row names them; other layers have the rule of their kind.
  ///
  /// - Throws: `RelevanceError` that names a layer without a rule, a rule that is not for its layer, or a bad parameter.
  public func rules(for network: Network) throws(RelevanceError) -> [AppliedRule] {
    for row in rows { try row.rule.check() }
    let places = LayerPlaces(network)
    var result: [AppliedRule] = []
    for (index, layer) in network.layers.enumerated() {
      let row = rows.first { $0.layers.matches(index, layer, places) }
      switch layer.operation {
      case .convolution, .dense:
        guard let row else { throw .layerWithoutRule(layer: layer.name, kind: layer.operation.kind, composite: name) }
        guard row.rule.lowering != nil else { throw .ruleDoesNotFit(rule: row.rule.name, layer: layer.name, kind: layer.operation.kind) }
        result.append(AppliedRule(row.rule, ignoresBias: row.ignoresBias))
      case .affine:
        // Zennit hands relevance through a normalization that is merged into nothing; a user's row may ask for epsilon.
        let fitting = rows.first { $0.rule.fitsAffine && $0.layers.matches(index, layer, places) }
        result.append(fitting.map { AppliedRule($0.rule, ignoresBias: $0.ignoresBias) } ?? AppliedRule(.pass))
      case .add, .averagePool: result.append(AppliedRule(.norm))
      case .maxPool: result.append(AppliedRule(.winnerTakesAll))
      case .input, .relu, .leakyRelu, .clip, .concatenate, .pad, .reshape: result.append(AppliedRule(.pass))
      case .unsupported(let operation, let reason): throw .cannotRun(layer: layer.name, operation: operation, reason: reason)
      }
    }
    return result
  }
}

extension Composite {
  /// The rows that decide about no layer of a network: names that nothing has, layers without weights, or what rows before them took.
  ///
  /// A row about a kind is not among them where rows by name or position leave nothing to it: with another network it may count.
  public func idleRows(in network: Network) -> [Row] {
    let places = LayerPlaces(network)
    var idle = Set(rows.indices)
    // Of each row the rows that are before it for some layer.
    var takers = [Set<Int>](repeating: [], count: rows.count)
    for (index, layer) in network.layers.enumerated() {
      let row = rows.firstIndex { row in
        if case .affine = layer.operation, !row.rule.fitsAffine { return false }
        return row.layers.matches(index, layer, places)
      }
      switch layer.operation {
      case .convolution, .dense, .affine:
        guard let row else { break }
        idle.remove(row)
        for later in rows.indices[(row + 1)...] where rows[later].layers.matches(index, layer, places) { takers[later].insert(row) }
      default: break
      }
    }
    return idle.sorted().filter { row in
      rows[row].layers.isAboutOne || takers[row].isEmpty || !takers[row].allSatisfy { rows[$0].layers.isAboutOne }
    }.map { rows[$0] }
  }
}

extension Rule {
  fileprivate var fitsAffine: Bool {
    switch self {
    case .pass, .epsilon: true
    default: false
    }
  }
}

/// Where the layers with weights stand.
struct LayerPlaces {
  /// The first in topological order that reads the input, as Zennit has it: others that read it too have the rule of their kind.
  let first: Int?
  let last: Set<Int>
  /// Number of each layer with weights, counted from 0.
  let positions: [Int: Int]

  init(_ network: Network) {
    var seesInput = Set([0])
    var first: Int?
    var positions: [Int: Int] = [:]
    for (index, layer) in network.layers.enumerated() {
      if layer.linear != nil { positions[index] = positions.count }
      guard layer.inputs.contains(where: seesInput.contains) else { continue }
      if layer.linear == nil { seesInput.insert(index) } else { first = first ?? index }
    }
    var seesOutput = Set<Int>()
    var last = Set<Int>()
    let consumers = network.consumers
    for index in network.layers.indices.reversed()
    where index == network.layers.count - 1 || consumers[index].contains(where: seesOutput.contains) {
      if network.layers[index].linear != nil { last.insert(index) } else { seesOutput.insert(index) }
    }
    self.first = first
    self.last = last
    self.positions = positions
  }
}

extension LayerSelector {
  /// Whether it names layers, instead of a kind of them.
  fileprivate var isAboutOne: Bool {
    switch self {
    case .name, .positions: true
    case .first, .last, .kind, .all: false
    }
  }

  fileprivate func matches(_ index: Int, _ layer: Layer, _ places: LayerPlaces) -> Bool {
    switch self {
    case .first: places.first == index
    case .last: places.last.contains(index)
    case .positions(let range): places.positions[index].map(range.contains) ?? false
    case .kind(let kind): layer.operation.kind == kind
    case .name(let pattern): globMatches(pattern[...], layer.name[...])
    case .all: places.positions[index] != nil
    }
  }
}

/// Whether a text fits a pattern in which `*` stands for any text and `?` for any character. Cost: the product of the lengths at worst.
func globMatches(_ pattern: Substring, _ text: Substring) -> Bool {
  // Where the last `*` stood, and how much of the text it has taken: a later `*` makes an earlier one's choice final.
  var (p, t) = (pattern.startIndex, text.startIndex)
  var star: (pattern: Substring.Index, text: Substring.Index)?
  while t < text.endIndex {
    if p < pattern.endIndex, pattern[p] == "*" {
      star = (p, t)
      p = pattern.index(after: p)
    } else if p < pattern.endIndex, pattern[p] == "?" || pattern[p] == text[t] {
      p = pattern.index(after: p)
      t = text.index(after: t)
    } else if let last = star {
      let next = text.index(after: last.text)
      star = (last.pattern, next)
      p = pattern.index(after: last.pattern)
      t = next
    } else {
      return false
    }
  }
  return pattern[p...].allSatisfy { $0 == "*" }
}
