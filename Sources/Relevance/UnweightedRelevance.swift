import Networks

/// Relevance through layers without weights.
enum UnweightedRelevance {
  /// Divides relevance among the summands of y = sum of inputs. Counted once: the shares add up to R but for the stabilizer.
  ///
  /// - Parameter shortcut: the index of the summand with the fewest layers with weights behind it.
  static func sum(
    _ inputs: [FeatureMaps], output: FeatureMaps, rule: SumRule, shortcut: Int, stabilizer: Stabilizer, relevance: FeatureMaps,
    _ kernels: any Kernels
  ) -> ([FeatureMaps], [Absorbed]) {
    let nothing = [Absorbed](repeating: Absorbed(), count: relevance.batch)
    switch rule {
    case .norm:
      let quotients = Quotients(
        sums: output, bias: [Float](repeating: 0, count: output.channels), stabilizer: stabilizer, relevance: relevance, kernels)
      return (inputs.map { $0.times(quotients.positive, kernels) }, quotients.absorbed)
    case .ratioOfMagnitudes:
      let total = inputs.dropFirst().reduce(inputs[0].combined(with: inputs[0], kernels) { a, _ in a.magnitude }) { sum, input in
        sum.combined(with: input, kernels) { $0 + $1.magnitude }
      }
      let even = 1 / Float(inputs.count)
      return (
        inputs.map { input in
          let share = input.combined(with: total, kernels) { x, total in
            (x.magnitude / total).replacing(with: even, where: total .== 0)
          }
          return share.times(relevance, kernels)
        }, nothing
      )
    case .half:
      let share = relevance.scaled(by: 1 / Float(inputs.count), kernels)
      return (inputs.map { _ in share }, nothing)
    case .shortcutOnly, .branchOnly:
      let none = FeatureMaps(zeros: relevance.shape, batch: relevance.batch)
      // A sum of more than two has several branches: they share evenly.
      let takers = inputs.indices.filter { ($0 == shortcut) == (rule == .shortcutOnly) }
      let share = takers.count > 1 ? relevance.scaled(by: 1 / Float(takers.count), kernels) : relevance
      return (inputs.indices.map { takers.contains($0) ? share : none }, nothing)
    }
  }

  /// R_i = x_i sum_k (1 / n_k) R_k / s(y_k) for averages y_k of n_k numbers.
  static func averagePool(
    _ pooling: Pooling, input: FeatureMaps, output: FeatureMaps, stabilizer: Stabilizer, relevance: FeatureMaps,
    _ kernels: any Kernels
  ) -> (FeatureMaps, [Absorbed]) {
    let quotients = Quotients(
      sums: output, bias: [Float](repeating: 0, count: output.channels), stabilizer: stabilizer, relevance: relevance, kernels)
    return (input.times(gradient(ofAverage: pooling, input: input, quotients.positive, kernels), kernels), quotients.absorbed)
  }

  /// Each input's sum of what is given at its averages, divided by their sizes.
  static func gradient(
    ofAverage pooling: Pooling, input: FeatureMaps, _ given: FeatureMaps, _ kernels: any Kernels
  ) -> FeatureMaps {
    var result = FeatureMaps(zeros: input.shape, batch: input.batch)
    let (channels, shape) = (input.channels, given.shape)
    result.withMutablePointer { result in
      given.withPointer { given in
        kernels.forEachShare(of: input.batch) { pictures in
          LayerArithmetic.forEachWindow(pooling, over: input, pictures: pictures, outputShape: shape) { output, window in
            let share = 1 / Float(window.divisor)
            window.visit { position in
              for channel in 0..<channels { result[position * channels + channel] += given[output * channels + channel] * share }
            }
          }
        }
      }
    }
    return result
  }

  /// All relevance goes to the largest number of each window, the first one on ties.
  static func maxPool(
    _ pooling: Pooling, input: FeatureMaps, relevance: FeatureMaps, _ kernels: any Kernels
  ) -> FeatureMaps {
    var result = FeatureMaps(zeros: input.shape, batch: input.batch)
    let (channels, shape) = (input.channels, relevance.shape)
    result.withMutablePointer { result in
      input.withPointer { x in
        relevance.withPointer { relevance in
          kernels.forEachShare(of: input.batch) { pictures in
            var winners = [Int](repeating: -1, count: channels)
            LayerArithmetic.forEachWindow(pooling, over: input, pictures: pictures, outputShape: shape) { output, window in
              for channel in 0..<channels { winners[channel] = -1 }
              window.visit { position in
                for channel in 0..<channels {
                  let index = position * channels + channel
                  if winners[channel] < 0 || x[index] > x[winners[channel]] { winners[channel] = index }
                }
              }
              for channel in 0..<channels where winners[channel] >= 0 {
                result[winners[channel]] += relevance[output * channels + channel]
              }
            }
          }
        }
      }
    }
    return result
  }

  /// Each input gets the relevance of its own channels.
  static func concatenate(_ inputs: [FeatureMaps], relevance: FeatureMaps) -> [FeatureMaps] {
    var first = 0
    let all = relevance.channels
    return inputs.map { input in
      defer { first += input.channels }
      return FeatureMaps(batch: input.batch, shape: input.shape) { result in
        relevance.withPointer { relevance in
          for position in 0..<input.batch * input.area {
            (result + position * input.channels).update(
              from: relevance + position * all + first, count: input.channels)
          }
        }
      }
    }
  }

  /// Relevance of the padding is nobody's: the constant takes it, as a bias does.
  static func pad(_ padding: Padding, input: FeatureMaps, relevance: FeatureMaps) -> (FeatureMaps, [Absorbed]) {
    var result = FeatureMaps(zeros: input.shape, batch: input.batch)
    let shape = relevance.shape
    result.withMutablePointer { result in
      relevance.withPointer { relevance in
        LayerArithmetic.forEachPaddedRow(input, padding, paddedShape: shape) { inner, outer, count in
          (result + inner).update(from: relevance + outer, count: count)
        }
      }
    }
    let absorbed = (0..<input.batch).map { Absorbed(byBias: relevance.sum(ofPicture: $0) - result.sum(ofPicture: $0)) }
    return (result, absorbed)
  }
}
