import Geometry
import Scene

@testable import AppCore

/// About how wide a line of text is: the average letter of the font that is used has 0.56 em, narrow ones less.
func estimatedWidth(_ text: Text) -> Double {
  text.string.reduce(0) { $0 + text.size * ("iljtfI.,:;|'!()[] \u{00B7}".contains($1) ? 0.34 : 0.6) }
}

/// Whether an ellipsis would stand in it.
func isCut(_ text: Text) -> Bool { text.maxWidth.map { estimatedWidth(text) > $0 * 1.02 + 1 } ?? false }

extension Text {
  /// The ink's rectangle, a little less high than the line.
  var inkFrame: Rect {
    let width = min(estimatedWidth(self), maxWidth ?? .infinity) * 0.9
    let left =
      switch alignment {
      case .left: anchor.x
      case .center: anchor.x - width / 2
      case .right: anchor.x - width
      }
    return Rect(left, anchor.y - size * 0.4, width, size * 0.8)
  }
}

extension Scene {
  var texts: [Text] {
    items.compactMap { item in
      if case .text(let text) = item.primitive { text } else { nil }
    }
  }
}
