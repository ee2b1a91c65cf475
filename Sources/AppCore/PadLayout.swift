import Geometry
import Scene

/// Where the parts of the drawing tab lie.
struct PadLayout {
  let pad: Rect
  /// Side of the pictures beside the pad.
  let small: Double
  let lines: [FactLine]
  let heights: (facts: Double, bars: Double, controls: Double)
  let isRoomy: Bool
  /// Between the pad and the pictures.
  let gap: Double
  /// Height of a picture's caption.
  let caption: Double
  let toolHeight: Double
  /// Height of the colours with their numbers.
  let bar: Double
  /// For the logits' curves, where there is room beside the pictures.
  let trail: Rect?

  /// - Parameter u: units of the layout in pixels.
  init(_ state: AppState, _ content: Rect, _ u: (Double) -> Double) {
    (gap, caption, toolHeight) = (u(10), u(16), u(28))
    isRoomy = content.height > u(400)
    let facts = state.drawing.shown.map { factLines(state, $0, .draw) } ?? []
    // Always as many lines, so that the pad stays where it is under the pen: the target, and of the others the last, which warn.
    let room = content.height <= u(300) ? 1 : state.comparison != nil && isRoomy ? 4 : isRoomy ? 3 : 2
    lines = facts.count <= room ? facts : Array(facts.prefix(1) + facts.suffix(room - 1))
    heights = (
      facts: u(18) * Double(room) + u(2),
      bars: content.height > u(660) ? u(10 * 16) : u(5 * (isRoomy ? 15 : 13)),
      controls: isRoomy ? u(54) : content.height > u(230) ? u(26) : 0
    )
    bar = content.height > u(230) ? u(17) : 0
    let below = toolHeight + heights.bars + heights.facts + heights.controls + bar + u(14)
    let top = max(u(60), content.height - below)
    let hasGrid = state.comparison != nil
    let side = min(top, (content.width - gap) * (hasGrid ? 0.55 : 0.64)).rounded(.down)
    let columns = hasGrid ? 2.0 : 1
    small = min((side - gap - 2 * caption) / 2, (content.width - side - gap * columns) / columns).rounded(.down)
    let used = side + gap + (hasGrid ? 2 * small + gap : max(small, u(20)))
    let spare = content.width - used - u(14)
    let hasTrail = !hasGrid && spare >= u(96) && side >= u(90)
    let x = hasTrail ? content.x : content.x + (content.width - used) / 2
    pad = Rect(x.rounded(), content.y.rounded(), side, side)
    trail = hasTrail ? Rect(pad.x + used + u(14), pad.y, min(spare, u(420)), side) : nil
  }
}

/// What is inside the right panel.
func rightPanelContent(_ place: Layout.Place, _ u: (Double) -> Double) -> Rect { place.body.inset(dx: u(12), dy: u(9)) }

extension AppState {
  /// Where the drawing pad is, in window pixels; nil while its tab is closed.
  public var padFrame: Rect? {
    let layout = layout
    guard tab == .draw, let place = layout.explanation else { return nil }
    let u = { $0 * layout.unit }
    return PadLayout(self, rightPanelContent(place, u), u).pad
  }
}
