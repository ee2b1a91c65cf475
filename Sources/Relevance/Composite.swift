/// Which rule each layer gets: a table of rows of which the first that matches decides.
///
/// Sums follow `RelevanceSettings.sumRule`, average pooling `norm`, activations, reshapes and normalizations that stand alone `pass`,
/// max pooling hands everything to the winner. A layer with weights that no row matches is an error.
public struct Composite: Sendable, Hashable {
  /// In kebab case, as on the command line.
  public var name: String
  /// One line for people who choose.
  public var summary: String
  public var rows: [Row]

  public init(name: String, summary: String = "", rows: [Row]) {
    self.name = name
    self.summary = summary
    self.rows = rows
  }

  public struct Row: Sendable, Hashable {
    public var layers: LayerSelector
    public var rule: Rule
    /// Whether the rule takes the layer's bias as 0.
    public var ignoresBias: Bool

    public init(_ layers: LayerSelector, _ rule: Rule, ignoresBias: Bool = false) {
      self.layers = layers
      self.rule = rule
      self.ignoresBias = ignoresBias
    }
  }
}

/// Which layers a row is about.
public enum LayerSelector: Sendable, Hashable {
  /// The layers with weights that read the input with no other such layer in between.
  case first
  /// The layers with weights behind which there is no other.
  case last
  /// The layers with weights from the first to the second, counted from 0 in the network's order.
  case positions(ClosedRange<Int>)
  /// "convolution", "dense", "affine".
  case kind(String)
  /// Names, with `*` for any text and `?` for any character.
  case name(String)
  /// Every layer with weights.
  case all

  /// In the words of a composite's file.
  public var text: String {
    switch self {
    case .first: "first"
    case .last: "last"
    case .positions(let range): "positions \(range.lowerBound) to \(range.upperBound)"
    case .kind(let kind): "kind \(kind)"
    case .name(let pattern): "name \"\(pattern)\""
    case .all: "all"
    }
  }
}
