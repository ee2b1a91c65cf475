import Datasets
import Embedding
import Geometry
import Networks
import Relevance
import Scene

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
  /// The panel that keys go to which mean something else in each: where the last press was.
  var activePanel = Panel.map
  /// The graph of the network.
  var view = NetworkView()
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
  /// While Space is held the left button moves the map, whatever lies over it there.
  var isSpaceHeld = false
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
      || isMapMoving || isGraphMoving || isPlacementDue || map.glide != nil || areThumbnailsFading
  }

  /// Whether the map is on its way to another one.
  var isMapMoving: Bool { map.morph != nil || map.stages?.glide != nil }

  /// Whether nothing is being loaded, computed or waited for: what is on screen is what was asked for, or a message says why not.
  public var isSettled: Bool {
    !isWaiting && !isExplaining && !isMapMoving && map.glide == nil && !drawnPlace.isWaited && view.awaited == nil && !isGraphMoving
      && view.inspector.describing == nil
  }

  /// Whether also what comes by itself is there: pictures in the map, neighbours, means, what is said of the digit that is pointed at.
  public var isAtRest: Bool {
    isSettled && !areThumbnailsFading && !areThumbnailsAwaited && neighbours.outstanding == nil && !isAveraging && hasRanked
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
  public var mapFrame: Rect {
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
