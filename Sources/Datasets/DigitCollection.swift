/// Labelled grey pictures of one size, train first, then test: what the map shows and the network classifies.
public struct DigitCollection: Sendable {
  public enum Origin: Sendable, Equatable {
    /// Read from files in this folder (or from this file).
    case files(String)
    /// Drawn by the program itself from this seed: no data was found.
    case synthetic(seed: UInt64)
  }

  public let width: Int
  public let height: Int
  /// `count x height x width` bytes, 0 is background.
  public let pixels: [UInt8]
  public let labels: [UInt8]
  /// The first `trainCount` pictures are the training split, the rest the test split.
  public let trainCount: Int
  public let origin: Origin
  /// What a user should know about the data though it could be read (all labels equal, trailing zeros, ...).
  public let warnings: [String]

  public init(
    width: Int, height: Int, pixels: [UInt8], labels: [UInt8], trainCount: Int, origin: Origin, warnings: [String] = []
  ) {
    precondition(pixels.count == labels.count * width * height, "pictures and labels must be of the same number")
    precondition(trainCount <= labels.count, "the training split is part of the collection")
    self.width = width
    self.height = height
    self.pixels = pixels
    self.labels = labels
    self.trainCount = trainCount
    self.origin = origin
    self.warnings = warnings
  }

  public var count: Int { labels.count }

  /// The bytes of picture `index`, row by row.
  public func picture(_ index: Int) -> ArraySlice<UInt8> {
    pixels[index * width * height..<(index + 1) * width * height]
  }
}
