import Glibc

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

/// The slabs that are still to do, under one mutex.
private final class SlabBoard {
  private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
  private let posted = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
  private let finished = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
  private var body: ((Int, Int) -> Void)?
  private var next = 0
  private var count = 0
  private var completed = 0
  private var closed = false

  init() {
    pthread_mutex_init(mutex, nil)
    pthread_cond_init(posted, nil)
    pthread_cond_init(finished, nil)
  }

  deinit {
    pthread_cond_destroy(finished)
    pthread_cond_destroy(posted)
    pthread_mutex_destroy(mutex)
    finished.deallocate()
    posted.deallocate()
    mutex.deallocate()
  }

  func share(_ slabs: Int, _ work: @escaping (Int, Int) -> Void) {
    pthread_mutex_lock(mutex)
    body = work
    next = 0
    completed = 0
    count = slabs
    pthread_cond_broadcast(posted)
    pthread_mutex_unlock(mutex)
    while runOne(worker: 0) {}
    pthread_mutex_lock(mutex)
    while completed < count { pthread_cond_wait(finished, mutex) }
    body = nil
    count = 0
    next = 0
    pthread_mutex_unlock(mutex)
  }

  func serve(worker: Int) {
    while true {
      pthread_mutex_lock(mutex)
      while next >= count && !closed { pthread_cond_wait(posted, mutex) }
      let leave = closed
      pthread_mutex_unlock(mutex)
      if leave { return }
      while runOne(worker: worker) {}
    }
  }

  func close() {
    pthread_mutex_lock(mutex)
    closed = true
    pthread_cond_broadcast(posted)
    pthread_mutex_unlock(mutex)
  }

  /// Takes one slab and runs it; false when none is left. A thread that wakes late finds nothing and is waited for by nobody.
  private func runOne(worker: Int) -> Bool {
    guard callNext(worker: worker) else { return false }
    pthread_mutex_lock(mutex)
    completed += 1
    if completed == count { pthread_cond_signal(finished) }
    pthread_mutex_unlock(mutex)
    return true
  }

  /// Apart, so that the copy of the closure is gone before the slab counts as completed.
  @inline(never)
  private func callNext(worker: Int) -> Bool {
    pthread_mutex_lock(mutex)
    guard next < count, let work = body else {
      pthread_mutex_unlock(mutex)
      return false
    }
    let slab = next
    next += 1
    pthread_mutex_unlock(mutex)
    work(slab, worker)
    return true
  }
}
