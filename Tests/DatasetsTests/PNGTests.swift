import CZlib
import Datasets
import Files
import Testing

private let signature: [UInt8] = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]

private func chunk(_ name: String, _ data: [UInt8]) -> [UInt8] {
  let body = Array(name.utf8) + data
  return bigEndian(data.count) + body + bigEndian(Int(crc32(0, body, UInt32(body.count))))
}

private func header(_ width: Int, _ height: Int, depth: UInt8, color: UInt8, interlaced: Bool = false) -> [UInt8] {
  chunk("IHDR", bigEndian(width) + bigEndian(height) + [depth, color, 0, 0, interlaced ? 1 : 0])
}

/// A PNG built by hand from rows that already begin with their filter byte.
private func png(
  _ width: Int, _ height: Int, depth: UInt8 = 8, color: UInt8, extra: [UInt8] = [], interlaced: Bool = false, rows: [UInt8]
) -> [UInt8] {
  signature + header(width, height, depth: depth, color: color, interlaced: interlaced) + extra
    + chunk("IDAT", deflated(rows, windowBits: 15)) + chunk("IEND", [])
}

@Suite struct PNGTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func read(_ bytes: [UInt8]) throws -> PNGPicture { try readPNG(folder.file("a.png", bytes)) }

  @Test("Grey and colour of 8 bits are read as they are, with every filter")
  func plain() throws {
    #expect(
      try read(png(3, 2, color: 0, rows: [0, 1, 2, 3, 1, 10, 5, 5]))
        == PNGPicture(width: 3, height: 2, channels: 1, pixels: [1, 2, 3, 10, 15, 20]))
    #expect(
      try read(png(2, 2, color: 2, rows: [0, 1, 2, 3, 4, 5, 6, 2, 1, 1, 1, 1, 1, 1]))
        == PNGPicture(width: 2, height: 2, channels: 3, pixels: [1, 2, 3, 4, 5, 6, 2, 3, 4, 5, 6, 7]))
  }

  @Test("A palette is looked up")
  func palette() throws {
    let colors = chunk("PLTE", [255, 0, 0, 0, 255, 0, 1, 2, 3])
    #expect(
      try read(png(3, 1, color: 3, extra: colors, rows: [0, 2, 0, 1]))
        == PNGPicture(width: 3, height: 1, channels: 3, pixels: [1, 2, 3, 255, 0, 0, 0, 255, 0]))
  }

  @Test("16 bits are rounded to 8, and 1 bit is spread")
  func depths() throws {
    let deep = try read(png(3, 1, depth: 16, color: 0, rows: [0, 0x00, 0x00, 0x80, 0x80, 0xff, 0xff]))
    #expect(deep == PNGPicture(width: 3, height: 1, channels: 1, pixels: [0, 128, 255]))
    let shallow = try read(png(8, 1, depth: 1, color: 0, rows: [0, 0b1010_0001]))
    #expect(shallow.pixels == [255, 0, 255, 0, 0, 0, 0, 255])
  }

  @Test("What is transparent lies over black")
  func alpha() throws {
    let rgba = try read(png(2, 1, color: 6, rows: [0, 200, 100, 50, 255, 200, 100, 50, 128]))
    // 200 * 128 / 255 = 100.4, 100 * 128 / 255 = 50.2, 50 * 128 / 255 = 25.1
    #expect(rgba == PNGPicture(width: 2, height: 1, channels: 3, pixels: [200, 100, 50, 100, 50, 25]))
    #expect(try read(png(2, 1, color: 4, rows: [0, 200, 255, 200, 0])) == PNGPicture(width: 2, height: 1, channels: 1, pixels: [200, 0]))
  }

  @Test("An interlaced picture is put together")
  func interlaced() throws {
    let picture = (0..<100).map { UInt8($0 * 2) }
    // Adam7: first column, first row, column step, row step of each pass.
    var rows: [UInt8] = []
    for (x0, y0, dx, dy) in [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)] {
      for y in stride(from: y0, to: 10, by: dy) {
        rows.append(0)
        for x in stride(from: x0, to: 10, by: dx) { rows.append(picture[y * 10 + x]) }
      }
    }
    #expect(try read(png(10, 10, color: 0, interlaced: true, rows: rows)).pixels == picture)
  }

  @Test("What is written is read back")
  func roundTrip() throws {
    let colors = noise(3 * 40 * 30)
    var rgba: [UInt8] = []
    for pixel in 0..<40 * 30 { rgba += colors[3 * pixel..<3 * pixel + 3] + [255] }
    let path = folder.path + "/out.png"
    try writePNG(width: 40, height: 30, rgba: rgba, to: path)
    #expect(try readPNG(path) == PNGPicture(width: 40, height: 30, channels: 3, pixels: colors))
    for picture in [
      PNGPicture(width: 40, height: 30, channels: 3, pixels: colors), PNGPicture(width: 60, height: 60, channels: 1, pixels: noise(3600)),
    ] {
      #expect(try read(pngBytes(picture)) == picture)
    }
  }

  @Test("Luma is that of ITU-R BT.601")
  func luma() {
    // Pillow's convert("L") of red, green, blue, white and (10, 200, 77).
    let picture = PNGPicture(width: 5, height: 1, channels: 3, pixels: [255, 0, 0, 0, 255, 0, 0, 0, 255, 255, 255, 255, 10, 200, 77])
    #expect(picture.gray.pixels == [76, 150, 29, 255, 129])
  }

  @Test("A damaged picture is refused with the chunk that is wrong", arguments: damaged.indices)
  func refusal(_ index: Int) throws {
    let (bytes, words) = PNGTests.damaged[index]
    let error = try #require(fileError { _ = try read(bytes) })
    #expect(error.category == FileError.Category.badData)
    #expect(error.description.hasPrefix("\(folder.path)/a.png: \(words)"), "\(error)")
    #expect(error.description.unicodeScalars.count <= 300)
  }

  private static let good = png(3, 2, color: 0, rows: [0, 1, 2, 3, 1, 10, 5, 5])

  private static func changed(_ index: Int) -> [UInt8] {
    var bytes = good
    bytes[index] ^= 1
    return bytes
  }

  private static let damaged: [([UInt8], String)] = [
    ([], "signature (offset 0) is cut short"),
    ([0x89, 0x50], "signature (offset 0) is cut short"),
    (Array("<html>".utf8), "signature (offset 0) is not that of PNG"),
    ([0xff, 0xd8, 0xff, 0xe0, 0, 0, 0, 0, 0], "signature (offset 0) is not that of PNG"),
    (Array(good.prefix(20)), "chunk IHDR (offset 8) is cut short; 13 bytes are declared"),
    (Array(good.prefix(18)), "chunk (offset 8) is missing or cut short"),
    (Array(good.prefix(30)), "chunk IHDR (offset 8) is cut short; 13 bytes are declared"),
    (Array(good.prefix(50)), "chunk IDAT (offset 33) is cut short"),
    (Array(good.dropLast(12)), "chunk (offset \(good.count - 12)) is missing or cut short; a PNG ends with the chunk IEND"),
    (changed(30), "CRC of chunk IHDR (offset 29) is wrong"),
    (changed(45), "CRC of chunk IDAT"),
    (signature + header(65_535, 65_535, depth: 8, color: 2), "width (offset 16) is 65535; at most 16384 is allowed"),
    (signature + header(4, 0, depth: 8, color: 2), "height (offset 20) is 0; at least 1 is allowed"),
    (signature + header(16_384, 16_384, depth: 8, color: 2), "size (offset 16) is 16384 x 16384; at most 67108864 pixels are allowed"),
    (png(8192, 8192, color: 6, rows: [0, 1, 2, 3]), "chunk IDAT (offset 8) is 12 bytes long; 8192 x 8192 pixels need more"),
    (signature + chunk("IDAT", [1]) + chunk("IEND", []), "chunk IDAT (offset 8) is the first; IHDR"),
    (signature + header(3, 2, depth: 8, color: 0) + chunk("IEND", []), "chunk IDAT (offset 45) is missing; a picture needs its pixels"),
    (png(3, 2, color: 0, rows: [0, 1, 2, 3, 1]), "content (offset 8) is not readable"),
    (png(3, 2, color: 3, rows: [0, 1, 2, 3, 0, 1, 2, 3]), "content (offset 8) is not readable"),
    (png(3, 2, depth: 7, color: 0, rows: [0, 1, 2, 3, 0, 1, 2, 3]), "content (offset 8) is not readable"),
    (
      signature + header(3, 2, depth: 8, color: 0) + chunk("IDAT", [9, 9, 9, 9, 9, 9, 9, 9]) + chunk("IEND", []),
      "content (offset 8) is not readable"
    ),
  ]
}
