import Geometry

extension AppState {
  /// One notch of the wheel.
  static let zoomStep = 1.25
  /// How near the pointer must be to a point, in units of the layout.
  static let reach = 8.0

  /// The digit under `point` of the window: the nearest one, else the one whose picture is there.
  func digit(under point: Point) -> Int? {
    guard let grid = map.grid, mapFrame.contains(point) else { return nil }
    let reach = Self.reach * layout.unit
    let place = map.camera.embeddingFromWindow(point, in: mapFrame)
    return grid.nearest(to: place, within: reach / map.camera.scale, where: map.look.isShown) ?? picture(under: point)
  }

  /// The nearest digit among those whose pictures are at `point`, as far as they can be seen.
  private func picture(under point: Point) -> Int? {
    guard let pictures = thumbnails(in: mapFrame, unit: layout.unit) else { return nil }
    let half = pictures.side / 2
    let there = pictures.marks.filter { abs($0.centre.x - point.x) < half && abs($0.centre.y - point.y) < half && $0.opacity > 0.5 }
    return there.min { $0.centre.distance(to: point) < $1.centre.distance(to: point) }.map { Int($0.index) }
  }

  mutating func refreshHover() {
    guard gesture == nil, let pointer, hit(at: pointer)?.action == .map, let index = digit(under: pointer), let data else {
      hover = nil
      return
    }
    if hover?.index == index { return }
    hover = Hover(index: index, image: asset("hover", Pictures.gray(data.picture(index))), since: nil)
  }

  mutating func zoom(by factor: Double, about point: Point) {
    guard map.grid != nil, factor.isFinite, factor > 0 else { return }
    let lowest = map.fittingScale / 20
    let highest = map.fittingScale * 5000
    let before = settledCamera
    let scale = min(highest, max(lowest, before.scale * factor))
    map.followsMap = false
    glide(to: before.zoomed(by: scale / before.scale, about: point, in: mapFrame), CameraGlide.short)
    refreshHover()
  }

  mutating func pan(by displacement: Point) {
    guard map.grid != nil else { return }
    map.glide = nil
    map.camera = map.camera.panned(by: displacement)
    map.followsMap = false
  }

  mutating func fitMap() {
    let before = map.camera
    map.followsMap = true
    map.glide = nil
    followMap()
    let fitting = map.camera
    map.camera = before
    glide(to: fitting, CameraGlide.long)
    refreshHover()
  }

  mutating func wheelTurned(_ notches: Double, at point: Point) -> [Effect] {
    pointer = point
    guard !showsHelp else { return [] }
    if let place = overlayPlace, place.frame.contains(point) {
      scrollOverlay(notches)
      return []
    }
    if let strip = layerMapStrip, strip.contains(point) {
      // Touch pads turn it by parts of a notch.
      mapsTurned += min(8, max(-8, notches.isFinite ? notches : 0))
      stepMaps(by: -Int(mapsTurned))
      mapsTurned -= mapsTurned.rounded(.towardZero)
      return []
    }
    let hit = hit(at: point)
    let isOnGraph = graphFrame?.contains(point) == true && overlay == nil
    guard hit?.action == .map || isOnGraph else { return [] }
    var factor = 1.0
    let whole = min(50, max(-50, notches.isFinite ? notches : 0))
    for _ in 0..<Int(abs(whole)) { factor *= Self.zoomStep }
    // Fractions of a notch (touch pads) interpolate linearly.
    factor *= 1 + (abs(whole) - abs(whole).rounded(.down)) * (Self.zoomStep - 1)
    if whole < 0 { factor = 1 / factor }
    if isOnGraph { zoomGraph(by: factor, about: point) } else { zoom(by: factor, about: point) }
    return []
  }

  /// The next or previous digit in the order of the data.
  mutating func step(by offset: Int) -> [Effect] {
    guard let data, data.collection.count > 0 else { return [] }
    let count = data.collection.count
    let next = selected.map { (($0 + offset) % count + count) % count } ?? (offset > 0 ? 0 : count - 1)
    return showing(select(next))
  }

  /// Walks through the map: the nearest digit that the walk has not been at.
  mutating func walkToNeighbour() -> [Effect] {
    guard let grid = map.grid else { return [] }
    guard let selected else { return step(by: 1) }
    let visited = Set(walked)
    let here = Point(Double(map.positions[2 * selected]), Double(map.positions[2 * selected + 1]))
    guard let next = grid.nearest(to: here, where: { !visited.contains($0) && map.look.isShown($0) }) else { return [] }
    walked.append(next)
    if walked.count > 1000 { walked.removeFirst() }
    return showing(select(next, startsWalk: false))
  }

  /// Brings the selected digit into view after a key moved the selection.
  mutating func showing(_ effects: [Effect]) -> [Effect] {
    guard let selected, map.grid != nil else { return effects }
    let position = Point(Double(map.positions[2 * selected]), Double(map.positions[2 * selected + 1]))
    let frame = mapFrame
    let inWindow = settledCamera.windowFromEmbedding(position, in: frame)
    if position.x.isFinite && position.y.isFinite && !frame.inset(by: 12).contains(inWindow) {
      map.followsMap = false
      glide(to: Camera(centre: position, scale: settledCamera.scale), CameraGlide.long)
    }
    return effects
  }
}
