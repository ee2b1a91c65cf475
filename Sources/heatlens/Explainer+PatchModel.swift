import Datasets
import Networks
import Relevance

extension Explainer {
  /// The most pictures that are looked at to learn what patches look like.
  private static let mostFittedPictures = 2000

  /// For prediction difference: learns what patches of the training split look like, from pictures spread evenly over it. Of a
  /// collection without one, from all. Does nothing for other methods.
  func fitPatchModel(for attribution: Attribution, to digits: DigitCollection) throws {
    guard case .predictionDifference(let window, _, let padding, _, _) = attribution else { return }
    let total = digits.trainCount > 0 ? digits.trainCount : digits.count
    let count = min(total, Self.mostFittedPictures)
    patchModel = try PatchModel(count: count, window: window, padding: padding, pictureCount: total) { number in
      network.preprocessing.input(
        fromGray: Array(digits.picture(number * total / count)), width: digits.width, height: digits.height)
    }
  }
}
