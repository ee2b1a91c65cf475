import Geometry
import Relevance
import Scene

/// What is kept of a session for the next start. Everything may be missing, and what no longer fits is passed over.
public struct SavedSession: Codable, Sendable, Equatable {
  public var windowWidth: Double?
  public var windowHeight: Double?
  var ground: String?
  var scale: Double?
  var reducesMotion: Bool?
  var mapShare: Double?
  var networkShare: Double?
  var maximized: String?
  var tab: String?
  var coloring: String?
  var thumbnails: String?
  var showsNeighbours: Bool?
  var pictures: Int?
  var colormap: String?
  var normalization: String?
  var overlayStrength: Double?
  var showsOutline: Bool?
  /// Names of methods; of a composite of one's own, the name under which it is saved.
  var method: String?
  var comparison: String?
  var showsAllClasses: Bool?
  var target: String?
  var node: String?
  /// How far the network's graph is open, and what of a layer is shown.
  var networkLevel: Int?
  var networkToggled: [String]?
  var inspectorTab: Int?
  var mapOrder: Int?
  var mapScale: Int?
  /// The data whose digit was selected, and the view of its map.
  var data: String?
  var digits: Int?
  var selected: Int?
  var centreX: Double?
  var centreY: Double?
  var zoom: Double?

  public init() {}
}

extension AppState {
  /// What is worth keeping now.
  public var savedSession: SavedSession {
    var saved = SavedSession()
    (saved.windowWidth, saved.windowHeight) = (windowSize.width, windowSize.height)
    (saved.ground, saved.scale, saved.reducesMotion) = (appearance.ground.rawValue, appearance.scale, appearance.reducesMotion)
    (saved.mapShare, saved.networkShare, saved.maximized) = (shares.map, shares.network, shares.maximized?.rawValue)
    saved.tab = tab == .draw ? "draw" : "explanation"
    (saved.coloring, saved.thumbnails) = (map.look.coloring.rawValue, map.thumbnails.mode.rawValue)
    (saved.showsNeighbours, saved.pictures) = (neighbours.isShown, pictureMode.rawValue)
    (saved.colormap, saved.normalization) = (heatLook.colormap?.name, heatLook.normalization.rawValue)
    (saved.overlayStrength, saved.showsOutline) = (heatLook.strength, heatLook.showsOutline)
    (saved.method, saved.comparison, saved.showsAllClasses) = (attribution.name, comparison?.name, showsAllClasses)
    saved.target = digit.target.savedName
    saved.node = selectedNode
    (saved.networkLevel, saved.networkToggled) = (view.level.rawValue, view.toggled.sorted())
    let inspector = view.inspector
    (saved.inspectorTab, saved.mapOrder, saved.mapScale) = (inspector.tab.rawValue, inspector.order.rawValue, inspector.scale.rawValue)
    if let data {
      (saved.data, saved.digits, saved.selected) = (data.title, data.collection.count, selected)
      if map.source?.representation == .pixels, map.grid != nil, !map.followsMap {
        let camera = settledCamera
        (saved.centreX, saved.centreY, saved.zoom) = (camera.centre.x, camera.centre.y, camera.scale / map.fittingScale)
      }
    }
    return saved
  }

