import Geometry
import Networks
import Relevance
import Scene

/// The feature maps of the selected layer in the order that was chosen: activation beside relevance.
func drawLayerMaps(
  _ state: AppState, _ network: LoadedNetwork, _ shown: ShownExplanation?, _ node: NetworkNode, _ index: Int, _ words: Rect, _ frame: Rect,
  on canvas: inout Canvas
) {
  guard let maps = state.layerMaps else {
    let text =
      if let shown, shown.explanation.layers.isEmpty {
        "\(shown.query.attribution.name) knows no layers: choose relevance to see feature maps"
      } else if network.problem != nil {
        "\(node.name): a network that cannot run has no feature maps"
      } else {
        "\(node.name): explain a digit to see its feature maps"
      }
    canvas.text(canvas.begun(text, size: 12, width: frame.width), in: frame, size: 12, canvas.theme.faint, .center)
    return
  }
  drawMapsRow(state, maps, network.network.layers[index], words, on: &canvas)
  guard let grid = LayerMapGrid(frame, maps, unit: canvas.unit) else { return }
  let hidesRelevance = state.storyView.map { !$0.showsRelevance } ?? false
  let shownMaps = maps.maps.prefix(grid.count)
  for (place, map) in shownMaps.enumerated() {
    let (left, right) = grid.pictures(place)
    canvas.image(map.activation, in: left)
    if hidesRelevance { canvas.fill(right, canvas.theme.window) } else { canvas.image(map.relevance, in: right) }
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
    let caption = Rect(left.x, left.maxY, right.maxX - left.x, grid.captionHeight)
    let number = Numbers.significant(state.view.inspector.order == .activation || hidesRelevance ? map.activity : map.sum)
    canvas.text("\(map.channel)", in: caption, size: 10, canvas.theme.text, weight: .bold)
    let room = caption.width - canvas.width(of: "\(map.channel)", size: 10, weight: .bold) - canvas.u(2)
    if canvas.width(of: number, size: 9.5) <= room { canvas.text(number, in: caption, size: 9.5, canvas.theme.secondary, .right) }
    for picture in [left, right] {
      canvas.hit(
        picture, .featureMap(channel: map.channel),
        hint: [
          "channel \(map.channel) of \(maps.channels)", "left: activation, right: relevance",
          "sum of R \(Numbers.significant(map.sum)), of activations \(Numbers.significant(map.activity))",
          "click: explain through it alone; again: no longer",
        ])
    }
  }
  if maps.channels > shownMaps.count { drawMapPages(state, maps, shown: shownMaps.count, grid.pages, on: &canvas) }
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
private func drawMapPages(_ state: AppState, _ maps: LayerMaps, shown: Int, _ frame: Rect, on canvas: inout Canvas) {
  let height = min(canvas.u(18), (frame.height / 3).rounded(.down))
  let last = maps.first + shown
  let range = "Feature maps \(maps.first + 1) to \(last) of \(maps.channels), \(state.view.inspector.order.title)"
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

/// Where feature maps stand: activation beside relevance, a caption below, and a column for the pages on the right.
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

  /// Nil where there is no room for a picture. Where all of a layer's maps fit in larger pictures, they are larger.
  init?(_ strip: Rect, _ maps: LayerMaps, unit: Double) {
    captionHeight = 14 * unit
    gap = 2 * unit
    let (area, right) = strip.splitLeft(strip.width - 46 * unit)
    // Maps of few positions need no large pictures.
    let positions = Double(max(maps.width, maps.height))
    let largestSide = min(118, max(46, positions * 5)) * unit
    rows = max(1, Int((area.height + 4 * unit) / (largestSide + captionHeight + 6 * unit)))
    rowHeight = area.height / Double(rows)
    side = min(max(largestSide, 46 * unit), rowHeight - captionHeight - 2 * unit).rounded(.down)
    guard side >= 14 * unit else { return nil }
    cellWidth = max(2 * side + gap, 62 * unit) + 10 * unit
    perRow = max(1, Int((area.width + 10 * unit) / cellWidth))
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
    guard selectedNode != nil, layerMaps != nil, view.inspector.tab == .maps, let place = layout.network else { return nil }
    let unit = layout.unit
    return networkParts(place).inspector.map { InspectorParts($0, unit: unit).split(showsRanking: chosenUnit != nil).maps }
  }

  /// How many feature maps are seen at once.
  var mapsOnPage: Int {
    guard let layerMaps, let strip = layerMapStrip else { return LayerMaps.most }
    return LayerMapGrid(strip, layerMaps, unit: layout.unit).map { max(1, $0.count) } ?? LayerMaps.most
  }
}

/// What the maps are of, how they are sorted and scaled, and what can be done with the chosen one.
private func drawMapsRow(_ state: AppState, _ maps: LayerMaps, _ layer: Layer, _ row: Rect, on canvas: inout Canvas) {
  var right = row.maxX
  let (order, scale) = (state.view.inspector.order.title, state.view.inspector.scale.title)
  if row.width > canvas.u(300) {
    for (title, hint, action) in [
      (scale, "What the ends of the colours stand for: each map, this layer, all layers (Shift+X)", Action.nextMapScale),
      (order, "What feature maps are sorted by (Z)", Action.nextMapOrder),
    ] {
      let width = canvas.width(of: title, size: 10.5) + canvas.u(14)
      let place = Rect(right - width, row.y, width, row.height - canvas.u(1))
      canvas.button(title, in: place, size: 10.5, hint: hint, action)
      right = place.x - canvas.u(4)
    }
  }
  // As words, or not at all: what they do has keys too.
  if let (name, unit) = state.chosenUnit, right - row.x >= canvas.u(190) {
    let width = min(canvas.u(340), right - row.x)
    drawChannelActions(state, maps, name, unit, Rect(right - width, row.y, width, row.height), on: &canvas)
    right -= width + canvas.u(6)
  }
  let words = Rect(row.x, row.y, max(0, right - row.x - canvas.u(6)), row.height)
  guard words.width > canvas.u(40) else { return }
  let end = maps.end.map { ["scale \u{00B1}\(Numbers.significant(Double($0)))"] } ?? []
  let relevance =
    state.storyView?.showsRelevance == false ? [] : ["sum of R \(Numbers.significant(maps.sum))"] + end + ["rule \(maps.rule)"]
  let parts = [layer.name, shapeText(layer.outputShape)] + relevance
  canvas.text(canvas.joined(parts, by: "   ", size: 11, width: words.width), in: words, size: 11, canvas.theme.secondary)
  canvas.hit(words, .none, hint: parts)
}

/// What can be done with the chosen feature map.
private func drawChannelActions(
  _ state: AppState, _ maps: LayerMaps, _ layer: String, _ unit: SelectedUnit, _ frame: Rect, on canvas: inout Canvas
) {
  let channel = unit.channel
  let atPosition = Target.channel(layer: layer, channel: channel, position: unit.position)
  let target = state.activeSlot.target
  let isThrough = state.conditions.contains { $0.layer == layer && $0.channels.contains(channel) }
  let isNarrow = frame.width < canvas.u(330)
  let isStart = target == .channel(layer: layer, channel: channel)
  let place = "\(unit.position.row),\(unit.position.column)"
  var buttons = [
    CanvasButton(
      isNarrow ? "Start" : "Start at \(channel) (S)", isNarrow ? 8 : 16, isOn: isStart,
      hint: isStart ? "Back to the predicted class (S)" : "What makes this channel respond (S)", .startAtChannel)
  ]
  if maps.height * maps.width > 1 {
    buttons.append(
      CanvasButton(
        "At \(place)", 9, isOn: target == atPosition,
        hint: target == atPosition
          ? "Back to the predicted class (Shift+S)"
          : "What makes this channel respond at row \(unit.position.row), column \(unit.position.column) (Shift+S; Alt+arrows: another)",
        .startAtPosition))
  }
  buttons.append(
    CanvasButton(
      isNarrow ? "Through" : "Through \(channel) (G)", isNarrow ? 11 : 17, isOn: isThrough,
      hint: isThrough ? "Through this channel no longer (G)" : "What of the target's relevance goes through this channel too (G)",
      .throughChannel))
  canvas.buttons(buttons, in: Rect(frame.x, frame.y, frame.width, frame.height - canvas.u(1)), size: 10.5)
}
