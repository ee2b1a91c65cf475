/// What turns a picture into the network's input: enlarge to `height x width`, scale to 0...1, subtract `mean`, divide by `std`.
public struct Preprocessing: Sendable, Hashable {
  public let channels: Int
  public let height: Int
  public let width: Int
  /// Per channel, in units of pixels scaled to 0...1.
  public let mean: [Float]
  public let std: [Float]

  public init(channels: Int, height: Int, width: Int, mean: [Float], std: [Float]) {
    precondition(mean.count == channels && std.count == channels, "one mean and one deviation per channel")
    self.channels = channels
    self.height = height
    self.width = width
    self.mean = mean
    self.std = std
  }
}
