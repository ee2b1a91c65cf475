import Datasets
import Foundation
import Testing

private let folder = ProcessInfo.processInfo.environment["HEATLENS_MNIST"]

@Suite(.enabled(if: folder != nil)) struct MNISTTests {
  @Test("MNIST is read whole: 60,000 and 10,000 digits, with the published numbers of each class")
  func whole() throws {
    let digits = try loadDigits(from: #require(folder))
    #expect(digits.count == 70_000 && digits.trainCount == 60_000)
    #expect(digits.width == 28 && digits.height == 28)
    #expect(digits.warnings.isEmpty)
    let train = (0..<10).map { label in digits.labels.prefix(60_000).count { $0 == label } }
    #expect(train == [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949])
    let test = (0..<10).map { label in digits.labels.dropFirst(60_000).count { $0 == label } }
    #expect(test == [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009])
    // The published mean of the test pictures.
    let sum = digits.pixels.dropFirst(60_000 * 784).reduce(0) { $0 + Int($1) }
    #expect(abs(Double(sum) / Double(10_000 * 784) / 255 - 0.1325) < 0.0001)
  }
}
