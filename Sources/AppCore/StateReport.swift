import Geometry
import Relevance

/// What `--state-file` tells tests and assistive tools; absent things are null.
public struct StateReport: Sendable, Equatable {
  public enum Explained: Sendable, Equatable {
    case point(Int)
    case drawing
  }

  public var frame: Int
  /// How many digits the map shows.
  public var points: Int
  /// In embedding units, and window pixels per unit.
  public var view: Camera
  public var hovered: Int?
  public var selected: Int?
  /// What the heatmap on screen explains.
  public var explained: Explained?
  public var prediction: Int?
  public var target: Int?
  /// What is explained, in words; of what is on screen.
  public var targetDescription: String?
  /// The chosen composite; nil for other methods.
  public var composite: String?
  /// The chosen method.
  public var attribution: String
  /// Its parameters, as the editor shows them.
  public var parameters: [Parameter]
  /// The second of two methods.
  public var comparison: String?
  /// The pixel of a heatmap that is pointed at.
  public var pixel: PixelReadout?
  /// How heatmaps are coloured: the colormap, what its ends stand for, and that number.
  public var colormap: String
  public var normalization: String
  public var colorEnd: Double?
  /// Correlation of the two heatmaps on screen.
  public var correlation: Double?
  /// Classes whose heatmaps are on screen together.
  public var classes: [Int]
  /// Channels that relevance must go through: "layer3.2.relu3: 12, 14".
  public var conditions: [String]
  /// What is doubtful about the heatmap on screen.
  public var warnings: [String]
  /// The list or editor that is open.
  public var overlay: String?
  /// What the button, or the row of a list, that the keyboard is at says of itself.
  public var focused: String?
  /// "explanation" or "draw".
  public var tab: String
  /// "dark" or "light", and the pixels in a unit of the layout.
  public var theme: String
  public var unit: Double
  public var layer: String?
  /// The graph of the network, and what is shown of the selected layer.
  public var network: NetworkReport
  /// The map: its run, what it is of, how good it is.
  public var map: Map
  /// Of what takes longest now, 0...1.
  public var progress: Double?
  public var message: String?

  public struct Parameter: Sendable, Equatable {
    public var name: String
    public var value: String
  }

  public struct Map: Sendable, Equatable {
    public var phase: String
    /// "pixels", a layer, "relevance by ...", or a file's name; nil before there is a map.
    public var source: String?
    public var iteration: Int?
    public var millisecondsPerIteration: Double?
    public var secondsLeft: Double?
    public var divergence: Double?
    public var neighboursKept: Double?
    public var labelAgreement: Double?
    /// Whether the view follows the map, and whether points are on their way to another one.
    public var isFollowed: Bool
    public var isMoving: Bool
    /// Number of the order that the points on screen answer.
    public var order: Int?
    /// Where the slider from layer to layer is, and how many layers have their map.
    public var stage: Double?
    public var stages: Int
    /// What the points' colours tell, the groups that are not shown, what is searched for, how many digits match, and how many predictions
    /// are known.
    public var coloring: String
    public var hidden: [String]
    public var search: String?
    public var matches: Int?
    public var predicted: Int
    /// How many digits are chosen together.
    public var chosen: Int
    /// Where the drawing is in the map, and what it is most like.
    public var drawing: [Double]
    public var neighbours: [Int]
    /// Whether digits are pictures ("automatic", "on", "off"), and how many are.
    public var thumbnails: String
    public var pictures: Int
    /// The digits nearest to the selected one by their pixels.
    public var nearest: [Int]
    /// Of how many of the chosen digits the mean relevance is known.
    public var averaged: Int
  }

