import Networks

extension FeatureMaps {
  /// Element by element.
  @inline(__always)
  func combined(with other: FeatureMaps, _ kernels: any Kernels, _ combine: (Lanes, Lanes) -> Lanes) -> FeatureMaps {
    precondition(values.count == other.values.count, "\(shape) and \(other.shape) do not go together")
    return FeatureMaps(batch: batch, shape: shape) { result in
      withPointer { a in
        other.withPointer { b in
          kernels.forEachPart(of: values.count) { part in
            forEachLanes(part) { index, rest in
              combine(Lanes(a + index, rest), Lanes(b + index, rest)).store(result + index, rest)
            }
          }
        }
      }
    }
  }

  func subtracting(_ other: FeatureMaps, _ kernels: any Kernels) -> FeatureMaps { combined(with: other, kernels) { $0 - $1 } }
  func times(_ other: FeatureMaps, _ kernels: any Kernels) -> FeatureMaps { combined(with: other, kernels) { $0 * $1 } }

  /// Times one factor where a number is above zero, times the other where it is below.
  func times(_ factor: FeatureMaps, whereNegative other: FeatureMaps, _ kernels: any Kernels) -> FeatureMaps {
    let positive = combined(with: factor, kernels) { $0.positivePart * $1 }
    return positive.adding(combined(with: other, kernels) { $0.negativePart * $1 }, kernels)
  }

  func scaled(by factor: Float, _ kernels: any Kernels) -> FeatureMaps { LayerArithmetic.map(self, kernels) { $0 * factor } }

  /// Times a factor for each channel, or for each number of a picture.
  func scaled(byEach factors: [Float], _ kernels: any Kernels) -> FeatureMaps {
    LayerArithmetic.affine(self, scale: factors, shift: [Float](repeating: 0, count: factors.count), kernels)
  }

  /// The sum over picture `index`, in double precision.
  func sum(ofPicture index: Int) -> Double {
    withPointer { Self.count($0, index * size..<(index + 1) * size).sum }
  }

  /// What is counted of the numbers of a picture; what is not finite counts in no sum.
  struct Statistics {
    var sum = 0.0
    /// The sum of |.|.
    var magnitude = 0.0
    var largestMagnitude: Float = 0
    var nonFiniteCount = 0

    fileprivate static func + (a: Statistics, b: Statistics) -> Statistics {
      Statistics(
        sum: a.sum + b.sum, magnitude: a.magnitude + b.magnitude, largestMagnitude: max(a.largestMagnitude, b.largestMagnitude),
        nonFiniteCount: a.nonFiniteCount + b.nonFiniteCount)
    }
  }

  /// Of each picture. Cost: one pass.
  func statistics(_ kernels: any Kernels) -> [Statistics] {
    withPointer { values in
      if batch == 1 { return [kernels.mapParts(of: size, unit: 64) { Self.count(values, $0) }.reduce(Statistics(), +)] }
      return kernels.mapPictures(of: self) { Self.count(values, $0 * size..<($0 + 1) * size) }
    }
  }

  private static func count(_ values: UnsafePointer<Float>, _ range: Range<Int>) -> Statistics {
    var sum = 0.0
    var total = 0.0
    var largest = Lanes.zero
    // Few are added in single precision, many in double: as exact as is needed, at the price of one addition each.
    for start in stride(from: range.lowerBound, to: range.upperBound, by: 64) {
      var partial = Lanes.zero
      var partialTotal = Lanes.zero
      forEachLanes(start..<min(range.upperBound, start + 64)) { index, rest in
        let lanes = Lanes(values + index, rest)
        partial += lanes
        let magnitude = lanes.magnitude
        partialTotal += magnitude
        largest.replace(with: magnitude, where: magnitude .> largest)
      }
      sum += Double(partial.sum())
      total += Double(partialTotal.sum())
    }
    // A NaN is never larger than another number, but it is in the sum. Where magnitudes add up to a finite number, so do the numbers.
    guard total.isFinite else { return carefulCount(values, range) }
    return Statistics(sum: sum, magnitude: total, largestMagnitude: largest.max())
  }

  /// Where some numbers are not finite: they are counted and left out.
  private static func carefulCount(_ values: UnsafePointer<Float>, _ range: Range<Int>) -> Statistics {
    var result = Statistics()
    for index in range {
      if values[index].isFinite {
        result.sum += Double(values[index])
        result.magnitude += Double(abs(values[index]))
        result.largestMagnitude = max(result.largestMagnitude, abs(values[index]))
      } else {
        result.nonFiniteCount += 1
      }
    }
    return result
  }
}

extension Kernels {
  /// What `body` makes of each picture's index, computed on several threads where the pictures are worth it.
  func mapPictures<Result>(of maps: FeatureMaps, _ body: (Int) -> Result) -> [Result] {
    let batch = maps.batch
    return [Result](unsafeUninitializedCapacity: batch) { buffer, count in
      forEachPart(of: maps.values.count, unit: maps.size) { part in
        for picture in part.lowerBound / maps.size..<part.upperBound / maps.size {
          buffer.initializeElement(at: picture, to: body(picture))
        }
      }
      count = batch
    }
  }
}
