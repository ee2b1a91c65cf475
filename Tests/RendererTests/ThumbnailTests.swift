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
    #expect(image[30, 30] == [0, 0, 0])
  }

  @Test("ink hides what lies below it, its rim of a pixel nearly, the rest of the picture nothing; opacity lets through more")
  func thumbnailOpacity() throws {
    // Pictures of 4 x 4, the first with ink in its corner.
    func shown(_ opacity: Float) throws -> PixelBuffer {
      var pictures = [UInt8](repeating: 0, count: 16) + [UInt8](repeating: 255, count: 16)
      pictures[0] = 255
      let item = Thumbnails(
        pictures: pictures, picturesRevision: 1, width: 4, height: 4,
        marks: [
          .init(index: 1, centre: Point(30, 30), color: 1, opacity: 1), .init(index: 0, centre: Point(10, 10), color: 0, opacity: opacity),
        ],
        side: 16, palette: [red, green], ground: black, frame: Rect(0, 0, 40, 40))
      return try picture(of: scene(40, 40, background: white, [.init(.thumbnails(item))]))
    }
    let full = try shown(1)
    #expect(full[3, 3] == [255, 0, 0], "ink")
    let rim = full[8, 3][0]
    #expect((45...57).contains(rim), "a fifth of the white shows through the rim")
    #expect(full[12, 3] == [255, 255, 255] && full[15, 15] == [255, 255, 255], "beyond it there is nothing, nor ink of another picture")
    let half = try shown(0.5)
    #expect(half[3, 3][0] == 255 && (120...135).contains(half[3, 3][1]))
    #expect(half[8, 3][0] > rim)
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
