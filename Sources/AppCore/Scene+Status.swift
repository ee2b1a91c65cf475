import Embedding
import Geometry
import Scene

/// What an activity is called while it runs, with how far it is.
func statusTitle(_ activity: Activity, _ state: AppState) -> String {
  let progress = state.progress[activity]
  let percent = progress?.fraction.map { ", \(Int($0 * 100)) %" } ?? ""
  switch activity {
  case .loadingData: return "Reading digits" + percent
  case .loadingNetwork: return "Reading the network" + percent
  case .explaining: return explainingTitle(state)
  case .saving: return "Saving"
  case .predicting:
    if state.predicting?.isPaused == true { return "Predictions wait for the map" }
    let left = progress?.secondsLeft(at: state.now).map { ", \(Numbers.seconds($0)) left" } ?? ""
    return "Predicting all digits" + percent + left
  case .embedding:
    return mapTitle(state, percent)
  }
}

private func mapTitle(_ state: AppState, _ percent: String) -> String {
  let run = state.map.run
  let source = run.order?.source
  var subject = "Map"
  if let stages = state.map.stages, stages.available < stages.stages.count {
    subject = "Map of \(stages.stages[stages.available].title)"
  }
  guard let report = run.report else {
    if run.phase == .paused { return subject + ": paused" }
    let howFar = percent + (state.progress[.embedding]?.secondsLeft(at: state.now).map { ", \(Numbers.seconds($0)) left" } ?? "")
    if state.map.stages != nil { return "Computing the layers" + howFar }
    switch source?.representation {
    case .layer(let name)?: return "Computing \(name)" + howFar
    case .relevance?: return "Computing the relevance" + howFar
    case .pixels?, nil: return "Preparing the map" + howFar
    }
  }
  switch report.stage {
  case .components: return "\(subject): principal components" + percent
  case .neighbours: return "\(subject): nearest neighbours" + percent
  case .affinities: return "\(subject): affinities" + percent
  case .optimization:
    if run.phase == .paused { return "\(subject): paused at iteration \(report.iteration) of \(report.totalIterations)" }
    let left = report.secondsLeft.map { ", \(Numbers.seconds($0)) left" } ?? ""
    return "\(subject): iteration \(report.iteration) of \(report.totalIterations)" + left
  }
}

