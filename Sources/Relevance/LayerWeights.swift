import Networks

/// One layer with weights, packed: the maps that rules need, on pictures as values.
final class LayerWeights {
  let geometry: ConvolutionGeometry
  let bias: [Float]
  let inputShape: [Int]
  let outputShape: [Int]
  private let map: any LinearMap
  private let weights: [Float]
  let kernels: any Kernels
  private lazy var squaredMap = kernels.prepare(geometry, weights: weights.map { $0 * $0 })

  init(
    _ linear: Convolution, inputShape: [Int], outputShape: [Int],
    map: any LinearMap, kernels: any Kernels
  ) {
    geometry = linear.geometry
    weights = linear.weights
    bias = linear.bias
    self.inputShape = inputShape
    self.outputShape = outputShape
    self.map = map
    self.kernels = kernels
  }

  func parts(of x: FeatureMaps, _ split: Split, _ wanted: Trace.WantedParts) -> Trace.Parts {
    let outputs = LinearOutputs(of: map, x, split, shape: outputShape, wanted: wanted)
    guard let positive = outputs.positive else { preconditionFailure("the positive part was asked for") }
    return Trace.Parts(positive: positive, negative: outputs.negative)
  }

  /// sum_i (low_i w+_ik + high_i w-_ik).
  func bounds(low: FeatureMaps, high: FeatureMaps) -> FeatureMaps {
    guard let upper = parts(of: high, .weights, .both).negative else { preconditionFailure("the negative part was asked for") }
    return parts(of: low, .weights, .positive).positive.adding(upper, kernels)
  }

  /// u_i = t_i sum_k w_ik a_k; t_i = 1 where none is given, here and below.
  func transposed(_ a: FeatureMaps, times t: FeatureMaps? = nil) -> FeatureMaps { apply(map, a, times: t) { .all($0) } }

  /// u_i = t_i sum_k w+_ik a_k.
  func transposedPositive(_ a: FeatureMaps, times t: FeatureMaps? = nil) -> FeatureMaps { apply(map, a, times: t) { .positive($0) } }

  /// u_i = sum_k w_ik^2 a_k.
  func transposedSquared(_ a: FeatureMaps) -> FeatureMaps { apply(squaredMap, a, times: nil) { .all($0) } }

  /// u_i = t_i sum_k (w+_ik a_k + w-_ik c_k).
  func transposed(positive a: FeatureMaps, negative c: FeatureMaps, times t: FeatureMaps? = nil) -> FeatureMaps {
    c.withPointer { c in apply(map, a, times: t) { .signed(positive: $0, negative: c) } }
  }

  private func apply(
    _ map: any LinearMap, _ a: FeatureMaps, times t: FeatureMaps?, _ factors: (UnsafePointer<Float>) -> OutputFactors
  ) -> FeatureMaps {
    let batch = a.batch
    return FeatureMaps(batch: batch, shape: inputShape) { result in
      a.withPointer { a in
        guard let t else { return map.transposed(factors(a), times: nil, batch: batch, into: result) }
        t.withPointer { map.transposed(factors(a), times: $0, batch: batch, into: result) }
      }
    }
  }

  /// sum_i w_ik^2 over the inputs inside the picture, for each output of one picture.
  lazy var squareSums: FeatureMaps = {
    let ones = FeatureMaps(batch: 1, shape: inputShape, values: [Float](repeating: 1, count: inputShape.reduce(1, *)))
    return LinearOutputs(of: squaredMap, ones, .weights, shape: outputShape).sum
  }()

  /// For each output of one picture: how many inputs inside the picture feed it.
  lazy var inputCounts: FeatureMaps = {
    var counts = FeatureMaps(zeros: outputShape, batch: 1)
    for tap in taps {
      let first = Int(tap.output) * geometry.outputChannels
      for channel in first..<first + geometry.outputChannels { counts.values[channel] += 1 }
    }
    for index in counts.values.indices { counts.values[index] *= Float(geometry.inputsPerGroup) }
    return counts
  }()

  /// u_i = sum of a_k over the outputs k that i feeds.
  func spread(_ a: FeatureMaps) -> FeatureMaps {
    let g = geometry
    let (inputs, outputs) = (g.inputHeight * g.inputWidth, g.outputHeight * g.outputWidth)
    let (taps, batch) = (taps, a.batch)
    return FeatureMaps(batch: batch, shape: inputShape) { result in
      a.withPointer { a in
        kernels.forEachPart(of: batch * g.outputCount, unit: g.outputCount) { part in
          for picture in part.lowerBound / g.outputCount..<part.upperBound / g.outputCount {
            for group in 0..<g.groups {
              // All outputs of a group at one position feed back alike.
              let sums = (0..<outputs).map { position in
                let first = a + (picture * outputs + position) * g.outputChannels + group * g.outputsPerGroup
                return UnsafeBufferPointer(start: first, count: g.outputsPerGroup).reduce(0, +)
              }
              var shares = [Float](repeating: 0, count: inputs)
              for tap in taps { shares[Int(tap.input)] += sums[Int(tap.output)] }
              for position in 0..<inputs {
                let first = result + (picture * inputs + position) * g.inputChannels + group * g.inputsPerGroup
                first.update(repeating: shares[position], count: g.inputsPerGroup)
              }
            }
          }
        }
      }
    }
  }

  /// Each (output position, input position) of one picture that the kernel connects.
  private lazy var taps: [(output: Int32, input: Int32)] = {
    var taps: [(output: Int32, input: Int32)] = []
    let pooling = Pooling(window: geometry.window)
    let picture = FeatureMaps(zeros: [1, geometry.inputHeight, geometry.inputWidth], batch: 1)
    LayerArithmetic.forEachWindow(pooling, over: picture, outputShape: [1, geometry.outputHeight, geometry.outputWidth]) { output, window in
      window.visit { taps.append((Int32(output), Int32($0))) }
    }
    return taps
  }()
}
