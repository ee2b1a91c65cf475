import Datasets
import Embedding
import Geometry
import Networks
import Relevance
import Scene

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

/// Everything the program knows, as one value. `update` changes it, `scene(of:)` shows it.
public struct AppState: Sendable {
  public let options: AppOptions
  public internal(set) var windowSize: Size
  /// When the last clock event came.
  var now: Duration = .zero

  var data: LoadedData?
  var network: LoadedNetwork?
  var map = MapState()
  /// What the next run is made with.
  var mapParameters: EmbeddingParameters
  var selected: Int?
  /// Where the walk by nearest neighbours has been, the selected point last.
  var walked: [Int] = []
  var hover: Hover?
  /// Several digits that were chosen together.
  var selection: DigitSelection?
  /// Whether the mean relevance of what is chosen is being computed.
  var isAveraging = false
  /// The digits nearest to the selected one.
  var neighbours = DigitNeighbours()
  /// The search field, where it is open.
  var search: MapSearch?
  var predicting: Predicting?
  /// Whether the person stopped them.
  var declinesPredictions = false
  /// Whether the person looked for mistakes.
  var asksForMistakes = false

  /// How explanations are made; each tab has its own target.
  var attribution: Attribution
  /// What explains a drawing while the pen is down and the chosen method takes long.
  var liveAttribution: Attribution
  /// Channels that relevance must go through.
  var conditions: [ChannelCondition]
  /// The second of two methods side by side.
  var comparison: Attribution?
  var showsAllClasses: Bool
  /// The composite that was chosen, before rules of it were changed, and how it was changed.
  var rules: RuleHistory
  /// What was saved before, or read from files.
  var savedComposites: [Composite] = []
  /// The list or editor that is open.
  var overlay: Overlay?
  var tab = Tab.explanation
  /// The selected digit's explanation.
  var digit = ExplanationSlot()
  /// The drawing's explanation.
  var drawing = ExplanationSlot()
  var pictureMode = PictureMode.all
  var heatLook = HeatLook()
  var sketch = Sketch()
  /// What became of the drawing's logits while it was drawn.
  var logitTrail = LogitTrail()
  /// Where the drawing is in the map.
  var drawnPlace = DrawnPlace()
  /// What the pad shows, and the 28 x 28 picture that was made of it.
  var padImage: ImageAsset?
  var padPicture: ImageAsset?
  var layerMaps: LayerMaps?
  /// The name of the selected node of the network.
  var selectedNode: String?
  /// The layer of that node whose feature maps are shown, by its index; nil for the one whose output is the node's.
  var selectedLayer: Int?
  /// A feature map of it, with a position.
  var selectedUnit: SelectedUnit?
  /// How many feature maps come before those that are shown.
  var firstMap = 0
  /// What the wheel was turned over them, short of a page.
  var mapsTurned = 0.0

  var shares = Shares()
  var appearance = Appearance()
  var isFullScreen = false
  /// The button that the keyboard is at, while one goes from button to button.
  var focusedControl: FocusedControl?
  var showsFrameTimes = false
  var frameTimes = FrameTimes()
  /// The folder that the list of files shows.
  var folder: FolderListing?
  var pointer: Point?
  var gesture: Gesture?
  var showsHelp = false
  var message: Message?
  var progress: [Activity: Progress] = [:]
  var lastRequestNumber = 0
  var lastImageRevision = 0
  var hasChosenInitialIndex = false

  public init(windowSize: Size, options: AppOptions = .init()) {
    self.windowSize = windowSize
    self.options = options
    mapParameters = options.embedding
    attribution = options.query.attribution
    liveAttribution = attribution.isSlow ? .standard : attribution
    conditions = options.query.conditions
    comparison = options.comparison
    showsAllClasses = options.showsAllClasses
    rules = RuleHistory(attribution.settings?.composite ?? .standard)
    selectedNode = options.initialLayer
    map.look.coloring = options.coloring
    appearance.reducesMotion = options.reducesMotion
    search = options.search.map { MapSearch(text: $0, isTyping: false) }
    digit.target = options.query.target
    drawing.target = options.query.target
    if let session = options.session { restore(session) }
  }

  /// Whether clock events are wanted before every frame.
  public var isAnimating: Bool {
    if case .drawing = gesture { return true }
    return hover.map { $0.since == nil } ?? false || activeSlot.outstanding.contains { $0.since == nil }
      || progress.values.contains { $0.since == nil } || (sketch.isAheadOfRequest && drawing.outstanding.isEmpty)
      || isMapMoving || isPlacementDue || map.glide != nil || areThumbnailsFading
  }

  /// Whether the map is on its way to another one.
  var isMapMoving: Bool { map.morph != nil || map.stages?.glide != nil }

  /// Whether nothing is being loaded, computed or waited for: what is on screen is what was asked for, or a message says why not.
  public var isSettled: Bool { !isWaiting && !isExplaining && !isMapMoving && map.glide == nil && !drawnPlace.isWaited }

  /// Whether also what comes by itself is there: pictures in the map, neighbours, means, what is said of the digit that is pointed at.
  public var isAtRest: Bool {
    isSettled && !areThumbnailsFading && !areThumbnailsAwaited && neighbours.outstanding == nil && !isAveraging
      && hover.map { hover in hover.since.map { now - $0 >= Hover.delay } ?? false } ?? true
  }

  /// Whether work is under way that what is on screen waits for; predictions may be of use for later only.
  private var isWaiting: Bool { progress.keys.contains { $0 != .predicting || needsPredictions } }

