import AppCore
import Foundation

/// Where workers leave events for the thread that owns the window. Posting wakes that thread.
public final class Mailbox: Sendable {
  private let wake: @Sendable () -> Void
  private let events = Locked<[Event]>([])

  /// - Parameter wake: called after each event, on the worker's thread; should be cheap and coalesce.
  public init(wake: @escaping @Sendable () -> Void) { self.wake = wake }

  /// A map on its way replaces one that nobody has read yet, so that memory stays flat however fast maps come; so do reports of how far
  /// an explanation is, and pictures of a channel.
  func post(_ event: Event) {
    events.withLock { events in
      switch (event, events.last) {
      case (.embeddingAdvanced, .embeddingAdvanced?), (.representationAdvanced, .representationAdvanced?),
        (.explanationProgressed, .explanationProgressed?), (.channelRanked, .channelRanked?):
        events.removeLast()
      default: break
      }
      events.append(event)
    }
    wake()
  }

  /// Everything that has come since the last call, in order.
  ///
  /// - Parameter leavesMap: a map on its way that came last stays, for a newer one to replace it: where nobody is about to look at it.
  public func drain(leavesMap: Bool = false) -> [Event] {
    events.withLock { events in
      var left: [Event] = []
      if leavesMap, case .embeddingAdvanced? = events.last { left = [events.removeLast()] }
      defer { events = left }
      return events
    }
  }
}

/// A value and the lock that guards it.
///
/// `@unchecked Sendable` is sound because `value` is only ever touched between `lock()` and `unlock()`.
final class Locked<Value>: @unchecked Sendable {
  private var value: Value
  private let condition = NSCondition()

  init(_ value: Value) { self.value = value }

  func withLock<Result>(_ body: (inout Value) -> Result) -> Result {
    condition.lock()
    defer { condition.unlock() }
    return body(&value)
  }

  /// As `withLock`, and wakes the thread that waits for a change.
  func change(_ body: (inout Value) -> Void) {
    condition.lock()
    body(&value)
    condition.signal()
    condition.unlock()
  }

  /// Sleeps until `take` finds something; also wakes at the time that it names.
  func waitAwhile<Result>(for take: (inout Value) -> Waiting<Result>) -> Result {
    condition.lock()
    defer { condition.unlock() }
    while true {
      switch take(&value) {
      case .over(let result): return result
      case .until(let date): _ = condition.wait(until: date)
      case .on: condition.wait()
      }
    }
  }

  /// Sleeps until `take` finds something.
  func wait<Result>(for take: (inout Value) -> Result?) -> Result {
    condition.lock()
    defer { condition.unlock() }
    while true {
      if let result = take(&value) { return result }
      condition.wait()
    }
  }
}

/// What who waits has found: something, nothing before a time, or nothing.
enum Waiting<Result> {
  case over(Result)
  case until(Date)
  case on
}
