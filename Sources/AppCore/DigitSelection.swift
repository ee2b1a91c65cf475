import Datasets
import Geometry
import Scene

/// Several digits that were chosen together, with what they have in common.
struct DigitSelection: Sendable {
  /// What a lasso does with those that were chosen before.
  enum Mode: Sendable { case replace, add, remove }

  private(set) var isMember: [Bool]
  private(set) var count = 0
  private(set) var countsByLabel = [Int](repeating: 0, count: 10)
  /// Of those whose prediction is known.
  private(set) var predictedCount = 0
  private(set) var rightCount = 0
  private(set) var meanConfidence = 0.0
  /// Of all pictures, pixel by pixel.
  private(set) var average: ImageAsset?
  /// Of their relevance.
  var relevance: SelectionRelevance?

  init(digits: Int) { isMember = [Bool](repeating: false, count: digits) }

  var members: [Int] { isMember.indices.filter { isMember[$0] } }

  mutating func toggle(_ index: Int) { isMember[index].toggle() }

  mutating func take(_ indices: [Int], _ mode: Mode) {
    if mode == .replace { isMember = [Bool](repeating: false, count: isMember.count) }
    for index in indices { isMember[index] = mode != .remove }
  }

  /// Counts labels and predictions. Cost: one pass over the digits.
  mutating func tally(_ data: LoadedData) {
    (count, predictedCount, rightCount) = (0, 0, 0)
    countsByLabel = [Int](repeating: 0, count: 10)
    var confidence = 0.0
    for index in isMember.indices where isMember[index] {
      count += 1
      let label = Int(data.collection.labels[index])
      if label < 10 { countsByLabel[label] += 1 }
      guard let prediction = data.predictions[index] else { continue }
      predictedCount += 1
      confidence += Double(prediction.confidence)
      if prediction.number == label { rightCount += 1 }
    }
    meanConfidence = predictedCount > 0 ? confidence / Double(predictedCount) : 0
  }

  /// The mean of the members' pictures. Cost: their pixels, some of them a nanosecond.
  func averagePicture(_ digits: DigitCollection) -> GrayPicture {
    let size = digits.width * digits.height
    var sums = [UInt32](repeating: 0, count: size)
    sums.withUnsafeMutableBufferPointer { sums in
      digits.pixels.withUnsafeBufferPointer { pixels in
        for index in isMember.indices where isMember[index] {
          for at in 0..<size { sums[at] &+= UInt32(pixels[index * size + at]) }
        }
      }
    }
    let mean = sums.map { UInt8((Int($0) + count / 2) / max(1, count)) }
    return GrayPicture(width: digits.width, height: digits.height, pixels: mean)
  }

  mutating func show(_ average: ImageAsset) { self.average = average }
}

/// A closed line in the plane.
struct Lasso: Sendable {
  /// Corners nearer than this to the last one, in pixels, are left out.
  static let step = 3.0
  static let mostCorners = 4000

  let mode: DigitSelection.Mode
  private(set) var corners: [Point]

  init(_ mode: DigitSelection.Mode, at point: Point) {
    self.mode = mode
    corners = [point]
  }

  mutating func extend(to point: Point) {
    guard let last = corners.last, last.distance(to: point) >= Self.step, corners.count < Self.mostCorners else { return }
    corners.append(point)
  }

  /// Whether a point is inside: a ray from it crosses the line an odd number of times.
  func contains(_ point: Point) -> Bool {
    var isInside = false
    var before = corners[corners.count - 1]
    for corner in corners {
      if (corner.y > point.y) != (before.y > point.y),
        point.x < (before.x - corner.x) * (point.y - corner.y) / (before.y - corner.y) + corner.x
      {
        isInside.toggle()
      }
      before = corner
    }
    return isInside
  }

  var bounds: Rect {
    let (xs, ys) = (corners.map(\.x), corners.map(\.y))
    let (left, top) = (xs.min() ?? 0, ys.min() ?? 0)
    return Rect(left, top, (xs.max() ?? 0) - left, (ys.max() ?? 0) - top)
  }
}

