import Geometry

/// A graph that is to be drawn from left to right, in layout units.
public struct LayoutRequest: Sendable, Equatable {
  public struct Node: Sendable, Equatable {
    public var size: Size
    /// 0 for what the straight spine is made of where it has a choice; larger for what goes around (shortcut layers).
    public var detour: Int

    public init(size: Size, detour: Int = 0) {
      self.size = size
      self.detour = detour
    }
  }

  /// From one node to another, by their indices; `source` is less than `target`.
  public struct Edge: Sendable, Hashable {
    public var source: Int
    public var target: Int

    public init(source: Int, target: Int) {
      self.source = source
      self.target = target
    }
  }

  /// Nodes that get a common frame.
  public struct Group: Sendable, Equatable {
    public var nodes: [Int]

    public init(nodes: [Int]) { self.nodes = nodes }
  }

  public var nodes: [Node]
  /// Several from one node to the same other one are allowed.
  public var edges: [Edge]
  /// Nested or disjoint, outer before inner. No path should leave a group and come back to it: no frame could hold it then.
  public var groups: [Group]
  /// `width` is the smallest distance between columns, `height` that between rows and between lanes.
  public var gap: Size
  /// Around a group's nodes.
  public var framePadding: Double
  /// Additional room at the top of a group's frame.
  public var frameHeader: Double

  public init(
    nodes: [Node], edges: [Edge], groups: [Group] = [], gap: Size = Size(14, 10), framePadding: Double = 6,
    frameHeader: Double = 14
  ) {
    self.nodes = nodes
    self.edges = edges
    self.groups = groups
    self.gap = gap
    self.framePadding = framePadding
    self.frameHeader = frameHeader
  }
}
