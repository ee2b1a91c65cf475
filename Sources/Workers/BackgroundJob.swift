import Networks
import Relevance

/// Work that the inference thread does in small steps while nobody asks for an explanation.
protocol BackgroundJob: AnyObject, Sendable {
  /// What it is about; it is dropped when another network comes.
  var network: Network { get }

  /// Does some more, for about as long as an explanation may have to wait; whether that was all.
  func step(_ explainer: Explainer, _ mailbox: Mailbox) -> Bool
}

/// How many pictures are taken at once, so that a step takes about as long as it may.
struct BatchPace {
  /// Pictures at once.
  private let most: Int
  /// How long an explanation that is asked for meanwhile may have to wait, about, in seconds.
  private static let longest = 0.03

  private(set) var batch = 1

  init(most: Int = 16) { self.most = most }

  /// A batch took `seconds`.
  mutating func took(_ seconds: Double) {
    let pace = seconds / Double(batch)
    batch = min(most, max(1, min(2 * batch, Int(Self.longest / max(pace, 1e-6)))))
  }
}
