import Embedding
import Networks
import Relevance

/// What is known when the program starts.
public struct AppOptions: Sendable {
  /// The digit that is selected and explained once data, map and network are there.
  public var initialIndex: Int?
  /// Where the data is; nil: where the program looks by itself.
  public var dataPath: String?
  /// Where the network is; nil: the shipped one.
  public var modelPath: String?
  /// How pictures are prepared for that network, where the user says otherwise than its file.
  public var preprocessing: PreprocessingOverride?
  /// How, for what and through which channels explanations are made at first.
  public var query: Query
  /// A second method beside it.
  public var comparison: Attribution?
  public var showsAllClasses: Bool
  public var embedding: EmbeddingParameters
  /// A map that was computed elsewhere, shown instead.
  public var mapPath: String?
  /// Whether things are where they go at once.
  public var reducesMotion: Bool
  /// The node of the network that is selected at the start.
  public var initialLayer: String?
  /// What the colours of the map's points tell at first, and what is searched for.
  public var coloring: PointColoring
  public var search: String?
  /// What was kept of the last session.
  public var session: SavedSession?

  public init(
    initialIndex: Int? = nil, dataPath: String? = nil, modelPath: String? = nil, preprocessing: PreprocessingOverride? = nil,
    query: Query = Query(), comparison: Attribution? = nil, showsAllClasses: Bool = false, embedding: EmbeddingParameters = .init(),
    mapPath: String? = nil, reducesMotion: Bool = false, initialLayer: String? = nil, coloring: PointColoring = .label,
    search: String? = nil, session: SavedSession? = nil
  ) {
    self.initialIndex = initialIndex
    self.dataPath = dataPath
    self.modelPath = modelPath
    self.preprocessing = preprocessing
    self.query = query
    self.comparison = comparison
    self.showsAllClasses = showsAllClasses
    self.embedding = embedding
    self.mapPath = mapPath
    self.reducesMotion = reducesMotion
    self.initialLayer = initialLayer
    self.coloring = coloring
    self.search = search
    self.session = session
  }
}
