import Foundation

/// How far a long command is, on one line of a terminal; nothing where standard error goes elsewhere.
struct ProgressLine {
  let total: Int
  let what: String
  private let isShown: Bool

  init(_ what: String, total: Int) {
    self.what = what
    self.total = total
    isShown = isatty(STDERR_FILENO) != 0
  }

  /// - Parameter share: of the next one, where it takes long.
  func show(_ done: Int, of share: Double? = nil) {
    guard isShown, total > 1 || share != nil || done == total else { return }
    let percent = share.map { "\(Int($0 * 100)) %" }
    let text =
      if done >= total {
        // Wiped, so that what comes next starts a line of its own.
        ""
      } else if total > 1 {
        "\(what): \(done) of \(total)" + (percent.map { ", the next \($0)" } ?? "")
      } else {
        "\(what): \(percent ?? "")"
      }
    FileHandle.standardError.write(Data("\r\u{1b}[K\(text)".utf8))
  }
}
