import Datasets
import Geometry
import Scene

/// What is drawn on the pad: strokes, on nothing or on a picture, and every earlier state for undo.
struct Sketch: Sendable {
  /// A picture that is edited; strokes on it are not moved or scaled, as those on an empty pad are.
  struct Ground: Sendable, Equatable {
    let picture: GrayPicture
    /// What it is: "#60000", "seven.png".
    let title: String
  }

  static let brushRadii = 0.015...0.12
  static let mostUndos = 500

  /// In pad units: 0...1 from left to right and from top to bottom. While a stroke grows it is the last one.
  private(set) var strokes: [Stroke] = []
  private(set) var ground: Ground?
  private var past: [Version] = []
  private var future: [Version] = []
  private var canvas = PadCanvas()
  private(set) var isStroking = false
  var brushRadius = 0.045
  var isErasing = false
  /// Whether something was drawn since the last request was sent.
  var isAheadOfRequest = false

  var canUndo: Bool { !past.isEmpty }
  var canRedo: Bool { !future.isEmpty }

  private struct Version: Sendable {
    let ground: Ground?
    let strokes: [Stroke]
  }

  /// Nothing is on the pad.
  var isEmpty: Bool { strokes.isEmpty && ground == nil }

  /// The picture that the network sees: 28 x 28, or of the size of what is edited.
  var picture: GrayPicture { ground.map { edited($0.picture, by: strokes) } ?? handwrittenDigit(from: strokes) }

  /// What the pad shows.
  var pixels: PixelBuffer { canvas.pixels }

  mutating func beginStroke(at point: Point, isErasing: Bool) {
    endStroke()
    remember()
    isStroking = true
    strokes.append(Stroke(points: [Stroke.Point(x: point.x, y: point.y)], radius: brushRadius, isErasing: isErasing))
    canvas.grow(strokes[strokes.count - 1])
    isAheadOfRequest = true
  }

  /// Moves of less than a fifth of a per cent of the pad are passed over.
  mutating func extendStroke(to point: Point) {
    guard isStroking, let end = strokes.last?.points.last, Point(end.x, end.y).distance(to: point) > 0.002 else { return }
    strokes[strokes.count - 1].points.append(Stroke.Point(x: point.x, y: point.y))
    canvas.grow(strokes[strokes.count - 1])
    isAheadOfRequest = true
  }

  mutating func endStroke() {
    guard isStroking else { return }
    isStroking = false
    canvas.finish()
  }

  /// Can be undone as a stroke can.
  mutating func clear() {
    guard !isEmpty, !isStroking else { return }
    remember()
    show(Version(ground: nil, strokes: []))
  }

  /// Puts a picture on the pad instead of what is there. Can be undone as a stroke can.
  mutating func lay(_ ground: Ground) {
    endStroke()
    remember()
    show(Version(ground: ground, strokes: []))
  }

  mutating func undo() {
    guard !isStroking, let earlier = past.popLast() else { return }
    future.append(Version(ground: ground, strokes: strokes))
    show(earlier)
  }

  mutating func redo() {
    guard !isStroking, let later = future.popLast() else { return }
    past.append(Version(ground: ground, strokes: strokes))
    show(later)
  }

  mutating func changeBrush(by factor: Double) {
    brushRadius = min(Self.brushRadii.upperBound, max(Self.brushRadii.lowerBound, brushRadius * factor))
  }

  private mutating func remember() {
    past.append(Version(ground: ground, strokes: strokes))
    if past.count > Self.mostUndos { past.removeFirst() }
    future = []
  }

  private mutating func show(_ version: Version) {
    (ground, strokes) = (version.ground, version.strokes)
    canvas = PadCanvas(on: ground?.picture)
    for stroke in strokes {
      canvas.grow(stroke)
      canvas.finish()
    }
    isAheadOfRequest = true
  }
}
