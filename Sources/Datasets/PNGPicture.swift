/// A picture of 8 bits a channel, rows from the top: grey (1 channel) or red, green, blue (3 channels).
public struct PNGPicture: Sendable, Equatable {
  public let width: Int
  public let height: Int
  public let channels: Int
  public let pixels: [UInt8]

  public init(width: Int, height: Int, channels: Int, pixels: [UInt8]) {
    precondition(channels == 1 || channels == 3, "a picture is grey or coloured")
    precondition(pixels.count == width * height * channels, "\(pixels.count) bytes are not \(width) x \(height) x \(channels)")
    self.width = width
    self.height = height
    self.channels = channels
    self.pixels = pixels
  }

  /// The picture in grey: the luma of ITU-R BT.601 (0.299 red, 0.587 green, 0.114 blue), rounded as Pillow's `convert("L")` does.
  public var gray: GrayPicture {
    if channels == 1 { return GrayPicture(width: width, height: height, pixels: pixels) }
    var result = [UInt8](repeating: 0, count: width * height)
    for index in result.indices {
      let (red, green, blue) = (Int(pixels[3 * index]), Int(pixels[3 * index + 1]), Int(pixels[3 * index + 2]))
      result[index] = UInt8((19_595 * red + 38_470 * green + 7_471 * blue + 0x8000) >> 16)
    }
    return GrayPicture(width: width, height: height, pixels: result)
  }
}
