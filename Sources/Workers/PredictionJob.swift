import AppCore
import Datasets
import Foundation
import Networks
import Relevance

/// Predicts all digits of a collection, a few at a time. One thread at a time works on it.
final class PredictionJob: BackgroundJob, @unchecked Sendable {
  // Safe to share: after it is made only the inference thread touches it.
  /// How often what was found is told.
  private static let period = 0.4

  let network: Network
  private let request: PredictionRequest
  private let key: PredictionKey
  private let store: PredictionStore
  private var found: [Prediction] = []
  private var told = 0
  private var lastTold = Date()
  private var pace = BatchPace()

  init(_ request: PredictionRequest, key: PredictionKey, store: PredictionStore) {
    self.request = request
    network = request.network
    self.key = key
    self.store = store
    found.reserveCapacity(request.digits.count)
  }

  /// Predicts some more; whether that was all.
  func step(_ explainer: Explainer, _ mailbox: Mailbox) -> Bool {
    let digits = request.digits
    let end = min(digits.count, found.count + pace.batch)
    let start = Date()
    found += explainer.predictions(found.count..<end, of: digits)
    pace.took(Date().timeIntervalSince(start))
    let isOver = end == digits.count
    if isOver || Date().timeIntervalSince(lastTold) > Self.period {
      mailbox.post(.predicted(request.id, from: told, Array(found[told...])))
      told = found.count
      lastTold = Date()
    }
    if isOver { store.keep(found, for: key) }
    return isOver
  }
}

extension Explainer {
  /// What the network takes some digits for, with the probability of that class.
  public func predictions(_ indices: Range<Int>, of digits: DigitCollection) -> [Prediction] {
    let logits = logits(of: network.inputs(indices.map { Array(digits.picture($0)) }, width: digits.width, height: digits.height))
    return (0..<indices.count).map { row in
      let values = logits.element(row).values
      let number = values.indexOfLargest
      return Prediction(number: number, confidence: softmax(values)[number])
    }
  }
}
