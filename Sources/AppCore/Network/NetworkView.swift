import Geometry
import GraphLayout
import Networks

/// What of the network is seen, and how.
struct NetworkView: Sendable {
  /// How far all groups are open.
  enum Level: Int, Sendable, CaseIterable {
    case stages, blocks, operations

    var title: String {
      switch self {
      case .stages: "Stages"
      case .blocks: "Blocks"
      case .operations: "Operations"
      }
    }

    /// Whether groups of a kind are open.
    func opens(_ kind: NetworkOutline.Kind) -> Bool {
      switch self {
      case .stages: false
      case .blocks: kind == .stage
      case .operations: true
      }
    }
  }

  /// What the view does when there is another graph, or more or less room.
  enum Following: Sendable, Equatable {
    /// Shows all of it as far as it can be read, otherwise where it begins.
    case readable
    /// Shows all of it.
    case whole
    /// Stays where a person moved it.
    case nothing
  }

  /// A graph with the places of its nodes.
  struct Drawn: Sendable {
    let graph: VisibleGraph
    let density: GraphDensity
    let drawing: GraphDrawing
  }

  /// A graph whose places are being found.
  struct Awaited: Sendable {
    let id: RequestID
    let graph: VisibleGraph
    let density: GraphDensity
  }

  /// What decides the graph.
  struct Key: Sendable, Equatable {
    let revision: Int
    let level: Level
    let toggled: Set<String>
    let density: GraphDensity
  }

  /// The level that was chosen last, and the groups, by name, that are open other than it says.
  var level = Level.blocks
  var toggled: Set<String> = []
  /// On screen.
  var drawn: Drawn?
  /// On its way.
  var awaited: Awaited?
  /// What the newest graph was made by, and the frame that the camera was last fitted to.
  var key: Key?
  var frame: Rect?
  /// The group that stays where it is in the window while it is opened or closed.
  var anchor: GraphAnchor?
  /// What is made good when the pointer leaves the sign that it pressed.
  var displacement: GraphDisplacement?
  var morph: GraphMorph?
  /// In layout units, y upwards as every camera has it.
  var camera = Camera(centre: .zero, scale: 1)
  var glide: CameraGlide?
  var following = Following.readable
  /// The last click in the graph.
  var lastClick: GraphPress?
  var search: NetworkSearch?
  var story: Story?
  var inspector = Inspector()
  /// Feature maps in nodes, by the layer that they are of.
  var pictures: [Int: NodePictures] = [:]

  func isOpen(_ group: NetworkOutline.Group) -> Bool { level.opens(group.kind) != toggled.contains(group.name) }
}

/// What of a group is in the same place of the window before and after it is opened or closed.
struct GraphAnchor: Sendable {
  let group: Int
  /// Whether it is the corner, where the sign is that the pointer pressed; otherwise the left edge and the line that its nodes stand on.
  let isCorner: Bool
  let place: Point
}

/// While the pointer rests on the sign that it pressed, that stays under it, and the line of nodes may have moved: how far.
struct GraphDisplacement: Sendable {
  let pointer: Point
  let group: Int
  /// Where the line was, from the top of the window.
  let line: Double
}

/// Nodes on their way to other places.
struct GraphMorph: Sendable {
  static let duration = Duration.milliseconds(240)

  /// Where nodes were, in the plane of the graph that is on screen now.
  let from: [VisibleGraph.Subject: Rect]
  /// The first clock event after it began.
  var since: Duration?

  /// 0...1, fast at first, then slower.
  func share(at now: Duration) -> Double {
    guard let since else { return 0 }
    let left = 1 - min(1, max(0, (now - since).inSeconds / Self.duration.inSeconds))
    return 1 - left * left * left
  }
}

extension Camera {
  /// A point of a layout, whose y grows downwards, in the window.
  func windowFromGraph(_ point: Point, in frame: Rect) -> Point { windowFromEmbedding(Point(point.x, -point.y), in: frame) }

  func windowFromGraph(_ rect: Rect, in frame: Rect) -> Rect {
    let corner = windowFromGraph(Point(rect.x, rect.y), in: frame)
    return Rect(corner.x, corner.y, rect.width * scale, rect.height * scale)
  }

  func graphFromWindow(_ point: Point, in frame: Rect) -> Point {
    let found = embeddingFromWindow(point, in: frame)
    return Point(found.x, -found.y)
  }

  func graphFromWindow(_ rect: Rect, in frame: Rect) -> Rect {
    let corner = graphFromWindow(Point(rect.x, rect.y), in: frame)
    return Rect(corner.x, corner.y, rect.width / scale, rect.height / scale)
  }
}
