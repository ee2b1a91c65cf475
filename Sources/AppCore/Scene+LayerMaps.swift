import Geometry
import Networks
import Relevance
import Scene

/// The feature maps of the selected node that carry most relevance: activation beside relevance.
func drawLayerMaps(
  _ state: AppState, _ network: LoadedNetwork, _ shown: ShownExplanation?, _ frame: Rect, on canvas: inout Canvas
) {
  canvas.line([Point(frame.minX, frame.minY + 1), Point(frame.maxX, frame.minY + 1)], canvas.theme.border)
  guard let (node, index) = state.shownLayer else { return }
  let layer = network.network.layers[index]
  let name = index == node.outputLayer ? node.name : layer.name
  var (title, strip) = layerMapParts(frame, unit: canvas.unit)
  let close = Rect(title.maxX - canvas.u(22), title.y, canvas.u(22), title.height)
  canvas.text("\u{00D7}", in: close, size: 14, canvas.isHovered(close) ? canvas.theme.text : canvas.theme.faint, .center)
  canvas.hit(close, .perform(.closeNode), hint: ["Close"])
  let mapped = Rect(close.x - canvas.u(46), title.y, canvas.u(42), title.height - canvas.u(1))
  if let representation = state.selectedNodeRepresentation {
    let isMapped = state.map.source == .representation(representation)
    canvas.button(
      "Map", in: mapped, isOn: isMapped, size: 10.5,
      hint: isMapped ? "The map is of \(representation.title)" : "A map of the digits by \(representation.title) (Shift+N)", .mapNode)
  }
  if node.layers.count > 1 {
    let (steps, rest) = title.splitLeft(canvas.u(46))
    let (back, on) = steps.inset(dx: 0, dy: canvas.u(0.5)).splitLeft(canvas.u(21))
    canvas.button("\u{2039}", in: back, size: 10.5, hint: "The layer before, in \(node.name) (:)", .previousLayer)
    canvas.button(
      "\u{203A}", in: on.splitLeft(canvas.u(21)).0, size: 10.5, hint: "The next layer of \(node.name) (;)", .nextLayer)
    title = rest
  }
  guard let maps = state.layerMaps else {
    let text =
      if let shown, shown.explanation.layers.isEmpty {
        "\(shown.query.attribution.name) knows no layers: choose relevance to see feature maps"
      } else {
        "\(name): explain a digit to see its feature maps"
      }
    canvas.text(text, in: strip, size: 12, canvas.theme.faint, .center)
    return
  }
  let shape = layer.outputShape.map(String.init).joined(separator: "\u{00D7}")
  // Without a chosen feature map there is nothing but a hint to show, if it fits.
  let hintWidth = canvas.width(of: channelHint, size: 10.5)
  let isChosen = state.chosenUnit != nil
  let actionsWidth = isChosen ? min(canvas.u(390), title.width * 0.6) : hintWidth <= title.width * 0.4 ? hintWidth : 0
  let actions = Rect(mapped.x - actionsWidth - canvas.u(6), title.y, actionsWidth, title.height)
  let scale = Numbers.significant(Double(maps.largest))
  let words = Rect(title.x, title.y, max(1, actions.x - title.x - canvas.u(8)), title.height)
  let parts = [name, shape, "sum of R \(Numbers.significant(maps.sum))", "scale \u{00B1}\(scale)", "rule \(maps.rule)"]
  canvas.text(canvas.joined(parts, by: "   ", size: 11.5, width: words.width), in: words, size: 11.5, canvas.theme.secondary)
  canvas.hit(words, .none, hint: parts)
  drawChannelActions(state, maps, actions, on: &canvas)

  guard let grid = LayerMapGrid(strip, unit: canvas.unit) else { return }
  let shownMaps = maps.maps.prefix(grid.count)
  for (place, map) in shownMaps.enumerated() {
    let (left, right) = grid.pictures(place)
    canvas.image(map.activation, in: left)
    canvas.image(map.relevance, in: right)
    canvas.box(left, fill: nil, border: canvas.theme.border)
    canvas.box(right, fill: nil, border: canvas.theme.border)
    let both = Rect(left.x, left.y, right.maxX - left.x, left.height)
    let isThrough = state.conditions.contains { $0.layer == maps.layerName && $0.channels.contains(map.channel) }
    if let unit = state.selectedUnit, unit.channel == map.channel {
      canvas.box(both.inset(by: -1), fill: nil, border: canvas.theme.text, width: canvas.u(2))
      if maps.height * maps.width > 1 {
        for picture in [left, right] { canvas.markPosition(unit.position, of: maps, in: picture) }
      }
    } else if isThrough {
      canvas.box(both.inset(by: -1), fill: nil, border: canvas.theme.accent, width: canvas.u(1.5))
    }
    let caption = Rect(left.x, left.maxY, grid.cellWidth - canvas.u(8), grid.captionHeight)
    canvas.text("\(map.channel)", in: caption, size: 10.5, canvas.theme.text, weight: .bold)
    canvas.text(
      Numbers.significant(map.sum), in: Rect(caption.x, caption.y, right.maxX - caption.x, caption.height), size: 10.5,
      canvas.theme.secondary,
      .right)
    for picture in [left, right] {
      canvas.hit(
        picture, .featureMap(channel: map.channel),
        hint: [
          "channel \(map.channel) of \(maps.channels)", "left: activation, right: relevance", "sum of R \(Numbers.significant(map.sum))",
          "click: start at it or at this position, or go through it only",
        ])
    }
  }
  if maps.channels > shownMaps.count { drawMapPages(maps, shown: shownMaps.count, grid.pages, on: &canvas) }
}

