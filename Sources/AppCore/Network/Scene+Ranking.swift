import Geometry
import Scene

/// The digits of the data set that speak most for the chosen channel: by its relevance, and by its activation.
func drawRanking(_ state: AppState, _ frame: Rect, on canvas: inout Canvas) {
  guard let (layer, unit) = state.chosenUnit else {
    canvas.text(
      canvas.begun(
        "Choose a feature map (>, or a click in Maps): here come the digits that speak most for it", size: 12, width: frame.width),
      in: frame, size: 12, canvas.theme.faint, .center)
    return
  }
  let ranking = state.shownRanking
  let (title, area) = frame.splitTop(canvas.u(15))
  var words = ["Digits that speak most for channel \(unit.channel)"]
  if let found = ranking.found {
    words.append(
      found.pictures.seen == found.pictures.of
        ? "of all \(Numbers.grouped(found.pictures.of))"
        : "of \(Numbers.grouped(found.pictures.seen)) of \(Numbers.grouped(found.pictures.of)) so far")
  }
  let left = state.rankingSecondsLeft.map { ["\(Numbers.seconds($0)) left"] } ?? []
  let line = canvas.joined([words.joined(separator: ", ")] + left + [layer], by: "   ", size: 10.5, width: title.width)
  canvas.text(line, in: title, size: 10.5, canvas.theme.secondary)
  if let found = ranking.found, found.pictures.seen < found.pictures.of, found.pictures.of > 0 {
    let width = min(canvas.u(90), title.width - canvas.width(of: line, size: 10.5) - canvas.u(10))
    if width > canvas.u(30) {
      canvas.progressBar(
        in: Rect(title.maxX - width, title.center.y - canvas.u(2), width, canvas.u(4)),
        fraction: Double(found.pictures.seen) / Double(found.pictures.of))
    }
  }
  guard ranking.found != nil else {
    canvas.text("Looking through the digits", in: area, size: 11.5, canvas.theme.faint, .center)
    return
  }
  let rows = [("by relevance", ranking.byRelevance), ("by activation", ranking.byActivation)].filter { !$0.1.entries.isEmpty }
  let label = canvas.width(of: "by activation", size: 10) + canvas.u(8)
  // One below the other, or beside each other where that would leave them too small.
  let isLow = area.height / 2 < canvas.u(40)
  let count = Double(max(1, rows.count))
  let size = isLow ? Size(area.width / count, area.height) : Size(area.width, min(area.height / count, canvas.u(110)))
  for (index, (name, row)) in rows.enumerated() {
    let place = Rect(
      area.x + (isLow ? size.width * Double(index) : 0), area.y + (isLow ? 0 : size.height * Double(index)), size.width - canvas.u(6),
      size.height)
    canvas.text(name, in: Rect(place.x, place.y, label, min(canvas.u(60), place.height - canvas.u(12))), size: 10, canvas.theme.faint)
    drawRanked(state, row, Rect(place.x + label, place.y, place.width - label, place.height), on: &canvas)
  }
}

private func drawRanked(_ state: AppState, _ row: ChannelRanking.Row, _ frame: Rect, on canvas: inout Canvas) {
  guard let data = state.data else { return }
  // Eight of them at least, where that leaves them large enough.
  let side = min(canvas.u(84), frame.height - canvas.u(14), max(canvas.u(44), frame.width / 8 - canvas.u(4))).rounded(.down)
  guard side >= canvas.u(14) else { return }
  let pitch = max(side, canvas.u(34)) + canvas.u(4)
  for (place, entry) in row.entries.enumerated() where place < row.pictures.count {
    let picture = Rect((frame.x + pitch * Double(place)).rounded(), frame.y.rounded(), side, side)
    guard picture.x + pitch <= frame.maxX + canvas.u(4) else { return }
    canvas.fill(picture, canvas.theme.black)
    canvas.image(row.pictures[place], in: picture)
    if canvas.isHovered(picture) { canvas.box(picture.inset(by: -1), fill: nil, border: canvas.theme.text) }
    if state.selected == entry.digit { canvas.box(picture.inset(by: -1), fill: nil, border: canvas.theme.warning) }
    let label = Int(data.collection.labels[entry.digit])
    let value = Numbers.significant(Double(entry.value))
    canvas.text(
      value, in: Rect(picture.center.x - pitch / 2, picture.maxY, pitch, canvas.u(13)), size: 9, canvas.theme.secondary, .center)
    canvas.hit(
      picture, .perform(.selectRanked(entry.digit)),
      hint: ["#\(entry.digit)", "label \(label)", "\(value): click explains it through this channel"])
  }
}
