import Networks

extension FeatureMaps {
  /// Element by element.
  @inline(__always)
  func combined(with other: FeatureMaps, _ combine: (Lanes, Lanes) -> Lanes) -> FeatureMaps {
    precondition(values.count == other.values.count, "\(shape) and \(other.shape) do not go together")
    return FeatureMaps(batch: batch, shape: shape) { result in
      withPointer { a in
        other.withPointer { b in
          for index in stride(from: 0, to: values.count, by: 8) {
            let rest = values.count - index
            combine(Lanes(a + index, rest), Lanes(b + index, rest)).store(result + index, rest)
          }
        }
      }
    }
  }

  func adding(_ other: FeatureMaps) -> FeatureMaps { combined(with: other) { $0 + $1 } }
  func subtracting(_ other: FeatureMaps) -> FeatureMaps { combined(with: other) { $0 - $1 } }
  func times(_ other: FeatureMaps) -> FeatureMaps { combined(with: other) { $0 * $1 } }

  /// Times one factor where a number is above zero, times the other where it is below.
  func times(_ factor: FeatureMaps, whereNegative other: FeatureMaps) -> FeatureMaps {
    let positive = combined(with: factor) { $0.positivePart * $1 }
    return positive.adding(combined(with: other) { $0.negativePart * $1 })
  }

  func adding(perChannel shift: [Float]) -> FeatureMaps {
    var result = self
    result.add(perChannel: shift)
    return result
  }

  func scaled(by factor: Float) -> FeatureMaps {
    LayerArithmetic.map(self) { $0 * factor }
  }

  /// The sum over picture `index`, in double precision.
  func sum(ofPicture index: Int) -> Double { statistics(ofPicture: index).sum }

  struct Statistics {
    var sum: Double
    var largestMagnitude: Float
    var nonFiniteCount: Int
  }

  /// One pass over picture `index`; what is not finite counts in no sum.
  func statistics(ofPicture index: Int) -> Statistics {
    withPointer { values in
      let values = values + index * size
      var sum = SIMD8<Double>.zero
      var largest = Lanes.zero
      var nonFinite = 0
      for start in stride(from: 0, to: size, by: 8) {
        let lanes = Lanes(values + start, size - start)
        let magnitude = lanes.magnitude
        // False for infinities and NaN.
        let isFinite = magnitude .<= Float.greatestFiniteMagnitude
        if !all(isFinite) {
          for lane in 0..<8 where !isFinite[lane] { nonFinite += 1 }
        }
        sum += SIMD8<Double>(widening: Lanes.zero.replacing(with: lanes, where: isFinite))
        largest.replace(with: magnitude, where: isFinite .& (magnitude .> largest))
      }
      return Statistics(sum: sum.sum(), largestMagnitude: largest.max(), nonFiniteCount: nonFinite)
    }
  }
}
