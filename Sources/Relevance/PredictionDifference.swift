import Foundation
import Networks
import Tensors

/// Where the windows of prediction difference analysis lie.
struct PatchWindows {
  let window: Int
  let stride: Int
  let padding: Int

  var side: Int { window + 2 * padding }

  /// Where windows start in `length` rows or columns: every `stride`, and at the end, so that all are whole and cover everything.
  func starts(_ length: Int) -> [Int] {
    let last = length - window
    let regular = Array(Swift.stride(from: 0, through: last, by: stride))
    return regular.last == last ? regular : regular + [last]
  }

  /// Where the patch around a window starts: the padding around it on both sides, or as much as there is before the edge and more behind.
  func patchStart(_ start: Int, _ length: Int) -> Int { min(max(start - padding, 0), length - side) }
}

extension Explainer {
  /// How much evidence for the target a window holds, against what its surroundings let expect there; averaged at each position over the
  /// windows that cover it; one channel. Zintgraf et al. 2017.
  ///
  /// For a class c: log2 odds(c | x) - log2 odds(c | x without w), in bits, with odds = p / (1 - p), p(c | x without w) the mean of p(c)
  /// over samples of the window from the conditional patch model, and every p corrected to (p N + 1) / (N + K) for N pictures and K
  /// classes (Laplace). For a contrast: that of the first class minus that of the second. For a channel, which has no probability:
  /// its value minus its mean value over the samples (activation difference, section 3.3).
  ///
  /// Cost: a forward pass for each sample of each window, 16 at a time.
  func predictionDifference(
    _ pictures: AttributedPictures, _ windows: PatchWindows, samples: Int, seed: UInt64, isCancelled: () -> Bool
  ) throws(RelevanceError) -> AttributedRows? {
    let shape = pictures.shape
    guard shape.count == 3 else { throw .parameter("prediction difference needs an input of rows and columns") }
    let (channels, height, width) = (shape[0], shape[1], shape[2])
    try Self.check(samples, in: 1...10_000, "prediction difference takes 1 to 10000 samples")
    try Self.check(windows.padding, in: 0...min(height, width), "the padding is at least 0 and less than the picture")
    let largest = min(height, width) - 2 * windows.padding
    guard largest >= 1 else { throw .parameter("a padding of \(windows.padding) leaves no window in an input of \(height) x \(width)") }
    try Self.check(
      windows.window, in: 1...largest,
      "the window of an input of \(height) x \(width) with a padding of \(windows.padding) is 1 to \(largest)")
    try Self.check(
      windows.stride, in: 1...windows.window,
      "windows of \(windows.window) have a stride of 1 to \(windows.window), so that they cover everything")
    guard let patchModel else {
      throw .parameter("prediction difference needs a data set, to know what could stand in a window; none is there")
    }
    guard patchModel.window == windows.window, patchModel.padding == windows.padding, patchModel.channels == channels else {
      throw .parameter(
        "the patch model was fitted for windows of \(patchModel.window) with padding \(patchModel.padding) and \(patchModel.channels) channels, "
          + "not \(windows.window) with \(windows.padding) and \(channels)")
    }
    let places = windows.starts(height).flatMap { row in windows.starts(width).map { (row: row, column: $0) } }
    var conditionals: [[Int]: PatchModel.Conditional] = [:]
    for place in places {
      let offset = [place.row - windows.patchStart(place.row, height), place.column - windows.patchStart(place.column, width)]
      if conditionals[offset] == nil { conditionals[offset] = try PatchModel.Conditional(patchModel, row: offset[0], column: offset[1]) }
    }
    var work = Work(pictures.count * places.count * samples, report: progress)
    var result: [Tensor] = []
    for picture in 0..<pictures.count {
      let rows = pictures.rows(picture)
      let scores = try rows.map { row throws(RelevanceError) in
        try EvidenceScore(pictures.subjects, row: row, value: pictures.value(row), pictureCount: patchModel.pictureCount)
      }
      let input = pictures.input(picture)
      var numbers = SeededNoise(seed: seed)
      var mean: [Double] = []
      // For each target and window the mean of what the samples give.
      var sums = scores.map { score in [[Double]](repeating: [Double](repeating: 0, count: score.terms), count: places.count) }
      let isDone = forEachBatch(
        of: places.count * samples, shape: shape, atOnce: variantsAtOnce, &work, isCancelled: isCancelled,
        fill: { number, values in
          let place = places[number / samples]
          let origin = (row: windows.patchStart(place.row, height), column: windows.patchStart(place.column, width))
          guard let conditional = conditionals[[place.row - origin.row, place.column - origin.column]] else {
            preconditionFailure("every place has its conditional")
          }
          if number % samples == 0 {
            mean = conditional.mean(PatchModel.patch(input, row: origin.row, column: origin.column, side: windows.side))
          }
          let drawn = conditional.sample(around: mean, &numbers)
          input.withPointer { values.update(from: $0, count: channels * height * width) }
          let length = windows.window * channels
          for row in 0..<windows.window {
            for at in 0..<length { values[((place.row + row) * width + place.column) * channels + at] = drawn[row * length + at] }
          }
        },
        visit: { variantNumbers, variants in
          guard let outputs = outputs(of: pictures.subjects.layer, reading: variants, isCancelled: isCancelled) else { return false }
          for (at, number) in variantNumbers.enumerated() {
            let output = outputs[at]
            for (target, row) in rows.enumerated() {
              let terms = scores[target].terms(output, value: pictures.subjects.value(row, in: output))
              for (term, value) in terms.enumerated() { sums[target][number / samples][term] += value / Double(samples) }
            }
          }
          return true
        })
      guard isDone else { return nil }
      for (target, score) in scores.enumerated() {
        var evidence = WindowMeans(height: height, width: width)
        for (index, place) in places.enumerated() {
          evidence.add(
            score.evidence(sums[target][index]), rows: place.row..<place.row + windows.window,
            columns: place.column..<place.column + windows.window)
        }
        result.append(evidence.means)
      }
    }
    return AttributedRows(result)
  }
}

