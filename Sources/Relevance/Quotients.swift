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
  let positive: FeatureMaps
  /// c_k, the one for the negative products; nil where no fraction counts them.
  let negative: FeatureMaps?
  /// For each picture.
  let absorbed: [Absorbed]

  /// Factors so that R_i = sum_k ((x_i w_ik)+ a_k + (x_i w_ik)- c_k), from the outputs' two parts.
  ///
  /// Each fraction adds coefficient * positive R_k / s(d_k) to a_k and coefficient * negative R_k / s(d_k) to c_k. Of R_k the share that
  /// d_k owes to the bias is absorbed by it, and what s(d_k) adds to d_k by the stabilizer.
  init(_ fractions: [Fraction], parts: Trace.Parts, bias: [Float], stabilizer: Stabilizer, relevance: FeatureMaps) {
    var absorbed = [Absorbed](repeating: Absorbed(), count: relevance.batch)
    let size = relevance.size
    let rows = fractions.map { FractionRow($0, bias: bias) }
    func fill(_ a: UnsafeMutablePointer<Float>, _ c: UnsafeMutablePointer<Float>?) {
      relevance.withPointer { relevance in
        parts.positive.withPointer { p in
          parts.negative.withPointer { n in
            for (number, row) in rows.enumerated() {
              for picture in absorbed.indices {
                let first = picture * size
                absorbed[picture] += row.add(
                  size, p: p + first, n: n + first, relevance: relevance + first, stabilizer: stabilizer, isFirst: number == 0,
                  a: a + first, c: c.map { $0 + first })
              }
            }
          }
        }
      }
    }
    var negative: FeatureMaps?
    positive = FeatureMaps(batch: relevance.batch, shape: relevance.shape) { a in
      guard fractions.contains(where: { $0.negative != 0 }) else { return fill(a, nil) }
      negative = FeatureMaps(batch: relevance.batch, shape: relevance.shape) { fill(a, $0) }
    }
    self.negative = negative
    self.absorbed = absorbed
  }

  /// One factor a_k = R_k / s(z_k) for all products, from what the layer gave out.
  init(output: FeatureMaps, bias: [Float], stabilizer: Stabilizer, relevance: FeatureMaps) {
    let size = relevance.size
    let row = FractionRow(Fraction(positive: 1, negative: 1), bias: bias)
    var absorbed = [Absorbed](repeating: Absorbed(), count: relevance.batch)
    positive = FeatureMaps(batch: relevance.batch, shape: relevance.shape) { a in
      relevance.withPointer { relevance in
        output.withPointer { z in
          for picture in absorbed.indices {
            let first = picture * size
            absorbed[picture] = row.divide(
              size, z: z + first, relevance: relevance + first,
              stabilizer: stabilizer.scaled(to: UnsafeBufferPointer(start: z + first, count: size)), a: a + first)
          }
        }
      }
    }
    negative = nil
    self.absorbed = absorbed
  }
}

/// A fraction with the bias of a layer's channels, for outputs with the channel innermost.
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

  /// Adds to the factors of `count` outputs, or writes them where it is the first fraction.
  func add(
    _ count: Int, p: UnsafePointer<Float>, n: UnsafePointer<Float>, relevance: UnsafePointer<Float>, stabilizer: Stabilizer,
    isFirst: Bool, a: UnsafeMutablePointer<Float>, c: UnsafeMutablePointer<Float>?
  ) -> Absorbed {
    let stabilizer = stabilizer.scalesByNorm ? scaled(stabilizer, count, p: p, n: n) : stabilizer
    let (positive, negative) = (Lanes(repeating: fraction.positive), Lanes(repeating: fraction.negative))
    let coefficient = Lanes(repeating: fraction.coefficient)
    return bias.withUnsafeBufferPointer { bias in
      forEachRun(count) { index, channel, shift, rest, tally in
        let (pk, nk) = (Lanes(p + index, rest), Lanes(n + index, rest))
        let d = positive * pk + negative * nk + shift
        let s = stabilizer(d)
        var wanted = coefficient * Lanes(relevance + index, rest)
        if fraction.outputs != .all, let bias = bias.baseAddress {
          let z = pk + nk + Lanes(bias + channel, rest)
          if fraction.outputs == .positive {
            // Where z is 0 neither fraction hands anything on.
            tally.byStabilizer += wanted.replacing(with: 0, where: z .!= 0)
            wanted.replace(with: 0, where: z .<= 0)
          } else {
            wanted.replace(with: 0, where: z .>= 0)
          }
        }
        let quotient = stabilizer.quotient(wanted, by: s)
        let (toA, toC) = (positive * quotient, negative * quotient)
        (isFirst ? toA : Lanes(a + index, rest) + toA).store(a + index, rest)
        if let c { (isFirst ? toC : Lanes(c + index, rest) + toC).store(c + index, rest) }
        tally.count(quotient, wanted: wanted, d: d, s: s, shift: shift)
      }
    }
  }

  /// a_k = R_k / s(z_k) for `count` outputs.
  func divide(
    _ count: Int, z: UnsafePointer<Float>, relevance: UnsafePointer<Float>, stabilizer: Stabilizer, a: UnsafeMutablePointer<Float>
  ) -> Absorbed {
    forEachRun(count) { index, _, shift, rest, tally in
      let zk = Lanes(z + index, rest)
      let s = stabilizer(zk)
      let wanted = Lanes(relevance + index, rest)
      let quotient = stabilizer.quotient(wanted, by: s)
      quotient.store(a + index, rest)
      tally.count(quotient, wanted: wanted, d: zk, s: s, shift: shift)
    }
  }

  /// What bias and stabilizer take of a few outputs.
  private struct Tally {
    var byBias = Lanes.zero
    var byStabilizer = Lanes.zero

    @inline(__always)
    mutating func count(_ quotient: Lanes, wanted: Lanes, d: Lanes, s: Lanes, shift: Lanes) {
      byBias += quotient * shift
      byStabilizer += (quotient * (s - d)).replacing(with: wanted, where: s .== 0)
    }
  }

  /// Visits outputs eight at a time: (index, channel, shift of these channels, how many are left of the row, tally). Few are tallied in
  /// single precision, then all in double.
  @inline(__always)
  private func forEachRun(_ count: Int, _ body: (Int, Int, Lanes, Int, inout Tally) -> Void) -> Absorbed {
    var absorbed = Absorbed()
    let channels = shift.count
    shift.withUnsafeBufferPointer { shift in
      guard let shift = shift.baseAddress else { return }
      for start in stride(from: 0, to: count, by: channels) {
        for first in stride(from: 0, to: channels, by: 64) {
          var tally = Tally()
          for channel in stride(from: first, to: min(channels, first + 64), by: 8) {
            body(start + channel, channel, Lanes(shift + channel, channels - channel), channels - channel, &tally)
          }
          absorbed.byBias += Double(tally.byBias.sum())
          absorbed.byStabilizer += Double(tally.byStabilizer.sum())
        }
      }
    }
    return absorbed
  }

  private func scaled(_ stabilizer: Stabilizer, _ count: Int, p: UnsafePointer<Float>, n: UnsafePointer<Float>) -> Stabilizer {
    let denominators = (0..<count).map { fraction.positive * p[$0] + fraction.negative * n[$0] + shift[$0 % shift.count] }
    return denominators.withUnsafeBufferPointer { stabilizer.scaled(to: $0) }
  }
}
