import Geometry

/// Where everything of a `LayoutRequest` stands. y grows downwards; the spine's middle is at y = 0, the first column begins at x = 0.
public struct GraphDrawing: Sendable, Equatable {
  /// One a node.
  public var frames: [Rect]
  /// One an edge: a polyline of horizontal and vertical pieces from the right side of its source to the left side of its target.
  public var paths: [[Point]]
  /// One a group; empty where the group is.
  public var groupFrames: [Rect]
  /// Of everything.
  public var bounds: Rect

  public init(frames: [Rect], paths: [[Point]], groupFrames: [Rect], bounds: Rect) {
    self.frames = frames
    self.paths = paths
    self.groupFrames = groupFrames
    self.bounds = bounds
  }
}

/// Draws a directed acyclic graph from left to right around one straight line, the spine; nil when cancelled.
///
/// A layered drawing in the manner of Sugiyama, Tagawa and Toda (1981) and Gansner, Koutsofios, North and Vo (1993), made for networks: long
/// chains with shortcuts around blocks. In five steps, a file each:
///
/// 1. `Columns`: the column of each node.
/// 2. `Spine`, `Paths`, `Strips`: the graph is taken apart into paths. The spine is the first; every other path, and every edge that is left over,
///    becomes a strip that hangs between nodes of other strips and is drawn as one straight horizontal line.
/// 3. `StripOrder`: what lies above what, with few crossings.
/// 4. `Heights`: strips settle from below, each as low as what is below it allows.
/// 5. `Channels`, `Routing`: vertical pieces get places in the gaps between columns.
///
/// Edges that share a source or a target may share pieces of their way; others cross at most. The result depends on the request alone,
/// frames not on the order of its edges. Costs about O(edges x columns) and, for the order, O(strips^2) with an upper limit.
///
/// - Parameter isCancelled: asked every few milliseconds at least.
public func layOut(_ request: LayoutRequest, isCancelled: () -> Bool = { false }) -> GraphDrawing? {
  guard !request.nodes.isEmpty else {
    return GraphDrawing(
      frames: [], paths: [], groupFrames: request.groups.map { _ in Rect(0, 0, 0, 0) }, bounds: Rect(0, 0, 0, 0))
  }
  do {
    let graph = try LayeredGraph(request, isCancelled: isCancelled)
    let groups = try GroupTree(request, graph, isCancelled: isCancelled)
    let columns = try Columns(request, graph, groups, isCancelled: isCancelled)
    let strips = try Strips(request, graph, groups, columns, isCancelled: isCancelled)
    let order = try StripOrder(request, strips, groups, columns, isCancelled: isCancelled)
    let heights = try Heights(request, strips, groups, columns, order, isCancelled: isCancelled)
    let channels = try Channels(request, strips, groups, columns, heights, isCancelled: isCancelled)
    return try draw(request, strips, groups, columns, heights, channels, isCancelled: isCancelled)
  } catch {
    return nil
  }
}

/// The caller wants no result any more.
struct Cancelled: Error {}

/// Throws if the caller wants no result any more. For loops with little work in a round: asks in every 256th.
func proceed(_ isCancelled: () -> Bool, round: Int = 0) throws(Cancelled) {
  if round & 255 == 0 && isCancelled() { throw Cancelled() }
}
