import Networks

/// Relevance that no input of a layer gets.
struct Absorbed: Equatable {
  var byBias = 0.0
  var byStabilizer = 0.0

  static func += (a: inout Absorbed, b: Absorbed) {
    a.byBias += b.byBias
    a.byStabilizer += b.byStabilizer
  }
}

/// What a rule makes of the relevance that arrives at a layer with weights: the factors of the transposed map.
struct Quotients {
  /// a_k, the factor of each output for the positive products x_i w_ik.
  var positive: FeatureMaps
  /// c_k, the one for the negative products; nil where it is a_k too.
  var negative: FeatureMaps?
  /// For each picture.
  var absorbed: [Absorbed]

  /// Factors so that R_i = sum_k ((x_i w_ik)+ a_k + (x_i w_ik)- c_k), from the outputs' two parts.
  ///
  /// Each fraction adds coefficient * positive R_k / s(d_k) to a_k and coefficient * negative R_k / s(d_k) to c_k. Of R_k the share that
  /// d_k owes to the bias is absorbed by it, and what s(d_k) adds to d_k by the stabilizer.
  init(_ fractions: [Fraction], parts: Trace.Parts, bias: [Float], stabilizer: Stabilizer, relevance: FeatureMaps) {
    positive = FeatureMaps(zeros: relevance.shape, batch: relevance.batch)
    var factors = FeatureMaps(zeros: relevance.shape, batch: relevance.batch)
    absorbed = [Absorbed](repeating: Absorbed(), count: relevance.batch)
    let size = relevance.size
    for fraction in fractions {
      let row = FractionRow(fraction, bias: bias)
      for picture in 0..<relevance.batch {
        let first = picture * size
        absorbed[picture] += relevance.withPointer { relevance in
          parts.positive.withPointer { p in
            parts.negative.withPointer { n in
              positive.withMutablePointer { a in
                factors.withMutablePointer { c in
                  row.add(
                    size, p: p + first, n: n + first, relevance: relevance + first, stabilizer: stabilizer, a: a + first, c: c + first)
                }
              }
            }
          }
        }
      }
    }
    negative = factors
  }

  /// One factor a_k = R_k / s(z_k) for all products, from what the layer gave out.
  init(output: FeatureMaps, bias: [Float], stabilizer: Stabilizer, relevance: FeatureMaps) {
    let size = relevance.size
    var absorbed = [Absorbed](repeating: Absorbed(), count: relevance.batch)
    positive = FeatureMaps(batch: relevance.batch, shape: relevance.shape) { a in
      relevance.withPointer { relevance in
        output.withPointer { z in
          for picture in absorbed.indices {
            let first = picture * size
            absorbed[picture] = divide(
              size, z: z + first, relevance: relevance + first, bias: bias,
              stabilizer: stabilizer.scaled(to: UnsafeBufferPointer(start: z + first, count: size)), a: a + first)
          }
        }
      }
    }
    self.absorbed = absorbed
  }
}

/// A fraction with the bias of a layer's channels.
private struct FractionRow {
  let fraction: Fraction
  let bias: [Float]
  /// The bias as it counts in the denominator.
  let shift: [Float]

  init(_ fraction: Fraction, bias: [Float]) {
    self.fraction = fraction
    self.bias = bias
    shift = bias.map { fraction.positive * max(0, $0) + fraction.negative * min(0, $0) }
  }

  /// Adds to the factors of `count` outputs, channel innermost.
  func add(
    _ count: Int, p: UnsafePointer<Float>, n: UnsafePointer<Float>, relevance: UnsafePointer<Float>, stabilizer: Stabilizer,
    a: UnsafeMutablePointer<Float>, c: UnsafeMutablePointer<Float>
  ) -> Absorbed {
    let stabilizer = stabilizer.scalesByNorm ? scaled(stabilizer, count, p: p, n: n) : stabilizer
    let (positive, negative) = (Lanes(repeating: fraction.positive), Lanes(repeating: fraction.negative))
    let coefficient = Lanes(repeating: fraction.coefficient)
    var byBias = SIMD8<Double>.zero
    var byStabilizer = SIMD8<Double>.zero
    let channels = bias.count
    shift.withUnsafeBufferPointer { shift in
      bias.withUnsafeBufferPointer { bias in
        guard let shift = shift.baseAddress, let bias = bias.baseAddress else { return }
        for start in stride(from: 0, to: count, by: channels) {
          for channel in stride(from: 0, to: channels, by: 8) {
            let index = start + channel
            let rest = channels - channel
            let (pk, nk, b) = (Lanes(p + index, rest), Lanes(n + index, rest), Lanes(shift + channel, rest))
            let d = positive * pk + negative * nk + b
            let s = stabilizer(d)
            var wanted = coefficient * Lanes(relevance + index, rest)
            if fraction.outputs != .all {
              let z = pk + nk + Lanes(bias + channel, rest)
              if fraction.outputs == .positive {
                // Where z is 0 neither fraction hands anything on.
                byStabilizer += SIMD8<Double>(widening: wanted.replacing(with: 0, where: z .!= 0))
                wanted.replace(with: 0, where: z .<= 0)
              } else {
                wanted.replace(with: 0, where: z .>= 0)
              }
            }
            let quotient = stabilizer.quotient(wanted, by: s)
            (Lanes(a + index, rest) + positive * quotient).store(a + index, rest)
            (Lanes(c + index, rest) + negative * quotient).store(c + index, rest)
            byBias += SIMD8<Double>(widening: quotient * b)
            byStabilizer += SIMD8<Double>(widening: (quotient * (s - d)).replacing(with: wanted, where: s .== 0))
          }
        }
      }
    }
    return Absorbed(byBias: byBias.sum(), byStabilizer: byStabilizer.sum())
  }

  private func scaled(_ stabilizer: Stabilizer, _ count: Int, p: UnsafePointer<Float>, n: UnsafePointer<Float>) -> Stabilizer {
    let denominators = (0..<count).map { fraction.positive * p[$0] + fraction.negative * n[$0] + shift[$0 % shift.count] }
    return denominators.withUnsafeBufferPointer { stabilizer.scaled(to: $0) }
  }
}

/// a_k = R_k / s(z_k) for `count` outputs, channel innermost; the bias may be left away where there is none.
private func divide(
  _ count: Int, z: UnsafePointer<Float>, relevance: UnsafePointer<Float>, bias: [Float], stabilizer: Stabilizer,
  a: UnsafeMutablePointer<Float>
) -> Absorbed {
  var byBias = SIMD8<Double>.zero
  var byStabilizer = SIMD8<Double>.zero
  let channels = bias.count
  bias.withUnsafeBufferPointer { bias in
    guard let bias = bias.baseAddress else { return }
    for start in stride(from: 0, to: count, by: channels) {
      for channel in stride(from: 0, to: channels, by: 8) {
        let index = start + channel
        let rest = channels - channel
        let zk = Lanes(z + index, rest)
        let s = stabilizer(zk)
        let wanted = Lanes(relevance + index, rest)
        let quotient = stabilizer.quotient(wanted, by: s)
        quotient.store(a + index, rest)
        byBias += SIMD8<Double>(widening: quotient * Lanes(bias + channel, rest))
        byStabilizer += SIMD8<Double>(widening: (quotient * (s - zk)).replacing(with: wanted, where: s .== 0))
      }
    }
  }
  return Absorbed(byBias: byBias.sum(), byStabilizer: byStabilizer.sum())
}
