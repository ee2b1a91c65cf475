import Datasets
import Relevance
import Scene

/// What one tab explains: the explanation on screen and the requests that are under way.
struct ExplanationSlot: Sendable {
  /// Longer waits are shown.
  static let patience = Duration.milliseconds(100)

  var target = Target.predicted
  var shown: ShownExplanation?
  /// Oldest first; more than one only where a final request follows a live one.
  var outstanding: [PendingRequest] = []
  /// Something changed while another tab was active.
  var isStale = false

  func isWaiting(at now: Duration) -> Bool {
    outstanding.last?.since.map { now - $0 >= Self.patience } ?? false
  }
}

struct PendingRequest: Sendable {
  let id: RequestID
  let subject: Subject
  let picture: GrayPicture
  let composite: Composite
  /// The first clock event after it was sent.
  var since: Duration?
}

enum Subject: Sendable, Equatable {
  case point(Int)
  case drawing
}

/// An explanation with the pictures and sums that frames show.
struct ShownExplanation: Sendable {
  let id: RequestID
  let subject: Subject
  let composite: Composite
  let picture: GrayPicture
  let explanation: Explanation
  let networkRevision: Int
  /// Relevance of the input, summed over channels: `height x width`.
  let pixels: [Float]
  let width: Int
  let height: Int
  /// Largest magnitude of `pixels`: the ends of the colour bar.
  let largest: Float
  /// Sum of the relevance at the input.
  let sum: Double
  /// Relevance at each node of the network's graph.
  let nodeSums: [Double]
  var digitImage: ImageAsset
  var heatmapImage: ImageAsset
  var overlayImage: ImageAsset

  var targetLogit: Float {
    explanation.logits.indices.contains(explanation.targetClass) ? explanation.logits[explanation.targetClass] : 0
  }

  var targetProbability: Float {
    explanation.probabilities.indices.contains(explanation.targetClass) ? explanation.probabilities[explanation.targetClass] : 0
  }
}

extension AppState {
  /// Prepares what frames show of an explanation; nil where its shapes are not those of a picture.
  mutating func shown(_ request: PendingRequest, _ explanation: Explanation) -> ShownExplanation? {
    guard let network, let heat = Pictures.channelSum(explanation.relevance), heat.width > 0, heat.height > 0 else { return nil }
    let prefix = request.subject == .drawing ? "drawing" : "digit"
    let sums = network.graph.nodes.map { node in
      explanation.layers.indices.contains(node.outputLayer) ? explanation.layers[node.outputLayer].relevance.sum : 0
    }
    let largest = heat.values.reduce(0) { max($0, $1.isFinite ? abs($1) : 0) }
    return ShownExplanation(
      id: request.id, subject: request.subject, composite: request.composite, picture: request.picture, explanation: explanation,
      networkRevision: network.revision, pixels: heat.values, width: heat.width, height: heat.height, largest: largest,
      sum: explanation.relevance.sum, nodeSums: sums,
      digitImage: asset("\(prefix).input", Pictures.gray(request.picture)),
      heatmapImage: asset("\(prefix).relevance", Pictures.heatmap(heat.values, heat.width, heat.height, largest, colormap)),
      overlayImage: asset("\(prefix).overlay", Pictures.overlay(heat.values, heat.width, heat.height, largest, request.picture, colormap)))
  }

  /// Colours an explanation anew after another colormap was chosen.
  mutating func recolour(_ shown: ShownExplanation) -> ShownExplanation {
    var result = shown
    result.heatmapImage = asset(
      shown.heatmapImage.key, Pictures.heatmap(shown.pixels, shown.width, shown.height, shown.largest, colormap))
    result.overlayImage = asset(
      shown.overlayImage.key,
      Pictures.overlay(shown.pixels, shown.width, shown.height, shown.largest, shown.picture, colormap))
    return result
  }
}
