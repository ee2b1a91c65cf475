import Geometry
import Networks
import Relevance
import Scene

func drawNetwork(_ state: AppState, _ place: Layout.Place, on canvas: inout Canvas) {
  canvas.panel(.network, place, title: "Network")
  guard let network = state.network else {
    let text = state.progress[.loadingNetwork] == nil ? "No network is loaded" : statusTitle(.loadingNetwork, state)
    canvas.text(text, in: place.body, size: 13, canvas.theme.faint, .center)
    return
  }
  let shown = state.shownOfNetwork
  drawNetworkHeader(state, network, shown, place.header, on: &canvas)
  let parts = state.networkParts(place)
  canvas.clip = parts.graph
  canvas.hit(parts.graph, .graph)
  if let drawn = state.view.drawn {
    drawGraph(GraphPicture(state, network, shown, drawn, camera: state.view.camera, frame: parts.graph), on: &canvas)
  } else {
    canvas.text("Placing \(network.network.layers.count) layers", in: parts.graph, size: 12, canvas.theme.faint, .center)
  }
  canvas.clip = place.body
  if let overview = parts.overview { drawOverview(state, overview, parts.graph, on: &canvas) }
  if let story = parts.story { drawStory(state, story, on: &canvas) }
  // While the picture goes forward nothing is said of what comes back.
  if let sums = parts.sums, state.storyView?.showsRelevance != false { drawLayerSums(state, network, shown, sums, on: &canvas) }
  if let inspector = parts.inspector { drawInspector(state, network, shown, inspector, on: &canvas) }
  canvas.clip = nil
}

/// Where the graph and what belongs to it stand in the panel.
struct NetworkParts {
  let graph: Rect
  /// A narrow picture of the whole graph.
  var overview: Rect?
  var story: Rect?
  var sums: Rect?
  var inspector: Rect?

  /// The graph stays where it is when an inspector comes and goes, where there is height for both: what was clicked stays under the
  /// pointer.
  init(_ body: Rect, showsInspector: Bool, showsStory: Bool = false, unit: Double) {
    let storyHeight = 36 * unit
    guard body.height >= 190 * unit else {
      var rest = body
      if showsInspector {
        let (left, right) = body.splitLeft((body.width * 0.5).rounded())
        rest = left
        inspector = right.splitLeft(10 * unit).1
      } else if body.height >= 96 * unit, !showsStory {
        let (upper, lower) = body.splitTop(body.height - max(38 * unit, body.height * 0.36))
        rest = upper
        sums = lower
      }
      if showsStory {
        let (upper, lower) = rest.splitTop(rest.height - storyHeight)
        rest = upper
        story = lower
      }
      graph = rest
      return
    }
    // A story is told with pictures: where there is little room the graph leaves it to them.
    let isTight = showsStory && body.height < 330 * unit
    let (upper, below) = body.splitTop(isTight ? 96 * unit : min(max(132 * unit, (body.height * 0.5).rounded()), 330 * unit))
    (overview, graph) = upper.splitTop(9 * unit)
    var lower = below
    if showsStory {
      let (top, rest) = lower.splitTop(storyHeight)
      story = top
      lower = rest
    }
    guard showsInspector else {
      sums = lower.splitTop(min(lower.height, 340 * unit)).0
      return
    }
    if lower.height >= 250 * unit {
      let (top, rest) = lower.splitTop(64 * unit)
      sums = top
      lower = rest
    }
    inspector = lower
  }
}

/// What the network panel draws in.
func networkContent(_ body: Rect, unit: Double) -> Rect { body.inset(dx: 10 * unit, dy: 5 * unit) }

/// The way to what is chosen, or what the numbers are; how far the graph is open; search, story, and the way to see all of it.
private func drawNetworkHeader(
  _ state: AppState, _ network: LoadedNetwork, _ shown: ShownExplanation?, _ frame: Rect, on canvas: inout Canvas
) {
  if state.activePanel == .network, state.network != nil {
    // Keys go here.
    canvas.fill(Rect(frame.x + canvas.u(12), frame.maxY - canvas.u(3), canvas.u(56), canvas.u(2)), canvas.theme.accent)
  }
  let row = frame.inset(dx: canvas.u(12), dy: canvas.u(5))
  var right = row.maxX
  func take(_ width: Double) -> Rect {
    let place = Rect(right - canvas.u(width), row.y, canvas.u(width), row.height)
    right = place.x - canvas.u(5)
    return place
  }
  canvas.button("Fit", in: take(40), hint: "Show the whole graph (F)", .fitGraph)
  if row.width > canvas.u(500) {
    canvas.button(
      "Story", in: take(48), isOn: state.view.story != nil, hint: "The picture's way through the layers, and relevance's way back (F4)",
      .toggleStory)
  }
  let isWide = row.width > canvas.u(860)
  if isWide || state.view.search != nil { drawNetworkSearch(state, take(state.view.search == nil ? 60 : isWide ? 220 : 150), on: &canvas) }
  for level in NetworkView.Level.allCases.reversed() {
    canvas.button(
      isWide ? level.title : "\(level.rawValue + 1)", in: take(isWide ? level == .operations ? 82 : 58 : 22),
      isOn: state.view.level == level && state.view.toggled.isEmpty,
      hint: "\(level.title): \(level.rawValue + 1) here, Alt+\(level.rawValue + 1) everywhere", .showLevel(level))
  }
  let words = Rect(row.x + canvas.u(70), row.y, max(0, right - row.x - canvas.u(80)), row.height)
  if let problem = network.problem {
    canvas.text(canvas.fitted(problem, size: 11.5, width: words.width), in: words, size: 11.5, canvas.theme.bad)
    canvas.hit(words, .none, hint: [problem])
  } else if state.selectedNode != nil {
    drawBreadcrumb(state, network, words, on: &canvas)
  } else {
    let note = networkNote(state, network, shown)
    if let text = note.first(where: { canvas.width(of: $0, size: 11.5) <= words.width }) {
      canvas.text(text, in: words, size: 11.5, canvas.theme.faint)
    }
  }
}

