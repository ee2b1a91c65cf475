import Relevance

/// A composite with what a person changed in it: rows of their own stand before those of the composite that was chosen.
struct RuleHistory: Sendable {
  static let mostUndos = 200

  private(set) var base: Composite
  private(set) var current: Composite
  private var past: [Composite] = []
  private var future: [Composite] = []

  init(_ base: Composite, current: Composite? = nil) {
    self.base = base
    self.current = current ?? base
  }

  /// What was changed of a composite that is known by its name.
  init(of current: Composite, among known: [Composite]) {
    self.init(known.first { $0.name == current.name || Self.ownName($0.name) == current.name } ?? current, current: current)
  }

  var isChanged: Bool { current.rows != base.rows }
  var canUndo: Bool { !past.isEmpty }
  var canRedo: Bool { !future.isEmpty }

  /// Rows that were put before the composite's own.
  var ownRows: [Composite.Row] { Array(current.rows.prefix(max(0, current.rows.count - base.rows.count))) }

  /// The rule that a row of one's own gives to exactly these layers.
  func ownRule(for layers: LayerSelector) -> Rule? { ownRows.first { $0.layers == layers }?.rule }

  /// Gives layers a rule; nil: what the composite would give them. The newest row counts most.
  mutating func give(_ rule: Rule?, to layers: LayerSelector) {
    let others = ownRows.filter { $0.layers != layers }
    let ignoresBias = current.rows.contains { $0.ignoresBias }
    let own = (rule.map { [Composite.Row(layers, $0, ignoresBias: ignoresBias)] } ?? []) + others
    replaceRows(own + current.rows.suffix(base.rows.count))
  }

  /// Changes the numbers of rules wherever they are used.
  mutating func changeRules(_ change: (Rule) -> Rule) {
    replaceRows(
      current.rows.map { row in
        var row = row
        row.rule = change(row.rule)
        return row
      })
  }

  mutating func reset() { replaceRows(base.rows) }

  mutating func undo() {
    guard let earlier = past.popLast() else { return }
    future.append(current)
    current = earlier
  }

  mutating func redo() {
    guard let later = future.popLast() else { return }
    past.append(current)
    current = later
  }

  private mutating func replaceRows(_ rows: [Composite.Row]) {
    guard rows != current.rows else { return }
    past.append(current)
    if past.count > Self.mostUndos { past.removeFirst() }
    future = []
    current.rows = rows
    current.name = rows == base.rows ? base.name : Self.ownName(base.name)
    current.summary = rows == base.rows ? base.summary : "\(base.name) with rules of your own"
  }

  private static func ownName(_ name: String) -> String { name.hasPrefix("my-") ? name : "my-\(name)" }
}

extension Rule {
  /// The same rule with its number a step larger or smaller; nil for rules without one.
  func stepped(up: Bool) -> Rule? {
    switch self {
    case .epsilon(let epsilon): .epsilon(ParameterSteps.decade(epsilon, up: up, in: 1e-12...10))
    case .gamma(let gamma): .gamma(ParameterSteps.double(gamma, up: up, in: 1 / 1024...1024))
    case .alphaBeta(let alpha, _):
      .alphaBeta(
        alpha: ParameterSteps.add(alpha, 0.5, up: up, in: 1...10), beta: ParameterSteps.add(alpha, 0.5, up: up, in: 1...10) - 1)
    default: nil
    }
  }
}

/// How far one press of a stepper goes.
enum ParameterSteps {
  static func decade(_ value: Float, up: Bool, in range: ClosedRange<Float>) -> Float {
    // By decimal places, so that 1e-6 and ten times a tenth of it are the same number.
    guard value > 0 else { return up ? range.lowerBound : 0 }
    let decades: [Float] = [1e-12, 1e-11, 1e-10, 1e-9, 1e-8, 1e-7, 1e-6, 1e-5, 1e-4, 1e-3, 0.01, 0.1, 1, 10, 100, 1000]
    let next = up ? decades.first { $0 > value } : decades.last { $0 < value }
    return min(range.upperBound, max(range.lowerBound, next ?? value))
  }

  static func double(_ value: Float, up: Bool, in range: ClosedRange<Float>) -> Float {
    min(range.upperBound, max(range.lowerBound, up ? value * 2 : value / 2))
  }

  static func add(_ value: Float, _ step: Float, up: Bool, in range: ClosedRange<Float>) -> Float {
    // Onto the grid of steps: a typed 0.13 goes to 0.15 or 0.1 by steps of 0.05.
    let steps = value / step
    let nearest = steps.rounded()
    let isOnGrid = abs(steps - nearest) < 1e-3
    let next = isOnGrid ? nearest + (up ? 1 : -1) : up ? steps.rounded(.up) : steps.rounded(.down)
    return min(range.upperBound, max(range.lowerBound, next * step))
  }
}
