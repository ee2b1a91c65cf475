import CSDL2
import Geometry

/// The program's window with an OpenGL 3.3 core context, current on the thread that makes it.
///
/// Made, used and released on one thread; only its `waker` may go elsewhere. One window at a time.
public final class Window {
  public enum Cursor: Int, Sendable, CaseIterable { case arrow, hand, crosshair, resizeHorizontally, resizeVertically }

  /// Ends `waitForEvents` from any thread.
  public let waker: Waker
  private let window: OpaquePointer
  private let context: SDL_GLContext
  private var reader = EventReader()
  private var cursors: [Cursor: OpaquePointer] = [:]
  private var cursor = Cursor.arrow

  /// Opens a resizable window on the display, of this size or as large as fits beside panels and docks.
  ///
  /// Without a display SDL would choose a driver that shows nothing; that is refused unless the environment variable
  /// `SDL_VIDEODRIVER` asks for it by name.
  public convenience init(title: String = "Heatlens", size: Size = Size(1280, 800)) throws(PlatformError) {
    try self.init(title: title, size: size, isOffscreen: false)
  }

  /// A window without a display, for pictures of it: SDL's `offscreen` driver, whatever the environment says.
  public convenience init(offscreenSize size: Size) throws(PlatformError) {
    try self.init(title: "Heatlens", size: size, isOffscreen: true)
  }

  private init(title: String, size: Size, isOffscreen: Bool) throws(PlatformError) {
    try Self.startVideo(isOffscreen: isOffscreen)
    Self.requestContext()
    let flags = SDL_WINDOW_OPENGL.rawValue | (isOffscreen ? SDL_WINDOW_HIDDEN.rawValue : SDL_WINDOW_RESIZABLE.rawValue)
    let size = isOffscreen ? size : Self.fitted(size)
    let centred: Int32 = 0x2FFF_0000  // SDL_WINDOWPOS_CENTERED, a macro that Swift does not import
    guard let window = SDL_CreateWindow(title, centred, centred, Self.side(size.width), Self.side(size.height), flags) else {
      let reason = Self.lastError
      SDL_QuitSubSystem(SDL_INIT_VIDEO)
      throw .openGLUnavailable(reason: reason)
    }
    guard let context = SDL_GL_CreateContext(window) else {
      let reason = Self.lastError
      SDL_DestroyWindow(window)
      SDL_QuitSubSystem(SDL_INIT_VIDEO)
      throw .openGLUnavailable(reason: reason)
    }
    self.window = window
    self.context = context
    waker = Waker(eventType: SDL_RegisterEvents(1))
    SDL_SetWindowMinimumSize(window, 320, 200)
    // Where the driver cannot wait for the screen, frames are shown at once.
    SDL_GL_SetSwapInterval(isOffscreen ? 0 : 1)
    SDL_EventState(SDL_DROPFILE.rawValue, SDL_ENABLE)
    SDL_StartTextInput()
  }

  /// What of a size fits on the first display.
  private static func fitted(_ size: Size) -> Size {
    var usable = SDL_Rect()
    guard SDL_GetDisplayUsableBounds(0, &usable) == 0, usable.w > 0, usable.h > 0 else { return size }
    return Size(min(size.width, Double(usable.w)), min(size.height, Double(usable.h)))
  }

  deinit {
    for cursor in cursors.values { SDL_FreeCursor(cursor) }
    SDL_GL_DeleteContext(context)
    SDL_DestroyWindow(window)
    SDL_QuitSubSystem(SDL_INIT_VIDEO)
  }

  /// Size in pixels of what is drawn.
  public var drawableSize: Size {
    var (width, height): (Int32, Int32) = (0, 0)
    SDL_GL_GetDrawableSize(window, &width, &height)
    return Size(Double(width), Double(height))
  }

  /// Shows what was drawn.
  public func swap() { SDL_GL_SwapWindow(window) }

  /// Sleeps until something happens or the time is over, then takes everything that has happened. Nil waits without limit; 0 does not
  /// wait. Empty where the time ran out.
  public func waitForEvents(timeoutMilliseconds: Int?) -> [PlatformEvent] {
    var event = SDL_Event()
    let hasEvent =
      if let timeoutMilliseconds {
        SDL_WaitEventTimeout(&event, Int32(clamping: max(0, timeoutMilliseconds)))
      } else {
        SDL_WaitEvent(&event)
      }
    guard hasEvent == 1 else { return [] }
    var events: [PlatformEvent] = []
    repeat {
      if let read = reader.read(&event, waker: waker, drawableSize: { drawableSize }) { events.append(read) }
    } while SDL_PollEvent(&event) == 1
    return events
  }

