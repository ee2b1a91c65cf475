/// What part of the embedding plane is seen: `centre` in embedding units, `scale` in window pixels per unit.
///
/// Embedding y points up as in every plot; window y points down.
public struct Camera: Sendable, Hashable {
  public var centre: Point
  public var scale: Double

  public init(centre: Point, scale: Double) {
    self.centre = centre
    self.scale = scale
  }

  public func windowFromEmbedding(_ point: Point, in frame: Rect) -> Point {
    Point(frame.center.x + (point.x - centre.x) * scale, frame.center.y - (point.y - centre.y) * scale)
  }

  public func embeddingFromWindow(_ point: Point, in frame: Rect) -> Point {
    Point(centre.x + (point.x - frame.center.x) / scale, centre.y - (point.y - frame.center.y) / scale)
  }

  /// What of the plane a frame shows, in embedding units; its y grows as the plane's does.
  public func seen(in frame: Rect) -> Rect {
    let low = embeddingFromWindow(Point(frame.minX, frame.maxY), in: frame)
    return Rect(low.x, low.y, frame.width / scale, frame.height / scale)
  }

  /// Zooms by `factor` so that the embedding point under `anchorInWindow` stays where it is.
  public func zoomed(by factor: Double, about anchorInWindow: Point, in frame: Rect) -> Camera {
    let anchor = embeddingFromWindow(anchorInWindow, in: frame)
    let newScale = scale * factor
    return Camera(
      centre: Point(
        anchor.x - (anchorInWindow.x - frame.center.x) / newScale,
        anchor.y + (anchorInWindow.y - frame.center.y) / newScale),
      scale: newScale)
  }

  /// Moves the picture by `displacementInWindow` pixels.
  public func panned(by displacementInWindow: Point) -> Camera {
    Camera(
      centre: Point(centre.x - displacementInWindow.x / scale, centre.y + displacementInWindow.y / scale), scale: scale)
  }

  /// The camera that shows all of `bounds` (embedding units) in a frame of `size` pixels, with a margin.
  public static func fitting(_ bounds: Rect, in size: Size, margin: Double = 0.06) -> Camera {
    let usable = 1 - 2 * margin
    let scale = min(size.width * usable / max(bounds.width, 1e-9), size.height * usable / max(bounds.height, 1e-9))
    return Camera(centre: bounds.center, scale: max(scale, 1e-9))
  }
}
