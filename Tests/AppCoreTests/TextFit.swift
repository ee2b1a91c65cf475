import Geometry
import Platform
import Scene
import Synchronization

@testable import AppCore

/// How wide lines of text are in the font that the window uses.
private final class Font: Sendable {
  static let shared = Font()
  private struct Key: Hashable {
    let string: String
    let size: Int
    let weight: Text.Weight
  }
  private struct Held: ~Copyable {
    let text: TextRasterizer
    var widths: [Key: Double] = [:]
  }
  private let held: Mutex<Held>

  private init() {
    guard let text = try? TextRasterizer() else { fatalError("the window's font is not installed") }
    held = Mutex(Held(text: text))
  }

  /// In whole pixels of the em, as it is drawn.
  func width(_ text: Text) -> Double {
    let key = Key(string: text.string, size: Int(text.size.rounded()), weight: text.weight)
    return held.withLock { held in
      if let known = held.widths[key] { return known }
      let width = held.text.width(of: key.string, size: Double(key.size), weight: key.weight)
      held.widths[key] = width
      return width
    }
  }
}

/// In pixels, uncut.
func measuredWidth(_ text: Text) -> Double { Font.shared.width(text) }

/// Whether an ellipsis would stand in it.
func isCut(_ text: Text) -> Bool { text.maxWidth.map { Font.shared.width(text) > $0.rounded(.down) } ?? false }

extension Text {
  /// The ink's rectangle: from the baseline's descenders to the capitals' tops, about.
  var inkFrame: Rect {
    let width = min(Font.shared.width(self), maxWidth ?? .infinity)
    let left =
      switch alignment {
      case .left: anchor.x
      case .center: anchor.x - width / 2
      case .right: anchor.x - width
      }
    return Rect(left, anchor.y - size * 0.38, width, size * 0.76)
  }
}

extension Scene {
  var texts: [Text] {
    items.compactMap { item in
      if case .text(let text) = item.primitive { text } else { nil }
    }
  }

  /// Texts that can be seen: what lies in a clip that cuts all of it off is not there.
  var seenTexts: [Text] {
    items.compactMap { item in
      guard case .text(let text) = item.primitive, item.clip.map({ $0.intersects(text.inkFrame) }) ?? true else { return nil }
      return text
    }
  }
}
