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

  /// Of each picture.
  var statistics: [Statistics] { (0..<batch).map { statistics(ofPicture: $0) } }

  /// One pass over picture `index`; what is not finite counts in no sum.
  func statistics(ofPicture index: Int) -> Statistics {
    withPointer { values in
      let values = values + index * size
      var sum = 0.0
      var largest = Lanes.zero
      // Sums of a few numbers in single precision, of many in double: as exact as is needed, at the price of one addition.
      for start in stride(from: 0, to: size, by: 64) {
        var partial = Lanes.zero
        for index in stride(from: start, to: min(size, start + 64), by: 8) {
          let lanes = Lanes(values + index, size - index)
          partial += lanes
          // The comparison is false for NaN, so that the first one stays in the sum alone, which tells.
          let magnitude = lanes.magnitude
          largest.replace(with: magnitude, where: magnitude .> largest)
        }
        sum += Double(partial.sum())
      }
      let total = largest.max()
      guard sum.isFinite && total.isFinite else { return carefulStatistics(values) }
      return Statistics(sum: sum, largestMagnitude: total, nonFiniteCount: 0)
    }
  }

  /// Where some of a picture's numbers are not finite: they are counted and left out.
  private func carefulStatistics(_ values: UnsafePointer<Float>) -> Statistics {
    var result = Statistics(sum: 0, largestMagnitude: 0, nonFiniteCount: 0)
    for index in 0..<size {
      if values[index].isFinite {
        result.sum += Double(values[index])
        result.largestMagnitude = max(result.largestMagnitude, abs(values[index]))
      } else {
        result.nonFiniteCount += 1
      }
    }
    return result
  }
}
