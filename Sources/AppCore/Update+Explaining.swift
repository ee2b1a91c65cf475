import Datasets
import Geometry
import Relevance

extension AppState {
  /// Selects a digit and asks for its explanation; the old one stays on screen until the new one is there.
  mutating func select(_ index: Int, startsWalk: Bool = true, keepsTarget: Bool = false) -> [Effect] {
    selected = index
    if startsWalk { walked = [index] }
    tab = .explanation
    // A class was chosen for the digit before; what is asked of every digit alike stays.
    switch digit.target {
    case .class where digit.followsLabel: digit.target = labelledClass.map { .class($0) } ?? .predicted
    case .class, .contrast: if !keepsTarget { digit.target = .predicted }
    case .predicted, .runnerUp, .channel: break
    }
    return explainSelected()
  }

  mutating func clearSelection() {
    selected = nil
    walked = []
    let (target, followsLabel) = (digit.target, digit.followsLabel)
    digit = ExplanationSlot()
    digit.followsLabel = followsLabel
    if followsLabel { digit.target = target }
    if case .channel = target { digit.target = target }
    refreshLayerMaps()
  }

  mutating func explainSelected() -> [Effect] {
    guard let selected, let data, canExplain else {
      digit.isStale = selected != nil
      return []
    }
    digit.isStale = false
    // A worker keeps one request: the drawing's may be lost to this one.
    if !drawing.outstanding.isEmpty {
      drawing.outstanding = []
      drawing.isStale = true
    }
    let request = request(.point(selected), data.picture(selected), digit.target)
    digit.outstanding = [request]
    digit.isCancelled = false
    progress[.explaining] = nil
    return [.explain(effect(request))]
  }

  /// Explains what is on the pad now. Requests under way stay valid: each result that is newer than the shown one is shown.
  /// `isLive`: while the pen is down.
  mutating func explainSketch(isLive: Bool = false) -> [Effect] {
    sketch.isAheadOfRequest = false
    drawing.isStale = false
    // What is explained is placed in the map too, and no more often: both share the processor.
    drawnPlace.isBehind = true
    let picture = sketch.picture
    guard picture.pixels.contains(where: { $0 > 0 }) else {
      drawing.shown = nil
      drawing.outstanding = []
      padPicture = nil
      logitTrail = LogitTrail()
      refreshLayerMaps()
      return []
    }
    padPicture = asset("pad.picture", Pictures.gray(picture))
    guard canExplain else {
      drawing.isStale = true
      return []
    }
    if !digit.outstanding.isEmpty {
      digit.outstanding = []
      digit.isStale = true
    }
    let request = request(.drawing, picture, drawing.target, isLive: isLive)
    drawing.outstanding.append(request)
    drawing.isCancelled = false
    progress[.explaining] = nil
    return [.explain(effect(request))]
  }

  /// While a stroke grows one request is under way at a time.
  mutating func explainSketchIfFree() -> [Effect] {
    guard sketch.isAheadOfRequest, drawing.outstanding.isEmpty else { return [] }
    return explainSketch(isLive: sketch.isStroking)
  }

  private var canExplain: Bool { network.map { $0.problem == nil } ?? false }

  mutating func explainIfStale() -> [Effect] {
    switch tab {
    case .explanation: digit.isStale ? explainSelected() : []
    case .draw: drawing.isStale ? explainSketch() : []
    }
  }

  mutating func explained(_ id: RequestID, _ explanations: Explanations) -> [Effect] {
    guard let slot = slot(waitingFor: id), let request = self[keyPath: slot].outstanding.first(where: { $0.id == id }) else { return [] }
    self[keyPath: slot].outstanding.removeAll { explanations.isPartial ? $0.id < id : $0.id <= id }
    if !explanations.isPartial { progress[.explaining] = nil }
    if message?.isAboutExplaining == true { message = nil }
    guard let shown = shown(request, explanations) else {
      message = Message(kind: .error, text: "this network's input is not a picture: its relevance cannot be shown")
      return []
    }
    self[keyPath: slot].shown = shown
    if case .point(let index) = request.subject, data?.predictions[index] == nil {
      let explanation = explanations.main
      data?.predictions[index] = Prediction(
        number: explanation.prediction, confidence: explanation.probabilities[explanation.prediction])
      predictionsChanged()
    }
    if request.subject == .drawing, !explanations.isPartial { logitTrail.add(explanations.main.logits, at: now) }
    refreshLayerMaps()
    return explainSketchIfFree()
  }

  /// What was asked for cannot be computed: what is on screen stays, and the message says why.
  mutating func explanationFailed(_ id: RequestID, _ text: String) -> [Effect] {
    guard let slot = slot(waitingFor: id) else { return [] }
    self[keyPath: slot].outstanding.removeAll { $0.id <= id }
    self[keyPath: slot].isCancelled = true
    progress[.explaining] = nil
    message = Message(kind: .error, text: text, isAboutExplaining: true)
    return []
  }

  private func slot(waitingFor id: RequestID) -> WritableKeyPath<AppState, ExplanationSlot>? {
    [\AppState.digit, \AppState.drawing].first { self[keyPath: $0].outstanding.contains { $0.id == id } }
  }

  private mutating func request(
    _ subject: Subject, _ picture: GrayPicture, _ target: Target, isLive: Bool = false
  ) -> PendingRequest {
    lastRequestNumber += 1
    return PendingRequest(
      id: RequestID(lastRequestNumber), subject: subject, picture: picture, query: query(for: target, isLive: isLive),
      compared: comparedQuery(for: target, isLive: isLive), since: nil)
  }

  private func effect(_ request: PendingRequest) -> ExplanationRequest {
    ExplanationRequest(
      id: request.id, picture: request.picture, query: request.query, compared: request.compared,
      classes: showsAllClasses ? ClassMap.most : 0)
  }
}
