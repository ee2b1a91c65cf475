import Geometry
import Scene

/// A corner of the quadrilateral that a shape is drawn in. The shape is the same at all four corners; only `position` differs.
struct ShapeVertex {
  /// Box: centre and half size. Segment: start and end.
  var geometry: SIMD4<Float>
  /// Box: corner radius, border width, -, 0. Segment: half width, arc length at the start, dash period or 0, 1.
  var style: SIMD4<Float>
  /// Colour of the inside, premultiplied.
  var fill: SIMD4<Float>
  /// Box: colour of the border, premultiplied. Segment: normals of the lines that part it from its neighbours; zero at a free end.
  var edge: SIMD4<Float>
  var position: SIMD2<Float>
}

/// Rectangles, discs and polylines as quadrilaterals with the numbers from which the shader computes coverage.
///
/// A value without OpenGL in it. What is off screen, has no area or is not made of numbers adds nothing.
struct ShapeVertices {
  private(set) var vertices: [ShapeVertex] = []

  var quadCount: Int { vertices.count / 4 }

  mutating func removeAll() { vertices.removeAll(keepingCapacity: true) }

  /// Draws the parts of `rectangle` that lie in `visible`. The border lies inside the frame.
  mutating func append(_ rectangle: Rectangle, visible: PixelRect) {
    guard rectangle.frame.isFinite, !rectangle.frame.isEmpty else { return }
    // Far edges are moved nearer, still far outside of any window: single precision would lose the near ones.
    let frame = rectangle.frame.intersection(Rect(-1e5, -1e5, 2e5, 2e5))
    let radius = rectangle.cornerRadius.isFinite ? rectangle.cornerRadius : 0
    appendBox(
      frame, radius: min(max(radius, 0), min(frame.width, frame.height) / 2), fill: rectangle.fill, border: rectangle.border,
      borderWidth: rectangle.borderWidth, visible: visible)
  }

  /// Draws the parts of `disc` that lie in `visible`. The border lies inside the circle.
  mutating func append(_ disc: Disc, visible: PixelRect) {
    guard disc.centre.x.isFinite, disc.centre.y.isFinite, disc.radius > 0, disc.radius < 1e6 else { return }
    let frame = Rect(disc.centre.x - disc.radius, disc.centre.y - disc.radius, 2 * disc.radius, 2 * disc.radius)
    appendBox(
      frame, radius: disc.radius, fill: disc.fill, border: disc.border, borderWidth: disc.borderWidth, visible: visible)
  }

  private mutating func appendBox(
    _ frame: Rect, radius: Double, fill: Color?, border: Color?, borderWidth: Double, visible: PixelRect
  ) {
    guard fill != nil || border != nil else { return }
    let touched = Rect(
      frame.minX.rounded(.down), frame.minY.rounded(.down),
      frame.maxX.rounded(.up) - frame.minX.rounded(.down), frame.maxY.rounded(.up) - frame.minY.rounded(.down)
    ).intersection(visible.rect)
    guard !touched.isEmpty else { return }
    let width = border != nil && borderWidth > 0 ? min(borderWidth, min(frame.width, frame.height)) : 0
    appendQuad(
      [
        Point(touched.minX, touched.minY), Point(touched.maxX, touched.minY), Point(touched.minX, touched.maxY),
        Point(touched.maxX, touched.maxY),
      ],
      geometry: SIMD4(Float(frame.center.x), Float(frame.center.y), Float(frame.width / 2), Float(frame.height / 2)),
      style: SIMD4(Float(radius), Float(width), 0, 0), fill: fill?.premultiplied ?? .zero, edge: border?.premultiplied ?? .zero)
  }

  mutating func appendQuad(
    _ corners: [Point], geometry: SIMD4<Float>, style: SIMD4<Float>, fill: SIMD4<Float>, edge: SIMD4<Float>
  ) {
    for corner in corners {
      vertices.append(
        ShapeVertex(
          geometry: geometry, style: style, fill: fill, edge: edge, position: SIMD2(Float(corner.x), Float(corner.y))))
    }
  }
}
