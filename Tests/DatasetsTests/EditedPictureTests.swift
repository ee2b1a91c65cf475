import Datasets
import Testing

@Suite("Pictures that are changed or brought along")
struct EditedPictureTests {
  private let picture = GrayPicture(width: 28, height: 28, pixels: (0..<784).map { UInt8(($0 * 37) % 256) })

  private func stroke(_ points: [(Double, Double)], radius: Double, isErasing: Bool = false) -> Stroke {
    Stroke(points: points.map { Stroke.Point(x: $0.0, y: $0.1) }, radius: radius, isErasing: isErasing)
  }

  @Test("what no stroke touches stays as it is to the byte; ink only brightens, the eraser only darkens, inside it all is white or black")
  func strokes() {
    #expect(edited(picture, by: []) == picture)
    // Down the middle of column 14, three pixels wide.
    let line = [(14.5 / 28, 0.2), (14.5 / 28, 0.8)]
    for isErasing in [false, true] {
      let changed = edited(picture, by: [stroke(line, radius: 1.5 / 28, isErasing: isErasing)])
      for row in 0..<28 {
        for column in 0..<28 {
          let (old, new) = (picture.pixels[row * 28 + column], changed.pixels[row * 28 + column])
          if !(12...16).contains(column) || row < 3 || row > 25 { #expect(new == old) }
          #expect(isErasing ? new <= old : new >= old)
          if column == 14, (8...20).contains(row) { #expect(new == (isErasing ? 0 : 255)) }
        }
      }
    }
  }

  @Test("erasing everything leaves black, and a stroke over nothing is nothing but the stroke")
  func all() {
    let everything = stroke([(0, 0), (1, 1)], radius: 2, isErasing: true)
    #expect(edited(picture, by: [everything]).pixels.allSatisfy { $0 == 0 })
    let black = GrayPicture(width: 28, height: 28, pixels: [UInt8](repeating: 0, count: 784))
    let once = edited(black, by: [stroke([(0.5, 0.5)], radius: 0.1)])
    #expect(edited(picture, by: [everything, stroke([(0.5, 0.5)], radius: 0.1)]) == once)
  }

  /// A 7 as strokes, and drawn large by the same pen on paper of any colour.
  private func seven(_ side: Int, ink: UInt8, paper: UInt8) -> GrayPicture {
    var canvas = PenRasterizer(width: side, height: side, scale: Double(side), originX: 0, originY: 0)
    for stroke in sevenStrokes { canvas.draw(stroke) }
    return GrayPicture(
      width: side, height: side, pixels: canvas.ink.map { UInt8((Float(paper) + (Float(ink) - Float(paper)) * $0).rounded()) })
  }
  private var sevenStrokes: [Stroke] { [stroke([(0.3, 0.2), (0.7, 0.2), (0.45, 0.8)], radius: 0.04)] }

  @Test("a large picture becomes what the same strokes on the pad become, within a few grey values; ink on paper as light on dark")
  func scans() {
    let drawn = handwrittenDigit(from: sevenStrokes)
    for (ink, paper) in [(255, 0), (0, 255), (30, 220), (200, 90)] as [(UInt8, UInt8)] {
      let scanned = handwrittenDigit(from: seven(400, ink: ink, paper: paper))
      let differences = zip(drawn.pixels, scanned.pixels).map { abs(Int($0) - Int($1)) }
      #expect(differences.reduce(0, +) / 784 < 4, "\(ink) on \(paper): \(differences.reduce(0, +))")
    }
  }

  @Test("black ink on nothing, as drawing programs save it, is ink; a picture without ink is an error that says so")
  func transparent() throws {
    let folder = try TemporaryFolder()
    let drawn = seven(200, ink: 255, paper: 0)
    // The ink is the opacity, the colour black, or white.
    for color in [UInt8(0), 255] {
      let rgba = drawn.pixels.flatMap { [color, color, color, $0] }
      let path = try folder.file("a.png", pngBytes(width: 200, height: 200, rgba: rgba))
      #expect(try readHandwrittenPNG(path) == handwrittenDigit(from: drawn))
    }
    for flat in [UInt8(0), 128, 255] {
      let path = try folder.file("b.png", pngBytes(width: 5, height: 4, rgba: (0..<20).flatMap { _ in [flat, flat, flat, 255] }))
      do {
        _ = try readHandwrittenPNG(path)
        Issue.record("taken")
      } catch { #expect("\(error)".contains("no ink")) }
    }
  }

  @Test("a picture of 28 x 28 stays as it is; one of one grey is black; one pixel of ink is ink")
  func extremes() {
    #expect(handwrittenDigit(from: picture) == picture)
    let flat = handwrittenDigit(from: GrayPicture(width: 3, height: 5, pixels: [UInt8](repeating: 9, count: 15)))
    #expect(flat.width == 28 && flat.pixels.allSatisfy { $0 == 0 })
    var dot = GrayPicture(width: 50, height: 40, pixels: [UInt8](repeating: 0, count: 2000))
    dot.pixels[777] = 255
    #expect(handwrittenDigit(from: dot).pixels.contains(255))
  }
}
