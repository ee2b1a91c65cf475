/// What stands in the status line until it is closed, or until something else is to be said.
struct Message: Sendable, Equatable {
  enum Kind: Sendable { case error, warning, notice }
  var kind: Kind
  var text: String
  /// Why an explanation failed: no longer true once one has come.
  var isAboutExplaining = false
}

struct Progress: Sendable {
  var fraction: Double?
  var since: Duration?
  /// The share that was done at `since` already.
  var start = 0.0

  /// At the pace so far; nil too early to say, or where it is next to nothing.
  func secondsLeft(at now: Duration) -> Double? {
    guard let since, let fraction, fraction > start + 0.03 else { return nil }
    let elapsed = (now - since).inSeconds
    let left = elapsed * (1 - fraction) / (fraction - start)
    return elapsed > 1 && left >= 1 ? left : nil
  }
}
