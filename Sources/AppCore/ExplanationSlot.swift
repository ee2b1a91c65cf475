import Datasets
import Relevance

/// What one tab explains: the explanation on screen and the requests that are under way.
struct ExplanationSlot: Sendable {
  /// Longer waits are shown.
  static let patience = Duration.milliseconds(100)

  var target = Target.predicted
  /// Whether the target is the class of the digit's label, whatever digit is selected.
  var followsLabel = false
  var shown: ShownExplanation?
  /// Oldest first; more than one only where a final request follows a live one.
  var outstanding: [PendingRequest] = []
  /// Something changed while another tab was active.
  var isStale = false
  /// What is wanted was cancelled: what is shown is older.
  var isCancelled = false

  func isWaiting(at now: Duration) -> Bool {
    outstanding.last?.since.map { now - $0 >= Self.patience } ?? false
  }
}

struct PendingRequest: Sendable {
  let id: RequestID
  let subject: Subject
  let picture: GrayPicture
  let query: Query
  let compared: Query?
  /// The first clock event after it was sent.
  var since: Duration?

  var isSlow: Bool { query.attribution.isSlow || compared?.attribution.isSlow ?? false }
}

enum Subject: Sendable, Equatable {
  case point(Int)
  case drawing
}
