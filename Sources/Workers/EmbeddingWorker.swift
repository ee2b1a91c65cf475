import AppCore
import Datasets
import Embedding
import Networks
import Tensors

/// Finds or computes the map of a collection on a thread of its own. A newer order replaces an older one, also while it runs.
final class EmbeddingWorker: Sendable {
  private struct Orders {
    var next: (DigitCollection, EmbeddingParameters)?
    var isStopRequested = false
    var isClosing = false
  }

  private let orders = Locked(Orders())
  private let matrices: any MatrixProduct
  private let maps: MapStore
  private let mailbox: Mailbox

  init(matrices: any MatrixProduct, maps: MapStore, mailbox: Mailbox, threads: RunningThreads) {
    self.matrices = matrices
    self.maps = maps
    self.mailbox = mailbox
    threads.start("embedding", givesWay: true) { self.run() }
  }

  func embed(_ digits: DigitCollection, _ parameters: EmbeddingParameters) {
    orders.change {
      $0.next = (digits, parameters)
      $0.isStopRequested = false
    }
  }

  /// Ends the run and keeps the map as far as it came.
  func stopRun() { orders.change { $0.isStopRequested = true } }

  func close() { orders.change { $0.isClosing = true } }

  private func run() {
    while true {
      let job = orders.wait { orders -> (DigitCollection, EmbeddingParameters)?? in
        if orders.isClosing { return .some(nil) }
        guard let next = orders.next else { return nil }
        orders.next = nil
        return next
      }
      guard let (digits, parameters) = job else { return }
      map(digits, parameters)
    }
  }

  private func map(_ digits: DigitCollection, _ parameters: EmbeddingParameters) {
    let key = MapKey(digits: digits, parameters: parameters)
    if let positions = maps.map(for: key, count: digits.count) {
      mailbox.post(.embeddingFinished(positions: positions))
      return
    }
    do throws(EmbeddingError) {
      let result = try Embedding.embed(
        images: digits.pixels, count: digits.count, dimension: digits.width * digits.height, parameters: parameters, matrices: matrices,
        isCancelled: { self.orders.withLock { $0.isStopRequested || $0.isClosing || $0.next != nil } },
        report: { self.mailbox.post(.embeddingAdvanced($0)) })
      // A run that was replaced by a newer one has nothing more to say.
      guard let result, orders.withLock({ $0.next == nil && !$0.isClosing }) else { return }
      mailbox.post(.embeddingFinished(positions: result.positions))
      if result.completed { maps.keep(result.positions, for: key) }
    } catch {
      mailbox.post(.failed(.embedding, message: error.description))
    }
  }
}
