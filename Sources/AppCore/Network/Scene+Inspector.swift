import Geometry
import Networks
import Relevance
import Scene

/// Where the inspector's row of buttons and its content stand.
struct InspectorParts {
  let title: Rect
  let content: Rect
  private let unit: Double

  init(_ frame: Rect, unit: Double) {
    self.unit = unit
    (title, content) = frame.splitTop(4 * unit).1.splitTop(19 * unit)
  }

  /// Whether pictures of the data set stand beside feature maps.
  var hasRoomBeside: Bool { content.width >= 900 * unit }

  /// Where the maps stand, and what is beside them when a channel is chosen.
  func split(showsRanking: Bool) -> (maps: Rect, ranking: Rect?) {
    guard showsRanking, hasRoomBeside else { return (content, nil) }
    let (left, right) = content.splitLeft((content.width * 0.55).rounded())
    return (left, right.splitLeft(14 * unit).1)
  }
}

/// What is known of the selected layer, in tabs.
func drawInspector(_ state: AppState, _ network: LoadedNetwork, _ shown: ShownExplanation?, _ frame: Rect, on canvas: inout Canvas) {
  canvas.line([Point(frame.minX, frame.minY + 1), Point(frame.maxX, frame.minY + 1)], canvas.theme.border)
  guard let (node, layer) = state.shownLayer else { return }
  let parts = InspectorParts(frame, unit: canvas.unit)
  let words = drawInspectorRow(state, network, node, layer, parts.title, on: &canvas)
  let content = parts.content.inset(dx: 0, dy: canvas.u(2))
  switch state.view.inspector.tab {
  case .maps:
    let isBeside = state.chosenUnit != nil
    let (maps, ranking) = parts.split(showsRanking: isBeside)
    drawLayerMaps(state, network, shown, node, layer, words, maps, on: &canvas)
    if let ranking { drawRanking(state, ranking, on: &canvas) }
  case .layer: drawLayerFacts(state, network, shown, layer, content, on: &canvas)
  case .weights: drawWeights(state, network, layer, content, on: &canvas)
  case .pictures: drawRanking(state, content, on: &canvas)
  case .arithmetic: drawArithmetic(state, network, layer, content, on: &canvas)
  }
}

/// The steps through the node's layers, the tabs, and what closes it. Returns what is left in the middle.
private func drawInspectorRow(
  _ state: AppState, _ network: LoadedNetwork, _ node: NetworkNode, _ layer: Int, _ row: Rect, on canvas: inout Canvas
) -> Rect {
  let close = Rect(row.maxX - canvas.u(22), row.y, canvas.u(22), row.height)
  canvas.text("\u{00D7}", in: close, size: 14, canvas.isHovered(close) ? canvas.theme.text : canvas.theme.faint, .center)
  canvas.hit(close, .perform(.closeNode), hint: ["Close"])
  var left = row.x
  var right = close.x
  if let representation = state.selectedNodeRepresentation, row.width > canvas.u(520) {
    let isMapped = state.map.source == .representation(representation)
    let place = Rect(right - canvas.u(44), row.y, canvas.u(42), row.height - canvas.u(1))
    canvas.button(
      "Map", in: place, isOn: isMapped, size: 10.5,
      hint: isMapped ? "The map is of \(representation.title)" : "A map of the digits by \(representation.title) (Shift+N)", .mapNode)
    right = place.x - canvas.u(6)
  }
  if node.layers.count > 1 {
    let steps = Rect(left, row.y, canvas.u(44), row.height - canvas.u(1))
    canvas.buttons(
      [
        CanvasButton("\u{2039}", 1, hint: "The layer before, in \(node.name) (:)", .previousLayer),
        CanvasButton("\u{203A}", 1, hint: "The next layer of \(node.name) (;)", .nextLayer),
      ], in: steps, size: 10.5)
    left = steps.maxX + canvas.u(6)
  }
  let isNarrow = row.width < canvas.u(440)
  for tab in Inspector.Tab.allCases {
    let title = isNarrow ? String(tab.title.prefix(tab == .maps ? 4 : tab == .arithmetic ? 1 : 1)) : tab.title
    let width = isNarrow ? canvas.u(tab == .maps ? 40 : 22) : canvas.width(of: title, size: 10.5) + canvas.u(14)
    let place = Rect(left, row.y, width, row.height - canvas.u(1))
    canvas.button(
      title, in: place, isOn: state.view.inspector.tab == tab, size: 10.5, hint: "\(tab.title): \(tab.hint)", .inspect(tab))
    left = place.maxX + canvas.u(3)
  }
  return Rect(left + canvas.u(8), row.y, max(0, right - left - canvas.u(14)), row.height)
}
