import Geometry
import Scene

/// How the window looks, and pictures of it.
extension AppState {
  mutating func rescale(to scale: Double) {
    appearance.scale = scale
    followMap()
    refreshHover()
    refreshLayerMaps()
    // A small window has no room for large things: what it has room for is said.
    let plain = Layout(size: windowSize, shares: shares).unit
    let reached = layout.unit / plain
    let wanted = Numbers.percent(scale)
    let limited = reached < scale - 0.005 ? "; this window has room for \(Numbers.percent(reached))" : ""
    message = Message(kind: .notice, text: "Scale \(wanted)\(limited)")
  }

  /// Moves a splitter by twentieths of the window.
  mutating func move(_ splitter: Splitter, by steps: Int) {
    func bounded(_ share: Double) -> Double { min(0.9, max(0.1, share + 0.05 * Double(steps))) }
    switch splitter {
    case .vertical: shares.map = bounded(shares.map)
    case .horizontal: shares.network = bounded(shares.network)
    }
    followMap()
    refreshHover()
  }

  mutating func changeTheme(to ground: Appearance.Ground) {
    guard ground != appearance.ground else { return }
    appearance.ground = ground
    regroupPoints()
    recolourAll()
  }

  mutating func toggleMotion() {
    appearance.reducesMotion.toggle()
    message = Message(
      kind: .notice,
      text: appearance.reducesMotion ? "Without motion: view and points jump to where they go" : "With motion: view and points glide")
  }

  /// The panel that the pointer is over; nil outside of all, and where none is.
  var panelUnderPointer: Panel? {
    guard let pointer else { return nil }
    return Panel.allCases.first { layout.place(of: $0)?.frame.contains(pointer) ?? false }
  }

  /// Draws the window, or a panel of it, as it is without pointer, lists and messages, and saves that.
  mutating func savePicture(of panel: Panel?) -> [Effect] {
    var state = self
    state.pointer = nil
    state.hover = nil
    state.overlay = nil
    state.message = nil
    state.focusedControl = nil
    state.showsHelp = false
    state.showsFrameTimes = false
    if let panel, layout.place(of: panel) == nil { state.shares.maximized = panel }
    state.followMap()
    let part = panel.flatMap { state.layout.place(of: $0)?.frame } ?? state.layout.window
    return [.saveScene(name: "heatlens-\(panel?.rawValue ?? "window")", scene(of: state), part: part)]
  }

  /// Where a panel stands, in window pixels; nil where it is not on screen.
  public func frame(of panel: Panel) -> Rect? { layout.place(of: panel)?.frame }

  /// The numbers of a frame that was drawn; no reason to draw another one.
  public mutating func note(frame time: Duration) { frameTimes.add(time.inSeconds * 1000) }
}

/// How long the last frames took, in milliseconds.
struct FrameTimes: Sendable {
  static let most = 240

  private var times: [Double] = []
  private(set) var count = 0

  mutating func add(_ time: Double) {
    count += 1
    times.append(time)
    if times.count > Self.most { times.removeFirst() }
  }

  var last: Double? { times.last }

  /// The time that `share` of the last frames did not exceed.
  func quantile(_ share: Double) -> Double? {
    guard !times.isEmpty else { return nil }
    let sorted = times.sorted()
    return sorted[min(sorted.count - 1, max(0, Int((Double(sorted.count) * share).rounded(.up)) - 1))]
  }

  /// The last ones, the newest last.
  var recent: ArraySlice<Double> { times.suffix(120) }
}