/// The longest first.
private func networkNote(_ state: AppState, _ network: LoadedNetwork, _ shown: ShownExplanation?) -> [String] {
  guard let shown else {
    let count = "\(network.network.layers.count) layers"
    return [count + ": + opens a block, click for what is in it", count]
  }
  if shown.explanation.layers.isEmpty {
    return ["\(shown.query.attribution.name) knows no layers: it only says which pixels matter", "No sums: the method knows no layers"]
  }
  let target = state.targetTitle(shown.explanation)
  return ["Sum of relevance at the output of each node, target \(target)", "Sum of relevance, target \(target)", "Sum of relevance"]
}

/// The groups that what is chosen is in.
private func drawBreadcrumb(_ state: AppState, _ network: LoadedNetwork, _ frame: Rect, on canvas: inout Canvas) {
  let crumbs = [("all", Action.closeNode)] + state.breadcrumb
  var x = frame.x
  for (index, (title, action)) in crumbs.enumerated() {
    let isLast = index == crumbs.count - 1
    let width = canvas.width(of: title, size: 11.5)
    guard x + width <= frame.maxX else { return }
    let place = Rect(x, frame.y, width, frame.height)
    canvas.text(
      title, in: place, size: 11.5, isLast ? canvas.theme.text : canvas.isHovered(place) ? canvas.theme.accent : canvas.theme.secondary)
    if !isLast { canvas.hit(place, .perform(action), hint: [index == 0 ? "Nothing chosen (Esc)" : "Choose \(title)"]) }
    x += width
    guard !isLast, x + canvas.u(16) <= frame.maxX else { continue }
    canvas.text("\u{203A}", in: Rect(x, frame.y, canvas.u(16), frame.height), size: 11.5, canvas.theme.faint, .center)
    x += canvas.u(16)
  }
}

private func drawNetworkSearch(_ state: AppState, _ frame: Rect, on canvas: inout Canvas) {
  guard let search = state.view.search else {
    canvas.button("Search", in: frame, hint: "Search the layers (/ here, Ctrl+Shift+F everywhere)", .openNetworkSearch)
    return
  }
  canvas.box(frame, fill: canvas.theme.window, border: search.isTyping ? canvas.theme.accent : canvas.theme.strongBorder, radius: 5)
  canvas.hit(
    frame, .perform(.openNetworkSearch), hint: ["Search: layer3.2, conv 3x3, 256x14x14, /2", "Enter: the next layer that fits; Esc closes"])
  let close = Rect(frame.maxX - canvas.u(20), frame.y, canvas.u(20), frame.height)
  let count = search.isEmpty ? "" : "\(search.current.map { "\($0 + 1)/" } ?? "")\(search.layers.count)"
  let countWidth = count.isEmpty ? 0 : canvas.width(of: count, size: 10.5) + canvas.u(4)
  let line = Rect(frame.x + canvas.u(7), frame.y, max(0, close.x - frame.x - canvas.u(9) - countWidth), frame.height)
  let text = search.text.isEmpty ? search.isTyping ? "conv 3x3" : "search" : search.text + (search.isTyping ? "\u{2502}" : "")
  var visible = text
  while visible.count > 1, canvas.width(of: visible, size: 11) > line.width { visible.removeFirst() }
  canvas.text(visible, in: line, size: 11, search.text.isEmpty ? canvas.theme.faint : canvas.theme.text)
  canvas.text(
    count, in: Rect(line.maxX, frame.y, countWidth, frame.height), size: 10.5,
    search.layers.isEmpty ? canvas.theme.warning : canvas.theme.secondary)
  canvas.text("\u{00D7}", in: close, size: 13, canvas.isHovered(close) ? canvas.theme.text : canvas.theme.faint, .center)
  canvas.hit(close, .perform(.closeNetworkSearch), hint: ["Close (Esc)"])
}
