import Geometry

extension AppState {
  mutating func pointerMoved(to point: Point) -> [Effect] {
    pointer = point
    switch gesture {
    case .map(let pressedAt, let last, let button, let wasDragging):
      let isDragging = wasDragging || pressedAt.distance(to: point) >= Gesture.clickTolerance
      // The first move of a drag catches up with the press, so that the picture stays under the pointer.
      if isDragging { pan(by: point - (wasDragging ? last : pressedAt)) }
      if isDragging { hover = nil }
      gesture = .map(pressedAt: pressedAt, last: point, button: button, isDragging: isDragging)
    case .lasso(var lasso):
      lasso.extend(to: point)
      gesture = .lasso(lasso)
    case .drawing:
      sketch.extendStroke(to: padPoint(point))
      refreshPad()
      return explainSketchIfFree() + placeSketchIfFree()
    case .graph(var press):
      let wasDragging = press.isDragging
      press.isDragging = wasDragging || press.pressedAt.distance(to: point) >= Gesture.clickTolerance
      if press.isDragging { panGraph(by: point - (wasDragging ? press.last : press.pressedAt)) }
      press.last = point
      gesture = .graph(press)
    case .overview: lookThroughOverview(at: point)
    case .storySlider: slideStory(to: point)
    case .stageSlider: dragStages(to: sliderShare(point))
    case .splitter(let splitter, let offset):
      shares = Layout.shares(shares, moving: splitter, to: point - offset, in: windowSize, scale: appearance.scale)
      followMap()
    case nil:
      settleGraph(pointer: point)
      refreshHover()
    }
    return []
  }

  mutating func pointerPressed(_ button: PointerButton, at point: Point, clicks: Int, _ modifiers: Modifiers = []) -> [Effect] {
    pointer = point
    focusedControl = nil
    guard gesture == nil else { return [] }
    if isSpaceHeld, button == .left, overlay == nil, !showsHelp, layout.map?.body.contains(point) == true {
      hover = nil
      gesture = .map(pressedAt: point, last: point, button: button, isDragging: true)
      return []
    }
    if let panel = Panel.allCases.first(where: { layout.place(of: $0)?.frame.contains(point) == true }), overlay == nil {
      activePanel = panel
    }
    // The second press of a double click is for what the first one was for, whatever the first click has moved there.
    if clicks == 2, button == .left, let first = view.lastClick, first.pressedAt.distance(to: point) < Gesture.clickTolerance {
      gesture = .graph(GraphPress(button: button, pressedAt: point, last: point, clicks: clicks, action: first.action))
      return []
    }
    view.lastClick = nil
    guard let hit = hit(at: point) else { return [] }
    // A lasso may begin on what lies over the map and is no button.
    if button == .left, let mode = Self.lassoMode(modifiers), hit.action == .map || hit.action == .none, overlay == nil, map.grid != nil,
      layout.map?.body.contains(point) == true
    {
      search?.isTyping = false
      hover = nil
      gesture = .lasso(Lasso(mode, at: point))
      return []
    }
    if activePanel != .network { view.search?.isTyping = false } else { search?.isTyping = false }
    switch hit.action {
    case .none: break
    case .graph:
      view.search?.isTyping = false
      if button != .right { gesture = .graph(GraphPress(button: button, pressedAt: point, last: point, clicks: clicks, action: nil)) }
    case .perform(let action) where action.isOfNode && graphFrame?.contains(point) == true:
      if button != .right {
        gesture = .graph(GraphPress(button: button, pressedAt: point, last: point, clicks: clicks, action: action))
      }
    case .overview:
      guard button == .left else { break }
      gesture = .overview
      lookThroughOverview(at: point)
    case .storySlider:
      guard button == .left else { break }
      gesture = .storySlider
      slideStory(to: point)
    case .map:
      search?.isTyping = false
      if button == .left, modifiers.contains(.control) {
        if let index = digit(under: point) { toggleMembership(index) }
        return []
      }
      if button == .left && clicks == 2 && digit(under: point) == nil { fitMap() }
      if button != .right { gesture = .map(pressedAt: point, last: point, button: button, isDragging: false) }
    case .pad:
      guard button != .middle else { break }
      gesture = .drawing(button: button)
      sketch.beginStroke(at: padPoint(point), isErasing: sketch.isErasing || button == .right)
      refreshPad()
      return explainSketchIfFree() + placeSketchIfFree()
    case .stageSlider:
      guard button == .left else { break }
      hover = nil
      guard let stages = map.stages, let track = sliderTrack else { break }
      let share = sliderShare(point)
      let last = Double(stages.stages.count - 1)
      if abs(share - stages.place / max(1, last)) * track.width <= Self.knobReach * layout.unit {
        gesture = .stageSlider
      } else {
        choose(stage: min(stages.available - 1, max(0, Int((share * last).rounded()))))
      }
    case .splitter(let splitter):
      guard button == .left else { break }
      gesture = .splitter(splitter, offset: point - hit.rect.center)
      hover = nil
    case .featureMap(let channel):
      guard button == .left, let layerMaps else { break }
      let place = point - Point(hit.rect.x, hit.rect.y)
      func position(_ along: Double, _ length: Double, _ count: Int) -> Int { min(count - 1, max(0, Int(along / length * Double(count)))) }
      return choose(
        SelectedUnit(
          channel: channel,
          position: .init(
            row: position(place.y, hit.rect.height, layerMaps.height), column: position(place.x, hit.rect.width, layerMaps.width))))
    case .header(let panel):
      if button == .left && clicks == 2 { return perform(.maximize(panel)) }
    case .perform(.target(let number)) where modifiers.contains(.shift):
      if button == .left { return perform(.against(number)) }
    case .perform(.toggleLegend(let group)) where modifiers.contains(.alt):
      if button == .left { return perform(.onlyLegend(group)) }
    case .perform(let action):
      if button == .left { return perform(action) }
    }
    return []
  }

