import AppCore
import Datasets
import Foundation
import Networks
import Relevance
import Tensors

/// Predicts and explains on a thread of its own. A newer request replaces one that waits and cancels one that runs.
final class InferenceWorker: Sendable {
  private struct Orders {
    var network: Network?
    var digits: DigitCollection?
    var request: ExplanationRequest?
    var average: AverageJob?
    var ranking: RankingJob?
    var prediction: PredictionJob?
    var isPredictionPaused = false
    var isCancelled = false
    var isStopping = false

    /// Whether what runs now is wanted no longer.
    var isOver: Bool { network != nil || request != nil || isCancelled || isStopping }
  }

  private enum Job {
    case use(Network)
    case explain(ExplanationRequest)
    case goOn(any BackgroundJob)
    /// Nobody has asked for anything for a while.
    case rest
    case stop
  }

  /// Seconds.
  private static let patience = 0.4

  private let orders = Locked(Orders())
  private let kernels: any Kernels
  private let mailbox: Mailbox

  init(kernels: any Kernels, mailbox: Mailbox, threads: RunningThreads) {
    self.kernels = kernels
    self.mailbox = mailbox
    threads.start("inference") { self.run() }
  }

  func use(_ network: Network) {
    orders.change {
      $0.network = network
      $0.prediction = nil
      $0.average = nil
      $0.ranking = nil
    }
  }
  /// What prediction difference learns from what could stand in a window.
  func use(_ digits: DigitCollection) { orders.change { $0.digits = digits } }
  /// Goes on with it whenever nothing else is wanted, unless that is paused.
  func predict(_ job: PredictionJob) { orders.change { $0.prediction = job } }
  func pausePredicting(_ isPaused: Bool) { orders.change { $0.isPredictionPaused = isPaused } }
  /// Comes before predictions; a newer one replaces an older one.
  func average(_ job: AverageJob?) { orders.change { $0.average = job } }
  /// Comes after averages and before predictions.
  func rank(_ job: RankingJob?) { orders.change { $0.ranking = job } }
  func stopPredicting() { orders.change { $0.prediction = nil } }
  func explain(_ request: ExplanationRequest) { orders.change { $0.request = request } }
  func stop() { orders.change { $0.isStopping = true } }

  /// Drops what runs and what waits.
  func cancel() {
    orders.change {
      $0.request = nil
      $0.isCancelled = true
    }
  }

  private func run() {
    var explainer: Explainer?
    let patches = PatchModels()
    // Predictions wait until nobody has asked for an explanation for a while: the next request would wait for theirs.
    var quietFrom = Date()
    // Whether work has left memory behind that nobody needs now.
    var isHeated = false
    while true {
      let job = orders.waitAwhile { orders -> Waiting<Job> in
        if orders.isStopping { return .over(.stop) }
        if let network = orders.network {
          orders.network = nil
          orders.isCancelled = false
          return .over(.use(network))
        }
        // A request that comes before the network waits for it.
        guard explainer != nil else { return .on }
        guard let request = orders.request else {
          let prediction = orders.isPredictionPaused ? nil : orders.prediction
          let job: (any BackgroundJob)? = orders.average ?? orders.ranking ?? prediction
          guard job != nil || isHeated else { return .on }
          return quietFrom > Date() ? .until(quietFrom) : .over(job.map { .goOn($0) } ?? .rest)
        }
        orders.request = nil
        orders.isCancelled = false
        if let digits = orders.digits { patches.digits = digits }
        orders.digits = nil
        return .over(.explain(request))
      }
      switch job {
      case .stop: return
      case .use(let network):
        explainer = prepared(network)
        returnFreeMemory()
        patches.forget()
      case .explain(let request):
        if let explainer { explain(request, with: explainer, patches) }
        quietFrom = Date().addingTimeInterval(Self.patience)
        isHeated = true
      case .rest:
        returnFreeMemory()
        isHeated = false
      case .goOn(let job):
        isHeated = true
        // One that was asked for before another network came is of that network.
        guard let explainer, explainer.network.sharesLayers(with: job.network), !job.step(explainer, mailbox) else {
          orders.withLock {
            if $0.prediction === job { $0.prediction = nil }
            if $0.average === job { $0.average = nil }
            if $0.ranking === job { $0.ranking = nil }
          }
          break
        }
      }
    }
  }

  /// Packs weights for the composite that will be asked for first, so that the first click does not wait for it.
  private func prepared(_ network: Network) -> Explainer {
    let explainer = Explainer(network, kernels: kernels)
    let blank = Tensor(zeros: network.layers[0].outputShape)
    _ = try? explainer.explain(blank) {
      self.orders.withLock { $0.network != nil || $0.isStopping }
    }
    return explainer
  }

  private func explain(_ request: ExplanationRequest, with explainer: Explainer, _ patches: PatchModels) {
    let job = ExplanationJob(request, explainer: explainer, patches: patches, mailbox: mailbox) { self.orders.withLock { $0.isOver } }
    do throws(ExplanationFailure) { try job.run() } catch {
      mailbox.post(.explanationFailed(request.id, message: error.description))
    }
  }
}