  /// Puts text on the clipboard; false where the display refuses it.
  @discardableResult
  public func setClipboard(_ text: String) -> Bool { SDL_SetClipboardText(text) == 0 }

  public func setTitle(_ title: String) { SDL_SetWindowTitle(window, title) }

  /// Fills the screen, or gives the window its former size.
  public var isFullScreen: Bool {
    get { SDL_GetWindowFlags(window) & SDL_WINDOW_FULLSCREEN_DESKTOP.rawValue == SDL_WINDOW_FULLSCREEN_DESKTOP.rawValue }
    set { SDL_SetWindowFullscreen(window, newValue ? SDL_WINDOW_FULLSCREEN_DESKTOP.rawValue : 0) }
  }

  public func setCursor(_ cursor: Cursor) {
    guard cursor != self.cursor else { return }
    self.cursor = cursor
    let shape = cursors[cursor] ?? SDL_CreateSystemCursor(cursor.sdl)
    cursors[cursor] = shape
    if let shape { SDL_SetCursor(shape) }
  }
}

extension Window {
  private static var lastError: String { String(cString: SDL_GetError()) }

  private static func side(_ length: Double) -> Int32 { length.isFinite ? Int32(min(max(length.rounded(), 1), 16384)) : 1 }

  /// Starts video and events only: with joysticks or sensors SDL polls instead of sleeping.
  private static func startVideo(isOffscreen: Bool) throws(PlatformError) {
    SDL_SetHint("SDL_APP_NAME", "Heatlens")
    // What desktops know the window's entry and icon by, under X11 and Wayland: the name of the file in Assets/desktop.
    SDL_setenv("SDL_VIDEO_X11_WMCLASS", "io.github.heatlens.Heatlens", 0)
    SDL_SetHint("SDL_VIDEO_ALLOW_SCREENSAVER", "1")
    SDL_SetHint("SDL_VIDEO_X11_NET_WM_BYPASS_COMPOSITOR", "0")
    SDL_SetHint("SDL_MOUSE_FOCUS_CLICKTHROUGH", "1")
    if isOffscreen {
      SDL_SetHintWithPriority("SDL_VIDEODRIVER", "offscreen", SDL_HINT_OVERRIDE)
    } else {
      // Undoes an earlier offscreen window's choice: the environment counts again.
      SDL_ResetHint("SDL_VIDEODRIVER")
    }
    let asked = SDL_GetHint("SDL_VIDEODRIVER").map { String(cString: $0) }
    guard SDL_InitSubSystem(SDL_INIT_VIDEO) == 0 else { throw .noDisplay(reason: lastError) }
    let driver = SDL_GetCurrentVideoDriver().map { String(cString: $0) } ?? "none"
    if ["offscreen", "dummy", "evdev"].contains(driver), asked?.split(separator: ",").contains(Substring(driver)) != true {
      SDL_QuitSubSystem(SDL_INIT_VIDEO)
      throw .noDisplay(reason: "only the driver \"\(driver)\" is available, which shows nothing")
    }
  }

  private static func requestContext() {
    SDL_GL_SetAttribute(SDL_GL_CONTEXT_MAJOR_VERSION, 3)
    SDL_GL_SetAttribute(SDL_GL_CONTEXT_MINOR_VERSION, 3)
    SDL_GL_SetAttribute(SDL_GL_CONTEXT_PROFILE_MASK, Int32(SDL_GL_CONTEXT_PROFILE_CORE.rawValue))
    SDL_GL_SetAttribute(SDL_GL_DOUBLEBUFFER, 1)
    SDL_GL_SetAttribute(SDL_GL_DEPTH_SIZE, 0)
    SDL_GL_SetAttribute(SDL_GL_STENCIL_SIZE, 0)
    for channel in [SDL_GL_RED_SIZE, SDL_GL_GREEN_SIZE, SDL_GL_BLUE_SIZE] { SDL_GL_SetAttribute(channel, 8) }
  }
}

extension Window.Cursor {
  fileprivate var sdl: SDL_SystemCursor {
    switch self {
    case .arrow: SDL_SYSTEM_CURSOR_ARROW
    case .hand: SDL_SYSTEM_CURSOR_HAND
    case .crosshair: SDL_SYSTEM_CURSOR_CROSSHAIR
    case .resizeHorizontally: SDL_SYSTEM_CURSOR_SIZEWE
    case .resizeVertically: SDL_SYSTEM_CURSOR_SIZENS
    }
  }
}
