import CSDL2

extension PlatformModifiers {
  /// Either Shift, either Ctrl, the left Alt: the right one selects characters on many keyboards.
  init(sdl state: UInt32) {
    self = []
    if state & KMOD_SHIFT.rawValue != 0 { insert(.shift) }
    if state & KMOD_CTRL.rawValue != 0 { insert(.control) }
    if state & KMOD_LALT.rawValue != 0 { insert(.alt) }
  }
}

extension PlatformKey {
  /// The key of a key-down event, where it is not one that arrives as typed text.
  ///
  /// Characters come as text, as only the keyboard's layout knows what Shift makes of a key. With Ctrl or Alt no text comes: then the
  /// key's own symbol counts, with Shift applied as on a US keyboard.
  init?(sdl symbol: Int32, modifiers: PlatformModifiers) {
    let code = UInt32(bitPattern: symbol)
    if let named = Self.named[code] {
      self = named
    } else if code >= SDLK_F1.rawValue, code <= SDLK_F12.rawValue {
      self = .function(Int(code - SDLK_F1.rawValue) + 1)
    } else if !modifiers.isDisjoint(with: [.control, .alt]), let character = Self.character(code) {
      self = .character(modifiers.contains(.shift) ? Self.shifted[character] ?? character : character)
    } else {
      return nil
    }
  }

  private static let named: [UInt32: PlatformKey] = [
    SDLK_ESCAPE.rawValue: .escape, SDLK_RETURN.rawValue: .enter, SDLK_KP_ENTER.rawValue: .enter, SDLK_TAB.rawValue: .tab,
    SDLK_SPACE.rawValue: .space, SDLK_BACKSPACE.rawValue: .backspace, SDLK_DELETE.rawValue: .delete,
    SDLK_LEFT.rawValue: .left, SDLK_RIGHT.rawValue: .right, SDLK_UP.rawValue: .up, SDLK_DOWN.rawValue: .down,
    SDLK_HOME.rawValue: .home, SDLK_END.rawValue: .end, SDLK_PAGEUP.rawValue: .pageUp, SDLK_PAGEDOWN.rawValue: .pageDown,
  ]

  private static let shifted: [Character: Character] = [
    "1": "!", "2": "@", "3": "#", "4": "$", "5": "%", "6": "^", "7": "&", "8": "*", "9": "(", "0": ")", "-": "_", "=": "+",
    "[": "{", "]": "}", "\\": "|", ";": ":", "'": "\"", ",": "<", ".": ">", "/": "?", "`": "~",
  ]

  private static func character(_ code: UInt32) -> Character? {
    switch code {
    case SDLK_KP_PLUS.rawValue: "+"
    case SDLK_KP_MINUS.rawValue: "-"
    case SDLK_KP_0.rawValue: "0"
    case 33...126: Unicode.Scalar(code).map { Character(Character($0).lowercased()) }
    default: nil
    }
  }
}
