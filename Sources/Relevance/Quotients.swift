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
  init(
    _ fractions: [Fraction], positive p: FeatureMaps, negative n: FeatureMaps, bias: [Float], stabilizer: Stabilizer,
    relevance: FeatureMaps, _ kernels: any Kernels
  ) {
    let rows = fractions.map { FractionRow($0, bias: bias) }
    var absorbed: [Absorbed] = []
    func fill(_ a: UnsafeMutablePointer<Float>, _ c: UnsafeMutablePointer<Float>?) {
      relevance.withPointer { r in
        p.withPointer { p in
          n.withPointer { n in
            absorbed = Self.eachPicture(of: relevance, unit: bias.count, kernels) { picture, part in
              rows.enumerated().reduce(into: Absorbed()) { sum, row in
                let s = stabilizer.scalesByNorm ? row.element.scaled(stabilizer, picture, p: p, n: n) : stabilizer
                sum += row.element.add(part, p: p, n: n, relevance: r, stabilizer: s, isFirst: row.offset == 0, a: a, c: c)
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

  /// One factor a_k = R_k / s(d_k) for all products that d_k is the sum of, bias included.
  ///
  /// - Parameters:
  ///   - bias: for each channel, or for each output of a picture.
  ///   - addsBias: whether `sums` are without the bias.
  init(
    sums: FeatureMaps, bias: [Float], addsBias: Bool = false, stabilizer: Stabilizer, relevance: FeatureMaps, _ kernels: any Kernels
  ) {
    let row = DivisionRow(bias: bias, addsBias: addsBias)
    var absorbed: [Absorbed] = []
    positive = FeatureMaps(batch: relevance.batch, shape: relevance.shape) { a in
      relevance.withPointer { r in
        sums.withPointer { z in
          absorbed = Self.eachPicture(of: relevance, unit: bias.count, kernels) { picture, part in
            let s = stabilizer.scalesByNorm ? row.scaled(stabilizer, picture, z: z) : stabilizer
            return row.divide(part, z: z, relevance: r, stabilizer: s, a: a)
          }
        }
      }
    }
    negative = nil
    self.absorbed = absorbed
  }

  /// Adds up for each picture what `body` finds in parts of it, of a multiple of `unit` numbers: (the picture's numbers, those of the part).
  private static func eachPicture(
    of maps: FeatureMaps, unit: Int, _ kernels: any Kernels, _ body: (Range<Int>, Range<Int>) -> Absorbed
  ) -> [Absorbed] {
    let size = maps.size
    guard maps.batch == 1 else {
      return kernels.mapPictures(of: maps) { picture in
        let all = picture * size..<(picture + 1) * size
        return body(all, all)
      }
    }
    return [kernels.mapParts(of: size, unit: unit) { body(0..<size, $0) }.reduce(into: Absorbed()) { $0 += $1 }]
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

  /// Adds to the factors of outputs, or writes them where it is the first fraction.
  func add(
    _ range: Range<Int>, p: UnsafePointer<Float>, n: UnsafePointer<Float>, relevance: UnsafePointer<Float>, stabilizer: Stabilizer,
    isFirst: Bool, a: UnsafeMutablePointer<Float>, c: UnsafeMutablePointer<Float>?
  ) -> Absorbed {
    let (positive, negative) = (Lanes(repeating: fraction.positive), Lanes(repeating: fraction.negative))
    let coefficient = Lanes(repeating: fraction.coefficient)
    return bias.withUnsafeBufferPointer { bias in
      self.shift.forEachRun(range) { index, channel, shift, rest, tally in
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

  /// The stabilizer in absolute units for the denominators of one picture.
  func scaled(_ stabilizer: Stabilizer, _ picture: Range<Int>, p: UnsafePointer<Float>, n: UnsafePointer<Float>) -> Stabilizer {
    let denominators = picture.map { fraction.positive * p[$0] + fraction.negative * n[$0] + shift[$0 % shift.count] }
    return denominators.withUnsafeBufferPointer { stabilizer.scaled(to: $0) }
  }
}

/// The plain fraction R_k / s(d_k) with the bias of a layer's channels.
private struct DivisionRow {
  let bias: [Float]
  /// What is added to the sums.
  let offset: [Float]

  init(bias: [Float], addsBias: Bool) {
    self.bias = bias
    offset = addsBias ? bias : [Float](repeating: 0, count: bias.count)
  }

  func divide(
    _ range: Range<Int>, z: UnsafePointer<Float>, relevance: UnsafePointer<Float>, stabilizer: Stabilizer, a: UnsafeMutablePointer<Float>
  ) -> Absorbed {
    offset.withUnsafeBufferPointer { offset in
      guard let offset = offset.baseAddress else { return Absorbed() }
      return bias.forEachRun(range) { index, channel, bias, rest, tally in
        let d = Lanes(z + index, rest) + Lanes(offset + channel, rest)
        let s = stabilizer(d)
        let wanted = Lanes(relevance + index, rest)
        let quotient = stabilizer.quotient(wanted, by: s)
        quotient.store(a + index, rest)
        tally.count(quotient, wanted: wanted, d: d, s: s, shift: bias)
      }
    }
  }

  func scaled(_ stabilizer: Stabilizer, _ picture: Range<Int>, z: UnsafePointer<Float>) -> Stabilizer {
    let denominators = picture.map { z[$0] + offset[$0 % offset.count] }
    return denominators.withUnsafeBufferPointer { stabilizer.scaled(to: $0) }
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

extension [Float] {
  /// Visits outputs with these shifts of their channels eight at a time: (index, channel, shift of these channels, how many they are,
  /// tally). Few are tallied in single precision, then all in double.
  @inline(__always)
  fileprivate func forEachRun(_ range: Range<Int>, _ body: (Int, Int, Lanes, Int, inout Tally) -> Void) -> Absorbed {
    var absorbed = Absorbed()
    let channels = count
    withUnsafeBufferPointer { shift in
      guard let shift = shift.baseAddress else { return }
      for start in stride(from: range.lowerBound, to: range.upperBound, by: channels) {
        for first in stride(from: 0, to: channels, by: 64) {
          let end = Swift.min(channels, first &+ 64)
          var tally = Tally()
          var channel = first
          // With a constant there are no questions inside the loop about what is left.
          while channel &+ 8 <= end {
            body(start &+ channel, channel, Lanes(shift + channel, 8), 8, &tally)
            channel &+= 8
          }
          if channel < end {
            body(start &+ channel, channel, Lanes(shift + channel, end - channel), end - channel, &tally)
          }
          absorbed.byBias += Double(tally.byBias.sum())
          absorbed.byStabilizer += Double(tally.byStabilizer.sum())
        }
      }
    }
    return absorbed
  }
}