  /// One JSON object with exactly the names above, in snake case.
  public var json: String {
    func number(_ value: Double) -> String { value.isFinite ? "\(value)" : "null" }
    func integer(_ value: Int?) -> String { value.map(String.init) ?? "null" }
    func text(_ value: String?) -> String { value.map(Self.quoted) ?? "null" }
    func list(_ values: [String]) -> String { "[" + values.joined(separator: ", ") + "]" }
    let parameterText = "{" + parameters.map { "\(text($0.name)): \(text($0.value))" }.joined(separator: ", ") + "}"
    let pixelText =
      pixel.map {
        "{\"row\": \($0.row), \"column\": \($0.column), \"input\": \($0.input), \"relevance\": \(number($0.relevance))}"
      } ?? "null"
    let explainedText =
      switch explained {
      case .point(let index): "\(index)"
      case .drawing: "\"drawing\""
      case nil: "null"
      }
    let fields = [
      "\"frame\": \(frame)", "\"points\": \(points)",
      "\"view\": {\"centre\": [\(number(view.centre.x)), \(number(view.centre.y))], \"scale\": \(number(view.scale))}",
      "\"hovered\": \(integer(hovered))", "\"selected\": \(integer(selected))", "\"explained\": \(explainedText)",
      "\"prediction\": \(integer(prediction))", "\"target\": \(integer(target))",
      "\"target_description\": \(text(targetDescription))", "\"composite\": \(text(composite))",
      "\"attribution\": \(text(attribution))", "\"parameters\": \(parameterText)", "\"comparison\": \(text(comparison))",
      "\"pixel\": \(pixelText)", "\"colormap\": \(text(colormap))", "\"normalization\": \(text(normalization))",
      "\"color_end\": \(colorEnd.map(number) ?? "null")",
      "\"correlation\": \(correlation.map(number) ?? "null")", "\"classes\": \(list(classes.map(String.init)))",
      "\"conditions\": \(list(conditions.map(text)))", "\"warnings\": \(list(warnings.map(text)))", "\"overlay\": \(text(overlay))",
      "\"focused\": \(text(focused))", "\"tab\": \(text(tab))", "\"theme\": \(text(theme))", "\"unit\": \(number(unit))",
      "\"layer\": \(text(layer))", "\"network\": \(network.json(text))", "\"map\": \(mapText(number, text, list))",
      "\"progress\": \(progress.map(number) ?? "null")", "\"message\": \(text(message))",
    ]
    return "{" + fields.joined(separator: ", ") + "}"
  }

  private func mapText(_ number: (Double) -> String, _ text: (String?) -> String, _ list: ([String]) -> String) -> String {
    func maybe(_ value: Double?) -> String { value.map(number) ?? "null" }
    func integer(_ value: Int?) -> String { value.map(String.init) ?? "null" }
    let fields = [
      "\"phase\": \(text(map.phase))", "\"source\": \(text(map.source))", "\"iteration\": \(integer(map.iteration))",
      "\"milliseconds_per_iteration\": \(maybe(map.millisecondsPerIteration))", "\"seconds_left\": \(maybe(map.secondsLeft))",
      "\"divergence\": \(maybe(map.divergence))", "\"neighbours_kept\": \(maybe(map.neighboursKept))",
      "\"label_agreement\": \(maybe(map.labelAgreement))", "\"is_followed\": \(map.isFollowed)", "\"is_moving\": \(map.isMoving)",
      "\"order\": \(integer(map.order))", "\"stage\": \(maybe(map.stage))", "\"stages\": \(map.stages)",
      "\"coloring\": \(text(map.coloring))", "\"hidden\": \(list(map.hidden.map(text)))", "\"search\": \(text(map.search))",
      "\"matches\": \(integer(map.matches))", "\"predicted\": \(map.predicted)", "\"chosen\": \(map.chosen)",
      "\"drawing\": \(list(map.drawing.map(number)))", "\"neighbours\": \(list(map.neighbours.map(String.init)))",
      "\"thumbnails\": \(text(map.thumbnails))", "\"pictures\": \(map.pictures)",
      "\"nearest\": \(list(map.nearest.map(String.init)))", "\"averaged\": \(map.averaged)",
    ]
    return "{" + fields.joined(separator: ", ") + "}"
  }

  private static func quoted(_ text: String) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": result += "\\\""
      case "\\": result += "\\\\"
      case "\n": result += "\\n"
      case "\t": result += "\\t"
      case _ where scalar.value < 0x20:
        let digits = String(scalar.value, radix: 16)
        result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result + "\""
  }
}

