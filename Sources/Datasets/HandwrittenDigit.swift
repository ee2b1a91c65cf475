/// What was drawn on a pad as a picture of MNIST: the preprocessing of LeCun, Bottou, Bengio and Haffner (1998).
///
/// The ink's bounding box is scaled, keeping its aspect, so that its longer side is 20 pixels; the smooth edges come from averaging over
/// areas. The result is moved by whole pixels so that its centre of mass comes within half a pixel of pixel (14, 14), counted from 0, of
/// 28 x 28, which is where every picture of MNIST has it; ink is never moved off the picture. Without ink the picture is black.
/// Where the ink lies on the pad and how large it is drawn make no difference. Cost: about a millisecond at most.
public func handwrittenDigit(from strokes: [Stroke]) -> GrayPicture {
  let black = GrayPicture(width: 28, height: 28, pixels: [UInt8](repeating: 0, count: 28 * 28))
  guard var box = InkBox(around: strokes) else { return black }
  var fine = drawn(strokes, in: box)
  if strokes.contains(where: \.isErasing) {
    // The eraser can have made the ink's box smaller: find it, with a pixel to spare, and once more at the size that this allows.
    for margin in [1, 0] {
      guard let rest = box.shrunk(to: fine, margin: margin) else { return black }
      box = rest
      fine = drawn(strokes, in: box)
    }
  }
  return centred(boxed(fine.ink))
}

/// A picture of a digit, however large, as a picture of MNIST, by the same preprocessing as strokes. One of 28 x 28 stays as it is.
///
/// A picture whose rim is mostly bright is taken as ink on paper, and its grey values are turned round. What is brighter than a tenth of
/// the range between its darkest and its brightest pixel counts as ink, and the range is stretched. A picture of one grey is black.
public func handwrittenDigit(from picture: GrayPicture) -> GrayPicture {
  guard picture.width != 28 || picture.height != 28 else { return picture }
  let black = GrayPicture(width: 28, height: 28, pixels: [UInt8](repeating: 0, count: 28 * 28))
  let (width, height) = (picture.width, picture.height)
  guard let (darkest, brightest) = range(of: picture.pixels), brightest > darkest else { return black }
  let isPaper = rimMean(of: picture) > (darkest + brightest) / 2
  let ink = picture.pixels.map { pixel -> Float in
    let share = (Float(pixel) - darkest) / (brightest - darkest)
    return isPaper ? 1 - share : share
  }
  var (first, last) = ((x: width, y: height), (x: -1, y: -1))
  for row in 0..<height {
    for column in 0..<width where ink[row * width + column] > 0.1 {
      first = (min(first.x, column), min(first.y, row))
      last = (max(last.x, column), max(last.y, row))
    }
  }
  guard last.x >= 0 else { return black }
  let (inkWidth, inkHeight) = (last.x - first.x + 1, last.y - first.y + 1)
  let longer = max(inkWidth, inkHeight)
  // The longer side fills the box; the other one keeps its share, and lies in the middle.
  func side(_ length: Int) -> Int { max(1, Int((Double(length * boxSide) / Double(longer)).rounded())) }
  var crop: [Float] = []
  crop.reserveCapacity(inkWidth * inkHeight)
  for row in first.y...last.y { crop += ink[row * width + first.x...row * width + last.x].map { $0 > 0.1 ? $0 : 0 } }
  let small = FloatPlane(width: inkWidth, height: inkHeight, values: crop).resampled(width: side(inkWidth), height: side(inkHeight))
  var box = [Float](repeating: 0, count: boxSide * boxSide)
  let (left, top) = ((boxSide - small.width) / 2, (boxSide - small.height) / 2)
  for row in 0..<small.height {
    for column in 0..<small.width { box[(row + top) * boxSide + column + left] = min(1, max(0, small.values[row * small.width + column])) }
  }
  return centred(box)
}

private func range(of pixels: [UInt8]) -> (Float, Float)? {
  guard let low = pixels.min(), let high = pixels.max() else { return nil }
  return (Float(low), Float(high))
}

/// The mean grey of the outermost pixels.
private func rimMean(of picture: GrayPicture) -> Float {
  var (sum, count) = (0, 0)
  for row in 0..<picture.height {
    for column in 0..<picture.width where row == 0 || column == 0 || row == picture.height - 1 || column == picture.width - 1 {
      sum += Int(picture.pixels[row * picture.width + column])
      count += 1
    }
  }
  return Float(sum) / Float(max(1, count))
}

