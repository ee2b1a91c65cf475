import Relevance

/// How the logits of a drawing went over the last seconds: what a stroke, or a stroke less, did to them.
struct LogitTrail: Sendable {
  /// What is seen of it.
  static let span = Duration.seconds(12)
  private static let most = 800

  struct Entry: Sendable {
    let time: Duration
    let logits: [Float]
  }

  private(set) var entries: [Entry] = []

  mutating func add(_ logits: [Float], at time: Duration) {
    if let last = entries.last, last.logits.count != logits.count { entries = [] }
    entries.append(Entry(time: time, logits: logits))
    entries.removeAll { time - $0.time > Self.span }
    if entries.count > Self.most { entries.removeFirst(entries.count - Self.most) }
  }

  /// The classes that led at any of its times, those that lead now first; no more than `count`.
  func leaders(_ count: Int) -> [Int] {
    guard let last = entries.last else { return [] }
    var best: [Int] = last.logits.indices.sorted { (last.logits[$0], $1) > (last.logits[$1], $0) }
    let once = entries.map(\.logits.indexOfLargest)
    // One that led before stands before one that never did.
    let led = Set(once)
    best = best.filter { led.contains($0) } + best.filter { !led.contains($0) }
    return Array(best.prefix(count))
  }
}
