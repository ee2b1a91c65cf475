import Geometry
import Relevance

/// A list or editor over the left of the window, where the explanation beside it follows what is changed in it; of the map over the right.
enum Overlay: Sendable {
  case list(Chooser)
  case parameters(ParameterEditor)
  case rules(RuleEditor)
  /// The map's run: it stands over the explanation, so that the map stays in view.
  case map(ParameterEditor)

  /// What the state report calls it.
  var name: String {
    switch self {
    case .list(let chooser): chooser.subject.name
    case .parameters: "parameters"
    case .rules: "rules"
    case .map: "map"
    }
  }
}

extension Overlay {
  var isAboutMap: Bool {
    switch self {
    case .map: true
    case .list(let chooser): chooser.subject == .representations
    case .parameters, .rules: false
    }
  }
}

struct ParameterEditor: Sendable {
  /// Whether it is about the second of two methods.
  var isOfComparison = false
  var focus = 0
  /// What was typed for the focused number and not entered yet.
  var typed: String?
  /// Why what was typed was not taken.
  var complaint: String?

  /// At a row, with nothing typed.
  func focused(_ row: Int) -> ParameterEditor { ParameterEditor(isOfComparison: isOfComparison, focus: row) }
}

struct RuleEditor: Sendable {
  var focus = 0
  var scroll = 0
  var expanded: Set<String> = []
}

/// Where an open list or editor stands and how many of its rows are seen.
struct OverlayPlace: Sendable {
  let frame: Rect
  let header: Rect
  let body: Rect
  let footer: Rect
  let rowHeight: Double
  var visibleRows: Int { max(1, Int(body.height / rowHeight)) }

  init(_ overlay: Overlay, _ layout: Layout, isWide: Bool = false) {
    let unit = layout.unit
    let gap = (6 * unit).rounded()
    let low = layout.network?.frame.minY ?? layout.status.minY
    let isLow = low - 2 * gap < 440 * unit
    let bottom = (isLow ? layout.status.minY : low) - gap
    if overlay.isAboutMap {
      // Over the explanation, and over the network too where that is low; the map stays in view.
      let left = layout.explanation.flatMap { $0.frame.minX > layout.window.width * 0.2 ? $0.frame.minX : nil }
      let x = min(left ?? layout.window.width * 0.6, layout.window.maxX - gap - 330 * unit)
      frame = Rect(max(gap, x), gap, max(1, layout.window.maxX - gap - max(gap, x)), max(1, bottom - gap))
    } else {
      // Over the map, and over the network too where the map is low; the explanation stays in view.
      let right = layout.explanation.flatMap { $0.frame.minX > layout.window.width * 0.2 ? $0.frame.minX : nil }
      let width = min((right ?? layout.window.width * 0.6) - 2 * gap, 780 * unit)
      frame = Rect(gap, gap, max(1, width), max(1, bottom - gap))
    }
    let (header, rest) = frame.splitTop(40 * unit)
    self.header = header.inset(dx: 14 * unit, dy: 0)
    let footerHeight: Double =
      switch overlay {
      case .list(let chooser): chooser.subject == .methods || chooser.subject == .comparison ? 62 : 32
      case .parameters: 56
      case .rules: frame.width < 600 * unit ? 122 : 96
      case .map: 164
      }
    let (body, footer) = rest.splitTop(max(1, rest.height - footerHeight * unit))
    self.body = body.inset(dx: 8 * unit, dy: 0)
    self.footer = footer.inset(dx: 14 * unit, dy: 6 * unit)
    rowHeight =
      switch overlay {
      case .list: (22 * unit).rounded()
      case .parameters: (40 * unit).rounded()
      case .map: (36 * unit).rounded()
      case .rules: (23 * unit).rounded()
      }
  }
}

/// Keeps row `focus` among the `visible` rows that start at `scroll`.
func scrolled(_ scroll: Int, toShow focus: Int, visible: Int, count: Int) -> Int {
  let kept = min(max(scroll, focus - visible + 1), focus)
  return max(0, min(kept, count - visible))
}