/// The state as tests and assistive tools see it, at frame number `frame`.
public func stateReport(of state: AppState, frame: Int) -> StateReport {
  let shown = state.activeSlot.shown
  let explained: StateReport.Explained? =
    switch shown?.subject {
    case .point(let index): .point(index)
    case .drawing: .drawing
    case nil: nil
    }
  let activity = [Activity.embedding, .loadingNetwork, .loadingData, .explaining].first { state.progress[$0] != nil }
  return StateReport(
    frame: frame, points: state.map.positions.count / 2, view: state.map.camera, hovered: state.hover?.index,
    selected: state.selected, explained: explained, prediction: shown?.explanation.prediction, target: shown?.explanation.targetClass,
    targetDescription: shown.map { state.targetTitle($0.explanation) }, composite: state.attribution.settings?.composite.name,
    attribution: state.attribution.name,
    parameters: state.attribution.parameters(state.network?.network).map { StateReport.Parameter(name: $0.title, value: $0.value) },
    comparison: state.comparison?.name, pixel: state.pointer.flatMap { draw(state, at: $0).readout }, colormap: state.colormap.name,
    normalization: state.heatLook.normalization.rawValue, colorEnd: shown.map { Double($0.end) },
    correlation: shown?.comparison?.correlation,
    classes: state.showsAllClasses ? shown?.classes.map(\.number) ?? [] : [],
    conditions: state.conditions.map { "\($0.layer): \($0.channels.map(String.init).joined(separator: ", "))" },
    warnings: shown.map { ($0.explanation.warnings + ($0.comparison?.explanation.warnings ?? [])).map(\.sentence) } ?? [],
    overlay: state.overlay?.name, focused: focusedTitle(state), tab: state.tab == .draw ? "draw" : "explanation",
    theme: state.appearance.ground.rawValue, unit: state.layout.unit, layer: state.selectedNode, network: NetworkReport(state),
    map: mapReport(state),
    progress: activity.flatMap { state.progress[$0]?.fraction ?? 0 },
    message: state.message?.text)
}

private func focusedTitle(_ state: AppState) -> String? {
  if case .list(let chooser)? = state.overlay {
    let rows = state.rows(chooser)
    return rows.indices.contains(chooser.focus) ? rows[chooser.focus].choice?.name : nil
  }
  guard state.focusedControl != nil else { return nil }
  let controls = state.controls
  return state.focusedIndex(controls).map { controls[$0].hint.first ?? "\(controls[$0].action)" }
}

private func mapReport(_ state: AppState) -> StateReport.Map {
  let map = state.map
  let report = map.run.report
  let source: String? =
    switch map.source {
    case .representation(let representation): representation.title
    case .file(let path): lastComponent(of: path)
    case nil: nil
    }
  let drawn = state.shownDrawnPlace
  return StateReport.Map(
    phase: map.run.phase.rawValue, source: source, iteration: report?.iteration,
    millisecondsPerIteration: report?.millisecondsPerIteration, secondsLeft: report?.secondsLeft, divergence: map.quality.divergence,
    neighboursKept: map.quality.neighboursKept, labelAgreement: map.quality.labelAgreement, isFollowed: map.followsMap,
    isMoving: state.isMapMoving, order: map.shown?.number, stage: map.stages?.place, stages: map.stages?.available ?? 0,
    coloring: map.look.coloring.rawValue, hidden: map.look.hidden.sorted().compactMap { map.look.groups?.titles[$0] },
    search: state.search?.text, matches: state.search?.query.map { _ in state.search?.count ?? 0 },
    predicted: state.data?.predictions.count ?? 0, chosen: state.selection?.count ?? 0,
    drawing: drawn.map { [Double($0.placement.position.x), Double($0.placement.position.y)] } ?? [],
    neighbours: drawn?.placement.neighbours.map(\.index) ?? [], thumbnails: map.thumbnails.mode.rawValue,
    pictures: state.thumbnails(in: state.mapFrame, unit: state.layout.unit)?.marks.count ?? 0,
    nearest: state.shownNeighbours?.found.map(\.index) ?? [], averaged: state.selection?.relevance?.count ?? 0)
}
