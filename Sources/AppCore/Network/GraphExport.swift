import Geometry
import Networks
import Scene

/// What the graph can be saved as.
public enum GraphFormat: String, Sendable, Hashable, CaseIterable { case png, svg }

extension AppState {
  /// The whole graph as it is open now, with what it shows of the explanation, drawn for a picture of its own; nil before it is laid out.
  ///
  /// - Parameters:
  ///   - scale: pixels of a unit of the layout.
  ///   - largest: no side is longer; the scale gives way.
  public func graphScene(scale: Double = 2, largest: Double = .infinity) -> Scene? {
    guard let network, let drawn = view.drawn, !drawn.drawing.bounds.isEmpty else { return nil }
    var state = self
    state.view.morph = nil
    state.view.glide = nil
    state.view.story = nil
    state.pointer = nil
    state.appearance.scale = 1
    let bounds = drawn.drawing.bounds
    let margin = 24.0
    let fitting = min(scale, (largest - 2 * margin) / max(bounds.width, bounds.height))
    let size = Size((bounds.width * fitting + 2 * margin).rounded(.up), (bounds.height * fitting + 2 * margin).rounded(.up))
    let frame = Rect(0, 0, size.width, size.height)
    let camera = Camera(centre: Point(bounds.center.x, -bounds.center.y), scale: fitting)
    state.windowSize = Size(1280, 800)
    state.refreshAllNodePictures()
    var canvas = Canvas(unit: min(1.6, max(1, fitting * 0.8)), theme: theme, pointer: nil)
    canvas.clip = frame
    let shown = state.shownOfNetwork
    drawGraph(GraphPicture(state, network, shown, drawn, camera: camera, frame: frame), on: &canvas)
    return Scene(size: size, background: theme.panel, items: canvas.items)
  }

  mutating func exportGraph(as format: GraphFormat) -> [Effect] {
    // What a texture may have at most, everywhere.
    guard let scene = graphScene(largest: format == .png ? 8192 : .infinity) else {
      message = Message(kind: .notice, text: "There is no graph yet")
      return []
    }
    let name = graphName
    return format == .png
      ? [.saveScene(name: name, scene, part: Rect(0, 0, scene.size.width, scene.size.height))] : [.saveSVG(name: name, scene)]
  }

  private var graphName: String {
    let digit = shownOfNetwork.map { shown -> String in
      if case .point(let index) = shown.subject { "-\(index)" } else { "-drawing" }
    }
    return "network\(digit ?? "")"
  }
}
