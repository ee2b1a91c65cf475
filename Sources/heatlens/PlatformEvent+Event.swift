import AppCore
import Platform

extension PlatformEvent {
  /// What the program calls it; nil for what concerns only the window (it must be drawn again, someone woke it).
  var event: Event? {
    switch self {
    case .resized(let size): .windowResized(size)
    case .exposed, .woken: nil
    case .pointerMoved(let point, let modifiers): .pointerMoved(point, Modifiers(modifiers))
    case .pointerLeft: .pointerLeft
    case .pointerPressed(let button, let point, let clicks, let modifiers):
      .pointerPressed(PointerButton(button), point, clicks: clicks, Modifiers(modifiers))
    case .pointerReleased(let button, let point, let modifiers): .pointerReleased(PointerButton(button), point, Modifiers(modifiers))
    case .wheelTurned(let notches, let point, let modifiers): .wheelTurned(notches: notches, at: point, Modifiers(modifiers))
    case .keyPressed(let key, let modifiers): .keyPressed(Key(key), Modifiers(modifiers))
    case .keyReleased(let key): .keyReleased(Key(key))
    case .filesDropped(let paths): .filesDropped(paths)
    case .closeRequested: .closeRequested
    }
  }
}

extension Modifiers {
  fileprivate init(_ modifiers: PlatformModifiers) { self.init(rawValue: modifiers.rawValue) }
}

extension PointerButton {
  fileprivate init(_ button: PlatformButton) {
    self =
      switch button {
      case .left: .left
      case .middle: .middle
      case .right: .right
      }
  }
}

extension Key {
  fileprivate init(_ key: PlatformKey) {
    self =
      switch key {
      case .character(let character): .character(character)
      case .escape: .escape
      case .enter: .enter
      case .tab: .tab
      case .space: .space
      case .backspace: .backspace
      case .delete: .delete
      case .left: .left
      case .right: .right
      case .up: .up
      case .down: .down
      case .home: .home
      case .end: .end
      case .pageUp: .pageUp
      case .pageDown: .pageDown
      case .function(let number): .function(number)
      }
  }
}
