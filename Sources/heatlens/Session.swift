import AppCore
import Datasets
import Foundation
import FusedKernels
import Geometry
import Platform
import Renderer
import Scene
import Workers

/// A window with the program's state behind it: takes events in, carries effects out, draws what changed.
final class Session {
  let window: Window
  private(set) var state: AppState
  private(set) var frame = 0
  /// How many explanations have come from the workers.
  private(set) var explanationCount = 0
  /// The newest explanation that was asked for, and the newest that came.
  private(set) var asked: RequestID?
  private(set) var explained: RequestID?
  private(set) var isOver = false
  /// How long the last frame took to describe and draw.
  private(set) var lastFrameTime = Duration.zero
  private let renderer: Renderer
  private let workers: Workers
  private let clock = ContinuousClock()
  private let started: ContinuousClock.Instant
  private var shown: Scene?
  /// Something changed that no frame shows yet.
  private(set) var isDrawPending = false
  /// While a heatmap is computed, a frame is followed by a rest, three times as long as it took, which ends when the heatmap comes: where
  /// the processor draws, the heatmap gets its share of the cores; where a graphics card does, frames and rests are too short to see.
  private var restsUntil: ContinuousClock.Instant
  private static let longestRest = Duration.milliseconds(50)
  private static let longestPeriod = Duration.milliseconds(30)

  init(window: Window, options: AppOptions) throws {
    self.window = window
    started = clock.now
    restsUntil = started
    renderer = try Renderer(text: TextRasterizer())
    renderer.learn { window.swap() }
    state = AppState(windowSize: window.drawableSize, options: options)
    let waker = window.waker
    workers = Workers(kernels: FusedKernels(), places: Places()) { waker.wake() }
    perform(start(&state))
  }

  /// Waits until something happens, or no longer than `limit` milliseconds, answers it, and draws if that changed the picture. Returns
  /// whether it drew.
  func step(waitingAtMost limit: Int? = nil) -> Bool {
    let timeout = [timeoutMilliseconds, limit].compactMap { $0 }.min()
    let events = window.waitForEvents(timeoutMilliseconds: timeout)
    // Time passes before what happened in it, so that what waits counts from now.
    answer(.clock(clock.now - started))
    for event in events {
      if event == .exposed { shown = nil }
      if let event = event.event { answer(event) }
    }
    // A map that no frame would show for a while costs nothing until one does.
    let isResting = clock.now < restsUntil
    for event in workers.mailbox.drain(leavesMap: isResting) {
      if case .explained(let id, _) = event {
        explanationCount += 1
        explained = id
        // What was rested for is there.
        restsUntil = clock.now
      }
      answer(event)
    }
    let drew = draw()
    // What was left is looked at after the rest.
    if isResting { isDrawPending = true }
    return drew
  }

  /// What the window shows, drawn anew: after a swap the pixels that were drawn are gone.
  func picture() -> PixelBuffer {
    renderer.draw(scene(of: state))
    return renderer.readPixels()
  }

  /// The whole graph of the network as a file.
  func graphBytes(as format: GraphFormat) throws -> [UInt8] {
    guard let scene = state.graphScene(largest: format == .png ? 8192 : .infinity) else {
      throw CommandFailure(message: "there is no graph: no network is loaded", exitCode: EX_DATAERR)
    }
    func png(_ pixels: PixelBuffer) -> [UInt8] { pngBytes(width: pixels.width, height: pixels.height, rgba: pixels.rgba) }
    return format == .png ? png(renderer.picture(of: scene)) : Array(scene.svg(imageData: png).utf8)
  }

  func close() { workers.stop() }

  private var timeoutMilliseconds: Int? {
    let now = clock.now
    var waits: [Duration] = []
    if isDrawPending { waits.append(restsUntil - now) }
    if state.isAnimating { waits.append(.milliseconds(16)) }
    if let deadline = state.nextDeadline { waits.append(deadline - (now - started)) }
    return waits.min().map { max(1, Int(($0.seconds * 1000).rounded(.up))) }
  }

  /// Answers an event as if the window had sent it.
  func send(_ event: Event) { answer(event) }

  /// Answers an event and gives back what is to be done because of it, undone.
  func effects(of event: Event) -> [Effect] { update(&state, event) }

  func perform(_ effects: [Effect]) {
    for effect in effects {
      switch effect {
      case .quit: isOver = true
      case .copy(let text): _ = window.setClipboard(text)
      case .fillScreen(let isFull): window.isFullScreen = isFull
      case .saveScene(let name, let scene, let part): workers.perform(.savePNG(name: name, renderer.picture(of: scene).part(part)))
      case .explain(let request):
        asked = request.id
        workers.perform(effect)
      default: workers.perform(effect)
      }
    }
  }

  private func answer(_ event: Event) { perform(update(&state, event)) }

  private func draw() -> Bool {
    let start = clock.now
    guard start >= restsUntil else {
      isDrawPending = true
      return false
    }
    isDrawPending = false
    let scene = scene(of: state)
    guard scene != shown else { return false }
    renderer.draw(scene)
    window.swap()
    shown = scene
    frame += 1
    let end = clock.now
    // A stroke is best shown together with its heatmap; other things move meanwhile, with rests as long as they can bear.
    let rest = min((end - start) * 3, Self.longestRest)
    lastFrameTime = end - start
    state.note(frame: lastFrameTime)
    if state.isExplaining {
      restsUntil = end + (state.isDrawing ? Self.longestRest : rest)
    } else if state.isMapRunning {
      // A map on its way gets its share of the cores too; the picture stays above thirty frames a second where one takes less.
      restsUntil = max(end, min(end + rest, start + Self.longestPeriod))
    } else {
      restsUntil = end
    }
    return true
  }
}

extension PixelBuffer {
  /// The pixels of a rectangle.
  func part(_ rect: Rect) -> PixelBuffer {
    let (left, top) = (max(0, Int(rect.minX.rounded())), max(0, Int(rect.minY.rounded())))
    let (right, bottom) = (min(width, Int(rect.maxX.rounded())), min(height, Int(rect.maxY.rounded())))
    guard left < right, top < bottom else { return self }
    let rows = (top..<bottom).map { rgba[4 * ($0 * width + left)..<4 * ($0 * width + right)] }
    return PixelBuffer(width: right - left, height: bottom - top, rgba: Array(rows.joined()))
  }
}
