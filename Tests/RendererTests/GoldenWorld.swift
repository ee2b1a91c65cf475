import Datasets
import Foundation
import Networks
import Relevance
import Synchronization
import Tensors
import TestSupport

@testable import AppCore
@testable import Embedding

/// What all golden pictures are of: digits that the program draws itself, a network that runs, maps by a formula. The same on every
/// machine.
enum GoldenWorld {
  static let digits = syntheticDigits(count: 400)
  /// Random layers, and a last one that has learned to tell the digits by them: some it takes for others.
  static let network = smallResNet(dense: fittedDense(smallResNet(), to: digits))
  static let networkPath = "/usr/share/heatlens/small-resnet.safetensors"
  private static let explainer = Mutex(Explainer(network, kernels: ReferenceKernels()))

  /// What the network takes every digit for.
  static let predictions: [Prediction] = explainer.withLock { explainer in
    let inputs = network.inputs((0..<digits.count).map { Array(digits.picture($0)) }, width: digits.width, height: digits.height)
    let logits = explainer.logits(of: inputs)
    return (0..<digits.count).map { index in
      let values = logits.element(index).values
      let number = values.indexOfLargest
      return Prediction(number: number, confidence: softmax(values)[number])
    }
  }

  /// What a request asks for, or why it cannot be had.
  static func answer(_ request: ExplanationRequest) -> Event {
    let picture = request.picture
    let input = network.preprocessing.input(fromGray: picture.pixels, width: picture.width, height: picture.height)
    do {
      let explanations = try explainer.withLock { explainer in
        func explained(_ query: Query) throws -> Explanation? { try explainer.explain(input, query) }
        guard let main = try explained(request.query) else { throw CancellationError() }
        let classes = request.classes == 0 ? [] : Array(main.logits.indices.prefix(request.classes))
        return Explanations(
          main, compared: try request.compared.flatMap(explained),
          classes: try classes.compactMap { number in
            var query = request.query
            query.target = .class(number)
            return try explained(query)
          })
      }
      return .explained(request.id, explanations)
    } catch {
      return .explanationFailed(request.id, message: "\(request.query.attribution.name): \(error)")
    }
  }

  /// The mean of the members' relevance.
  static func answer(_ request: AverageRequest) throws -> Event {
    var sums = [Double](repeating: 0, count: digits.width * digits.height)
    try explainer.withLock { explainer in
      for member in request.members {
        let input = network.preprocessing.input(fromGray: Array(digits.picture(member)), width: digits.width, height: digits.height)
        guard let explanation = try explainer.explain(input, request.query) else { continue }
        for index in sums.indices { sums[index] += Double(explanation.relevance.values[index]) }
      }
    }
    let mean = sums.map { Float($0 / Double(request.members.count)) }
    return .averaged(request.id, AverageRelevance(count: request.members.count, values: mean, width: digits.width, height: digits.height))
  }

  /// The digits that speak most for a channel, of the first forty.
  static func answer(_ request: ChannelRequest) -> Event {
    var relevance: [ChannelPictures.Entry] = []
    var activation: [ChannelPictures.Entry] = []
    explainer.withLock { explainer in
      for digit in 0..<40 {
        let input = network.preprocessing.input(fromGray: Array(digits.picture(digit)), width: digits.width, height: digits.height)
        guard let explanation = try? explainer.explain(input, request.query), explanation.layers.indices.contains(request.layer) else {
          continue
        }
        let layer = explanation.layers[request.layer]
        relevance.append(ChannelPictures.Entry(digit: digit, value: Float(layer.relevanceByChannel()[request.channel])))
        activation.append(ChannelPictures.Entry(digit: digit, value: layer.activation(ofChannel: request.channel).max() ?? 0))
      }
    }
    func strongest(_ entries: [ChannelPictures.Entry]) -> [ChannelPictures.Entry] {
      Array(entries.sorted { ($0.value, $1.digit) > ($1.value, $0.digit) }.prefix(request.count))
    }
    return .channelRanked(
      request.id,
      ChannelPictures(
        layer: request.layer, channel: request.channel, byRelevance: strongest(relevance), byActivation: strongest(activation), seen: 40,
        of: digits.count))
  }

  /// Every other digit, by the distance of its pixels.
  static func answer(_ request: NeighbourRequest) -> Event {
    let own = Array(digits.picture(request.index))
    let all = (0..<digits.count).filter { $0 != request.index }.map { index in
      let sum = zip(own, digits.picture(index)).reduce(0) { $0 + (Int($1.0) - Int($1.1)) * (Int($1.0) - Int($1.1)) }
      return DigitNeighbour(index: index, distance: Float(sum).squareRoot())
    }
    return .neighboursFound(request.id, Array(all.sorted { ($0.distance, $0.index) < ($1.distance, $1.index) }.prefix(request.count)))
  }

  /// Where a drawing belongs in a map of the pixels.
  static func answer(_ request: PlacementRequest) -> Event {
    guard request.picture.pixels.contains(where: { $0 > 0 }) else { return .placed(request.id, nil) }
    let placer = PointPlacer(rows: rows, positions: request.positions, threads: 1)
    return .placed(request.id, placer.place(request.picture.pixels.withUnsafeBufferPointer { rows.components.project(picture: $0) }))
  }