extension AppState {
  /// The digits that are shown inside a lasso.
  func digits(in lasso: Lasso) -> [Int] {
    guard lasso.corners.count > 2 else { return [] }
    let (frame, bounds, positions) = (mapFrame, lasso.bounds, map.positions)
    return (0..<positions.count / 2).filter { index in
      let position = Point(Double(positions[2 * index]), Double(positions[2 * index + 1]))
      guard position.x.isFinite, position.y.isFinite else { return false }
      let point = map.camera.windowFromEmbedding(position, in: frame)
      return bounds.contains(point) && map.look.isShown(index) && lasso.contains(point)
    }
  }

  mutating func take(_ lasso: Lasso) {
    let inside = digits(in: lasso)
    change(selection: { $0.take(inside, lasso.mode) })
  }

  /// Ctrl+click: the digit joins those that are chosen, or leaves them; the explained one is among them at first.
  mutating func toggleMembership(_ index: Int) {
    let first = selection == nil ? selected : nil
    change(selection: {
      if let first, first != index { $0.toggle(first) }
      $0.toggle(index)
    })
  }

  /// All digits in view that are shown, or all that match what is searched for.
  mutating func chooseAll() {
    guard let grid = map.grid, let data else { return }
    var found: [Int] = []
    if let matches = search?.matches {
      found = (0..<data.collection.count).filter { matches[$0] && map.look.isShown($0) }
    } else {
      let view = map.camera.seen(in: mapFrame)
      found = grid.members(in: view).filter { index in
        map.look.isShown(index) && view.contains(Point(Double(map.positions[2 * index]), Double(map.positions[2 * index + 1])))
      }
    }
    change(selection: { $0.take(found, .replace) })
  }

  private mutating func change(selection change: (inout DigitSelection) -> Void) {
    guard let data else { return }
    var changed = selection ?? DigitSelection(digits: data.collection.count)
    let before = changed.isMember
    change(&changed)
    if changed.isMember != before { changed.relevance = nil }
    changed.tally(data)
    if changed.count > 0 { changed.show(asset("average", Pictures.gray(changed.averagePicture(data.collection)))) }
    selection = changed.count > 0 ? changed : nil
    refreshLook()
  }

  mutating func dropSelection() {
    guard selection != nil else { return }
    selection = nil
    refreshLook()
  }

  /// Brings all chosen digits into view.
  mutating func fitSelection() {
    guard let members = selection?.members ?? selected.map({ [$0] }), map.grid != nil else { return }
    let points = members.compactMap { index -> Point? in
      guard 2 * index + 1 < map.positions.count else { return nil }
      let point = Point(Double(map.positions[2 * index]), Double(map.positions[2 * index + 1]))
      return point.x.isFinite && point.y.isFinite ? point : nil
    }
    guard let first = points.first else { return }
    var (low, high) = (first, first)
    for point in points {
      low = Point(min(low.x, point.x), min(low.y, point.y))
      high = Point(max(high.x, point.x), max(high.y, point.y))
    }
    let fitting = Camera.fitting(Rect(low.x, low.y, high.x - low.x, high.y - low.y), in: mapFrame.size)
    // A few points that lie close together keep some of their surroundings.
    map.followsMap = false
    glide(to: Camera(centre: fitting.centre, scale: min(fitting.scale, map.fittingScale * 40)), CameraGlide.long)
    refreshHover()
  }

  /// What is chosen, as a table: index, label, prediction, confidence, x, y.
  mutating func copySelection() -> [Effect] {
    guard let data, let members = selection?.members ?? selected.map({ [$0] }) else { return [] }
    var text = "index\tlabel\tprediction\tconfidence\tx\ty\n"
    for index in members {
      let prediction = data.predictions[index]
      let place = 2 * index + 1 < map.positions.count ? "\(map.positions[2 * index])\t\(map.positions[2 * index + 1])" : "\t"
      text +=
        "\(index)\t\(data.collection.labels[index])\t\(prediction.map { "\($0.number)" } ?? "")\t"
        + "\(prediction.map { "\($0.confidence)" } ?? "")\t\(place)\n"
    }
    message = Message(kind: .notice, text: "Copied \(Numbers.grouped(members.count)) \(members.count == 1 ? "digit" : "digits")")
    return [.copy(text)]
  }
}
