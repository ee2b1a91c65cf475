import Foundation
import Synchronization

/// A process with files for its input and output, that can be waited for from any thread.
package final class RunningProcess: Sendable {
  package let identifier: pid_t
  private let ending = Mutex<Int32?>(nil)
  private let ended = DispatchSemaphore(value: 0)

  /// - Parameters:
  ///   - environment: nil: that of the tests.
  package init(_ path: String, _ arguments: [String], environment: [String: String]? = nil, output: String?, errors: String?) throws {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: path)
    process.arguments = arguments
    process.environment = environment ?? ProcessInfo.processInfo.environment
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = try output.map(opened) ?? FileHandle.nullDevice
    process.standardError = try errors.map(opened) ?? FileHandle.nullDevice
    let box = Unstarted()
    process.terminationHandler = { process in
      let status = process.terminationStatus
      box.finish(process.terminationReason == .exit ? status : -status)
    }
    try process.run()
    identifier = process.processIdentifier
    box.whenFinished { status in
      self.ending.withLock { $0 = status }
      self.ended.signal()
    }
  }

  /// The exit status, or the signal that ended it as a negative number; nil while it runs.
  package var status: Int32? { ending.withLock { $0 } }
  package var isRunning: Bool { status == nil }

  /// Nil where it still runs after that time.
  package func wait(seconds: Double) -> Int32? {
    if ended.wait(timeout: .now() + seconds) == .success { ended.signal() }
    return status
  }

  /// Waits `grace` seconds for it to end by itself, then kills it. Other signals may never reach it: threads that start processes
  /// for tests can have them blocked, and a process inherits that.
  package func end(grace: Double = 0) {
    if wait(seconds: grace) != nil { return }
    kill(identifier, SIGKILL)
    _ = wait(seconds: 10)
  }
}

/// Joins a process's end with whoever wants to know of it, whichever comes first.
private final class Unstarted: Sendable {
  private let state = Mutex<(status: Int32?, action: (@Sendable (Int32) -> Void)?)>((nil, nil))

  func finish(_ status: Int32) {
    state.withLock {
      $0.status = status
      return $0.action
    }?(status)
  }

  func whenFinished(_ action: @escaping @Sendable (Int32) -> Void) {
    let status = state.withLock {
      $0.action = action
      return $0.status
    }
    if let status { action(status) }
  }
}
