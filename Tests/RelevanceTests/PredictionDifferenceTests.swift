import Foundation
import Networks
import OneDNNKernels
import Tensors
import TestSupport
import Testing

@testable import Relevance

/// Matrices as rows, in double precision.
private enum SlowMatrix {
  /// The inverse by Gauss and Jordan, with the largest pivot.
  static func inverse(_ matrix: [[Double]]) -> [[Double]] {
    let size = matrix.count
    var rows = matrix.enumerated().map { index, row in row + (0..<size).map { $0 == index ? 1 : 0 } }
    for column in 0..<size {
      let pivot = (column..<size).max { abs(rows[$0][column]) < abs(rows[$1][column]) } ?? column
      rows.swapAt(column, pivot)
      let divisor = rows[column][column]
      rows[column] = rows[column].map { $0 / divisor }
      for other in 0..<size where other != column {
        let factor = rows[other][column]
        for at in rows[other].indices { rows[other][at] -= factor * rows[column][at] }
      }
    }
    return rows.map { Array($0[size...]) }
  }

  static func product(_ a: [[Double]], _ b: [[Double]]) -> [[Double]] {
    a.map { row in b[0].indices.map { column in row.indices.reduce(0) { $0 + row[$1] * b[$1][column] } } }
  }

  /// L with L L^T = a, column by column.
  static func cholesky(_ a: [[Double]]) -> [[Double]] {
    var rest = a
    var l = a.map { $0.map { _ in 0.0 } }
    for k in a.indices {
      let root = rest[k][k].squareRoot()
      for i in k..<a.count { l[i][k] = rest[i][k] / root }
      for i in k..<a.count {
        for j in k..<a.count { rest[i][j] -= l[i][k] * l[j][k] }
      }
    }
    return l
  }
}

@Suite("Prediction difference analysis") struct PredictionDifferenceTests {
  private let network = tinyNetwork(seed: 3)
  private let varied = variedNetwork(seed: 4)

