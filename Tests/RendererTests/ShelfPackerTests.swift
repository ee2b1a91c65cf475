import Testing

@testable import Renderer

@Suite("Packing lines into a texture")
struct ShelfPackerTests {
  @Test("placed rectangles lie inside and do not overlap")
  func disjoint() {
    var random = SplitMix64(state: 42)
    var packer = ShelfPacker(width: 200, height: 150)
    var isTaken = [Bool](repeating: false, count: 200 * 150)
    var placed = 0
    for _ in 0..<400 {
      let (width, height) = (1 + Int(random.unit() * 40), 1 + Int(random.unit() * 20))
      guard let corner = packer.place(width: width, height: height) else { continue }
      placed += 1
      #expect(corner.x + width <= 200 && corner.y + height <= 150)
      for y in corner.y..<corner.y + height {
        for x in corner.x..<corner.x + width {
          #expect(!isTaken[y * 200 + x])
          isTaken[y * 200 + x] = true
        }
      }
    }
    #expect(placed > 50)
  }

  @Test("what cannot fit is refused")
  func refusals() {
    var packer = ShelfPacker(width: 10, height: 10)
    #expect(packer.place(width: 11, height: 1) == nil)
    #expect(packer.place(width: 0, height: 1) == nil)
    #expect(packer.place(width: 10, height: 10) != nil)
    #expect(packer.place(width: 1, height: 1) == nil)
  }
}
