import Datasets
import Geometry
import Relevance

extension AppState {
  /// Selects a digit and asks for its explanation; the old one stays on screen until the new one is there.
  mutating func select(_ index: Int, startsWalk: Bool = true) -> [Effect] {
    selected = index
    if startsWalk { walked = [index] }
    tab = .explanation
    digit.target = .predicted
    return explainSelected()
  }

  mutating func clearSelection() {
    selected = nil
    walked = []
    digit = ExplanationSlot()
    refreshLayerMaps()
  }

  mutating func explainSelected() -> [Effect] {
    guard let selected, let data, network != nil else {
      digit.isStale = selected != nil
      return []
    }
    digit.isStale = false
    // A worker keeps one request: the drawing's may be lost to this one.
    if !drawing.outstanding.isEmpty {
      drawing.outstanding = []
      drawing.isStale = true
    }
    let request = request(.point(selected), data.picture(selected))
    digit.outstanding = [request]
    return [.explain(effect(request, digit.target))]
  }

  /// Explains what is on the pad now. Requests under way stay valid: each result that is newer than the shown one is shown.
  mutating func explainSketch() -> [Effect] {
    sketch.isAheadOfRequest = false
    drawing.isStale = false
    let picture = sketch.picture
    guard picture.pixels.contains(where: { $0 > 0 }) else {
      drawing.shown = nil
      drawing.outstanding = []
      padPicture = nil
      refreshLayerMaps()
      return []
    }
    padPicture = asset("pad.picture", Pictures.gray(picture))
    guard network != nil else {
      drawing.isStale = true
      return []
    }
    if !digit.outstanding.isEmpty {
      digit.outstanding = []
      digit.isStale = true
    }
    let request = request(.drawing, picture)
    drawing.outstanding.append(request)
    return [.explain(effect(request, drawing.target))]
  }

  /// While a stroke grows one request is under way at a time.
  mutating func explainSketchIfFree() -> [Effect] {
    guard sketch.isAheadOfRequest, drawing.outstanding.isEmpty else { return [] }
    return explainSketch()
  }

  /// Asks anew for what the active tab shows, after target, composite or network changed.
  mutating func explainAgain() -> [Effect] {
    switch tab {
    case .explanation:
      drawing.isStale = true
      return explainSelected()
    case .draw:
      digit.isStale = true
      return explainSketch()
    }
  }

  mutating func explainIfStale() -> [Effect] {
    switch tab {
    case .explanation: digit.isStale ? explainSelected() : []
    case .draw: drawing.isStale ? explainSketch() : []
    }
  }

  mutating func explained(_ id: RequestID, _ explanation: Explanation) -> [Effect] {
    let slot: WritableKeyPath<AppState, ExplanationSlot>
    if digit.outstanding.contains(where: { $0.id == id }) {
      slot = \.digit
    } else if drawing.outstanding.contains(where: { $0.id == id }) {
      slot = \.drawing
    } else {
      return []
    }
    guard let request = self[keyPath: slot].outstanding.first(where: { $0.id == id }) else { return [] }
    self[keyPath: slot].outstanding.removeAll { $0.id <= id }
    guard let shown = shown(request, explanation) else {
      message = Message(kind: .error, text: "this network's input is not a picture: its relevance cannot be shown")
      return []
    }
    self[keyPath: slot].shown = shown
    if case .point(let index) = request.subject { data?.predictions[index] = explanation.prediction }
    refreshLayerMaps()
    return explainSketchIfFree()
  }

  private mutating func request(_ subject: Subject, _ picture: GrayPicture) -> PendingRequest {
    lastRequestNumber += 1
    return PendingRequest(id: RequestID(lastRequestNumber), subject: subject, picture: picture, composite: composite, since: nil)
  }

  private func effect(_ request: PendingRequest, _ target: Target) -> ExplanationRequest {
    ExplanationRequest(id: request.id, picture: request.picture, query: Query(request.composite, target: target))
  }
}