  @Test("A Cholesky factor times its transpose is the matrix; what is not positive definite has none")
  func cholesky() throws {
    var numbers = SeededNumbers(seed: 1)
    let rows = (0..<7).map { _ in numbers.floats(7).map { Double($0) } }
    var matrix = SlowMatrix.product(rows, (0..<7).map { at in rows.map { $0[at] } })
    for index in 0..<7 { matrix[index][index] += 0.1 }
    let factor = try #require(CholeskyFactor(matrix.flatMap { $0 }, size: 7))
    for i in 0..<7 {
      for j in 0..<7 {
        let sum = (0..<7).reduce(0) { $0 + factor.values[i * 7 + $1] * factor.values[j * 7 + $1] }
        #expect(abs(sum - matrix[i][j]) <= 1e-12)
        if j > i { #expect(factor.values[i * 7 + j] == 0) }
      }
    }
    #expect(CholeskyFactor([1, 2, 2, 1], size: 2) == nil)
    #expect(CholeskyFactor([0], size: 1) == nil)
    #expect(CholeskyFactor([.nan], size: 1) == nil)
  }

  @Test("Where a patch is the whole picture, the model has the pictures' mean and covariance")
  func moments() throws {
    let inputs = (1...12).map { seed in
      var numbers = SeededNumbers(seed: UInt64(seed))
      return Tensor(shape: [2, 3, 3], values: numbers.floats(18))
    }
    let model = try PatchModel(fittedTo: inputs, window: 1, padding: 1, patchesPerPicture: 3)
    #expect(model.pictureCount == 12)
    // Channel innermost.
    func number(_ picture: Int, _ index: Int) -> Double { Double(inputs[picture].values[index % 2 * 9 + index / 2]) }
    let mean = (0..<18).map { index in (0..<12).reduce(0) { $0 + number($1, index) } / 12 }
    var covariance = (0..<18).map { a in
      (0..<18).map { b in (0..<12).reduce(0) { $0 + (number($1, a) - mean[a]) * (number($1, b) - mean[b]) } / 12 }
    }
    let ridge = 1e-3 * (0..<18).reduce(0) { $0 + covariance[$1][$1] } / 18
    for index in 0..<18 { covariance[index][index] += ridge }
    for a in 0..<18 {
      #expect(abs(model.mean[a] - mean[a]) <= 1e-12)
      for b in 0..<18 { #expect(abs(model.covariance[a * 18 + b] - covariance[a][b]) <= 1e-12) }
    }
    for channel in 0..<2 {
      let all = inputs.flatMap { $0.values[channel * 9..<(channel + 1) * 9] }
      #expect(model.lowest[channel] == all.min())
      #expect(model.highest[channel] == all.max())
    }
  }

  /// Mean and Cholesky factor of a window's numbers given those around it, by the formula of the conditional normal distribution.
  private func slowConditional(
    _ model: PatchModel, row: Int, column: Int, patch: [Double]
  ) -> (mean: [Double], factor: [[Double]]) {
    let (side, channels) = (model.window + 2 * model.padding, model.channels)
    var (inside, outside): ([Int], [Int]) = ([], [])
    for y in 0..<side {
      for x in 0..<side {
        let isInside = y >= row && y < row + model.window && x >= column && x < column + model.window
        for channel in 0..<channels {
          if isInside { inside.append((y * side + x) * channels + channel) } else { outside.append((y * side + x) * channels + channel) }
        }
      }
    }
    func block(_ a: [Int], _ b: [Int]) -> [[Double]] { a.map { i in b.map { model.covariance[i * model.size + $0] } } }
    guard !outside.isEmpty else { return (inside.map { model.mean[$0] }, SlowMatrix.cholesky(block(inside, inside))) }
    let gain = SlowMatrix.product(block(inside, outside), SlowMatrix.inverse(block(outside, outside)))
    let mean = inside.indices.map { at in
      model.mean[inside[at]]
        + outside.indices.reduce(0) { $0 + gain[at][$1] * (patch[outside[$1]] - model.mean[outside[$1]]) }
    }
    let explained = SlowMatrix.product(gain, block(outside, inside))
    let rest = zip(block(inside, inside), explained).map { zip($0, $1).map { $0 - $1 } }
    return (mean, SlowMatrix.cholesky(rest))
  }

  /// Prediction difference by its formulas, one window and sample after another.
  private func slowDifference(
    _ network: Network, _ model: PatchModel, _ input: Tensor, stride: Int, samples: Int, seed: UInt64,
    score: ([[[Double]]], [[Double]]) -> Double
  ) throws -> [Double] {
    let slow = try SlowNetwork(network)
    let (channels, height, width) = (input.shape[0], input.shape[1], input.shape[2])
    let side = model.window + 2 * model.padding
    let x = input.values.map { Double($0) }
    let whole = slow.outputs(x)
    var noise = SeededNoise(seed: seed)
    var (sums, counts) = ([Double](repeating: 0, count: height * width), [Double](repeating: 0, count: height * width))
    func starts(_ length: Int) -> [Int] {
      var starts = Array(Swift.stride(from: 0, through: length - model.window, by: stride))
      if starts.last != length - model.window { starts.append(length - model.window) }
      return starts
    }
    for top in starts(height) {
      for left in starts(width) {
        let origin = (min(max(top - model.padding, 0), height - side), min(max(left - model.padding, 0), width - side))
        var patch: [Double] = []
        for y in 0..<side {
          for column in 0..<side {
            for channel in 0..<channels { patch.append(x[(channel * height + origin.0 + y) * width + origin.1 + column]) }
          }
        }
        let conditional = slowConditional(model, row: top - origin.0, column: left - origin.1, patch: patch)
        var outputs: [[[Double]]] = []
        for _ in 0..<samples {
          let drawn = conditional.mean.map { _ in noise.normal() }
          var changed = x
          for at in drawn.indices {
            let value = conditional.mean[at] + drawn.indices.reduce(0) { $0 + conditional.factor[at][$1] * drawn[$1] }
            let (position, channel) = (at / channels, at % channels)
            let (y, column) = (top + position / model.window, left + position % model.window)
            changed[(channel * height + y) * width + column] = min(
              max(value, Double(model.lowest[channel])), Double(model.highest[channel]))
          }
          outputs.append(slow.outputs(changed))
        }
        let difference = score(outputs, whole)
        for y in top..<top + model.window {
          for column in left..<left + model.window {
            sums[y * width + column] += difference
            counts[y * width + column] += 1
          }
        }
      }
    }
    return zip(sums, counts).map { $0 / $1 }
  }

  private func probability(_ outputs: [[Double]], _ index: Int) -> Double {
    let logits = outputs[outputs.count - 1]
    return exp(logits[index]) / logits.reduce(0) { $0 + exp($1) }
  }

  private func bits(_ outputs: [[[Double]]], _ whole: [[Double]], _ index: Int, _ model: PatchModel, classes: Int) -> Double {
    func logOdds(_ p: Double) -> Double {
      let corrected = (p * Double(model.pictureCount) + 1) / Double(model.pictureCount + classes)
      return log2(corrected / (1 - corrected))
    }
    return logOdds(probability(whole, index)) - logOdds(outputs.reduce(0) { $0 + probability($1, index) } / Double(outputs.count))
  }

  @Test(
    "The weight of evidence equals its formula, for classes, contrasts and channels",
    arguments: [(2, 1, 1, 3), (3, 2, 1, 2), (2, 2, 2, 5), (3, 3, 0, 4), (1, 1, 0, 1)])
  func formula(window: Int, stride: Int, padding: Int, samples: Int) throws {
    for (network, layer) in [(network, "layer1.0.relu2"), (varied, "clip")] {
      // Pictures whose neighbours belong together, so that surroundings say something.
      let inputs = (1...30).map { seed -> Tensor in
        let raw = Small.input(of: network, seed: UInt64(seed))
        return Tensor(
          shape: raw.shape, values: raw.values.indices.map { raw.values[$0] + 0.7 * raw.values[max(0, $0 - 1)] })
      }
      let model = try PatchModel(fittedTo: inputs, window: window, padding: padding)
      let explainer = Explainer(network, kernels: OneDNNKernels())
      explainer.patchModel = model
      let attribution = Attribution.predictionDifference(
        window: window, stride: stride, padding: padding, samples: samples, seed: 9)
      let classes = network.classCount
      let index = try #require(network.index(ofLayerNamed: layer))
      let area = network.layers[index].outputShape[1] * network.layers[index].outputShape[2]
      let scores: [(Target, ([[[Double]]], [[Double]]) -> Double)] = [
        (.class(1), { bits($0, $1, 1, model, classes: classes) }),
        (.contrast(2, 0), { bits($0, $1, 2, model, classes: classes) - bits($0, $1, 0, model, classes: classes) }),
        (
          .channel(layer: layer, channel: 1),
          { outputs, whole in
            func value(_ outputs: [[Double]]) -> Double { outputs[index][area..<2 * area].reduce(0, +) }
            return value(whole) - outputs.reduce(0) { $0 + value($1) } / Double(outputs.count)
          }
        ),
      ]
      for (target, score) in scores {
        let ours = try #require(try explainer.explain(inputs[3], Query(attribution, target: target)))
        let expected = try slowDifference(network, model, inputs[3], stride: stride, samples: samples, seed: 9, score: score)
        #expect(ours.relevance.shape == [1, inputs[3].shape[1], inputs[3].shape[2]])
        #expect(Small.difference(ours.relevance.values, expected) <= 1e-3, "\(target)")
      }
    }
  }

  @Test("Samples of a window have the conditional mean and lie in the data's range")
  func samples() throws {
    let inputs = (1...40).map { Small.input(of: network, seed: UInt64($0)) }
    let model = try PatchModel(fittedTo: inputs, window: 2, padding: 1)
    let conditional = try PatchModel.Conditional(model, row: 1, column: 1)
    let patch = PatchModel.patch(FeatureMaps(inputs[0].reshaped([1, 1, 8, 8])), row: 2, column: 3, side: 4)
    let expected = slowConditional(model, row: 1, column: 1, patch: patch)
    let mean = conditional.mean(patch)
    for (a, b) in zip(mean, expected.mean) { #expect(abs(a - b) <= 1e-10) }
    var numbers = SeededNoise(seed: 2)
    let drawn = (0..<20_000).map { _ in conditional.sample(around: mean.map { _ in 0 }, &numbers) }
    for sample in drawn { #expect(sample.allSatisfy { $0 >= model.lowest[0] && $0 <= model.highest[0] }) }
  }

  @Test("Without a data set there is no prediction difference, but a sentence that says so")
  func withoutModel() {
    let explainer = Explainer(network, kernels: OneDNNKernels())
    do throws(RelevanceError) {
      _ = try explainer.explain(
        Small.input(of: network, seed: 1), Query(.predictionDifference(window: 2, stride: 2, padding: 1, samples: 2, seed: 1)))
      Issue.record("no error")
    } catch {
      #expect(error.description.contains("needs a data set"))
    }
  }

  @Test("Pictures that cannot give patches are errors")
  func badData() {
    let picture = Tensor(zeros: [1, 8, 8])
    #expect(throws: RelevanceError.self) { try PatchModel(fittedTo: [], window: 2) }
    #expect(throws: RelevanceError.self) { try PatchModel(fittedTo: [picture], window: 2, patchesPerPicture: 1) }
    #expect(throws: RelevanceError.self) { try PatchModel(fittedTo: [picture], window: 0) }
    #expect(throws: RelevanceError.self) { try PatchModel(fittedTo: [picture], window: 5) }
    #expect(throws: RelevanceError.self) { try PatchModel(fittedTo: [picture, Tensor(zeros: [1, 8, 9])], window: 2) }
    #expect(throws: RelevanceError.self) { try PatchModel(fittedTo: [Tensor(zeros: [1, 99, 99])], window: 50) }
    #expect(throws: RelevanceError.self) {
      try PatchModel(fittedTo: [Tensor(shape: [1, 8, 8], values: [Float](repeating: .nan, count: 64))], window: 2)
    }
  }

  @Test("Pictures that are all alike give samples that are like them")
  func constantData() throws {
    let model = try PatchModel(fittedTo: [Tensor(zeros: [1, 8, 8]), Tensor(zeros: [1, 8, 8])], window: 2, padding: 1)
    let explainer = Explainer(network, kernels: OneDNNKernels())
    explainer.patchModel = model
    let query = Query(.predictionDifference(window: 2, stride: 2, padding: 1, samples: 2, seed: 1))
    let explanation = try #require(try explainer.explain(Tensor(zeros: [1, 8, 8]), query))
    #expect(explanation.relevance.values.allSatisfy { abs($0) <= 1e-4 })
  }
}
