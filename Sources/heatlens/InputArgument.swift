import AppCore
import ArgumentParser
import Geometry

/// Something that a person does at the window: `a`, `shift+m`, `ctrl+z`, `Down`, `F1`; with the mouse `move@300,200`, `click@300,200`,
/// `right@...`, `wheel@300,200,5`, `drag@300,200,340,210,...`, `erase@...` (a drag with the right button), `hold@...` (a drag whose button
/// stays down); each with modifiers.
struct InputArgument: ExpressibleByArgument {
  let events: [Event]

  private static let named: [String: Key] = [
    "escape": .escape, "enter": .enter, "tab": .tab, "space": .space, "backspace": .backspace, "delete": .delete, "left": .left,
    "right": .right, "up": .up, "down": .down, "home": .home, "end": .end, "pageup": .pageUp, "pagedown": .pageDown,
  ]

  init?(argument: String) {
    var rest = argument[...]
    var modifiers: Modifiers = []
    for (name, modifier) in [("ctrl+", Modifiers.control), ("alt+", .alt), ("shift+", .shift)] where rest.lowercased().hasPrefix(name) {
      rest = rest.dropFirst(name.count)
      modifiers.insert(modifier)
    }
    if let key = Self.key(String(rest)) {
      events = [.keyPressed(key, modifiers)]
    } else if let found = Self.pointerEvents(rest, modifiers) {
      events = found
    } else {
      return nil
    }
  }

  private static func key(_ text: String) -> Key? {
    let name = text.lowercased()
    if let key = named[name] { return key }
    if name.count == 1, let character = name.first { return .character(character) }
    if name.first == "f", let number = Int(name.dropFirst()), (1...12).contains(number) { return .function(number) }
    return nil
  }

  private static func pointerEvents(_ text: Substring, _ modifiers: Modifiers) -> [Event]? {
    let parts = text.split(separator: "@", omittingEmptySubsequences: false)
    guard parts.count == 2 else { return nil }
    let numbers = parts[1].split(separator: ",", omittingEmptySubsequences: false).map { Double($0) }
    let known = numbers.compactMap { $0 }.filter(\.isFinite)
    guard known.count == numbers.count, known.count >= 2 else { return nil }
    let first = Point(known[0], known[1])
    let moved = Event.pointerMoved(first, modifiers)
    func drag(_ button: PointerButton, releases: Bool = true) -> [Event]? {
      guard known.count >= 4, known.count % 2 == 0 else { return nil }
      let points = stride(from: 2, to: known.count, by: 2).map { Point(known[$0], known[$0 + 1]) }
      let pressed = [moved, .pointerPressed(button, first, clicks: 1, modifiers)] + points.map { .pointerMoved($0, modifiers) }
      return pressed + (releases ? [.pointerReleased(button, points[points.count - 1], modifiers)] : [])
    }
    func click(_ button: PointerButton) -> [Event]? {
      known.count == 2 ? [moved, .pointerPressed(button, first, clicks: 1, modifiers), .pointerReleased(button, first, modifiers)] : nil
    }
    switch parts[0].lowercased() {
    case "move": return known.count == 2 ? [moved] : nil
    case "click": return click(.left)
    case "right": return click(.right)
    case "wheel": return known.count == 3 ? [moved, .wheelTurned(notches: known[2], at: first, modifiers)] : nil
    case "drag": return drag(.left)
    case "erase": return drag(.right)
    case "hold": return drag(.left, releases: false)
    default: return nil
    }
  }
}
