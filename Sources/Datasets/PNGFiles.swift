import CPNG
import Files

/// Reads a PNG of any kind as 8 bits a channel: palettes are looked up, 16 bits rounded, transparent parts laid over black, interlacing undone.
///
/// At most 16,384 pixels a side and 64 Mi pixels, checked before memory is taken. Memory: the file and up to 4 bytes a pixel.
///
/// - Parameter paper: the grey that transparent parts are laid over.
public func readPNG(_ path: String, over paper: UInt8 = 0) throws(FileError) -> PNGPicture {
  let bytes = try readFile(path, limit: 256 << 20)
  return try decodedPNG(bytes, path: path, over: paper)
}

/// A picture of a digit as a picture of MNIST (`handwrittenDigit(from:)`); black ink on nothing is taken as ink on white paper. One without
/// any ink is an error.
public func readHandwrittenPNG(_ path: String) throws(FileError) -> GrayPicture {
  for paper in [UInt8(0), 255] {
    let digit = handwrittenDigit(from: try readPNG(path, over: paper).gray)
    if digit.pixels.contains(where: { $0 > 0 }) { return digit }
  }
  throw FileError(
    path: path, format: "PNG", found: "holds no ink: all of it is of one grey", allowed: "a digit on a plain ground is needed")
}

/// - Parameter path: for messages.
func decodedPNG(_ bytes: [UInt8], path: String, over paper: UInt8 = 0) throws(FileError) -> PNGPicture {
  _ = try PNGChunks(bytes, path: path)
  var image = png_image()
  image.version = UInt32(PNG_IMAGE_VERSION)
  defer { png_image_free(&image) }
  // libpng keeps the address until it has read the pixels, so all of it happens within.
  let decoded: (channels: Int, pixels: [UInt8])? = bytes.withUnsafeBytes { file in
    guard png_image_begin_read_from_memory(&image, file.baseAddress, file.count) != 0 else { return nil }
    // Numbers are taken as they stand in the file: 16 bits are not taken for linear light.
    image.flags |= UInt32(PNG_IMAGE_FLAG_16BIT_sRGB)
    image.format &= UInt32(PNG_FORMAT_FLAG_COLOR) | UInt32(PNG_FORMAT_FLAG_ALPHA)
    let channels = (image.format & UInt32(PNG_FORMAT_FLAG_COLOR) != 0 ? 3 : 1) + Int(image.format & UInt32(PNG_FORMAT_FLAG_ALPHA))
    var pixels = [UInt8](repeating: 0, count: Int(image.width) * Int(image.height) * channels)
    let succeeded = pixels.withUnsafeMutableBytes { png_image_finish_read(&image, nil, $0.baseAddress, 0, nil) }
    return succeeded == 0 ? nil : (channels, pixels)
  }
  guard let decoded, image.warning_or_error & 2 == 0 else {
    throw FileError(
      path: path, format: "PNG", field: "content", offset: 8, found: "not readable (\(message(of: image)))",
      allowed: "a whole, undamaged PNG is needed")
  }
  let (width, height) = (Int(image.width), Int(image.height))
  guard decoded.channels % 2 == 0 else {
    return PNGPicture(width: width, height: height, channels: decoded.channels, pixels: decoded.pixels)
  }
  return PNGPicture(
    width: width, height: height, channels: decoded.channels - 1, pixels: laid(decoded.pixels, channels: decoded.channels, over: paper))
}

private func message(of image: png_image) -> String {
  withUnsafeBytes(of: image.message) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
}

/// The last channel is the opacity. Cost: one pass.
private func laid(_ pixels: [UInt8], channels: Int, over paper: UInt8) -> [UInt8] {
  let colors = channels - 1
  var result = [UInt8](repeating: 0, count: pixels.count / channels * colors)
  for index in 0..<pixels.count / channels {
    let opacity = Int(pixels[index * channels + colors])
    for color in 0..<colors {
      result[index * colors + color] = UInt8((Int(pixels[index * channels + color]) * opacity + Int(paper) * (255 - opacity) + 127) / 255)
    }
  }
  return result
}

/// A PNG of red, green, blue and opacity, rows from the top.
public func pngBytes(width: Int, height: Int, rgba: [UInt8]) -> [UInt8] {
  encodedPNG(width: width, height: height, channels: 4, format: UInt32(PNG_FORMAT_FLAG_COLOR) | UInt32(PNG_FORMAT_FLAG_ALPHA), rgba)
}

/// A PNG of grey, or of red, green and blue.
public func pngBytes(_ picture: PNGPicture) -> [UInt8] {
  encodedPNG(
    width: picture.width, height: picture.height, channels: picture.channels,
    format: picture.channels == 3 ? UInt32(PNG_FORMAT_FLAG_COLOR) : 0, picture.pixels)
}

/// Writes a PNG of red, green, blue and opacity, atomically.
public func writePNG(width: Int, height: Int, rgba: [UInt8], to path: String) throws(FileError) {
  try writeFileAtomically(pngBytes(width: width, height: height, rgba: rgba), to: path)
}

private func encodedPNG(width: Int, height: Int, channels: Int, format: UInt32, _ pixels: [UInt8]) -> [UInt8] {
  precondition(width > 0 && height > 0 && pixels.count == width * height * channels, "the bytes are not those of the picture")
  var image = png_image()
  image.version = UInt32(PNG_IMAGE_VERSION)
  image.width = UInt32(width)
  image.height = UInt32(height)
  image.format = format
  // What deflate may add to data that it cannot compress; should it not do, libpng says what it needs.
  var capacity = pixels.count + pixels.count / 64 + 64 * height + 4096
  for _ in 0..<2 {
    var size = capacity
    let bytes = [UInt8](unsafeUninitializedCapacity: capacity) { buffer, count in
      let succeeded = png_image_write_to_memory(&image, buffer.baseAddress, &size, 0, pixels, 0, nil)
      count = succeeded != 0 ? size : 0
    }
    if !bytes.isEmpty { return bytes }
    capacity = size
  }
  preconditionFailure("libpng cannot write a picture in memory: \(message(of: image))")
}
