extension Rule {
  /// Whether the parameters are ones that the rule has a meaning for: alpha - beta = 1 with both at least 0, gamma and epsilon finite and
  /// at least 0, bounds finite and low at most high.
  ///
  /// - Throws: `RelevanceError.parameter` with what is wrong.
  func check() throws(RelevanceError) {
    switch self {
    case .epsilon(let epsilon):
      guard epsilon.isFinite, epsilon >= 0 else { throw .parameter("epsilon is \(epsilon); a number of at least 0 is allowed") }
    case .gamma(let gamma):
      guard gamma.isFinite, gamma >= 0 else { throw .parameter("gamma is \(gamma); a number of at least 0 is allowed") }
    case .alphaBeta(let alpha, let beta):
      // 1.3 - 0.3 is not exactly 1 in binary numbers.
      guard alpha.isFinite, alpha >= 0, beta >= 0, abs(alpha - beta - 1) <= 1e-5 * max(1, alpha) else {
        throw .parameter("alpha \(alpha) and beta \(beta) do not go together; alpha - beta must be 1, and both at least 0")
      }
    case .zBox(let low, let high):
      for (name, bounds) in [("low", low), ("high", high)] {
        guard let bounds else { continue }
        guard !bounds.isEmpty, bounds.allSatisfy(\.isFinite) else {
          throw .parameter("\(name) of z-box is \(bounds); one finite number, or one for each channel, is allowed")
        }
      }
      guard let low, let high else { return }
      guard low.count == high.count || low.count == 1 || high.count == 1 else {
        throw .parameter("z-box has \(low.count) low and \(high.count) high bounds; as many of both are needed, or one")
      }
      for index in 0..<max(low.count, high.count) {
        let (lowest, highest) = (low[min(index, low.count - 1)], high[min(index, high.count - 1)])
        guard lowest <= highest else { throw .parameter("low \(lowest) of z-box is above its high \(highest)") }
      }
    case .lrp0, .zPlus, .wSquare, .flat, .norm, .pass, .winnerTakesAll: break
    }
  }
}
