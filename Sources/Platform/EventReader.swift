import CSDL2
import Geometry

/// Turns SDL's events into `PlatformEvent`s. Keeps what spans several events: the files of a drop, and the modifiers.
struct EventReader {
  /// As of the last keyboard event read. What SDL reports on request is newer than the events still in its queue: a drag with Shift
  /// whose keys were released before the queue was read would lose its Shift.
  private var modifiers: PlatformModifiers = []
  private var droppedFiles: [String] = []

  /// What an event says, if anything. `drawableSize` is asked only where the size changed.
  mutating func read(_ event: inout SDL_Event, waker: Waker, drawableSize: () -> Size) -> PlatformEvent? {
    if event.type == waker.eventType {
      waker.markTaken()
      return .woken
    }
    switch SDL_EventType(event.type) {
    case SDL_QUIT: return .closeRequested
    case SDL_WINDOWEVENT:
      // Keys held while another window had the focus are reported by no event.
      if SDL_WindowEventID(UInt32(event.window.event)) == SDL_WINDOWEVENT_FOCUS_GAINED {
        modifiers = PlatformModifiers(sdl: SDL_GetModState().rawValue)
      }
      return Self.windowEvent(event.window, drawableSize: drawableSize)
    case SDL_MOUSEMOTION:
      return .pointerMoved(Point(Double(event.motion.x), Double(event.motion.y)), modifiers)
    case SDL_MOUSEBUTTONDOWN:
      guard let button = Self.button(event.button.button) else { return nil }
      return .pointerPressed(
        button, Point(Double(event.button.x), Double(event.button.y)), clicks: max(1, Int(event.button.clicks)),
        modifiers)
    case SDL_MOUSEBUTTONUP:
      guard let button = Self.button(event.button.button) else { return nil }
      return .pointerReleased(button, Point(Double(event.button.x), Double(event.button.y)), modifiers)
    case SDL_MOUSEWHEEL: return wheel(event.wheel)
    case SDL_KEYDOWN:
      modifiers = PlatformModifiers(sdl: UInt32(event.key.keysym.mod))
      // Space is held down to pan: its repetitions are no new presses.
      if event.key.keysym.sym == Int32(bitPattern: SDLK_SPACE.rawValue), event.key.repeat != 0 { return nil }
      return PlatformKey(sdl: event.key.keysym.sym, modifiers: modifiers).map { .keyPressed($0, modifiers) }
    case SDL_KEYUP:
      modifiers = PlatformModifiers(sdl: UInt32(event.key.keysym.mod))
      return event.key.keysym.sym == Int32(bitPattern: SDLK_SPACE.rawValue) ? .keyReleased(.space) : nil
    case SDL_TEXTINPUT: return typed(event.text)
    case SDL_DROPBEGIN:
      droppedFiles = []
      return nil
    case SDL_DROPFILE, SDL_DROPTEXT:
      guard let file = event.drop.file else { return nil }
      defer { SDL_free(file) }
      if SDL_EventType(event.type) == SDL_DROPFILE { droppedFiles.append(String(cString: file)) }
      return nil
    case SDL_DROPCOMPLETE:
      defer { droppedFiles = [] }
      return droppedFiles.isEmpty ? nil : .filesDropped(droppedFiles)
    default: return nil
    }
  }

  private static func windowEvent(_ event: SDL_WindowEvent, drawableSize: () -> Size) -> PlatformEvent? {
    switch SDL_WindowEventID(UInt32(event.event)) {
    case SDL_WINDOWEVENT_SIZE_CHANGED: .resized(drawableSize())
    case SDL_WINDOWEVENT_EXPOSED: .exposed
    case SDL_WINDOWEVENT_LEAVE: .pointerLeft
    default: nil
    }
  }

  private static func button(_ number: UInt8) -> PlatformButton? {
    switch Int32(number) {
    case SDL_BUTTON_LEFT: .left
    case SDL_BUTTON_MIDDLE: .middle
    case SDL_BUTTON_RIGHT: .right
    default: nil
    }
  }

  private func wheel(_ event: SDL_MouseWheelEvent) -> PlatformEvent? {
    let isFlipped = event.direction == SDL_MOUSEWHEEL_FLIPPED.rawValue
    let notches = Double(event.preciseY) * (isFlipped ? -1 : 1)
    guard notches != 0 else { return nil }
    return .wheelTurned(notches: notches, at: Point(Double(event.mouseX), Double(event.mouseY)), modifiers)
  }

  private func typed(_ event: SDL_TextInputEvent) -> PlatformEvent? {
    let text = withUnsafeBytes(of: event.text) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
    // Space is a key of its own. With Ctrl or Alt the key-down event has spoken.
    guard let typed = text.first, typed != " ", modifiers.isDisjoint(with: [.control, .alt]),
      let character = typed.lowercased().first
    else { return nil }
    return .keyPressed(.character(character), modifiers)
  }
}
