import CSDL2
import Synchronization

/// Ends the window thread's wait for events, from any thread. At most one wake-up is queued, however often it is called.
public final class Waker: Sendable {
  let eventType: UInt32
  private let isQueued = Atomic<Bool>(false)

  init(eventType: UInt32) { self.eventType = eventType }

  /// Makes the next, or the running, `waitForEvents` return with `.woken`. Cheap where a wake-up is queued already.
  ///
  /// What the woken thread is to find must have been stored before the call.
  public func wake() {
    if isQueued.exchange(true, ordering: .acquiringAndReleasing) { return }
    var event = SDL_Event()
    event.type = eventType
    // A full queue refuses the event, but then the window thread is awake; the next call tries again.
    if SDL_PushEvent(&event) != 1 { isQueued.store(false, ordering: .releasing) }
  }

  /// Called when the queued event was taken, before it is answered: a call from now on queues another one.
  func markTaken() { isQueued.store(false, ordering: .sequentiallyConsistent) }
}