  /// Takes over what was kept, where the command line says nothing else; the selection and the view once their data and map are there.
  mutating func restore(_ saved: SavedSession) {
    if let ground = saved.ground.flatMap({ Appearance.Ground(rawValue: $0) }) { appearance.ground = ground }
    if let scale = saved.scale, scale.isFinite {
      appearance.scale = min(Appearance.scales.last ?? 1, max(Appearance.scales.first ?? 1, scale))
    }
    appearance.reducesMotion = options.reducesMotion || saved.reducesMotion == true
    if let share = saved.mapShare, share.isFinite { shares.map = min(0.9, max(0.1, share)) }
    if let share = saved.networkShare, share.isFinite { shares.network = min(0.9, max(0.1, share)) }
    shares.maximized = saved.maximized.flatMap { Panel(rawValue: $0) }
    if options.initialIndex == nil, saved.tab == "draw" { tab = .draw }
    if options.coloring == .label, let coloring = saved.coloring.flatMap({ PointColoring(rawValue: $0) }) { map.look.coloring = coloring }
    if let mode = saved.thumbnails.flatMap({ ThumbnailMode(rawValue: $0) }) { map.thumbnails.mode = mode }
    if let isShown = saved.showsNeighbours { neighbours.isShown = isShown }
    if let mode = saved.pictures.flatMap({ PictureMode(rawValue: $0) }) { pictureMode = mode }
    heatLook.colormap = Colormap.all.first { $0.name == saved.colormap }
    if let normalization = saved.normalization.flatMap({ HeatLook.Normalization(rawValue: $0) }) { heatLook.normalization = normalization }
    if let strength = saved.overlayStrength, strength.isFinite {
      heatLook.strength = min(HeatLook.strengths.upperBound, max(HeatLook.strengths.lowerBound, strength))
    }
    if let showsOutline = saved.showsOutline { heatLook.showsOutline = showsOutline }
    if options.initialLayer == nil { selectedNode = saved.node }
    if let level = saved.networkLevel.flatMap({ NetworkView.Level(rawValue: $0) }) {
      view.level = level
      view.toggled = Set((saved.networkToggled ?? []).prefix(1000))
    }
    if let tab = saved.inspectorTab.flatMap({ Inspector.Tab(rawValue: $0) }) { view.inspector.tab = tab }
    if let order = saved.mapOrder.flatMap({ Inspector.Order(rawValue: $0) }) { view.inspector.order = order }
    if let scale = saved.mapScale.flatMap({ Inspector.Scale(rawValue: $0) }) { view.inspector.scale = scale }
    guard options.query == Query(), options.comparison == nil, !options.showsAllClasses else { return }
    if let method = saved.method.flatMap({ Attribution.named($0) }) {
      attribution = method
      if !method.isSlow { liveAttribution = method }
      rules = RuleHistory(method.settings?.composite ?? .standard)
    }
    comparison = saved.comparison.flatMap { Attribution.named($0) }
    showsAllClasses = saved.showsAllClasses == true && comparison == nil
  }

  /// The digit that was selected, and the view of the map, where the data is what it was.
  mutating func restoreSelection() -> [Effect] {
    guard let saved = options.session, options.initialIndex == nil, let data, data.title == saved.data,
      data.collection.count == saved.digits
    else { return [] }
    if let x = saved.centreX, let y = saved.centreY, let zoom = saved.zoom, x.isFinite, y.isFinite, zoom > 0.05, zoom < 5000,
      map.source?.representation == .pixels
    {
      map.camera = Camera(centre: Point(x, y), scale: map.fittingScale * zoom)
      map.followsMap = false
    }
    guard let index = saved.selected, index >= 0, index < data.collection.count, tab == .explanation else { return [] }
    if let target = saved.target.flatMap({ Target(savedName: $0) }), target.isAllowed(classes: network?.network.classCount ?? 0) {
      digit.target = target
    }
    return select(index, keepsTarget: true)
  }
}

extension Target {
  /// As a session keeps it; nil for what belongs to layers.
  var savedName: String? {
    switch self {
    case .predicted: "predicted"
    case .runnerUp: "runner-up"
    case .class(let number): "\(number)"
    case .contrast(let first, let second): "\(first)-\(second)"
    case .channel: nil
    }
  }

  init?(savedName: String) {
    let numbers = savedName.split(separator: "-").map { Int($0) }
    if savedName == "predicted" {
      self = .predicted
    } else if savedName == "runner-up" {
      self = .runnerUp
    } else if numbers.count == 1, let number = numbers[0] {
      self = .class(number)
    } else if numbers.count == 2, let first = numbers[0], let second = numbers[1] {
      self = .contrast(first, second)
    } else {
      return nil
    }
  }

  fileprivate func isAllowed(classes: Int) -> Bool {
    switch self {
    case .predicted, .runnerUp: true
    case .class(let number): 0..<classes ~= number
    case .contrast(let first, let second): 0..<classes ~= first && 0..<classes ~= second && first != second
    case .channel: false
    }
  }
}
