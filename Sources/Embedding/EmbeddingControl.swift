import Glibc

/// Pauses, resumes and stops a run from any thread.
///
/// The run looks at it between blocks of work and between iterations. A pause keeps the run's thread asleep inside the call; a stop,
/// also of a paused run, ends the call with the map as far as it came, and is final.
///
/// `@unchecked Sendable`: the state is read and written only while the mutex is held.
public final class EmbeddingControl: @unchecked Sendable {
  private enum State { case running, paused, stopped }

  private var state = State.running
  private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
  private let changed = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)

  public init() {
    pthread_mutex_init(mutex, nil)
    pthread_cond_init(changed, nil)
  }

  deinit {
    pthread_cond_destroy(changed)
    pthread_mutex_destroy(mutex)
    changed.deallocate()
    mutex.deallocate()
  }

  public func pause() { change(from: .running, to: .paused) }
  public func resume() { change(from: .paused, to: .running) }

  public func stop() {
    locked { state = .stopped }
    pthread_cond_broadcast(changed)
  }

  public var isPaused: Bool { locked { state == .paused } }
  public var isStopped: Bool { locked { state == .stopped } }

  /// Returns when there is no pause, false after a stop. `rests` is told of a pause as it begins and as it ends.
  func goOn(rests: (_ begins: Bool) -> Void) -> Bool {
    if isPaused {
      rests(true)
      locked { while state == .paused { pthread_cond_wait(changed, mutex) } }
      rests(false)
    }
    return !isStopped
  }

  private func change(from old: State, to new: State) {
    locked { if state == old { state = new } }
    pthread_cond_broadcast(changed)
  }

  private func locked<Result>(_ body: () -> Result) -> Result {
    pthread_mutex_lock(mutex)
    defer { pthread_mutex_unlock(mutex) }
    return body()
  }
}
