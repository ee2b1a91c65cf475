import Networks

extension FeatureMaps {
  /// For each channel the sum over all positions of a picture, in double precision. Cost: one pass.
  func sumsByChannel(ofPicture picture: Int) -> [Double] {
    var sums = [Double](repeating: 0, count: channels)
    sums.withUnsafeMutableBufferPointer { sums in
      forEachPosition(ofPicture: picture) { row in
        // The channels lie side by side: whole vectors of them are added.
        for channel in sums.indices { sums[channel] += Double(row[channel]) }
      }
    }
    return sums
  }

  /// For each channel the largest number of a picture; what is no number counts as none. Cost: one pass.
  func largestByChannel(ofPicture picture: Int) -> [Float] {
    var largest = [Float](repeating: -.infinity, count: channels)
    largest.withUnsafeMutableBufferPointer { largest in
      forEachPosition(ofPicture: picture) { row in
        for channel in largest.indices { largest[channel] = row[channel] > largest[channel] ? row[channel] : largest[channel] }
      }
    }
    return largest
  }

  /// One channel of a picture, `[H, W]` row by row.
  func plane(ofChannel channel: Int, picture: Int) -> [Float] {
    precondition((0..<channels).contains(channel), "there are \(channels) channels")
    let (first, channels) = (picture * size + channel, channels)
    return withPointer { values in (0..<area).map { values[first + $0 * channels] } }
  }

  /// Visits the channels of each position of a picture.
  @inline(__always)
  private func forEachPosition(ofPicture picture: Int, _ body: (UnsafePointer<Float>) -> Void) {
    withPointer { values in
      for position in picture * area..<(picture + 1) * area { body(values + position * channels) }
    }
  }

  /// The smallest and the largest number; 0 where there is none that is finite.
  var range: ClosedRange<Float> {
    var (low, high) = (Float.infinity, -Float.infinity)
    for value in values where value.isFinite { (low, high) = (min(low, value), max(high, value)) }
    return low <= high ? low...high : 0...0
  }
}
