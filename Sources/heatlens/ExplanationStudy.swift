import Datasets
import Networks
import Relevance
import Tensors

/// Measures explanations of many digits: whether relevance lies on the stroke, whether it collapses into one spot, and whether blanking
/// what it points at takes the prediction away.
struct ExplanationStudy {
  let explainer: Explainer
  let digits: DigitCollection
  let indices: [Int]

  struct Row: Encodable {
    let map: String
    let onDigit: Double
    let largestPatch: Double
    let flipping: Double

    enum CodingKeys: String, CodingKey {
      case map, flipping
      case onDigit = "on_digit"
      case largestPatch = "largest_patch"
    }
  }

  private static let steps = 20
  private static let batch = 10

  /// One row per method, then random maps and the pixels' own values to compare with.
  func rows(for queries: [Query]) throws -> [Row] {
    guard digits.width >= ExplanationMeasures.patch, digits.height >= ExplanationMeasures.patch else {
      throw CommandFailure.usage("pictures of \(digits.width) x \(digits.height) are smaller than a patch")
    }
    var rows: [Row] = []
    for query in queries {
      rows.append(
        try row(query.attribution.name) { indices in
          let inputs = explainer.network.inputs(indices.map(picture), width: digits.width, height: digits.height)
          return try explainer.explain(batch: inputs, query, keepsLayers: false)?.map(\.relevance) ?? []
        })
    }
    var generator = SplitMix64(seed: 7)
    rows.append(
      try row("random") { indices in
        indices.map { _ in
          Tensor(
            shape: [1, digits.height, digits.width],
            values: (0..<digits.width * digits.height).map { _ in Float.random(in: 0..<1, using: &generator) })
        }
      })
    rows.append(
      try row("pixel value") { indices in
        indices.map { Tensor(shape: [1, digits.height, digits.width], values: picture($0).map { Float($0) / 255 }) }
      })
    return rows
  }

  private func picture(_ index: Int) -> [UInt8] { Array(digits.picture(index)) }

  private func row(_ name: String, maps: (ArraySlice<Int>) throws -> [Tensor]) throws -> Row {
    let (width, height) = (digits.width, digits.height)
    var onDigit = 0.0
    var largestPatch = 0.0
    var flipping = 0.0
    for batch in indices.batches(of: Self.batch) {
      let relevance = try maps(batch)
      var pictures: [[UInt8]] = []
      for (index, map) in zip(batch, relevance) {
        let magnitudes = ExplanationMeasures.perPixel(map, width: width, height: height, magnitudes: true)
        onDigit += ExplanationMeasures.shareOnDigit(magnitudes: magnitudes, picture: picture(index), width: width, height: height)
        largestPatch += ExplanationMeasures.largestPatchShare(magnitudes: magnitudes, width: width, height: height)
        let signed = ExplanationMeasures.perPixel(map, width: width, height: height, magnitudes: false)
        let order = ExplanationMeasures.patchesByRelevance(signed, width: width, height: height).prefix(Self.steps)
        pictures += [picture(index)] + ExplanationMeasures.flipped(picture(index), width: width, patches: order)
      }
      let logits = explainer.logits(of: explainer.network.inputs(pictures, width: width, height: height))
      let perDigit = pictures.count / max(1, batch.count)
      for digit in 0..<batch.count {
        let start = logits.element(digit * perDigit).values
        let target = start.indexOfLargest
        let shares = (1..<perDigit).map { Double(logits.element(digit * perDigit + $0).values[target] / start[target]) }
        flipping += shares.reduce(0, +) / Double(max(1, shares.count))
      }
    }
    let count = Double(indices.count)
    return Row(map: name, onDigit: onDigit / count, largestPatch: largestPatch / count, flipping: flipping / count)
  }

  static func table(_ rows: [Row], count: Int) -> String {
    func padded(_ text: String, _ width: Int) -> String { text + String(repeating: " ", count: max(0, width - text.count)) }
    let header = padded("map (\(count) digits)", 30) + padded("on digit", 12) + padded("largest patch", 16) + "flipping"
    return
      ([header]
      + rows.map {
        padded($0.map, 30) + padded(decimal($0.onDigit, 3), 12) + padded(decimal($0.largestPatch, 3), 16) + decimal($0.flipping, 3)
      }).joined(separator: "\n")
  }
}
