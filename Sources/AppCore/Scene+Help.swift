import Geometry
import Scene

/// All keys, as the one table has them, in as many columns as the window has room for.
func drawHelp(_ window: Rect, on canvas: inout Canvas) {
  canvas.fill(window, canvas.theme.shade)
  canvas.hit(window, .perform(.help))
  let margin = canvas.u(18)
  let columns = max(1, min(3, Int(window.width / canvas.u(240))))
  let parts = helpColumns(KeyTable.sections.map(\.withKeys), count: columns)
  let longest = parts.map(length).max() ?? 1
  let titleHeight = canvas.u(36)
  let frameWidth = min(window.width - canvas.u(16), canvas.u(Double(columns) * 380))
  let rowHeight = min(canvas.u(22), (window.height - canvas.u(28) - titleHeight) / longest)
  let frameHeight = rowHeight * longest + titleHeight + canvas.u(14)
  let frame = Rect(window.center.x - frameWidth / 2, max(4, window.center.y - frameHeight / 2), frameWidth, frameHeight)
  canvas.box(frame, fill: canvas.theme.panel, border: canvas.theme.strongBorder, radius: 10)
  let title = frame.inset(dx: margin, dy: 0).splitTop(titleHeight).0
  canvas.text("Keys", in: title, size: 15, weight: .bold)
  canvas.text("Esc closes", in: title, size: 11.5, canvas.theme.faint, .right)
  let size = min(12, max(9, rowHeight / canvas.unit * 0.62))
  let width = (frameWidth - 2 * margin) / Double(columns)
  for (column, part) in parts.enumerated() {
    var y = frame.y + titleHeight
    let x = frame.x + margin + Double(column) * width
    let longestKeys = part.flatMap(\.rows).map { canvas.width(of: $0.keys, size: size) }.max() ?? 0
    let keyWidth = min(width * 0.5, longestKeys + canvas.u(9))
    for section in part {
      canvas.text(section.title, in: Rect(x, y, width, rowHeight), size: size, canvas.theme.accent, weight: .bold)
      y += rowHeight
      for row in section.rows {
        canvas.text(row.keys, in: Rect(x, y, keyWidth - canvas.u(6), rowHeight), size: size, canvas.theme.text)
        canvas.text(row.title, in: Rect(x + keyWidth, y, width - keyWidth - canvas.u(8), rowHeight), size: size, canvas.theme.secondary)
        y += rowHeight
      }
      y += rowHeight * 0.4
    }
  }
}

/// Rows that sections take: their own, a title, a gap.
private func length(_ part: [KeyTable.Section]) -> Double { part.reduce(0) { $0 + Double($1.rows.count) + 1.4 } }

/// Sections in their order, cut into columns so that the longest is as short as that allows.
private func helpColumns(_ sections: [KeyTable.Section], count: Int) -> [[KeyTable.Section]] {
  guard count > 1, sections.count > 1 else { return [sections] }
  var best = [sections]
  for cut in 1..<sections.count {
    let candidate = [Array(sections[..<cut])] + helpColumns(Array(sections[cut...]), count: count - 1)
    if candidate.map(length).max() ?? 0 < best.map(length).max() ?? 0 { best = candidate }
  }
  return best
}

extension KeyTable.Section {
  /// Without what only the list of commands has.
  fileprivate var withKeys: KeyTable.Section { KeyTable.Section(title, in: context, rows.filter { !$0.keys.isEmpty }) }
}
