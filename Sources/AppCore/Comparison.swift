import Relevance
import Scene

/// A second method's explanation of the same picture, and how it differs from the first.
struct ShownComparison: Sendable {
  let query: Query
  let explanation: Explanation
  let heat: HeatPlane
  let sum: Double
  /// Nil where the two have different sizes.
  let difference: HeatPlane?
  /// Nil where there is none: a heatmap in which all pixels are the same, or of another size.
  let correlation: Double?
  var heatmapImage: ImageAsset
  var overlayImage: ImageAsset
  var differenceImage: ImageAsset?
}

extension HeatPlane {
  /// a / max|a| - b / max|b|, pixel by pixel: methods have scales of their own, so each counts in units of its strongest pixel.
  /// A heatmap of zeros stays zero.
  static func difference(_ a: HeatPlane, _ b: HeatPlane) -> HeatPlane? {
    guard a.width == b.width, a.height == b.height else { return nil }
    let (unitA, unitB) = (a.largest > 0 ? a.largest : 1, b.largest > 0 ? b.largest : 1)
    return HeatPlane(
      Pictures.Plane(values: zip(a.values, b.values).map { $0 / unitA - $1 / unitB }, width: a.width, height: a.height))
  }

  /// Pearson's correlation over pixels, in double precision.
  static func correlation(_ a: HeatPlane, _ b: HeatPlane) -> Double? {
    guard a.width == b.width, a.height == b.height, !a.values.isEmpty else { return nil }
    let count = Double(a.values.count)
    let meanA = a.values.reduce(0.0) { $0 + Double($1) } / count
    let meanB = b.values.reduce(0.0) { $0 + Double($1) } / count
    var (both, squaresA, squaresB) = (0.0, 0.0, 0.0)
    for (x, y) in zip(a.values, b.values) {
      let (dx, dy) = (Double(x) - meanA, Double(y) - meanB)
      both += dx * dy
      squaresA += dx * dx
      squaresB += dy * dy
    }
    let result = both / (squaresA * squaresB).squareRoot()
    return result.isFinite ? result : nil
  }
}
