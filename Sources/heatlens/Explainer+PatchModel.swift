import Datasets
import Networks
import Relevance

extension Explainer {
  /// Spread evenly over the training split, as many as the window looks at: both give the same numbers.
  private static let mostFittedPictures = 2000

  /// For prediction difference: learns what patches of the training split look like; of a collection without one, of all. Does nothing
  /// for other methods.
  func fitPatchModel(for attribution: Attribution, to digits: DigitCollection) throws {
    guard case .predictionDifference(let window, _, let padding, _, let seed) = attribution else { return }
    let total = digits.trainCount > 0 ? digits.trainCount : digits.count
    let count = min(total, Self.mostFittedPictures)
    patchModel = try PatchModel(
      count: count, window: window, padding: padding, seed: seed, pictureCount: total
    ) { number throws(RelevanceError) in
      network.preprocessing.input(fromGray: Array(digits.picture(number * total / count)), width: digits.width, height: digits.height)
    }
  }
}
