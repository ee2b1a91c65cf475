import Geometry
import Scene
import Testing

@testable import Renderer

extension Drawing {
  /// Picture `n` of four has one pixel of ink, the n-th of 2 x 2.
  private func thumbnails(_ marks: [Thumbnails.Mark], side: Double = 8, revision: Int = 1, ground: Color = black) -> Scene.Item {
    let pictures: [UInt8] = (0..<4).flatMap { picture in (0..<4).map { UInt8($0 == picture ? 255 : 0) } }
    return .init(
      .thumbnails(
        Thumbnails(
          pictures: pictures, picturesRevision: revision, width: 2, height: 2, marks: marks, side: side, palette: [red, green],
          ground: ground,
          frame: Rect(0, 0, 40, 40))))
  }

  @Test("a thumbnail is its picture's ink in the colour of its mark, on the ground, later ones over earlier ones")
  func thumbnailColours() throws {
    let marks = [
      Thumbnails.Mark(index: 0, centre: Point(10, 10), color: 0, opacity: 1),
      Thumbnails.Mark(index: 3, centre: Point(14, 10), color: 1, opacity: 1),
    ]
    let image = try picture(of: scene(40, 40, background: black, [thumbnails(marks)]))
    #expect(image[7, 7] == [255, 0, 0])
    #expect(image[16, 12] == [0, 255, 0])
    #expect(image[9, 12] == [0, 0, 0] && image[30, 30] == [0, 0, 0])
  }

  @Test("ink hides what lies below it, the ground lets some of it through, opacity more")
  func thumbnailOpacity() throws {
    func shown(_ opacity: Float) throws -> PixelBuffer {
      try picture(
        of: scene(40, 40, background: white, [thumbnails([.init(index: 0, centre: Point(10, 10), color: 0, opacity: opacity)])]))
    }
    let full = try shown(1)
    #expect(full[7, 7] == [255, 0, 0])
    let through = full[12, 12][0]
    #expect(through > 20 && through < 80)
    let half = try shown(0.5)
    #expect(half[7, 7][0] == 255 && (120...135).contains(half[7, 7][1]))
    #expect(half[12, 12][0] > through)
  }

  @Test(
    "pictures stay in the texture from frame to frame; other pictures under a new revision are sent anew; what is left out of the frame is cut"
  )
  func thumbnailCache() throws {
    try withRenderer(40, 40) { renderer in
      for round in 0..<3 {
        let mark = Thumbnails.Mark(index: Int32(round), centre: Point(10 + Double(round), 10), color: 0, opacity: 1)
        renderer.draw(scene(40, 40, [thumbnails([mark])]))
        #expect(renderer.thumbnailCount == round + 1)
      }
      renderer.draw(scene(40, 40, [thumbnails([.init(index: 1, centre: Point(10, 10), color: 0, opacity: 1)], revision: 2)]))
      #expect(renderer.thumbnailCount == 1)
      renderer.draw(scene(40, 40, [thumbnails([.init(index: 99, centre: Point(10, 10), color: 0, opacity: 1)], revision: 2)]))
      #expect(renderer.readPixels()[7, 7] == [0, 0, 0], "there is no such picture")
    }
  }
}