func drawStatusLine(_ state: AppState, _ frame: Rect, on canvas: inout Canvas) {
  canvas.hit(frame, .none)
  let line = frame.inset(dx: canvas.u(12), dy: 0)
  var right = line.maxX
  func takeRight(_ width: Double) -> Rect {
    right -= width
    return Rect(right, line.y, width, line.height)
  }
  let help = takeRight(canvas.u(60))
  canvas.text("? keys", in: help, size: 11, canvas.isHovered(help) ? canvas.theme.text : canvas.theme.faint, .right)
  canvas.hit(help, .perform(.help), hint: ["All keys (?)"])
  let commands = takeRight(canvas.u(80))
  canvas.text("Ctrl+P menu", in: commands, size: 11, canvas.isHovered(commands) ? canvas.theme.text : canvas.theme.faint, .right)
  canvas.hit(commands, .perform(.openCommands), hint: ["Everything that can be done (Ctrl+P)"])
  right -= canvas.u(8)
  if state.map.run.isActive {
    let stop = takeRight(canvas.u(44)).inset(dx: 0, dy: canvas.u(4))
    canvas.button("Stop", in: stop, size: 10.5, hint: "Stop computing the map (Esc)", .stopEmbedding)
    right -= canvas.u(8)
  }
  if state.predicting?.isPaused == false, state.progress[.predicting]?.fraction != nil, !state.map.run.isActive {
    let stop = takeRight(canvas.u(44)).inset(dx: 0, dy: canvas.u(4))
    canvas.button(
      "Stop", in: stop, size: 10.5, hint: "Stop predicting; it goes on when it is needed", .declinePredictions)
    right -= canvas.u(8)
  }
  if state.takesLong, state.isExplaining, state.activeSlot.isWaiting(at: state.now) {
    let cancel = takeRight(canvas.u(56)).inset(dx: 0, dy: canvas.u(4))
    canvas.button("Cancel", in: cancel, size: 10.5, hint: "Stop explaining (Esc)", .cancelExplanation)
    right -= canvas.u(8)
    let title = explainingTitle(state)
    canvas.text(title, in: takeRight(canvas.width(of: title, size: 11)), size: 11, canvas.theme.accent, .right)
    right -= canvas.u(8)
  } else if state.activeSlot.isWaiting(at: state.now) {
    canvas.text("explaining\u{2026}", in: takeRight(canvas.u(76)), size: 11, canvas.theme.accent, .right)
  }

  var parts: [String] = []
  if let data = state.data {
    let count = Numbers.grouped(data.collection.count)
    parts.append(data.title == "synthetic digits" ? "\(count) synthetic digits" : "\(data.title): \(count) digits")
  }
  if let network = state.network {
    parts.append(lastComponent(of: network.path))
  }
  for activity in [Activity.loadingData, .loadingNetwork, .embedding] where state.progress[activity] != nil {
    parts.append(statusTitle(activity, state))
  }
  // Those that are known come at once: nothing is said of them.
  if state.progress[.predicting]?.fraction != nil { parts.append(statusTitle(.predicting, state)) }
  if let divergence = state.map.quality.divergence { parts.append("KL \(Numbers.fixed(divergence, 3))") }
  func facts(in width: Double) -> String { canvas.joined(parts, by: "  \u{00B7}  ", size: 11, width: width) }
  guard let message = state.message else {
    let room = Rect(line.x, line.y, right - line.x, line.height)
    canvas.text(facts(in: room.width), in: room, size: 11, canvas.theme.secondary)
    return
  }
  // A message takes the room it needs; what is known otherwise keeps the rest.
  let isError = message.kind == .error
  let color = isError ? canvas.theme.bad : message.kind == .warning ? canvas.theme.warning : canvas.theme.good
  let room = right - line.x
  let needed = canvas.width(of: message.text, size: 11.5) + canvas.u(34)
  // One that is longer than the line stands above it, in as many lines as it needs.
  let words = needed <= room ? [message.text] : canvas.lines(message.text, size: 11.5, width: room - canvas.u(34))
  let height = canvas.u(16) * Double(words.count) + canvas.u(3)
  let chip = Rect(line.x, line.maxY - canvas.u(3) - height, min(needed, room), height)
  canvas.box(chip, fill: isError ? canvas.theme.badFill : canvas.theme.raised, border: color.opacity(0.6), radius: 4)
  canvas.hit(chip, .none)
  for (place, text) in words.enumerated() {
    let row = Rect(chip.x + canvas.u(8), chip.y + canvas.u(1.5) + canvas.u(16) * Double(place), chip.width - canvas.u(32), canvas.u(16))
    canvas.text(text, in: row, size: 11.5, color)
  }
  let close = Rect(chip.maxX - canvas.u(22), chip.y, canvas.u(22), min(chip.height, canvas.u(20)))
  canvas.text("\u{00D7}", in: close, size: 14, canvas.isHovered(close) ? canvas.theme.text : canvas.theme.secondary, .center)
  canvas.hit(close, .perform(.dismissMessage), hint: ["Close (Esc)"])
  let rest = Rect(chip.maxX + canvas.u(14), line.y, right - chip.maxX - canvas.u(20), line.height)
  canvas.text(facts(in: rest.width), in: rest, size: 11, canvas.theme.secondary)
}

/// Cuts text into lines of about `columns` characters at spaces.
func wrapped(_ text: String, columns: Int) -> [String] {
  var lines: [String] = []
  var line = ""
  for word in text.split(separator: " ") {
    if !line.isEmpty && line.count + word.count + 1 > columns {
      lines.append(line)
      line = ""
    }
    line += line.isEmpty ? String(word) : " " + word
  }
  if !line.isEmpty { lines.append(line) }
  return lines
}
