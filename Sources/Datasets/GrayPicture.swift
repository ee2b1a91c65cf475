/// One grey picture, rows from the top; 0 is black (for digits: the background).
public struct GrayPicture: Sendable, Equatable {
  public let width: Int
  public let height: Int
  public var pixels: [UInt8]

  public init(width: Int, height: Int, pixels: [UInt8]) {
    precondition(pixels.count == width * height, "\(pixels.count) bytes are not \(width) x \(height) pixels")
    self.width = width
    self.height = height
    self.pixels = pixels
  }
}
