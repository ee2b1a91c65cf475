import Relevance

/// What is doubtful about explanations, said once for each kind of doubt.
struct WarningSummary {
  private var kinds: [(kind: String, first: String, count: Int)] = []

  /// - Parameter input: what it is an explanation of.
  mutating func add(_ warnings: [Explanation.Warning], of input: String) {
    for warning in warnings {
      if let index = kinds.firstIndex(where: { $0.kind == warning.kind }) {
        kinds[index].count += 1
      } else {
        kinds.append((warning.kind, "\(input): \(warning)", 1))
      }
    }
  }

  var sentences: [String] {
    kinds.map { "warning: \($0.first)" + ($0.count > 1 ? " (and the like in \($0.count - 1) more)" : "") }
  }
}

extension Explanation.Warning {
  fileprivate var kind: String {
    switch self {
    case .blowUp: "blow-up"
    case .notFinite: "not finite"
    }
  }
}
