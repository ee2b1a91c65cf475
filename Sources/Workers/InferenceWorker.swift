import AppCore
import Datasets
import Networks
import Relevance
import Tensors

/// Predicts and explains on a thread of its own. A newer request replaces one that waits and cancels one that runs.
final class InferenceWorker: Sendable {
  private struct Orders {
    var network: Network?
    var digits: DigitCollection?
    var request: ExplanationRequest?
    var isCancelled = false
    var isStopping = false

    /// Whether what runs now is wanted no longer.
    var isOver: Bool { network != nil || request != nil || isCancelled || isStopping }
  }

  private enum Job {
    case use(Network)
    case explain(ExplanationRequest)
    case stop
  }

  private let orders = Locked(Orders())
  private let kernels: any Kernels
  private let mailbox: Mailbox

  init(kernels: any Kernels, mailbox: Mailbox, threads: RunningThreads) {
    self.kernels = kernels
    self.mailbox = mailbox
    threads.start("inference") { self.run() }
  }

  func use(_ network: Network) { orders.change { $0.network = network } }
  /// What prediction difference learns from what could stand in a window.
  func use(_ digits: DigitCollection) { orders.change { $0.digits = digits } }
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
    while true {
      let job = orders.wait { orders -> Job? in
        if orders.isStopping { return .stop }
        if let network = orders.network {
          orders.network = nil
          orders.isCancelled = false
          return .use(network)
        }
        // A request that comes before the network waits for it.
        guard explainer != nil, let request = orders.request else { return nil }
        orders.request = nil
        orders.isCancelled = false
        if let digits = orders.digits { patches.digits = digits }
        orders.digits = nil
        return .explain(request)
      }
      switch job {
      case .stop: return
      case .use(let network):
        explainer = prepared(network)
        patches.forget()
      case .explain(let request): if let explainer { explain(request, with: explainer, patches) }
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