  /// Whether an explanation is being computed or waits to be.
  public var isExplaining: Bool { !digit.outstanding.isEmpty || !drawing.outstanding.isEmpty }

  /// Whether a map is being computed.
  public var isMapRunning: Bool { map.run.phase == .running }

  /// Whether a stroke is being drawn.
  public var isDrawing: Bool {
    if case .drawing = gesture { true } else { false }
  }

  /// What went wrong last and still stands on screen.
  public var errorMessage: String? { message.flatMap { $0.kind == .error ? $0.text : nil } }

  /// When the next clock event is wanted though nothing else happens.
  public var nextDeadline: Duration? {
    var deadlines: [Duration] = []
    if let since = hover?.since, since + Hover.delay > now { deadlines.append(since + Hover.delay) }
    if let since = activeSlot.outstanding.last?.since, since + ExplanationSlot.patience > now {
      deadlines.append(since + ExplanationSlot.patience)
    }
    if !progress.isEmpty { deadlines.append(now + .seconds(1)) }
    return deadlines.min()
  }
}

/// The data set with what is asked of it in every frame.
struct LoadedData: Sendable {
  let collection: DigitCollection
  let revision: Int
  /// What the status line calls it.
  let title: String
  var predictions: Predictions

  init(_ collection: DigitCollection, revision: Int) {
    self.collection = collection
    self.revision = revision
    predictions = Predictions(digits: collection.count)
    title =
      switch collection.origin {
      case .files(let path): lastComponent(of: path)
      case .synthetic: "synthetic digits"
      }
  }

  func picture(_ index: Int) -> GrayPicture {
    GrayPicture(width: collection.width, height: collection.height, pixels: Array(collection.picture(index)))
  }

  /// "train #12" or "test #3" as the splits count.
  func splitTitle(_ index: Int) -> String {
    index < collection.trainCount ? "train #\(index)" : "test #\(index - collection.trainCount)"
  }
}

struct LoadedNetwork: Sendable {
  let network: Network
  let path: String
  let revision: Int
  let graph: NetworkGraph
  /// Why it cannot run; nil where it can.
  let problem: String?
  /// Whether all digits can be predicted without being asked for: minutes, not hours.
  let isQuick: Bool

  /// The shipped network gives out a million and a half numbers for a picture, a ResNet50 for pictures of 224 x 224 twenty million.
  private static let quickNumbers = 4 << 20

  init(_ network: Network, path: String, revision: Int) {
    self.network = network
    self.path = path
    self.revision = revision
    graph = NetworkGraph(network)
    problem = network.problem
    isQuick = network.layers.reduce(0) { $0 + $1.outputCount } <= Self.quickNumbers
  }
}

/// What the pointer rests on in the map.
struct Hover: Sendable {
  static let delay = Duration.milliseconds(120)
  let index: Int
  let image: ImageAsset
  /// The first clock event after the pointer came.
  var since: Duration?
}

/// What pressed buttons are doing.
enum Gesture: Sendable {
  case map(pressedAt: Point, last: Point, button: PointerButton, isDragging: Bool)
  case lasso(Lasso)
  case drawing(button: PointerButton)
  case splitter(Splitter, offset: Point)
  /// The knob that goes from layer to layer.
  case stageSlider

  /// A press that moves less than this many pixels is a click.
  static let clickTolerance = 3.0
}

struct Message: Sendable, Equatable {
  enum Kind: Sendable { case error, warning, notice }
  var kind: Kind
  var text: String
  /// Why an explanation failed: no longer true once one has come.
  var isAboutExplaining = false
}

struct Progress: Sendable {
  var fraction: Double?
  var since: Duration?
  /// The share that was done at `since` already.
  var start = 0.0

  /// At the pace so far; nil too early to say, or where it is next to nothing.
  func secondsLeft(at now: Duration) -> Double? {
    guard let since, let fraction, fraction > start + 0.03 else { return nil }
    let elapsed = (now - since).inSeconds
    let left = elapsed * (1 - fraction) / (fraction - start)
    return elapsed > 1 && left >= 1 ? left : nil
  }
}

/// Which pictures the explanation shows.
enum PictureMode: Int, Sendable, CaseIterable { case all, input, relevance, overlay }

/// A picture ready for the screen; the revision is new whenever the pixels are.
struct ImageAsset: Sendable {
  let key: String
  let revision: Int
  let pixels: PixelBuffer

  func image(in frame: Rect, opacity: Double = 1) -> Image {
    Image(key: key, revision: revision, pixels: pixels, frame: frame, opacity: opacity)
  }
}

extension AppState {
  var theme: Theme { appearance.theme }

  var layout: Layout { Layout(size: windowSize, shares: shares, scale: appearance.scale) }

  /// The part of the window that shows the map, also while another panel fills the window.
  var mapFrame: Rect {
    if let place = layout.map { return place.body }
    var usual = shares
    usual.maximized = nil
    return Layout(size: windowSize, shares: usual, scale: appearance.scale).map?.body ?? layout.window
  }

  var activeSlot: ExplanationSlot { tab == .explanation ? digit : drawing }

  mutating func asset(_ key: String, _ pixels: PixelBuffer) -> ImageAsset {
    lastImageRevision += 1
    return ImageAsset(key: key, revision: lastImageRevision, pixels: pixels)
  }
}

func lastComponent(of path: String) -> String {
  path.split(separator: "/").last.map(String.init) ?? path
}
