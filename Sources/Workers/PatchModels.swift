import Datasets
import Networks
import Relevance

/// What the loaded digits let expect in a patch, for prediction difference: fitted when it is first asked for, kept until the digits,
/// the network or the patch change.
final class PatchModels {
  /// Spread evenly over the train split, which may be in order: enough for the moments of a patch, few enough to wait for.
  static let mostDigits = 2000

  var digits: DigitCollection? { didSet { forget() } }
  private var known: (window: Int, padding: Int, seed: UInt64, model: PatchModel)?

  func forget() { known = nil }

  /// Nil without digits, or when cancelled.
  func model(
    window: Int, padding: Int, seed: UInt64, for network: Network, isCancelled: () -> Bool
  ) throws(RelevanceError) -> PatchModel? {
    if let known, known.window == window, known.padding == padding, known.seed == seed { return known.model }
    guard let digits, digits.count > 0 else { return nil }
    // Built-in digits may have no train split.
    let usable = digits.trainCount > 0 ? digits.trainCount : digits.count
    let count = min(Self.mostDigits, usable)
    do throws(RelevanceError) {
      let model = try PatchModel(
        count: count, window: window, padding: padding, seed: seed, pictureCount: usable
      ) { index throws(RelevanceError) in
        if isCancelled() { throw .parameter("cancelled") }
        return network.preprocessing.input(
          fromGray: Array(digits.picture(index * usable / count)), width: digits.width, height: digits.height)
      }
      known = (window, padding, seed, model)
      return model
    } catch {
      if isCancelled() { return nil }
      throw error
    }
  }
}
