import Glibc
import Synchronization

/// Calls `work` with every number below `count`, in this thread and others that live as long as this call: a pool that is kept would wake
/// up while nothing happens. In which thread a number is worked on is left to chance.
func inThreads(_ count: Int, _ work: @Sendable (Int) -> Void) {
  let others = min(count, processorCount) - 1
  guard others > 0 else {
    for number in 0..<max(0, count) { work(number) }
    return
  }
  withoutActuallyEscaping(work) { work in
    let shared = SharedNumbers(count, work)
    var threads: [pthread_t] = []
    for _ in 0..<others {
      let passed = Unmanaged.passRetained(shared)
      var thread = pthread_t()
      let status = pthread_create(
        &thread, nil,
        { passed in
          if let passed { Unmanaged<SharedNumbers>.fromOpaque(passed).takeRetainedValue().workOff() }
          return nil
        }, passed.toOpaque())
      // Those that there are do all of it.
      if status == 0 { threads.append(thread) } else { passed.release() }
    }
    shared.workOff()
    for thread in threads { pthread_join(thread, nil) }
  }
}

/// Beyond eight the memory has no more to give.
private let processorCount = min(8, max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN))))

private final class SharedNumbers: Sendable {
  private let count: Int
  private let work: @Sendable (Int) -> Void
  private let next = Atomic<Int>(0)

  init(_ count: Int, _ work: @escaping @Sendable (Int) -> Void) { (self.count, self.work) = (count, work) }

  func workOff() {
    while true {
      let number = next.add(1, ordering: .relaxed).oldValue
      guard number < count else { return }
      work(number)
    }
  }
}
