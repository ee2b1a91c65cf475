/// Which rule each linear layer gets: a table of rows of which the first that matches decides.
///
/// Sums and average pooling follow `norm`, activations and reshapes `pass`, max pooling hands everything to the winner.
public struct Composite: Sendable, Hashable {
  /// In kebab case, as on the command line.
  public let name: String
  /// One line for people who choose.
  public let summary: String
  public let rows: [Row]

  public init(name: String, summary: String, rows: [Row]) {
    self.name = name
    self.summary = summary
    self.rows = rows
  }

  public struct Row: Sendable, Hashable {
    public let layers: Layers
    public let rule: Choice

    public init(_ layers: Layers, _ rule: Choice) {
      self.layers = layers
      self.rule = rule
    }
  }

  public enum Layers: Sendable, Hashable {
    /// The first linear layers that read the input, in topological order.
    case first
    case convolution
    case dense
  }

  public enum Choice: Sendable, Hashable {
    case rule(Rule)
    /// zBox with the lowest and highest values that the network's preprocessing can give.
    case boxOfInput
  }

  static let dense = Row(.dense, .rule(.epsilon(Rule.defaultStabilizer)))
  static let alpha2Beta1 = Row(.convolution, .rule(.alphaBeta(alpha: 2, beta: 1)))
  static let zPlus = Row(.convolution, .rule(.zPlus))

  public static let epsilonPlus = Composite(
    name: "epsilon-plus", summary: "what speaks for the class", rows: [zPlus, dense])
  public static let epsilonPlusFlat = Composite(
    name: "epsilon-plus-flat", summary: "what speaks for the class, smooth at the pixels",
    rows: [Row(.first, .rule(.flat)), zPlus, dense])
  public static let epsilonPlusBox = Composite(
    name: "epsilon-plus-box", summary: "what speaks for the class, bounded pixels", rows: [Row(.first, .boxOfInput), zPlus, dense])
  public static let epsilonAlpha2Beta1 = Composite(
    name: "epsilon-alpha2-beta1", summary: "what speaks for and against", rows: [alpha2Beta1, dense])
  public static let epsilonAlpha2Beta1Flat = Composite(
    name: "epsilon-alpha2-beta1-flat", summary: "what speaks for and against, smooth at the pixels",
    rows: [Row(.first, .rule(.flat)), alpha2Beta1, dense])

  /// All composites that are built in, in the order in which they are offered.
  public static let builtIn = [epsilonAlpha2Beta1Flat, epsilonAlpha2Beta1, epsilonPlusFlat, epsilonPlus, epsilonPlusBox]

  /// The composite that is used unless another is chosen: of those that are built in, the one whose relevance lies on the stroke
  /// without collapsing into spots or single pixels (`heatlens evaluate --explanations`).
  public static let standard = epsilonAlpha2Beta1Flat

  public static func named(_ name: String) -> Composite? { builtIn.first { $0.name == name } }
}
