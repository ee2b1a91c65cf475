import Geometry
import Testing

@Suite("Camera")
struct CameraTests {
  let frame = Rect(40, 30, 600, 400)
  let camera = Camera(centre: Point(3, -2), scale: 7.5)

  @Test("window and embedding space are inverse to each other")
  func roundTrip() {
    for point in [Point(40, 30), Point(333.3, 77.7), Point(-500, 2000)] {
      let back = camera.windowFromEmbedding(camera.embeddingFromWindow(point, in: frame), in: frame)
      #expect(back.distance(to: point) < 1e-9)
    }
  }

  @Test("y points up in the embedding and down in the window")
  func orientation() {
    let low = camera.windowFromEmbedding(Point(3, -3), in: frame)
    let high = camera.windowFromEmbedding(Point(3, -1), in: frame)
    #expect(high.y < low.y)
    #expect(abs(low.y - high.y - 15) < 1e-9)
  }

  @Test("zooming keeps the point under the anchor and multiplies the scale", arguments: [0.1, 0.8, 1.25, 40])
  func zoom(factor: Double) {
    let anchor = Point(100, 333)
    let under = camera.embeddingFromWindow(anchor, in: frame)
    let zoomed = camera.zoomed(by: factor, about: anchor, in: frame)
    #expect(zoomed.windowFromEmbedding(under, in: frame).distance(to: anchor) < 1e-9)
    #expect(abs(zoomed.scale / camera.scale - factor) < 1e-12)
  }

  @Test("panning moves the picture by just as many pixels")
  func pan() {
    let point = Point(1, 1)
    let before = camera.windowFromEmbedding(point, in: frame)
    let after = camera.panned(by: Point(120, -45)).windowFromEmbedding(point, in: frame)
    #expect((after - before).distance(to: Point(120, -45)) < 1e-9)
  }

  @Test("fitting shows all of the bounds with a margin on every side")
  func fitting() {
    for bounds in [Rect(-10, -3, 200, 10), Rect(5, 5, 1, 900), Rect(0, 0, 0, 0)] {
      let fitted = Camera.fitting(bounds, in: frame.size)
      for corner in [Point(bounds.minX, bounds.minY), Point(bounds.maxX, bounds.maxY)] {
        #expect(frame.inset(dx: 0.059 * frame.width, dy: 0.059 * frame.height).contains(fitted.windowFromEmbedding(corner, in: frame)))
      }
    }
  }
}

@Suite("Rectangles")
struct RectTests {
  @Test("a rectangle contains its left and top edges but not its right and bottom ones")
  func halfOpen() {
    let rect = Rect(1, 2, 3, 4)
    #expect(rect.contains(Point(1, 2)))
    #expect(!rect.contains(Point(4, 3)))
    #expect(!rect.contains(Point(2, 6)))
  }

  @Test("split parts meet and make up the whole")
  func split() {
    let rect = Rect(1, 2, 30, 40)
    let (top, rest) = rect.splitTop(15)
    #expect(top.height == 15 && rest.height == 25 && top.maxY == rest.minY)
    let (left, right) = rect.splitLeft(50)
    #expect(left.width == 30 && right.isEmpty && right.minX == rect.maxX)
  }

  @Test("rectangles that touch do not intersect")
  func touching() {
    #expect(!Rect(0, 0, 10, 10).intersects(Rect(10, 0, 5, 5)))
    #expect(Rect(0, 0, 10, 10).intersects(Rect(9, 9, 5, 5)))
  }
}
