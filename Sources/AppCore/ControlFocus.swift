import Geometry

/// The button that the keyboard is at.
struct FocusedControl: Sendable, Equatable {
  let action: HitAction
  /// Where it was when it was reached: should it be gone, the nearest one takes its place.
  var centre: Point
}

extension AppState {
  /// Everything that can be pressed now, in reading order: from panel to panel, row by row.
  var controls: [Hit] {
    var canvas = draw(self)
    canvas.hits.removeAll { hit in
      guard case .perform(let action) = hit.action, !hit.rect.isEmpty else { return true }
      // The shade behind a list, and what stands for the whole window, are no buttons.
      return action == .help && hit.rect == layout.window
    }
    var seen: Set<HitAction> = []
    let shown = canvas.hits.filter { seen.insert($0.action).inserted }
    let panel = panelOrder
    return shown.sorted { a, b in
      let (one, other) = (panel(a), panel(b))
      if one != other { return one < other }
      if abs(a.rect.center.y - b.rect.center.y) > 4 { return a.rect.center.y < b.rect.center.y }
      return a.rect.center.x < b.rect.center.x
    }
  }

  /// Gives the place of the panel that a button stands in, in reading order.
  private var panelOrder: (Hit) -> Int {
    let frames = [layout.map?.frame, layout.explanation?.frame, layout.network?.frame, layout.status].compactMap { $0 }
    return { hit in frames.firstIndex { $0.contains(hit.rect.center) } ?? frames.count }
  }

  /// Which of them the keyboard is at.
  func focusedIndex(_ controls: [Hit]) -> Int? {
    guard let focusedControl else { return nil }
    if let same = controls.firstIndex(where: { $0.action == focusedControl.action }) { return same }
    return controls.indices.min {
      controls[$0].rect.center.distance(to: focusedControl.centre) < controls[$1].rect.center.distance(to: focusedControl.centre)
    }
  }

  /// Begins to go from button to button, or goes on to the first of the next panel.
  mutating func walkControls() {
    let controls = controls
    guard let here = focusedIndex(controls) else {
      focus(controls.first)
      return
    }
    let panel = panelOrder
    let current = panel(controls[here])
    focus(controls.first { panel($0) > current } ?? controls.first)
  }

  mutating func stepControl(by offset: Int) {
    let controls = controls
    guard let here = focusedIndex(controls), !controls.isEmpty else { return }
    focus(controls[(here + offset + controls.count) % controls.count])
  }

  /// The nearest one in a direction, by the gaps between buttons: what lies aside counts four times.
  mutating func moveControl(_ x: Int, _ y: Int) {
    let controls = controls
    guard let here = focusedIndex(controls) else { return }
    let from = controls[here].rect
    /// Between the edges of two spans; 0 where they overlap.
    func gap(_ a: (Double, Double), _ b: (Double, Double)) -> Double { max(0, max(a.0, b.0) - min(a.1, b.1)) }
    func cost(_ hit: Hit) -> Double? {
      let to = hit.rect
      let way = to.center - from.center
      let (along, aside) = (gap((from.minX, from.maxX), (to.minX, to.maxX)), gap((from.minY, from.maxY), (to.minY, to.maxY)))
      if x != 0 { return way.x * Double(x) > 1 ? along + 4 * aside + 0.1 * abs(way.y) : nil }
      return way.y * Double(y) > 1 ? aside + 4 * along + 0.1 * abs(way.x) : nil
    }
    let next = controls.compactMap { hit in cost(hit).map { (hit, $0) } }.min { $0.1 < $1.1 }
    if let next { focus(next.0) }
  }

  /// As a click on it.
  mutating func pressControl() -> [Effect] {
    let controls = controls
    guard let here = focusedIndex(controls), case .perform(let action) = controls[here].action else { return [] }
    focus(controls[here])
    return perform(action)
  }

  private mutating func focus(_ hit: Hit?) {
    focusedControl = hit.map { FocusedControl(action: $0.action, centre: $0.rect.center) }
  }
}
