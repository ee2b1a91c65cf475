import AppCore
import Networks
import Relevance
import Tensors

/// Carries out one request: the method, a second one where it is asked for, all classes; posts what comes of it, and how far it is.
struct ExplanationJob {
  let request: ExplanationRequest
  private let explainer: Explainer
  private let patches: PatchModels
  private let mailbox: Mailbox
  private let isCancelled: () -> Bool

  init(
    _ request: ExplanationRequest, explainer: Explainer, patches: PatchModels, mailbox: Mailbox, isCancelled: @escaping () -> Bool
  ) {
    self.request = request
    self.explainer = explainer
    self.patches = patches
    self.mailbox = mailbox
    self.isCancelled = isCancelled
  }

  /// Posts nothing more once it is cancelled.
  func run() throws(ExplanationFailure) {
    let picture = request.picture
    let input = explainer.network.preprocessing.input(fromGray: picture.pixels, width: picture.width, height: picture.height)
    defer { explainer.progress = nil }
    guard let main = try explain(input, request.query) else { return }
    var result = Explanations(main)
    if let query = request.compared {
      if query.attribution.isSlow { mailbox.post(.explained(request.id, Explanations(main, isPartial: true))) }
      guard let compared = try explain(input, query) else { return }
      result.compared = compared
    }
    if request.classes > 0 {
      guard let classes = try explainClasses(of: main, input) else { return }
      result.classes = classes
    }
    guard !isCancelled() else { return }
    mailbox.post(.explained(request.id, result))
  }

  private func explain(_ input: Tensor, _ query: Query) throws(ExplanationFailure) -> Explanation? {
    do {
      guard try prepare(query.attribution) else { return nil }
      return try explainer.explain(input, query, isCancelled: isCancelled)
    } catch {
      throw ExplanationFailure(query, error)
    }
  }

  /// Reports how far a method is that takes long; fits a patch model where the method needs one. False when cancelled.
  private func prepare(_ attribution: Attribution) throws(RelevanceError) -> Bool {
    guard attribution.isSlow else {
      explainer.progress = nil
      return true
    }
    let (mailbox, id) = (mailbox, request.id)
    var last = -1
    explainer.progress = { share in
      // Whole per cents are what a person sees.
      let percent = Int(share * 100)
      guard percent > last else { return }
      last = percent
      mailbox.post(.explanationProgressed(id, fraction: share))
    }
    mailbox.post(.explanationProgressed(id, fraction: 0))
    guard case .predictionDifference(let window, _, let padding, _, let seed) = attribution else { return true }
    let model = try patches.model(window: window, padding: padding, seed: seed, for: explainer.network, isCancelled: isCancelled)
    explainer.patchModel = model
    return !isCancelled()
  }

  /// All classes where there are few enough, in their order; otherwise those with the largest logits, the largest first.
  private func explainClasses(of main: Explanation, _ input: Tensor) throws(ExplanationFailure) -> [Explanation]? {
    let order = main.logits.indices.sorted { (main.logits[$0], $1) > (main.logits[$1], $0) }
    let classes = main.logits.count <= request.classes ? Array(main.logits.indices) : Array(order.prefix(request.classes))
    var result: [Explanation] = []
    // As many at once as memory allows: each keeps what every layer gives out.
    let numbers = explainer.network.layers.reduce(0) { $0 + $1.outputCount }
    let together = max(1, Self.mostNumbers / max(1, numbers))
    do {
      guard try prepare(request.query.attribution) else { return nil }
      guard let trace = try explainer.trace(of: input, for: request.query.attribution, isCancelled: isCancelled) else { return nil }
      for start in stride(from: 0, to: classes.count, by: together) {
        let targets = classes[start..<min(classes.count, start + together)].map { Target.class($0) }
        guard
          let some = try explainer.explain(trace, request.query, targets: targets, keepsLayers: false, isCancelled: isCancelled)
        else { return nil }
        result += some
      }
    } catch {
      throw ExplanationFailure(request.query, error)
    }
    return result
  }

  /// A quarter of a gigabyte of activations.
  private static let mostNumbers = 64 << 20
}

/// Why a method gave nothing, with the method's name.
struct ExplanationFailure: Error, CustomStringConvertible {
  let description: String

  init(_ query: Query, _ error: RelevanceError) {
    description = "\(query.attribution.name): \(error.description)"
  }
}
