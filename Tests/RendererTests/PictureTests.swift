import Geometry
import Platform
import Scene
import Testing

@testable import Renderer

extension Drawing {
  private static let fourColors = PixelBuffer(
    width: 2, height: 2, rgba: [255, 0, 0, 255, 0, 255, 0, 255, 0, 0, 255, 255, 255, 255, 255, 255])

  @Test("a picture is enlarged by nearest neighbour exactly, its first row on top")
  func nearestNeighbour() throws {
    let image = try picture(
      of: scene(30, 30, [.init(.image(Image(key: "a", revision: 1, pixels: Self.fourColors, frame: Rect(4, 6, 20, 14))))]))
    for y in 0..<30 {
      for x in 0..<30 {
        guard (4..<24).contains(x), (6..<20).contains(y) else {
          #expect(image[x, y] == [0, 0, 0])
          continue
        }
        let texel = 4 * ((y - 6) / 7 * 2 + (x - 4) / 10)
        #expect(image[x, y] == Array(Self.fourColors.rgba[texel..<texel + 3]))
      }
    }
  }

  @Test("pixels are sent again only for a new revision")
  func revisions() throws {
    func withPicture(_ byte: UInt8, revision: Int) -> Scene {
      let pixels = PixelBuffer(width: 1, height: 1, rgba: [byte, byte, byte, 255])
      return scene(8, 8, [.init(.image(Image(key: "a", revision: revision, pixels: pixels, frame: Rect(0, 0, 8, 8))))])
    }
    try withRenderer(8, 8) { renderer in
      for (byte, revision, shown) in [(UInt8(10), 1, UInt8(10)), (200, 1, 10), (200, 2, 200), (90, 2, 200), (90, 1, 90)] {
        renderer.draw(withPicture(byte, revision: revision))
        #expect(renderer.readPixels()[4, 4] == [shown, shown, shown])
      }
    }
  }

  @Test("a picture of another size under the same key replaces the old one")
  func sizeChange() throws {
    try withRenderer(8, 8) { renderer in
      let one = PixelBuffer(width: 1, height: 1, rgba: [9, 9, 9, 255])
      renderer.draw(scene(8, 8, [.init(.image(Image(key: "a", revision: 1, pixels: one, frame: Rect(0, 0, 8, 8))))]))
      renderer.draw(scene(8, 8, [.init(.image(Image(key: "a", revision: 1, pixels: Self.fourColors, frame: Rect(0, 0, 8, 8))))]))
      #expect(renderer.readPixels()[7, 0] == [0, 255, 0])
    }
  }

  @Test("textures that no frame has asked for in a while are released")
  func eviction() throws {
    try withRenderer(8, 8) { renderer in
      renderer.draw(scene(8, 8, [.init(.image(Image(key: "a", revision: 1, pixels: Self.fourColors, frame: Rect(0, 0, 8, 8))))]))
      #expect(renderer.imageTextureCount == 1)
      for _ in 0..<130 { renderer.draw(scene(8, 8, [])) }
      #expect(renderer.imageTextureCount == 0)
    }
  }

  @Test("a picture's own alpha and its opacity multiply")
  func opacity() throws {
    let pixels = PixelBuffer(width: 1, height: 1, rgba: [200, 100, 40, 128])
    let image = try picture(
      of: scene(
        4, 4, background: white,
        [.init(.image(Image(key: "a", revision: 1, pixels: pixels, frame: Rect(0, 0, 4, 4), opacity: 0.5)))]))
    let alpha = 128.0 / 255 * 0.5
    for (channel, byte) in [(0, 200.0), (1, 100), (2, 40)] {
      #expect(abs(Double(image[1, 1][channel]) - (byte * alpha + 255 * (1 - alpha))) <= 1)
    }
  }

  @Test("the same scene gives the same bytes, in one window and in another")
  func sameBytes() throws {
    let all = scene(
      120, 90, background: Color(hex: 0x16181D),
      [
        .init(.rectangle(Rectangle(Rect(5.5, 5.5, 60, 40), fill: Color(hex: 0x334455), border: white, cornerRadius: 7))),
        .init(.polyline(Polyline([Point(3, 80), Point(50, 20.5), Point(110, 70)], color: red.opacity(0.7), width: 2.5))),
        .init(.text(Text("logit 7.31", at: Point(10, 60), color: white))),
        .init(.image(Image(key: "a", revision: 1, pixels: Self.fourColors, frame: Rect(70, 10, 33, 33))), clip: Rect(72, 0, 30, 30)),
      ])
    let first = try withRenderer(120, 90) { renderer in
      renderer.draw(all)
      let once = renderer.readPixels()
      renderer.draw(all)
      #expect(renderer.readPixels() == once)
      return once
    }
    #expect(try picture(of: all) == first)
    #expect(first.inkBounds != nil)
  }
}