  mutating func pointerReleased(_ button: PointerButton, at point: Point) -> [Effect] {
    switch gesture {
    case .map(let pressedAt, _, let pressed, _) where pressed == button:
      if pressedAt != point { _ = pointerMoved(to: point) }
      guard case .map(_, _, _, let isDragging) = gesture else { return [] }
      gesture = nil
      pointer = point
      refreshHover()
      guard !isDragging, button == .left else { return [] }
      // The press decides which point was meant: a click may slip by a pixel.
      dropSelection()
      if let index = digit(under: pressedAt) { return select(index) }
      clearSelection()
      return []
    case .graph(let press) where press.button == button:
      if press.last != point { _ = pointerMoved(to: point) }
      guard case .graph(let released) = gesture else { return [] }
      gesture = nil
      guard !released.isDragging, button == .left else { return [] }
      if released.clicks == 1 { view.lastClick = released }
      return clickGraph(released.action, clicks: released.clicks)
    case .overview where button == .left, .storySlider where button == .left:
      gesture = nil
      return []
    case .lasso(var lasso) where button == .left:
      lasso.extend(to: point)
      gesture = nil
      pointer = point
      take(lasso)
      return []
    case .drawing(let pressed) where pressed == button:
      sketch.extendStroke(to: padPoint(point))
      sketch.endStroke()
      gesture = nil
      pointer = point
      refreshPad()
      return explainSketch() + placeSketchIfFree()
    case .stageSlider where button == .left:
      gesture = nil
      releaseStages()
      return placeSketchIfFree()
    case .splitter where button == .left:
      gesture = nil
      return []
    default:
      return []
    }
  }

  /// A click on a node chooses it, a second one at once opens or closes it; on nothing: nothing is chosen, or all of it is shown.
  private mutating func clickGraph(_ action: Action?, clicks: Int) -> [Effect] {
    guard let action else {
      if clicks >= 2 { fitGraph() } else if view.story == nil { selectNode(nil) }
      return []
    }
    guard clicks == 2 else { return perform(action) }
    // The first click chose it, or chose it no longer.
    switch action {
    case .node(let name):
      if selectedNode != name { selectNode(name) }
      openOrClose(name)
    case .layer(let layer):
      selectLayer(layer)
      toggleSelected()
    default: break
    }
    return []
  }

  /// What a drag with these keys does with the digits in it; nil where it moves the map.
  private static func lassoMode(_ modifiers: Modifiers) -> DigitSelection.Mode? {
    if modifiers.contains([.alt, .shift]) { return .remove }
    guard modifiers.contains(.shift) else { return nil }
    return modifiers.contains(.control) ? .add : .replace
  }

  /// In pad units; outside 0...1 where the pointer left the pad.
  private func padPoint(_ point: Point) -> Point {
    guard let frame = padFrame, frame.width > 0 else { return .zero }
    func bounded(_ value: Double) -> Double { min(1.2, max(-0.2, value)) }
    return Point(bounded((point.x - frame.x) / frame.width), bounded((point.y - frame.y) / frame.height))
  }

  /// How near to the knob a press takes hold of it, in units of the layout.
  private static let knobReach = 12.0

  /// How far along the slider a point is, 0...1.
  private func sliderShare(_ point: Point) -> Double {
    guard let track = sliderTrack, track.width > 0 else { return 0 }
    return (point.x - track.x) / track.width
  }

  /// What a press at `point` would reach.
  func hit(at point: Point) -> Hit? {
    draw(self, at: point).hits.last { $0.rect.contains(point) }
  }
}