/// What a target makes of outputs with a window and outputs without it.
private struct EvidenceScore {
  private enum Kind {
    /// Classes with the sign with which their evidence counts.
    case classes([(index: Int, sign: Double)])
    case value
  }

  private let kind: Kind
  /// Probabilities, or the value, with the window.
  private let whole: [Double]
  private let classCount: Int
  private let pictureCount: Int

  init(_ subjects: Subjects, row: Int, value: Double, pictureCount: Int) throws(RelevanceError) {
    let logits = subjects.logits[row]
    classCount = logits.count
    self.pictureCount = pictureCount
    if case .channel = subjects.targets[row] {
      kind = .value
      whole = [value]
      return
    }
    guard logits.count > 1 else { throw .parameter("the weight of evidence needs two classes or more; the network has one") }
    let classes = zip(subjects.classes[row], [1.0, -1.0]).map { (index: $0, sign: $1) }
    kind = .classes(classes)
    whole = Self.probabilities(of: classes.map(\.index), logits)
  }

  /// How many numbers are averaged over samples.
  var terms: Int { whole.count }

  /// The numbers of one variant.
  func terms(_ output: FeatureMaps, value: Double) -> [Double] {
    switch kind {
    case .classes(let classes): Self.probabilities(of: classes.map(\.index), output.values)
    case .value: [value]
    }
  }

  /// From the mean numbers of a window's variants.
  func evidence(_ without: [Double]) -> Double {
    switch kind {
    case .value: whole[0] - without[0]
    case .classes(let classes):
      classes.indices.reduce(0) { $0 + classes[$1].sign * (logOdds(whole[$1]) - logOdds(without[$1])) }
    }
  }

  private func logOdds(_ probability: Double) -> Double {
    let corrected = (probability * Double(pictureCount) + 1) / Double(pictureCount + classCount)
    return log2(corrected / (1 - corrected))
  }

  private static func probabilities(of classes: [Int], _ logits: [Float]) -> [Double] {
    let largest = Double(logits.max() ?? 0)
    let exponentials = logits.map { exp(Double($0) - largest) }
    let total = exponentials.reduce(0, +)
    return classes.map { exponentials[$0] / total }
  }
}
