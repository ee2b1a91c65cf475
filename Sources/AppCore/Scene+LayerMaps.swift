import Geometry
import Networks
import Relevance
import Scene

/// The feature maps of the selected node that carry most relevance: activation beside relevance.
func drawLayerMaps(
  _ state: AppState, _ network: LoadedNetwork, _ shown: ShownExplanation?, _ frame: Rect, on canvas: inout Canvas
) {
  canvas.line([Point(frame.minX, frame.minY + 1), Point(frame.maxX, frame.minY + 1)], Theme.border)
  let area = frame.splitTop(canvas.u(4)).1
  guard let (node, index) = state.shownLayer else { return }
  let layer = network.network.layers[index]
  let name = index == node.outputLayer ? node.name : layer.name
  var (title, strip) = area.splitTop(canvas.u(19))
  let close = Rect(title.maxX - canvas.u(22), title.y, canvas.u(22), title.height)
  canvas.text("\u{00D7}", in: close, size: 14, canvas.isHovered(close) ? Theme.text : Theme.faint, .center)
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
    canvas.text(text, in: strip, size: 12, Theme.faint, .center)
    return
  }
  let shape = layer.outputShape.map(String.init).joined(separator: "\u{00D7}")
  // Without a chosen feature map there is nothing but a hint to show, if it fits.
  let hintWidth = canvas.width(of: channelHint, size: 10.5)
  let isChosen = state.selectedChannel.map { $0 < maps.channels } ?? false
  let actionsWidth = isChosen ? min(canvas.u(284), title.width * 0.55) : hintWidth <= title.width * 0.4 ? hintWidth : 0
  let actions = Rect(mapped.x - actionsWidth - canvas.u(6), title.y, actionsWidth, title.height)
  let scale = Numbers.significant(Double(maps.largest))
  canvas.text(
    "\(name)   \(shape)   sum of R \(Numbers.significant(maps.sum))   scale \u{00B1}\(scale)   rule \(maps.rule)",
    in: Rect(title.x, title.y, max(1, actions.x - title.x - canvas.u(8)), title.height), size: 11.5, Theme.secondary)
  drawChannelActions(state, maps, actions, on: &canvas)

  let captionHeight = canvas.u(15)
  let largestSide = canvas.u(118)
  // Two rows of smaller pictures where one row would leave half of the strip empty.
  let rows = max(1, Int(strip.height / (largestSide + captionHeight + canvas.u(6))))
  let rowHeight = strip.height / Double(rows)
  let side = min(largestSide, rowHeight - captionHeight - canvas.u(3)).rounded(.down)
  guard side >= canvas.u(14) else { return }
  let inner = canvas.u(2)
  let cell = max(2 * side + inner, canvas.u(78)) + canvas.u(12)
  let perRow = max(1, Int((strip.width + canvas.u(12)) / cell))
  for (place, map) in maps.maps.prefix(perRow * rows).enumerated() {
    let origin = Point(strip.x + Double(place % perRow) * cell, strip.y + Double(place / perRow) * rowHeight)
    let left = Rect(origin.x.rounded(), origin.y.rounded(), side, side)
    let right = Rect(left.maxX + inner, left.y, side, side)
    canvas.image(map.activation, in: left)
    canvas.image(map.relevance, in: right)
    canvas.box(left, fill: nil, border: Theme.border)
    canvas.box(right, fill: nil, border: Theme.border)
    let both = Rect(left.x, left.y, right.maxX - left.x, side)
    let isThrough = state.conditions.contains { $0.layer == maps.layerName && $0.channels.contains(map.channel) }
    if map.channel == state.selectedChannel {
      canvas.box(both.inset(by: -1), fill: nil, border: Theme.text, width: canvas.u(2))
    } else if isThrough {
      canvas.box(both.inset(by: -1), fill: nil, border: Theme.accent, width: canvas.u(1.5))
    }
    let caption = Rect(left.x, left.maxY, cell - canvas.u(8), captionHeight)
    canvas.text("\(map.channel)", in: caption, size: 10.5, Theme.text, weight: .bold)
    canvas.text(
      Numbers.significant(map.sum), in: Rect(caption.x, caption.y, right.maxX - caption.x, caption.height), size: 10.5, Theme.secondary,
      .right)
    canvas.hit(
      both, .perform(.channel(map.channel)),
      hint: [
        "channel \(map.channel) of \(maps.channels)", "left: activation, right: relevance", "sum of R \(Numbers.significant(map.sum))",
        "click: start at it, or go through it only",
      ])
  }
}

private let channelHint = "click a feature map to start at it or go through it"

/// What can be done with the chosen feature map.
private func drawChannelActions(_ state: AppState, _ maps: LayerMaps, _ frame: Rect, on canvas: inout Canvas) {
  guard let channel = state.selectedChannel, channel < maps.channels else {
    if frame.width > 0 { canvas.text(channelHint, in: frame, size: 10.5, Theme.faint, .right) }
    return
  }
  let isStart = state.activeSlot.target == .channel(layer: maps.layerName, channel: channel)
  let isThrough = state.conditions.contains { $0.layer == maps.layerName && $0.channels.contains(channel) }
  let isNarrow = frame.width < canvas.u(270)
  canvas.buttons(
    [
      CanvasButton(
        isNarrow ? "Start" : "Start at \(channel) (S)", 13, isOn: isStart,
        hint: isStart ? "Back to the predicted class (S)" : "What makes this channel respond (S)",
        .startAtChannel),
      CanvasButton(
        isNarrow ? "Only through" : "Only through \(channel) (G)", 17, isOn: isThrough,
        hint: isThrough ? "Through this channel no longer (G)" : "What of the target's relevance goes through this channel (G)",
        .throughChannel),
    ], in: Rect(frame.x, frame.y, frame.width, frame.height - canvas.u(1)), size: 10.5)
}
