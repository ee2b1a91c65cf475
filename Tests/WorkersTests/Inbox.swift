import AppCore
import Foundation
import TestSupport

@testable import Workers

/// Waits on the mailbox as the window's thread does.
final class Inbox: Sendable {
  private let signal = Locked(0)
  let workers: Workers

  /// - Parameter home: where a cache of earlier tests may lie; nil: none.
  init(home: String? = nil) {
    let signal = signal
    let temporary = home ?? FileManager.default.temporaryDirectory.appendingPathComponent("heatlens-\(UUID().uuidString)").path
    let places = Places(environment: ["HOME": temporary, "HEATLENS_ASSETS": temporary], executable: nil)
    workers = Workers(kernels: ReferenceKernels(), places: places) { signal.change { $0 += 1 } }
  }

  /// Collects events until one satisfies `isLast`.
  func events(until isLast: (Event) -> Bool) -> [Event] {
    var all: [Event] = []
    while true {
      signal.wait { count -> Void? in
        guard count > 0 else { return nil }
        count = 0
        return ()
      }
      for event in workers.mailbox.drain() {
        all.append(event)
        if isLast(event) { return all }
      }
    }
  }
}
