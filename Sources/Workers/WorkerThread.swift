import Foundation

/// Starts a thread for computing: never the window's thread, never Swift's cooperative pool, which two busy tasks would starve.
///
/// - Parameter givesWay: it and all threads that it starts leave a core that others want to those: for what takes long anyway.
func startWorkerThread(_ name: String, givesWay: Bool, _ body: @escaping @Sendable () -> Void) {
  let thread = Thread {
    // On Linux the nice value belongs to the thread and is handed on to the threads that it makes.
    if givesWay { setpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0, 10) }
    body()
  }
  thread.name = name
  thread.stackSize = 16 << 20
  thread.start()
}

/// How many of the threads are still running; `stop` waits for them.
final class RunningThreads: Sendable {
  private let count = Locked(0)

  func start(_ name: String, givesWay: Bool = false, _ body: @escaping @Sendable () -> Void) {
    count.withLock { $0 += 1 }
    startWorkerThread(name, givesWay: givesWay) { [count] in
      body()
      count.change { $0 -= 1 }
    }
  }

  func waitForAll() {
    _ = count.wait { count in count == 0 ? true : nil }
  }
}
