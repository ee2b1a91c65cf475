import Foundation
import Synchronization

/// A request to stop (Ctrl-C, or `kill`), which long commands ask for, so that no half-written file is left behind.
enum Interruption {
  private static let requested = Atomic<Bool>(false)

  static var isRequested: Bool { requested.load(ordering: .relaxed) }

  /// From now on the first request is only remembered; a second one ends the program at once.
  static func watch() {
    _ = isRequested
    for number in [SIGINT, SIGTERM] {
      var action = sigaction()
      action.__sigaction_handler.sa_handler = { _ in Interruption.requested.store(true, ordering: .relaxed) }
      action.sa_flags = Int32(bitPattern: UInt32(SA_RESETHAND))
      sigaction(number, &action, nil)
    }
  }

  /// How a command ends that stopped: as a shell tells of a program that SIGINT has ended.
  static let failure = CommandFailure(message: "interrupted", exitCode: 128 + SIGINT)
}
