import CSDL2
import Foundation
import Geometry
import Scene
import Testing

@testable import Platform

extension Drawing {
  @Test("an offscreen window has the size that was asked for")
  func windowSize() throws {
    #expect(try Window(offscreenSize: Size(321, 234)).drawableSize == Size(321, 234))
  }

  @Test("many wake-ups from other threads end one wait with one event, and the next wake-up ends the next")
  func wakeUps() throws {
    let window = try Window(offscreenSize: Size(16, 16))
    _ = window.waitForEvents(timeoutMilliseconds: 0)
    for _ in 0..<3 {
      let waker = window.waker
      let threads = (0..<4).map { _ in Thread { for _ in 0..<50 { waker.wake() } } }
      waker.wake()
      waker.wake()
      #expect(window.waitForEvents(timeoutMilliseconds: 5000).filter { $0 == .woken }.count == 1)
      for thread in threads { thread.start() }
      var woken = 0
      while !threads.allSatisfy(\.isFinished) || woken == 0 {
        woken += window.waitForEvents(timeoutMilliseconds: 5).filter { $0 == .woken }.count
      }
      #expect(woken <= 200)
      _ = window.waitForEvents(timeoutMilliseconds: 0)
      #expect(window.waitForEvents(timeoutMilliseconds: 0).isEmpty)
    }
  }

  @Test("pushed input comes out as events in its order")
  func input() throws {
    let window = try Window(offscreenSize: Size(16, 16))
    _ = window.waitForEvents(timeoutMilliseconds: 0)

    func push(_ type: SDL_EventType, _ symbol: SDL_KeyCode, _ modifiers: SDL_Keymod...) {
      var key = SDL_Event()
      key.type = type.rawValue
      key.key.keysym.sym = Int32(bitPattern: symbol.rawValue)
      key.key.keysym.mod = UInt16(modifiers.reduce(0) { $0 | $1.rawValue })
      SDL_PushEvent(&key)
    }
    func pushText(_ character: Unicode.Scalar) {
      var text = SDL_Event()
      text.type = SDL_TEXTINPUT.rawValue
      text.text.text.0 = CChar(character.value)
      SDL_PushEvent(&text)
    }
    // Shift is down for the press and up again before any event is read.
    push(SDL_KEYDOWN, SDLK_LSHIFT, KMOD_LSHIFT)
    var press = SDL_Event()
    press.type = SDL_MOUSEBUTTONDOWN.rawValue
    press.button.button = UInt8(SDL_BUTTON_RIGHT)
    press.button.clicks = 2
    press.button.x = 7
    press.button.y = 9
    SDL_PushEvent(&press)
    push(SDL_KEYUP, SDLK_LSHIFT)

    var wheel = SDL_Event()
    wheel.type = SDL_MOUSEWHEEL.rawValue
    wheel.wheel.preciseY = -0.5
    wheel.wheel.mouseX = 3
    wheel.wheel.mouseY = 4
    SDL_PushEvent(&wheel)

    push(SDL_KEYDOWN, SDLK_z, KMOD_LCTRL, KMOD_LSHIFT)
    push(SDL_KEYDOWN, SDLK_PLUS, KMOD_LCTRL)
    pushText("+")
    push(SDL_KEYUP, SDLK_LCTRL)
    pushText("?")

    var quit = SDL_Event()
    quit.type = SDL_QUIT.rawValue
    SDL_PushEvent(&quit)

    #expect(
      window.waitForEvents(timeoutMilliseconds: 1000) == [
        .pointerPressed(.right, Point(7, 9), clicks: 2, .shift), .wheelTurned(notches: -0.5, at: Point(3, 4), []),
        .keyPressed(.character("z"), [.control, .shift]), .keyPressed(.character("+"), .control),
        .keyPressed(.character("?"), []), .closeRequested,
      ])
  }

  @Test("all files of a drop arrive together")
  func drops() throws {
    let window = try Window(offscreenSize: Size(16, 16))
    _ = window.waitForEvents(timeoutMilliseconds: 0)
    for (type, name) in [(SDL_DROPBEGIN, nil), (SDL_DROPFILE, "/a/7.png"), (SDL_DROPFILE, "/b"), (SDL_DROPCOMPLETE, nil)] {
      var event = SDL_Event()
      event.type = type.rawValue
      event.drop.file = name.flatMap { SDL_strdup($0) }
      SDL_PushEvent(&event)
    }
    #expect(window.waitForEvents(timeoutMilliseconds: 1000) == [.filesDropped(["/a/7.png", "/b"])])
  }
}

@Suite("Keys")
struct KeyTests {
  @Test("keys that type nothing have names, with any modifiers")
  func named() {
    for (symbol, key) in [
      (SDLK_ESCAPE, PlatformKey.escape), (SDLK_RETURN, .enter), (SDLK_PAGEDOWN, .pageDown), (SDLK_F1, .function(1)),
      (SDLK_F12, .function(12)), (SDLK_SPACE, .space),
    ] {
      #expect(PlatformKey(sdl: Int32(bitPattern: symbol.rawValue), modifiers: []) == key)
      #expect(PlatformKey(sdl: Int32(bitPattern: symbol.rawValue), modifiers: [.control, .shift]) == key)
    }
  }

  @Test("characters are left to typed text, except with Ctrl or Alt")
  func characters() {
    #expect(PlatformKey(sdl: Int32(bitPattern: SDLK_a.rawValue), modifiers: []) == nil)
    #expect(PlatformKey(sdl: Int32(bitPattern: SDLK_a.rawValue), modifiers: .shift) == nil)
    #expect(PlatformKey(sdl: Int32(bitPattern: SDLK_a.rawValue), modifiers: .control) == .character("a"))
    #expect(PlatformKey(sdl: Int32(bitPattern: SDLK_EQUALS.rawValue), modifiers: [.control, .shift]) == .character("+"))
    #expect(PlatformKey(sdl: Int32(bitPattern: SDLK_LSHIFT.rawValue), modifiers: [.control, .shift]) == nil)
  }

  @Test("the messages of errors are one short line")
  func messages() {
    let error = PlatformError.fontUnreadable(path: String(repeating: "x\n", count: 400), reason: "broken")
    #expect(error.description.count <= 300)
    #expect(!error.description.contains("\n"))
  }
}
