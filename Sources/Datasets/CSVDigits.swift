import Files
import Glibc

/// What a table of digits may be at most.
enum CSVLimits {
  static let bytes = 256 << 20
  static let lineBytes = 1 << 20
  static let columns = 4096
}

/// Reads digits from a table: a label and the pixels of a square picture in each line, as integers.
///
/// Without a heading the label comes first; with one it stands in the column named `label` (or `class`), else in the first. Line ends may
/// be LF or CRLF, a byte order mark and gzip are understood.
func readCSVDigits(_ path: String) throws(FileError) -> LabelledPictures {
  let stream = try ByteStream(path)
  var table = CSVDigitTable(path: path)
  // The start of a line that is not whole yet, then the next piece of the file.
  var pending: [UInt8] = []
  var isFirst = true
  while true {
    var piece = try stream.read(1 << 20)
    if piece.isEmpty { break }
    if isFirst, piece.starts(with: [0xef, 0xbb, 0xbf]) {
      piece.removeFirst(3)
      table.offset = 3
    }
    isFirst = false
    guard stream.offset <= CSVLimits.bytes else {
      throw FileError(path: path, format: "CSV", field: "length", found: "larger", allowed: "at most \(CSVLimits.bytes) bytes are allowed")
    }
    pending += piece
    let used = try table.take(wholeLinesOf: pending)
    pending.removeFirst(used)
    guard pending.count <= CSVLimits.lineBytes else {
      throw FileError(
        path: path, format: "CSV", field: "line \(table.line)", offset: table.offset, found: "longer than \(CSVLimits.lineBytes) bytes",
        allowed: "at most that is allowed")
    }
  }
  if !pending.isEmpty { _ = try table.take(wholeLinesOf: pending + [0x0a]) }
  return try table.finished(warnings: stream.warnings)
}

private struct CSVDigitTable {
  let path: String
  var offset = 0
  private(set) var line = 1
  private var columns = 0
  private var side = 0
  private var labelColumn = 0
  private var pixels: [UInt8] = []
  private var labels: [UInt8] = []

  init(path: String) { self.path = path }

  func finished(warnings: [String]) throws(FileError) -> LabelledPictures {
    guard !labels.isEmpty else {
      throw FileError(path: path, format: "CSV", found: "holds no digits", allowed: "lines of a label and its pixels are needed")
    }
    return LabelledPictures(width: side, height: side, pixels: pixels, labels: labels, path: path, warnings: warnings)
  }

  /// Takes all lines that end within these bytes, and says how many bytes that was.
  mutating func take(wholeLinesOf bytes: [UInt8]) throws(FileError) -> Int {
    var used = 0
    var failure: FileError?
    bytes.withUnsafeBufferPointer { buffer in
      do throws(FileError) {
        while let end = lineEnd(buffer, from: used) {
          var last = end
          if last > used, buffer[last - 1] == 0x0d { last -= 1 }
          if last > used { try take(UnsafeBufferPointer(rebasing: buffer[used..<last])) }
          offset += end + 1 - used
          used = end + 1
          line += 1
        }
      } catch { failure = error }
    }
    if let failure { throw failure }
    return used
  }

  private func lineEnd(_ buffer: UnsafeBufferPointer<UInt8>, from start: Int) -> Int? {
    guard start < buffer.count, let base = buffer.baseAddress, let found = memchr(base + start, 0x0a, buffer.count - start) else {
      return nil
    }
    return UnsafeRawPointer(base).distance(to: UnsafeRawPointer(found))
  }

  private mutating func take(_ text: UnsafeBufferPointer<UInt8>) throws(FileError) {
    if columns == 0, try takeHeading(text) { return }
    var column = 0
    var position = 0
    // Many lines have no room for growing one by one.
    if pixels.isEmpty { pixels.reserveCapacity(1 << 20) }
    while position <= text.count {
      guard column < columns else { throw refuse(column, position, "one too many", "\(columns) columns are needed") }
      let start = position
      var value = 0
      var digits = 0
      while position < text.count, text[position] &- 0x30 <= 9 {
        if digits < 4 { value = 10 * value + Int(text[position] - 0x30) }
        digits += 1
        position += 1
      }
      if digits == 0 || digits > 3 || (position < text.count && text[position] != 0x2c) {
        // The slow way: spaces, quotes, "12.0", or a fault.
        while position < text.count, text[position] != 0x2c { position += 1 }
        value = try number(UnsafeBufferPointer(rebasing: text[start..<position]), column, start)
      }
      if column == labelColumn {
        guard value <= 9 else { throw refuse(column, start, "\(value)", "a label of 0 to 9 is allowed") }
        labels.append(UInt8(value))
      } else {
        guard value <= 255 else { throw refuse(column, start, "\(value)", "a pixel of 0 to 255 is allowed") }
        pixels.append(UInt8(value))
      }
      column += 1
      position += 1
    }
    guard column == columns else { throw refuse(column, text.count, "missing", "\(columns) columns are needed") }
  }

  /// Learns the columns from the first line, and says whether it is a heading.
  private mutating func takeHeading(_ text: UnsafeBufferPointer<UInt8>) throws(FileError) -> Bool {
    let fields = text.split(separator: 0x2c, maxSplits: CSVLimits.columns, omittingEmptySubsequences: false)
    guard fields.count <= CSVLimits.columns else {
      throw refuse(CSVLimits.columns, 0, "one too many", "at most \(CSVLimits.columns) columns are allowed")
    }
    side = Int(Double(fields.count - 1).squareRoot())
    guard side >= 1, side * side == fields.count - 1 else {
      throw FileError(
        path: path, format: "CSV", field: "line \(line)", offset: offset,
        found: fields.count == 1 ? "one column wide" : "\(fields.count) columns wide",
        allowed: "a label and the pixels of a square picture are needed, as in 1 + 28 x 28 = 785 columns")
    }
    columns = fields.count
    let names = fields.map { field in
      displayText(String(decoding: field, as: UTF8.self), limit: 40).lowercased().filter { $0 != "\"" && $0 != " " }
    }
    guard let first = names.first, Double(first) == nil, !first.isEmpty else { return false }
    labelColumn = names.firstIndex { $0 == "label" || $0 == "class" } ?? 0
    return true
  }

  private func number(_ field: UnsafeBufferPointer<UInt8>, _ column: Int, _ start: Int) throws(FileError) -> Int {
    let text = String(decoding: field.prefix(64), as: UTF8.self)
    let trimmed = text.drop { $0 == " " || $0 == "\"" }.reversed().drop { $0 == " " || $0 == "\"" }.reversed()
    let plain = String(trimmed)
    guard !plain.isEmpty else { throw refuse(column, start, "empty", "a number of 0 to 255 is needed") }
    guard let value = Double(plain), value >= 0, value <= 1_000_000, value == value.rounded() else {
      throw refuse(column, start, "\"\(displayText(plain, limit: 20))\"", "a whole number of 0 to 255 is needed")
    }
    return Int(value)
  }

  private func refuse(_ column: Int, _ position: Int, _ found: String, _ allowed: String) -> FileError {
    FileError(
      path: path, format: "CSV", field: "line \(line):\(column + 1)", offset: offset + position, found: found, allowed: allowed)
  }
}
