import Networks

/// Work that takes many passes through the network: how much of it is done.
struct Work {
  let total: Int
  private let report: ((Double) -> Void)?
  private var done = 0

  init(_ total: Int, report: ((Double) -> Void)?) {
    self.total = total
    self.report = report
  }

  mutating func finish(_ count: Int) {
    done += count
    report?(Double(done) / Double(total))
  }
}

extension Explainer {
  /// How many variants of a picture go through the network at once: 16, fewer where their activations would take more than 256 MiB.
  var variantsAtOnce: Int {
    let numbers = network.layers.reduce(0) { $0 + $1.outputCount }
    return max(1, min(16, (64 << 20) / max(1, numbers)))
  }

  /// Makes `count` variants of an input, a batch at a time, and visits what comes of each.
  ///
  /// - Parameters:
  ///   - shape: of one variant.
  ///   - fill: writes variant number n, channel innermost; called for 0, 1, 2, ... in turn.
  ///   - visit: (numbers of the variants, variants); false when cancelled on the way.
  /// - Returns: false when cancelled.
  func forEachBatch(
    of count: Int, shape: [Int], atOnce: Int, _ work: inout Work, isCancelled: () -> Bool,
    fill: (Int, UnsafeMutablePointer<Float>) -> Void, visit: (Range<Int>, FeatureMaps) -> Bool
  ) -> Bool {
    let size = shape.reduce(1, *)
    for first in stride(from: 0, to: count, by: atOnce) {
      if isCancelled() { return false }
      let numbers = first..<min(count, first + atOnce)
      let variants = FeatureMaps(batch: numbers.count, shape: shape) { values in
        for (row, number) in numbers.enumerated() { fill(number, values + row * size) }
      }
      guard visit(numbers, variants) else { return false }
      work.finish(numbers.count)
    }
    return true
  }

  /// What a layer gives out for variants; nil when cancelled.
  func outputs(of layer: Int, reading variants: FeatureMaps, isCancelled: () -> Bool) -> FeatureMaps? {
    // The pass that gives logits alone keeps no activations.
    guard layer != network.layers.count - 1 else { return FeatureMaps(weights.forward.logits(of: variants.tensor)) }
    return weights.forward.trace(of: variants, isCancelled: isCancelled)?.outputs[layer]
  }

  /// For each row the mean gradient of its target over `count` variants of its picture; nil when cancelled.
  ///
  /// - Parameter variant: writes (variant number n) of an input (channel innermost); called for 0, 1, 2, ... of each picture in turn.
  func meanGradients(
    _ pictures: AttributedPictures, count: Int, isCancelled: () -> Bool,
    variant: (_ picture: Int, _ number: Int, _ input: UnsafePointer<Float>, _ result: UnsafeMutablePointer<Float>) -> Void
  ) -> FeatureMaps? {
    let size = pictures.shape.reduce(1, *)
    let subjects = pictures.subjects
    var work = Work(pictures.count * count, report: progress)
    var sums = [Double](repeating: 0, count: pictures.trace.batch * size)
    for picture in 0..<pictures.count {
      let rows = pictures.rows(picture)
      let input = pictures.input(picture)
      let factors = rows.flatMap { subjects.factors[$0].values }
      let isDone = forEachBatch(
        of: count, shape: pictures.shape, atOnce: max(1, variantsAtOnce / rows.count), &work, isCancelled: isCancelled,
        fill: { number, result in input.withPointer { variant(picture, number, $0, result) } },
        visit: { numbers, variants in
          guard let trace = weights.forward.trace(of: variants, isCancelled: isCancelled)?.repeated(rows.count) else { return false }
          let start = FeatureMaps(
            batch: trace.batch, shape: subjects.factors.shape, values: numbers.flatMap { _ in factors })
          guard let gradients = gradients(trace, start, of: subjects.layer, isCancelled: isCancelled) else { return false }
          for variant in numbers.indices.map({ $0 - numbers.lowerBound }) {
            for at in 0..<rows.count * size {
              sums[rows.lowerBound * size + at] += Double(gradients.values[variant * rows.count * size + at])
            }
          }
          return true
        })
      guard isDone else { return nil }
    }
    return FeatureMaps(batch: pictures.trace.batch, shape: pictures.shape, values: sums.map { Float($0 / Double(count)) })
  }
}