extension Canvas {
  /// An outline around one position of a feature map, which leaves it to be seen.
  fileprivate mutating func markPosition(_ position: Target.Position, of maps: LayerMaps, in picture: Rect) {
    let (width, height) = (picture.width / Double(maps.width), picture.height / Double(maps.height))
    let centre = Point(picture.x + (Double(position.column) + 0.5) * width, picture.y + (Double(position.row) + 0.5) * height)
    let (across, down) = (max(width, u(3)) + 2 * u(1), max(height, u(3)) + 2 * u(1))
    box(Rect(centre.x - across / 2, centre.y - down / 2, across, down), fill: nil, border: theme.text, width: u(1))
  }
}

/// Which of a layer's feature maps are shown, and the way to the others.
private func drawMapPages(_ maps: LayerMaps, shown: Int, _ frame: Rect, on canvas: inout Canvas) {
  let height = min(canvas.u(18), (frame.height / 3).rounded(.down))
  let last = maps.first + shown
  let range = "Feature maps \(maps.first + 1) to \(last) of \(maps.channels), by their relevance"
  let up = Rect(frame.x, frame.y, frame.width, height)
  let down = Rect(frame.x, frame.maxY - height, frame.width, height)
  for (button, isUp) in [(up, true), (down, false)] {
    let isEnabled = isUp ? maps.first > 0 : last < maps.channels
    canvas.button(
      "", in: button, isEnabled: isEnabled, hint: "\(range): \(isUp ? "those before ({)" : "the next (})")",
      isUp ? .previousMaps : .nextMaps)
    let (x, y, reach) = (button.center.x, button.center.y, min(canvas.u(3), height / 4) * (isUp ? 1 : -1))
    canvas.line(
      [Point(x - canvas.u(4), y + reach), Point(x, y - reach), Point(x + canvas.u(4), y + reach)],
      isEnabled ? canvas.theme.secondary : canvas.theme.border, width: canvas.u(1.5))
  }
  let between = Rect(frame.x, up.maxY, frame.width, down.minY - up.maxY)
  guard between.height >= canvas.u(12) else { return }
  let place = shown == 1 ? "\(last)" : "\(maps.first + 1)\u{2013}\(last)"
  if between.height >= canvas.u(36), canvas.width(of: place, size: 9) <= frame.width {
    let lines = [place, "of", "\(maps.channels)"]
    for (index, line) in lines.enumerated() {
      let y = between.center.y + canvas.u(12) * (Double(index) - 1.5)
      canvas.text(line, in: Rect(frame.x, y, frame.width, canvas.u(12)), size: 9, canvas.theme.faint, .center)
    }
  } else {
    canvas.text("\(maps.channels)", in: between, size: 9, canvas.theme.faint, .center)
  }
}

/// Where feature maps stand in their strip: activation beside relevance, a caption below, and a column for the pages on the right.
struct LayerMapGrid {
  let captionHeight: Double
  let cellWidth: Double
  /// For the way to the other pages.
  let pages: Rect
  private let origin: Point
  private let side: Double
  private let gap: Double
  private let rowHeight: Double
  private let perRow: Int
  private let rows: Int

