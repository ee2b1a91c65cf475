import Geometry

/// Where the nodes of a graph stand: from left to right on one spine, in as many rows as the width asks for.
struct GraphPlacement {
  let frames: [Rect]
  let rowOf: [Int]
  let rows: Int
  /// Height above a box that belongs to its shortcut.
  let arcHeight: Double
  /// Width between two boxes of a row.
  let gap: Double

  /// `unit` is the window's; boxes of a row have at least 36 units where the frame has room.
  init(count: Int, in frame: Rect, unit: Double) {
    guard count > 0 else {
      (frames, rowOf, rows, arcHeight, gap) = ([], [], 0, 0, 0)
      return
    }
    let smallestPitch = 54 * unit
    let fitting = max(1, Int(frame.width / smallestPitch))
    let mostRows = max(1, Int(frame.height / (36 * unit)))
    let rows = min(mostRows, (count + fitting - 1) / fitting)
    let perRow = (count + rows - 1) / rows
    let pitch = frame.width / Double(perRow)
    let rowHeight = min(frame.height / Double(rows), 104 * unit)
    let top = frame.minY + (frame.height - rowHeight * Double(rows)) / 2
    let gap = min(14 * unit, pitch * 0.3)
    let arcHeight = min(16 * unit, rowHeight * 0.3)
    let width = min(pitch - gap, 92 * unit)
    let below = min(8 * unit, rowHeight * 0.14)
    let height = min(max(8, rowHeight - arcHeight - below), 52 * unit)
    let usedPitch = width + gap
    let left = frame.minX + (frame.width - usedPitch * Double(perRow)) / 2 + gap / 2
    var frames: [Rect] = []
    var rowOf: [Int] = []
    for index in 0..<count {
      let row = index / perRow
      let column = index % perRow
      let y = top + Double(row) * rowHeight + arcHeight + (rowHeight - arcHeight - below - height) / 2
      frames.append(Rect(left + Double(column) * usedPitch, y, width, height))
      rowOf.append(row)
    }
    self.frames = frames
    self.rowOf = rowOf
    self.rows = rows
    self.arcHeight = arcHeight
    self.gap = gap
  }
}
