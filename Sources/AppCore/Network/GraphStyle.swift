import Geometry
import GraphLayout
import Networks

/// How much a node shows, by the height there is for the graph: its feature maps in none, two or four rows.
enum GraphDensity: Int, Sendable, Hashable, CaseIterable {
  case compact, usual, tall

  /// - Parameter height: of the graph's frame, in units.
  init(height: Double) {
    self = height < 104 ? .compact : height < 230 ? .usual : .tall
  }

  var pictureRows: Int {
    switch self {
    case .compact: 0
    case .usual: 2
    case .tall: 4
    }
  }

  /// Of a node with pictures, in layout units.
  var nodeHeight: Double { pictureRows == 0 ? 42 : 40 + Double(pictureRows) * 20 + 2 }
}

/// What a node looks like, so that kinds can be told without their colours.
enum NodeForm: Sendable, Hashable {
  /// A sheet with others behind it: more can be seen by opening it.
  case stack
  /// Straight corners: weights.
  case box
  /// Cut corners at the right: fewer positions come out.
  case pool
  /// Round ends: each number by itself.
  case pill
  /// A small circle with a plus.
  case sum
  /// A bar that joins.
  case join

  init(_ subject: VisibleGraph.Subject, _ outline: NetworkOutline) {
    switch subject {
    case .sum: self = .sum
    case .group(let group):
      self =
        outline.groups[group].kind == .unit
        ? NodeForm(kind: outline.sketch[outline.leadingLayer(of: outline.groups[group].layers)].kind) : .stack
    case .layer(let layer): self = NodeForm(kind: outline.sketch[layer].kind)
    }
  }

  private init(kind: String) {
    switch kind {
    case "add": self = .sum
    case "concatenate": self = .join
    case "max-pool", "average-pool": self = .pool
    case "relu", "leaky-relu", "clip", "affine", "pad", "reshape": self = .pill
    default: self = .box
    }
  }

  /// In layout units.
  func size(_ density: GraphDensity) -> Size {
    switch self {
    case .stack, .box, .pool: Size(Self.boxWidth, density.nodeHeight)
    case .pill: Size(36, 18)
    case .sum: Size(Self.sumSide, Self.sumSide)
    case .join: Size(34, 18)
    }
  }

  static let boxWidth = 44.0
  static let sumSide = 10.0
}

extension VisibleGraph {
  /// Above what is in an open group: its name, and below it what is said of a way around.
  static let frameHeader = 22.0

  /// What the layout needs to know.
  ///
  /// - Parameter columns: the least distance between columns; where every operation is shown there is room for shapes between them.
  func request(_ outline: NetworkOutline, _ density: GraphDensity, columns: Double = 5) -> LayoutRequest {
    LayoutRequest(
      nodes: vertices.map { vertex in
        LayoutRequest.Node(size: NodeForm(vertex.subject, outline).size(density), detour: vertex.isDetour ? 1 : 0)
      },
      edges: edges.map { LayoutRequest.Edge(source: $0.source, target: $0.target) },
      groups: frames.map { LayoutRequest.Group(nodes: $0.vertices) }, gap: Size(columns, 7), framePadding: 4, frameHeader: Self.frameHeader)
  }
}