  /// Nil where there is no room for a picture.
  init?(_ strip: Rect, unit: Double) {
    captionHeight = 15 * unit
    gap = 2 * unit
    let (area, right) = strip.splitLeft(strip.width - 46 * unit)
    let largestSide = 118 * unit
    // Two rows of smaller pictures where one row would leave half of the strip empty.
    rows = max(1, Int(area.height / (largestSide + captionHeight + 6 * unit)))
    rowHeight = area.height / Double(rows)
    side = min(largestSide, rowHeight - captionHeight - 3 * unit).rounded(.down)
    guard side >= 14 * unit else { return nil }
    cellWidth = max(2 * side + gap, 78 * unit) + 12 * unit
    perRow = max(1, Int((area.width + 12 * unit) / cellWidth))
    origin = Point(area.x, area.y)
    let height = min(area.height, rowHeight * Double(rows - 1) + side + captionHeight)
    pages = Rect(right.x + 2 * unit, right.y, right.width - 2 * unit, height)
  }

  /// How many there is room for.
  var count: Int { min(LayerMaps.most, perRow * rows) }

  func pictures(_ place: Int) -> (activation: Rect, relevance: Rect) {
    let corner = Point(origin.x + Double(place % perRow) * cellWidth, origin.y + Double(place / perRow) * rowHeight)
    let left = Rect(corner.x.rounded(), corner.y.rounded(), side, side)
    return (left, Rect(left.maxX + gap, left.y, side, side))
  }
}

extension AppState {
  /// Where the feature maps of the selected layer stand, in window pixels; nil while none are shown.
  var layerMapStrip: Rect? {
    guard selectedNode != nil, layerMaps != nil, let body = layout.network?.body else { return nil }
    let unit = layout.unit
    return NetworkParts(networkContent(body, unit: unit), showsMaps: true, unit: unit).maps.map { layerMapParts($0, unit: unit).strip }
  }

  /// How many feature maps are seen at once.
  var mapsOnPage: Int {
    layerMapStrip.flatMap { LayerMapGrid($0, unit: layout.unit) }.map { max(1, $0.count) } ?? LayerMaps.most
  }
}

/// What the network panel draws in.
func networkContent(_ body: Rect, unit: Double) -> Rect { body.inset(dx: 10 * unit, dy: 5 * unit) }

/// A line of words and buttons above the pictures.
private func layerMapParts(_ frame: Rect, unit: Double) -> (title: Rect, strip: Rect) {
  let (title, strip) = frame.splitTop(4 * unit).1.splitTop(19 * unit)
  return (title, strip)
}

private let channelHint = "click a feature map to start at it or go through it"

/// What can be done with the chosen feature map.
private func drawChannelActions(_ state: AppState, _ maps: LayerMaps, _ frame: Rect, on canvas: inout Canvas) {
  guard let (layer, unit) = state.chosenUnit else {
    if frame.width > 0 { canvas.text(channelHint, in: frame, size: 10.5, canvas.theme.faint, .right) }
    return
  }
  let channel = unit.channel
  let atPosition = Target.channel(layer: layer, channel: channel, position: unit.position)
  let target = state.activeSlot.target
  let isThrough = state.conditions.contains { $0.layer == layer && $0.channels.contains(channel) }
  let isNarrow = frame.width < canvas.u(360)
  let isStart = target == .channel(layer: layer, channel: channel)
  let place = "\(unit.position.row),\(unit.position.column)"
  var buttons = [
    CanvasButton(
      isNarrow ? "Start" : "Start at \(channel) (S)", 14, isOn: isStart,
      hint: isStart ? "Back to the predicted class (S)" : "What makes this channel respond (S)", .startAtChannel)
  ]
  if maps.height * maps.width > 1 {
    buttons.append(
      CanvasButton(
        isNarrow ? "At \(place)" : "At \(place) (Shift+S)", 18, isOn: target == atPosition,
        hint: target == atPosition
          ? "Back to the predicted class (Shift+S)"
          : "What makes this channel respond at row \(unit.position.row), column \(unit.position.column) (Shift+S; Alt+arrows: another)",
        .startAtPosition))
  }
  buttons.append(
    CanvasButton(
      isNarrow ? "Through" : "Only through \(channel) (G)", isNarrow ? 21 : 20, isOn: isThrough,
      hint: isThrough ? "Through this channel no longer (G)" : "What of the target's relevance goes through this channel (G)",
      .throughChannel))
  canvas.buttons(buttons, in: Rect(frame.x, frame.y, frame.width, frame.height - canvas.u(1)), size: 10.5)
}
