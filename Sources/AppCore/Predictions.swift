import Datasets
import Networks

/// What the network takes a digit for.
public struct Prediction: Sendable, Hashable {
  /// The class with the largest logit.
  public let number: Int
  /// Its probability (softmax), 0...1.
  public let confidence: Float

  public init(number: Int, confidence: Float) {
    self.number = number
    self.confidence = confidence
  }
}

/// Predictions for the digits of a data set, as far as they are known.
struct Predictions: Sendable {
  private var known: [Prediction?]
  /// Of how many digits there is one.
  private(set) var count = 0

  init(digits: Int) { known = [Prediction?](repeating: nil, count: digits) }

  var isComplete: Bool { count == known.count }

  subscript(index: Int) -> Prediction? {
    get { known.indices.contains(index) ? known[index] : nil }
    set {
      guard known.indices.contains(index) else { return }
      count += (newValue == nil ? 0 : 1) - (known[index] == nil ? 0 : 1)
      known[index] = newValue
    }
  }

  /// The predicted class by digit.
  var classes: [Int: Int] {
    known.enumerated().reduce(into: [:]) { result, entry in result[entry.offset] = entry.element?.number }
  }
}

/// The data set's predictions are being computed in the background.
struct Predicting: Sendable {
  let id: RequestID
  /// While a map is computed, which takes the processor.
  var isPaused = false
}

/// Predict every digit of a collection, when nothing else is wanted of the network.
public struct PredictionRequest: Sendable {
  public let id: RequestID
  public let digits: DigitCollection
  public let network: Network

  public init(id: RequestID, digits: DigitCollection, network: Network) {
    self.id = id
    self.digits = digits
    self.network = network
  }
}

extension AppState {
  /// Orders the predictions of the data set where they are missing, and holds them up while a map is computed.
  mutating func tendPredictions() -> [Effect] {
    let isHeldUp = isMapRunning
    if var predicting {
      guard predicting.isPaused != isHeldUp else { return [] }
      predicting.isPaused = isHeldUp
      self.predicting = predicting
      return [isHeldUp ? .pausePredicting : .resumePredicting]
    }
    guard !isHeldUp, !declinesPredictions, needsPredictions || network?.isQuick == true, map.grid != nil, let data,
      !data.predictions.isComplete, let network, network.problem == nil
    else { return [] }
    lastRequestNumber += 1
    let id = RequestID(lastRequestNumber)
    predicting = Predicting(id: id)
    progress[.predicting] = Progress(start: Double(data.predictions.count) / Double(data.collection.count))
    return [.predict(PredictionRequest(id: id, digits: data.collection, network: network.network))]
  }

  /// Whether what is on screen, or was asked for, is made of them.
  var needsPredictions: Bool {
    map.look.coloring.needsPredictions || search?.query?.needsPredictions == true || asksForMistakes
  }

  /// What was being predicted is of other digits or of another network.
  mutating func forgetPredictions() -> [Effect] {
    declinesPredictions = false
    guard predicting != nil else { return [] }
    return endPredicting()
  }

  /// The person does not want to wait for them.
  mutating func declinePredictions() -> [Effect] {
    declinesPredictions = true
    asksForMistakes = false
    return predicting == nil ? [] : endPredicting()
  }

  private mutating func endPredicting() -> [Effect] {
    predicting = nil
    progress[.predicting] = nil
    return [.stopPredicting]
  }

  mutating func predicted(_ id: RequestID, from start: Int, _ predictions: [Prediction]) -> [Effect] {
    guard predicting?.id == id, let count = data?.collection.count else { return [] }
    for (offset, prediction) in predictions.enumerated() { data?.predictions[start + offset] = prediction }
    progress[.predicting]?.fraction = Double(start + predictions.count) / Double(max(1, count))
    if data?.predictions.isComplete == true {
      predicting = nil
      progress[.predicting] = nil
    }
    predictionsChanged()
    return []
  }
}
