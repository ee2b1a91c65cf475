import Foundation

/// How far a long command is, on one line of a terminal; nothing where standard error goes elsewhere.
struct ProgressLine {
  let total: Int
  let what: String
  private let isShown: Bool

  init(_ what: String, total: Int) {
    self.what = what
    self.total = total
    isShown = total > 1 && isatty(STDERR_FILENO) != 0
  }

  func show(_ done: Int) {
    guard isShown else { return }
    // Back to the line's start; the last one is wiped, so that what comes next starts a line of its own.
    let text = done < total ? "\r\(what): \(done) of \(total)" : "\r\u{1b}[K"
    FileHandle.standardError.write(Data(text.utf8))
  }
}
