import Geometry
import Networks

extension NetworkView {
  /// Where the view is, or is on its way to.
  var settledCamera: Camera { glide?.to ?? camera }
}

extension AppState {
  /// Nodes can be read when they are this large: pixels of a unit of the layout, in units of the window.
  static let readableScale = 0.94
  /// Few nodes are not blown up.
  private static let largestFit = 1.5

  private func fittingCamera(_ frame: Rect) -> Camera? {
    guard let bounds = view.drawn?.drawing.bounds, !bounds.isEmpty else { return nil }
    let flipped = Rect(bounds.x, -bounds.maxY, bounds.width, bounds.height)
    var camera = Camera.fitting(flipped, in: Size(frame.width, frame.height), margin: 0.004)
    camera.scale = min(camera.scale, Self.largestFit * layout.unit)
    return camera
  }

  /// What the camera shows by itself.
  private func followingCamera(_ frame: Rect) -> Camera? {
    guard let whole = fittingCamera(frame), let bounds = view.drawn?.drawing.bounds else { return nil }
    let readable = Self.readableScale * layout.unit
    guard view.following == .readable, whole.scale < readable else { return whole }
    // Too much to be read at once: its beginning, or what is chosen.
    let half = frame.width / 2 / readable
    var x = bounds.minX + half - 4
    if let vertex = selectedVertex, let rect = view.drawn?.drawing.frames[vertex] { x = rect.center.x }
    x = bounds.width <= 2 * half ? bounds.center.x : min(max(x, bounds.minX + half - 4), bounds.maxX - half + 4)
    return Camera(centre: Point(x, -centreLine(frame, scale: readable)), scale: readable)
  }

  /// The height that is in the middle where not all of the graph is seen: what lies above nodes is seen as far as there is room.
  private func centreLine(_ frame: Rect, scale: Double) -> Double {
    guard let bounds = view.drawn?.drawing.bounds else { return 0 }
    let half = frame.height / 2 / scale
    return bounds.height <= 2 * half ? bounds.center.y : bounds.maxY - half + 3
  }

  /// Lets the camera follow the graph and its frame, unless a person moved it.
  mutating func followGraph() {
    guard view.following != .nothing, let frame = view.frame, let camera = followingCamera(frame) else { return }
    view.glide = nil
    view.camera = camera
  }

  /// Shows all of the graph.
  mutating func fitGraph() {
    guard let frame = graphFrame else { return }
    view.following = .whole
    if let camera = followingCamera(frame) { glideGraph(to: camera, CameraGlide.long) }
  }

  mutating func zoomGraph(by factor: Double, about point: Point?) {
    guard let frame = graphFrame, let whole = fittingCamera(frame) else { return }
    let here = view.settledCamera
    let least = min(whole.scale, Self.readableScale * layout.unit) * 0.5
    let scale = min(max(here.scale * factor, least), 12 * layout.unit)
    guard scale != here.scale else { return }
    view.following = .nothing
    glideGraph(to: here.zoomed(by: scale / here.scale, about: point ?? frame.center, in: frame), CameraGlide.short)
  }

  mutating func panGraph(by displacement: Point) {
    view.following = .nothing
    view.glide = nil
    view.camera = view.camera.panned(by: displacement)
    keepGraphInSight()
  }

  /// Some of the graph stays in view.
  private mutating func keepGraphInSight() {
    guard let frame = graphFrame, let bounds = view.drawn?.drawing.bounds else { return }
    view.camera.centre.x = min(max(view.camera.centre.x, bounds.minX), bounds.maxX)
    let reach = frame.height / 3 / view.camera.scale
    view.camera.centre.y = min(max(view.camera.centre.y, -bounds.maxY - reach), -bounds.minY + reach)
  }

  mutating func glideGraph(to camera: Camera, _ duration: Duration) {
    guard !appearance.reducesMotion, now > .zero, view.camera != camera else {
      view.glide = nil
      view.camera = camera
      return
    }
    view.glide = CameraGlide(from: view.camera, to: camera, duration: duration)
  }

  /// Moves the view no further than it takes to see a node.
  mutating func bringIntoView(vertex: Int) {
    // In a frame that is about to change the view is about to follow it.
    guard let frame = graphFrame, frame == view.frame, let drawn = view.drawn, drawn.drawing.frames.indices.contains(vertex) else { return }
    let camera = view.settledCamera
    let rect = camera.windowFromGraph(drawn.drawing.frames[vertex], in: frame)
    // What is in sight as a whole is not moved; what is brought into view gets a margin.
    let sight = frame.inset(by: -1)
    if rect.minX >= sight.minX, rect.maxX <= sight.maxX, rect.minY >= sight.minY, rect.maxY <= sight.maxY { return }
    let room = frame.inset(dx: min(frame.width / 4, 40 * layout.unit), dy: 4 * layout.unit)
    func shift(_ low: Double, _ high: Double, _ least: Double, _ most: Double) -> Double {
      if high - low > most - least { return (least + most) / 2 - (low + high) / 2 }
      return low < least ? least - low : high > most ? most - high : 0
    }
    let move = Point(shift(rect.minX, rect.maxX, room.minX, room.maxX), shift(rect.minY, rect.maxY, room.minY, room.maxY))
    guard move != .zero else { return }
    view.following = .nothing
    glideGraph(to: camera.panned(by: move), CameraGlide.long)
  }
}
