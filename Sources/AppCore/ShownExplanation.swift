import Datasets
import Geometry
import Relevance
import Scene

/// An explanation with the pictures and sums that frames show.
struct ShownExplanation: Sendable {
  let id: RequestID
  let subject: Subject
  let query: Query
  let picture: GrayPicture
  let explanation: Explanation
  let networkRevision: Int
  /// Relevance of the input, summed over channels.
  let heat: HeatPlane
  /// Sum of the relevance at the input.
  let sum: Double
  /// How relevance is shared out over the ways through the network; nil where the method knows no layers.
  let flow: NetworkFlow?
  /// What arrives at, leaves and is lost in each layer with weights or a sum.
  let layerSums: [LayerSum]
  var comparison: ShownComparison?
  /// One heatmap per class on one scale.
  var classes: [ClassMap]
  /// The ends of the colour bar, and of that of the classes.
  var end: Float
  var classesEnd: Float
  /// Around the digit's ink.
  let outline: [[Point]]
  var digitImage: ImageAsset
  var heatmapImage: ImageAsset
  var overlayImage: ImageAsset

  /// Largest magnitude of the heatmap.
  var largest: Float { heat.largest }

  var targetLogit: Float {
    explanation.logits.indices.contains(explanation.targetClass) ? explanation.logits[explanation.targetClass] : 0
  }

  var targetProbability: Float {
    explanation.probabilities.indices.contains(explanation.targetClass) ? explanation.probabilities[explanation.targetClass] : 0
  }
}

/// One number a pixel.
struct HeatPlane: Sendable, Equatable {
  let values: [Float]
  let width: Int
  let height: Int
  /// Largest magnitude; what is not finite does not count.
  let largest: Float

  init(_ plane: Pictures.Plane) {
    values = plane.values
    width = plane.width
    height = plane.height
    largest = plane.values.reduce(0) { max($0, $1.isFinite ? abs($1) : 0) }
  }
}

/// One class's heatmap among those of all classes.
struct ClassMap: Sendable {
  /// As many as are shown at once.
  static let most = 10

  let number: Int
  let heat: HeatPlane
  let sum: Double
  var image: ImageAsset
}

extension AppState {
  /// Prepares what frames show of explanations; nil where their shapes are not those of a picture.
  mutating func shown(_ request: PendingRequest, _ explanations: Explanations) -> ShownExplanation? {
    let explanation = explanations.main
    guard let network, let plane = Pictures.channelSum(explanation.relevance), plane.width > 0, plane.height > 0 else { return nil }
    let heat = HeatPlane(plane)
    let prefix = request.subject == .drawing ? "drawing" : "digit"
    let layers = explanation.layers
    let classHeats = explanations.classes.compactMap { of in Pictures.channelSum(of.relevance).map { (of, HeatPlane($0)) } }
    if heatLook.normalization == .locked, heatLook.lockedEnd == nil, heat.largest > 0 { heatLook.lockedEnd = heat.largest }
    let end = heatLook.end(of: [heat])
    let classesEnd = heatLook.end(of: classHeats.map(\.1))
    return ShownExplanation(
      id: request.id, subject: request.subject, query: request.query, picture: request.picture, explanation: explanation,
      networkRevision: network.revision, heat: heat, sum: explanation.relevance.sum,
      flow: NetworkFlow(explanation, network.network, conditions: Set(request.query.conditions.map(\.layer))),
      layerSums: layers.count == network.network.layers.count ? LayerSum.all(of: explanation, network: network) : [],
      comparison: explanations.compared.flatMap { comparison(request, heat, $0, prefix) },
      classes: classHeats.map { of, heat in
        ClassMap(
          number: of.targetClass, heat: heat, sum: of.relevance.sum,
          image: asset("\(prefix).class.\(of.targetClass)", heatmap(heat, classesEnd)))
      },
      end: end, classesEnd: classesEnd, outline: DigitOutline.lines(of: request.picture),
      digitImage: asset("\(prefix).input", Pictures.gray(request.picture)),
      heatmapImage: asset("\(prefix).relevance", heatmap(heat, end)),
      overlayImage: asset("\(prefix).overlay", overlay(heat, end, request.picture)))
  }

  private mutating func comparison(
    _ request: PendingRequest, _ first: HeatPlane, _ explanation: Explanation, _ prefix: String
  ) -> ShownComparison? {
    guard let query = request.compared, let plane = Pictures.channelSum(explanation.relevance) else { return nil }
    let second = HeatPlane(plane)
    let difference = HeatPlane.difference(first, second)
    let end = heatLook.end(of: [second])
    return ShownComparison(
      query: query, explanation: explanation, heat: second, sum: explanation.relevance.sum, difference: difference,
      correlation: HeatPlane.correlation(first, second),
      heatmapImage: asset("\(prefix).compared.relevance", heatmap(second, end)),
      overlayImage: asset("\(prefix).compared.overlay", overlay(second, end, request.picture)),
      differenceImage: difference.map { asset("\(prefix).difference", heatmap($0, $0.largest)) })
  }

  /// Colours an explanation anew after what decides the colours was changed.
  mutating func recolour(_ shown: ShownExplanation) -> ShownExplanation {
    var result = shown
    result.end = heatLook.end(of: [shown.heat])
    result.classesEnd = heatLook.end(of: shown.classes.map(\.heat))
    result.heatmapImage = asset(shown.heatmapImage.key, heatmap(shown.heat, result.end))
    result.overlayImage = asset(shown.overlayImage.key, overlay(shown.heat, result.end, shown.picture))
    for index in shown.classes.indices {
      let map = shown.classes[index]
      result.classes[index].image = asset(map.image.key, heatmap(map.heat, result.classesEnd))
    }
    if let comparison = shown.comparison {
      let end = heatLook.end(of: [comparison.heat])
      result.comparison?.heatmapImage = asset(comparison.heatmapImage.key, heatmap(comparison.heat, end))
      result.comparison?.overlayImage = asset(comparison.overlayImage.key, overlay(comparison.heat, end, shown.picture))
      if let difference = comparison.difference, let image = comparison.differenceImage {
        result.comparison?.differenceImage = asset(image.key, heatmap(difference, difference.largest))
      }
    }
    return result
  }

  private func heatmap(_ heat: HeatPlane, _ end: Float) -> PixelBuffer {
    Pictures.heatmap(heat.values, heat.width, heat.height, end, colormap)
  }

  private func overlay(_ heat: HeatPlane, _ end: Float, _ picture: GrayPicture) -> PixelBuffer {
    Pictures.overlay(heat, end, picture, colormap, strength: heatLook.strength)
  }
}
