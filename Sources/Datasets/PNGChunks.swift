import CZlib
import Files

/// The frame of a PNG file: its chunks and the size it declares, checked before libpng sees it.
struct PNGChunks {
  static let largestSide = 16_384
  static let mostPixels = 64 << 20

  let width: Int
  let height: Int

  /// Refuses, naming the chunk: wrong lengths and sums, a file cut anywhere, sizes past the limits, and a size that the compressed
  /// data cannot fill (deflate makes at most 1,032 bytes of one).
  init(_ bytes: [UInt8], path: String) throws(FileError) {
    func refuse(_ field: String, _ offset: Int, _ found: String, _ allowed: String) -> FileError {
      FileError(path: path, format: "PNG", field: field, offset: offset, found: found, allowed: allowed)
    }
    func word(_ offset: Int) -> Int { bytes[offset..<offset + 4].reduce(0) { $0 << 8 | Int($1) } }

    let signature: [UInt8] = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]
    guard bytes.starts(with: signature) else {
      let isCut = signature.starts(with: bytes)
      throw refuse("signature", 0, isCut ? "cut short" : "not that of PNG", "89 50 4e 47 0d 0a 1a 0a is expected")
    }
    var offset = 8
    var compressed = 0
    var size: (width: Int, height: Int, bytes: Int)?
    var hasEnded = false
    while !hasEnded {
      guard bytes.count - offset >= 12 else { throw refuse("chunk", offset, "missing or cut short", "a PNG ends with the chunk IEND") }
      let length = word(offset)
      let name = displayText(String(decoding: bytes[offset + 4..<offset + 8], as: UTF8.self), limit: 20)
      guard length <= bytes.count - offset - 12 else {
        throw refuse("chunk \(name)", offset, "cut short", "\(length) bytes are declared")
      }
      let sum = bytes.withUnsafeBufferPointer { buffer in
        crc32_z(0, buffer.baseAddress.map { $0 + offset + 4 }, length + 4)
      }
      guard Int(sum) == word(offset + 8 + length) else {
        throw refuse("CRC of chunk \(name)", offset + 8 + length, "wrong", "it must be that of the chunk's bytes")
      }
      switch name {
      case "IHDR" where length == 13 && offset == 8:
        let (width, height) = (word(16), word(20))
        for (side, found, place) in [("width", width, 16), ("height", height, 20)] {
          guard found >= 1 else { throw refuse(side, place, "0", "at least 1 is allowed") }
          guard found <= PNGChunks.largestSide else { throw refuse(side, place, "\(found)", "at most \(PNGChunks.largestSide) is allowed") }
        }
        guard width * height <= PNGChunks.mostPixels else {
          throw refuse("size", 16, "\(width) x \(height)", "at most \(PNGChunks.mostPixels) pixels are allowed")
        }
        let channels = [0: 1, 2: 3, 3: 1, 4: 2, 6: 4][Int(bytes[25])] ?? 1
        size = (width, height, width * height * channels * Int(bytes[24]) / 8)
      case "IDAT": compressed += length
      case "IEND": hasEnded = true
      default: break
      }
      guard size != nil else { throw refuse("chunk \(name)", offset, "the first", "IHDR of 13 bytes must be the first") }
      offset += 12 + length
    }
    guard let size, compressed > 0 else { throw refuse("chunk IDAT", offset, "missing", "a picture needs its pixels") }
    guard size.bytes <= compressed * 1032 else {
      throw refuse("chunk IDAT", 8, "\(compressed) bytes long", "\(size.width) x \(size.height) pixels need more")
    }
    width = size.width
    height = size.height
  }
}
