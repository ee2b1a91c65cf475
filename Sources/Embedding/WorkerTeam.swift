import CEmbeddingKernels
import Glibc
import Synchronization

/// A few dedicated threads that share out numbered slabs of work with the thread that owns them.
///
/// Which thread takes a slab is left to chance, what a slab computes is not: callers fix the slabs by the data alone and add up
/// partial sums in the order of the slabs, so that results do not depend on the number of threads. The threads live as long as
/// the team and never touch the pool of Swift's concurrency.
public final class WorkerTeam {
  /// Threads that work, the caller's among them.
  public let threadCount: Int
  private let board = SlabBoard()
  private var threads: [pthread_t] = []

  /// Starts `threadCount - 1` threads; if the system refuses one, the team is smaller.
  ///
  /// - Parameter threadCount: by default two, or one on a machine with a single core.
  public init(threadCount: Int? = nil) {
    let cores = max(1, Int(sysconf(Int32(_SC_NPROCESSORS_ONLN))))
    let wanted = max(1, min(threadCount ?? min(2, cores), 64))
    // Waiting awake helps only where every thread has a core of its own.
    board.staysAwake = wanted <= cores
    for worker in 1..<max(2, wanted) where wanted > 1 {
      let seat = Unmanaged.passRetained(SlabSeat(board: board, worker: worker))
      var thread = pthread_t()
      let started = pthread_create(
        &thread, nil,
        { context in
          guard let context else { return nil }
          let seat = Unmanaged<SlabSeat>.fromOpaque(context).takeRetainedValue()
          seat.board.serve(worker: seat.worker)
          return nil
        }, seat.toOpaque())
      guard started == 0 else {
        seat.release()
        break
      }
      threads.append(thread)
    }
    self.threadCount = threads.count + 1
    board.helpers = threads.count
  }

  deinit {
    board.close()
    for thread in threads { pthread_join(thread, nil) }
  }

  /// Runs `body(slab, worker)` once for every slab in `0..<count` and returns when all are done.
  ///
  /// `worker` is below `threadCount` and never in two calls at the same time: it names scratch memory. Not reentrant.
  public func run(_ count: Int, _ body: (_ slab: Int, _ worker: Int) -> Void) {
    guard count > 1, !threads.isEmpty else {
      for slab in 0..<max(0, count) { body(slab, 0) }
      return
    }
    withoutActuallyEscaping(body) { board.share(count, $0) }
  }

  /// Runs `body(slab, range, worker)` over `0..<count` cut into `slabs` ranges of nearly equal length.
  func ranges(_ count: Int, slabs: Int, _ body: (_ slab: Int, _ range: Range<Int>, _ worker: Int) -> Void) {
    run(slabs) { slab, worker in
      body(slab, count * slab / slabs..<count * (slab + 1) / slabs, worker)
    }
  }
}

/// What a thread is given when it starts.
private final class SlabSeat {
  let board: SlabBoard
  let worker: Int

  init(board: SlabBoard, worker: Int) {
    self.board = board
    self.worker = worker
  }
}

/// One job at a time, whose slabs are taken by counting.
///
/// A helper enters through the door while it is open. The owner works too, closes the door when no slab is left, and waits only for those
/// inside: a helper that other threads keep from its core holds nobody up. `body` and `count` are written only while nobody is inside and
/// the door is closed. Helpers wait awake for some microseconds, since the steps of an iteration follow each other at once, give their
/// core to whoever wants it meanwhile, and then sleep.
private final class SlabBoard {
  var helpers = 0
  var staysAwake = true
  private var body: ((Int, Int) -> Void)?
  private var count = 0
  private var number: UInt32 = 0
  /// How many helpers are inside, whether more may enter, and above them the job's number.
  private let door = Atomic<UInt64>(0)
  private let next = Atomic<Int>(0)
  private let sleepers = Atomic<Int>(0)
  private let closed = Atomic<Bool>(false)
  private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
  private let changed = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)

  private static let inside: UInt64 = 0xFFFF
  private static let open: UInt64 = 0x10000
  private static let numberShift: UInt64 = 32
  private static let turnsAwake = 4000
  private static let turnsBetweenYields = 64

  init() {
    pthread_mutex_init(mutex, nil)
    pthread_cond_init(changed, nil)
  }

  deinit {
    pthread_cond_destroy(changed)
    pthread_mutex_destroy(mutex)
    changed.deallocate()
    mutex.deallocate()
  }

  func share(_ slabs: Int, _ work: @escaping (Int, Int) -> Void) {
    body = work
    count = slabs
    next.store(0, ordering: .relaxed)
    // None is 0: what a helper has seen that has seen nothing.
    number = number == .max ? 1 : number + 1
    door.store(UInt64(number) << Self.numberShift | Self.open, ordering: .sequentiallyConsistent)
    wake()
    takeSlabs(worker: 0)
    door.bitwiseAnd(~Self.open, ordering: .relaxed)
    wait { door.load(ordering: .sequentiallyConsistent) & Self.inside == 0 }
    body = nil
  }

  func serve(worker: Int) {
    var seen: UInt32 = 0
    while true {
      wait { enter(&seen) || closed.load(ordering: .sequentiallyConsistent) }
      if closed.load(ordering: .sequentiallyConsistent) { return }
      takeSlabs(worker: worker)
      let left = door.subtract(1, ordering: .sequentiallyConsistent).newValue
      if left & (Self.inside | Self.open) == 0 { wake() }
    }
  }

  /// Goes in where the door is open to a job that has not been seen.
  private func enter(_ seen: inout UInt32) -> Bool {
    var now = door.load(ordering: .sequentiallyConsistent)
    while now & Self.open != 0, UInt32(now >> Self.numberShift) != seen {
      let (exchanged, found) = door.weakCompareExchange(expected: now, desired: now + 1, ordering: .sequentiallyConsistent)
      if exchanged {
        seen = UInt32(now >> Self.numberShift)
        return true
      }
      now = found
    }
    return false
  }

  func close() {
    closed.store(true, ordering: .sequentiallyConsistent)
    wake()
  }

  /// Apart, so that the copy of the closure is gone before the helper says that it has finished.
  @inline(never)
  private func takeSlabs(worker: Int) {
    guard let body else { return }
    while true {
      let slab = next.add(1, ordering: .relaxed).oldValue
      guard slab < count else { return }
      body(slab, worker)
    }
  }

  private func wait(_ isTime: () -> Bool) {
    if staysAwake {
      for turn in 1...Self.turnsAwake {
        if isTime() { return }
        if turn % Self.turnsBetweenYields == 0 { sched_yield() } else { heatlens_wait_briefly() }
      }
    }
    pthread_mutex_lock(mutex)
    // A sleeper counts itself before it looks again, who changes something looks for sleepers after it: one of the two sees the other.
    sleepers.add(1, ordering: .sequentiallyConsistent)
    while !isTime() { pthread_cond_wait(changed, mutex) }
    sleepers.subtract(1, ordering: .sequentiallyConsistent)
    pthread_mutex_unlock(mutex)
  }

  private func wake() {
    guard sleepers.load(ordering: .sequentiallyConsistent) > 0 else { return }
    pthread_mutex_lock(mutex)
    pthread_cond_broadcast(changed)
    pthread_mutex_unlock(mutex)
  }
}