  /// The digits along their principal components.
  private static let rows: ProjectedRows = {
    do {
      let rows = try ProjectedRows(
        images: digits.pixels, count: digits.count, dimension: digits.width * digits.height, matrices: ReferenceKernels()
      ) { _ in true }
      guard let rows else { preconditionFailure("nobody stops it") }
      return rows
    } catch {
      preconditionFailure("\(error)")
    }
  }()

  private static let neighbours: NearestNeighbours = {
    let found = NearestNeighbours(
      points: rows.points, count: rows.count, dimension: rows.dimension, k: 90, team: WorkerTeam(threadCount: 1)
    ) { _ in true }
    guard let found else { preconditionFailure("nobody stops it") }
    return found
  }()

  /// A map as good as it is.
  ///
  /// - Parameter order: 0: the digits lie anywhere; 1: each class is a group of its own.
  static func map(order: Float = 1) throws -> EmbeddedMap {
    let positions = positions(order: order)
    let quality = MapQuality(positions: positions, neighbours: neighbours, labels: digits.labels, threads: 1)
    return EmbeddedMap(
      positions: positions, divergence: try divergence(of: positions, neighbours: neighbours, perplexity: 30, threads: 1),
      neighboursKept: quality.neighboursKept, labelAgreement: quality.labelAgreement)
  }

  /// Where the digits of each class lie, how far they reach, and where to they lean.
  private static let groups: [(centre: SIMD2<Float>, reach: SIMD2<Float>, lean: Float)] = [
    ([-26, 14], [8, 6], 0.3), ([24, 20], [3, 11], 0.5), ([22, -4], [7, 5], -0.4), ([4, -6], [7, 6], 0.2), ([-6, 24], [9, 5], -0.3),
    ([-8, -14], [6, 7], 0.5), ([-28, -10], [6, 8], 0.2), ([8, 12], [7, 5], 0.6), ([6, -26], [9, 5], 0.1), ([-10, 6], [6, 5], -0.5),
  ]

  private static func positions(order: Float) -> [Float] {
    var numbers = SeededNumbers(seed: 7)
    return digits.labels.flatMap { label -> [Float] in
      // The sum of four has a hump in the middle and an end.
      func spread() -> Float { numbers.floats(4).reduce(0, +) / 2 }
      let (group, own) = (groups[Int(label)], SIMD2(spread(), spread()))
      let there = group.centre + group.reach * SIMD2(own.x + group.lean * own.y, own.y)
      let anywhere = SIMD2(spread(), spread()) * 18
      let place = anywhere + (there - anywhere) * order
      return [place.x, place.y]
    }
  }
}

/// What a last layer learns of the digits in some hundred steps down the cross entropy, from what the layers before it give out.
private func fittedDense(_ network: Network, to digits: DigitCollection) -> (weights: [Float], bias: [Float]) {
  let inputs = network.inputs((0..<digits.count).map { Array(digits.picture($0)) }, width: digits.width, height: digits.height)
  let trace = ForwardPass(network, kernels: ReferenceKernels()).trace(of: FeatureMaps(inputs), parts: [:]) { false }
  guard let features = trace?.outputs[network.layers.count - 2] else { preconditionFailure("nobody stops it") }
  let (count, size, classes) = (digits.count, features.size, 10)
  // Each feature about 0, and 1 large.
  var means = [Double](repeating: 0, count: size)
  var deviations = means
  for (place, value) in features.values.enumerated() { means[place % size] += Double(value) / Double(count) }
  for (place, value) in features.values.enumerated() {
    deviations[place % size] += (Double(value) - means[place % size]) * (Double(value) - means[place % size]) / Double(count)
  }
  deviations = deviations.map { max($0.squareRoot(), 1e-6) }
  let rows = features.values.enumerated().map { (Double($1) - means[$0 % size]) / deviations[$0 % size] }
  var weights = [Double](repeating: 0, count: classes * size)
  var bias = [Double](repeating: 0, count: classes)
  for _ in 0..<200 {
    var steps = [Double](repeating: 0, count: weights.count)
    for row in 0..<count {
      let logits = (0..<classes).map { number in
        (0..<size).reduce(bias[number]) { $0 + weights[number * size + $1] * rows[row * size + $1] }
      }
      let largest = logits.reduce(-Double.infinity, max)
      let exponentials = logits.map { exp($0 - largest) }
      let sum = exponentials.reduce(0, +)
      for number in 0..<classes {
        let error = ((number == Int(digits.labels[row]) ? 1 : 0) - exponentials[number] / sum) / Double(count)
        bias[number] += 0.5 * error
        for place in 0..<size { steps[number * size + place] += error * rows[row * size + place] }
      }
    }
    for place in weights.indices { weights[place] += 2 * steps[place] }
  }
  let scaled = weights.enumerated().map { $1 / deviations[$0 % size] }
  let shifted = (0..<classes).map { number in (0..<size).reduce(bias[number]) { $0 - scaled[number * size + $1] * means[$1] } }
  return (scaled.map { Float($0) }, shifted.map { Float($0) })
}