/// Pixels of the finished box along each side.
private let boxSide = 20
/// Fine pixels for each finished one, along each side.
private let fineness = 4

/// A rectangle of the pad.
private struct InkBox {
  var left: Double
  var top: Double
  var right: Double
  var bottom: Double

  /// Fine pixels for one unit of the pad, such that the longer side fills the box.
  var scale: Double { Double(boxSide * fineness) / max(right - left, bottom - top) }
  /// The corner of the square in whose middle the ink lies.
  var originX: Double { (left + right) / 2 - Double(boxSide * fineness) / (2 * scale) }
  var originY: Double { (top + bottom) / 2 - Double(boxSide * fineness) / (2 * scale) }

  /// The box around all pen strokes with their width; nil without any.
  init?(around strokes: [Stroke]) {
    (left, top, right, bottom) = (.infinity, .infinity, -.infinity, -.infinity)
    for stroke in strokes where !stroke.isErasing && stroke.radius > 0 && stroke.radius.isFinite {
      for point in stroke.points where point.x.isFinite && point.y.isFinite {
        left = min(left, point.x - stroke.radius)
        right = max(right, point.x + stroke.radius)
        top = min(top, point.y - stroke.radius)
        bottom = max(bottom, point.y + stroke.radius)
      }
    }
    guard left < right, top < bottom, scale > 0, scale.isFinite, originX.isFinite, originY.isFinite else { return nil }
  }

  private init(left: Double, top: Double, right: Double, bottom: Double) {
    (self.left, self.top, self.right, self.bottom) = (left, top, right, bottom)
  }

  /// The part that has ink by half or more, and so many fine pixels around it; nil if there is none.
  func shrunk(to canvas: PenRasterizer, margin: Int) -> InkBox? {
    var (first, last) = ((x: Int.max, y: Int.max), (x: -1, y: -1))
    for row in 0..<canvas.height {
      for column in 0..<canvas.width where canvas.ink[row * canvas.width + column] >= 0.5 {
        first = (min(first.x, column), min(first.y, row))
        last = (max(last.x, column), max(last.y, row))
      }
    }
    guard last.x >= 0 else { return nil }
    return InkBox(
      left: originX + Double(first.x - margin) / scale, top: originY + Double(first.y - margin) / scale,
      right: originX + Double(last.x + 1 + margin) / scale, bottom: originY + Double(last.y + 1 + margin) / scale)
  }
}

private func drawn(_ strokes: [Stroke], in box: InkBox) -> PenRasterizer {
  let side = boxSide * fineness
  var canvas = PenRasterizer(width: side, height: side, scale: box.scale, originX: box.originX, originY: box.originY)
  for stroke in strokes { canvas.draw(stroke) }
  return canvas
}

/// The mean of each block of fine pixels: 20 x 20.
private func boxed(_ fine: [Float]) -> [Float] {
  let fineSide = boxSide * fineness
  var result = [Float](repeating: 0, count: boxSide * boxSide)
  for row in 0..<fineSide {
    var place = row * fineSide
    for column in 0..<boxSide {
      result[row / fineness * boxSide + column] += fine[place..<place + fineness].reduce(0, +)
      place += fineness
    }
  }
  return result.map { $0 / Float(fineness * fineness) }
}

private func centred(_ box: [Float]) -> GrayPicture {
  var (mass, momentX, momentY): (Float, Float, Float) = (0, 0, 0)
  var (first, last) = ((x: boxSide, y: boxSide), (x: -1, y: -1))
  let levels = box.map { UInt8((255 * $0).rounded()) }
  for row in 0..<boxSide {
    for column in 0..<boxSide where levels[row * boxSide + column] > 0 {
      let level = Float(levels[row * boxSide + column])
      mass += level
      momentX += level * Float(column)
      momentY += level * Float(row)
      first = (min(first.x, column), min(first.y, row))
      last = (max(last.x, column), max(last.y, row))
    }
  }
  var picture = GrayPicture(width: 28, height: 28, pixels: [UInt8](repeating: 0, count: 28 * 28))
  guard mass > 0 else { return picture }
  let shiftX = max(-first.x, min(27 - last.x, Int((14 - momentX / mass).rounded())))
  let shiftY = max(-first.y, min(27 - last.y, Int((14 - momentY / mass).rounded())))
  for row in first.y...last.y {
    for column in first.x...last.x {
      picture.pixels[(row + shiftY) * 28 + column + shiftX] = levels[row * boxSide + column]
    }
  }
  return picture
}
