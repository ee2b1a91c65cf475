/// How a network is read in groups: stages of blocks of layers.
///
/// Groups are found in the graph, not in names, so that a network is grouped alike whatever file it came from. Between two layers that
/// every way from the input to the output passes, and that have ways beside each other between them, lies a block (`OutlineLevel`); what
/// is left is a unit, a layer with weights and what belongs to it; blocks or units that follow each other and give out maps of one size
/// are a stage. Names only name the groups. Layers that cannot run, and shapes that are not known, are no hindrance.
///
/// Cost: n log n for n layers and the edges between them.
public struct NetworkOutline: Sendable {
  public enum Item: Sendable, Hashable {
    /// An index into `sketch`.
    case layer(Int)
    /// An index into `groups`.
    case group(Int)
  }

  public enum Kind: Sendable, Hashable {
    /// Blocks or units one after another that give out maps of one size.
    case stage
    /// Layers with ways beside each other, as a ResNet's bottleneck or an inception module; or a chain that repeats the branch of such.
    case block
    /// A layer with what belongs to it: a convolution and its activation.
    case unit
  }

  /// Layers that are read together; always two items or more.
  public struct Group: Sendable {
    /// Unlike that of every other group.
    public let name: String
    public let kind: Kind
    /// In topological order.
    public let children: [Item]
    /// All layers beneath it, ascending.
    public let layers: [Int]
    /// The layer whose output is the group's.
    public let output: Int
    /// Of a block that ends in a sum of two, one of which goes around.
    public let residual: Residual?
  }

  /// A block whose sum adds what a branch makes of the block's input to that input, as it is or projected (He et al. 2016, equation 1).
  public struct Residual: Sendable, Hashable {
    /// The layer that adds.
    public let sum: Int
    /// The layers of the way that has more weights, ascending.
    public let branch: [Int]
    /// The layers of the way around, ascending: none of an identity, the projection's otherwise.
    public let shortcut: [Int]
    /// Positions among the sum's inputs.
    public let branchInput: Int
    public let shortcutInput: Int
  }

  public let sketch: [LayerSketch]
  /// Each before those in it; otherwise in topological order.
  public let groups: [Group]
  /// In topological order; every layer is beneath exactly one.
  public let roots: [Item]
  private let parentOfLayer: [Int?]
  private let parentOfGroup: [Int?]

  public init(_ network: Network) { self.init(network.sketch) }

  /// - Parameter sketch: layers that each stand after those they read; the first is the input, the last gives the output.
  public init(_ sketch: [LayerSketch]) {
    let nodes = OutlineGraph(sketch).roots
    var numbering = Numbering(names: OutlineNames(sketch), layerCount: sketch.count)
    self.sketch = sketch
    roots = nodes.map { numbering.item($0, parent: nil) }
    groups = numbering.groups
    parentOfLayer = numbering.parentOfLayer
    parentOfGroup = numbering.parentOfGroup
  }

  /// The innermost group that the layer is in; nil where it is in none.
  public func parent(ofLayer layer: Int) -> Int? { parentOfLayer[layer] }

  /// The group that has this one among its children; nil where none has.
  public func parent(ofGroup group: Int) -> Int? { parentOfGroup[group] }
}

/// Gives groups their numbers, each before those in it, and their names in that order.
private struct Numbering {
  var names: OutlineNames
  private(set) var groups: [NetworkOutline.Group] = []
  private(set) var parentOfLayer: [Int?]
  private(set) var parentOfGroup: [Int?] = []

  init(names: OutlineNames, layerCount: Int) {
    self.names = names
    parentOfLayer = [Int?](repeating: nil, count: layerCount)
  }

  mutating func item(_ node: OutlineNode, parent: Int?) -> NetworkOutline.Item {
    switch node {
    case .layer(let layer):
      parentOfLayer[layer] = parent
      return .layer(layer)
    case .group(let group):
      let index = groups.count
      parentOfGroup.append(parent)
      let name = names.name(of: group)
      func numbered(_ children: [NetworkOutline.Item]) -> NetworkOutline.Group {
        NetworkOutline.Group(
          name: name, kind: group.kind, children: children, layers: group.layers, output: group.output, residual: group.residual)
      }
      // Takes the place, which its children need not know more of.
      groups.append(numbered([]))
      groups[index] = numbered(group.children.map { item($0, parent: index) })
      return .group(index)
    }
  }
}
