import Foundation
import Synchronization

/// A request to stop (Ctrl-C, or `kill`), which long commands ask for, so that no half-written file is left behind.
enum Interruption {
  private static let requested = Atomic<Bool>(false)

  static var isRequested: Bool { requested.load(ordering: .relaxed) }

  /// From now on the first request is only remembered; a second one ends the program at once.
  ///
  /// A thread waits for signals, and no other thread ever takes one: a handler would run on the stack of whoever computes, where
  /// oneDNN's matrix product keeps numbers below the stack pointer. Called before other threads are started, which inherit that.
  static func watch() {
    var signals = sigset_t()
    sigemptyset(&signals)
    sigaddset(&signals, SIGINT)
    sigaddset(&signals, SIGTERM)
    pthread_sigmask(SIG_BLOCK, &signals, nil)
    Thread.detachNewThread { [signals] in
      var signals = signals
      var number: Int32 = 0
      while sigwait(&signals, &number) == 0 {
        if isRequested {
          signal(number, SIG_DFL)
          pthread_sigmask(SIG_UNBLOCK, &signals, nil)
          kill(getpid(), number)
        }
        requested.store(true, ordering: .relaxed)
      }
    }
  }

  /// How a command ends that stopped: as a shell tells of a program that SIGINT has ended.
  static let failure = CommandFailure(message: "interrupted", exitCode: 128 + SIGINT)
}
