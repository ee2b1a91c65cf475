import AppCore
import Foundation
import Networks
import Relevance
import Tensors

/// Adds up the relevance of many digits, a few at a time. One thread at a time works on it.
final class AverageJob: BackgroundJob, @unchecked Sendable {
  // Safe to share: after it is made only the inference thread touches it.
  /// How often what was found is told, in seconds.
  private static let period = 0.25

  let network: Network
  private let request: AverageRequest
  private var sums: [Double] = []
  private var size = (width: 0, height: 0)
  private var done = 0
  private var lastTold = Date()
  private var pace = BatchPace()

  init(_ request: AverageRequest) {
    self.request = request
    network = request.network
  }

  func step(_ explainer: Explainer, _ mailbox: Mailbox) -> Bool {
    let digits = request.digits
    let some = request.members[done..<min(request.members.count, done + pace.batch)]
    guard !some.isEmpty else { return true }
    let start = Date()
    let inputs = network.inputs(some.map { Array(digits.picture($0)) }, width: digits.width, height: digits.height)
    // A method that fails here fails for the selected digit too, where it is told.
    guard let explained = try? explainer.explain(batch: inputs, request.query, keepsLayers: false) else { return true }
    for explanation in explained { add(explanation.relevance) }
    done += some.count
    pace.took(Date().timeIntervalSince(start))
    let isOver = done == request.members.count
    if isOver || Date().timeIntervalSince(lastTold) > Self.period {
      let mean = sums.map { Float($0 / Double(done)) }
      mailbox.post(.averaged(request.id, AverageRelevance(count: done, values: mean, width: size.width, height: size.height)))
      lastTold = Date()
    }
    return isOver
  }

  private func add(_ relevance: Tensor) {
    guard relevance.shape.count == 3 else { return }
    let (channels, height, width) = (relevance.shape[0], relevance.shape[1], relevance.shape[2])
    if sums.isEmpty {
      sums = [Double](repeating: 0, count: height * width)
      size = (width, height)
    }
    for channel in 0..<channels {
      for index in 0..<height * width { sums[index] += Double(relevance.values[channel * height * width + index]) }
    }
  }
}
