import AppCore
import OneDNNKernels
import Platform
import Renderer
import Scene
import Workers

/// A window with the program's state behind it: takes events in, carries effects out, draws what changed.
final class Session {
  let window: Window
  private(set) var state: AppState
  private(set) var frame = 0
  private(set) var isOver = false
  private let renderer: Renderer
  private let workers: Workers
  private let clock = ContinuousClock()
  private let started: ContinuousClock.Instant
  private var shown: Scene?

  init(window: Window, options: AppOptions) throws {
    self.window = window
    started = clock.now
    renderer = try Renderer(text: TextRasterizer())
    state = AppState(windowSize: window.drawableSize, options: options)
    let waker = window.waker
    workers = Workers(kernels: OneDNNKernels(), places: Places()) { waker.wake() }
    perform(start(&state))
  }

  /// Waits until something happens, answers it, and draws if that changed the picture. Returns whether it drew.
  func step() -> Bool {
    let events = window.waitForEvents(timeoutMilliseconds: timeoutMilliseconds)
    // Time passes before what happened in it, so that what waits counts from now.
    answer(.clock(clock.now - started))
    for event in events {
      if event == .exposed { shown = nil }
      if let event = event.event { answer(event) }
    }
    for event in workers.mailbox.drain() { answer(event) }
    return draw()
  }

  /// What the window shows, drawn anew: after a swap the pixels that were drawn are gone.
  func picture() -> PixelBuffer {
    renderer.draw(scene(of: state))
    return renderer.readPixels()
  }

  func close() { workers.stop() }

  private var timeoutMilliseconds: Int? {
    if state.isAnimating { return 16 }
    guard let deadline = state.nextDeadline else { return nil }
    return max(1, Int(((deadline - (clock.now - started)).seconds * 1000).rounded(.up)))
  }

  private func answer(_ event: Event) { perform(update(&state, event)) }

  private func perform(_ effects: [Effect]) {
    for effect in effects {
      switch effect {
      case .quit: isOver = true
      case .copy(let text): _ = window.setClipboard(text)
      default: workers.perform(effect)
      }
    }
  }

  private func draw() -> Bool {
    let scene = scene(of: state)
    guard scene != shown else { return false }
    renderer.draw(scene)
    window.swap()
    shown = scene
    frame += 1
    return true
  }
}
