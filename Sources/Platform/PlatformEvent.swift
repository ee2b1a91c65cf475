import Geometry

/// What a person, or another thread, did to the window. Points are window pixels, origin top left.
public enum PlatformEvent: Sendable, Equatable {
  /// The drawable size changed.
  case resized(Size)
  /// The window's content was lost and must be drawn again.
  case exposed
  case pointerMoved(Point, PlatformModifiers)
  case pointerLeft
  /// `clicks` is 1 for a single click, 2 for the second press of a double-click, and so on.
  case pointerPressed(PlatformButton, Point, clicks: Int, PlatformModifiers)
  case pointerReleased(PlatformButton, Point, PlatformModifiers)
  /// Positive notches turn away from the person; fractions come from touchpads.
  case wheelTurned(notches: Double, at: Point, PlatformModifiers)
  case keyPressed(PlatformKey, PlatformModifiers)
  /// Only of keys that mean something while they are held: Space.
  case keyReleased(PlatformKey)
  /// All files of one drop.
  case filesDropped([String])
  case closeRequested
  /// A `Waker` was called since the last events were taken.
  case woken
}

public enum PlatformButton: Sendable, Hashable { case left, middle, right }

public struct PlatformModifiers: OptionSet, Sendable, Hashable {
  public let rawValue: Int
  public init(rawValue: Int) { self.rawValue = rawValue }
  public static let shift = PlatformModifiers(rawValue: 1)
  public static let control = PlatformModifiers(rawValue: 2)
  public static let alt = PlatformModifiers(rawValue: 4)
}

public enum PlatformKey: Sendable, Hashable {
  /// What the key types with Shift applied, letters in lower case: "a", "7", "?", "[".
  case character(Character)
  case escape, enter, tab, space, backspace, delete
  case left, right, up, down, home, end, pageUp, pageDown
  case function(Int)
}
