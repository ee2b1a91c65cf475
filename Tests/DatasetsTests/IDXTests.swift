import Datasets
import Files
import Foundation
import Testing

@Suite struct IDXTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  @Test("Pictures and labels are read, plain or gzip, whatever the name says", arguments: ["", ".gz"], [false, true])
  func reads(suffix: String, isCompressed: Bool) throws {
    try folder.split(
      pictures: isCompressed ? gzipped(pictureFile) : pictureFile, labels: isCompressed ? gzipped(labelFile) : labelFile, suffix: suffix)
    let digits = try loadDigits(from: folder.path)
    #expect(digits.width == 2 && digits.height == 2)
    #expect(digits.pixels == [0, 1, 2, 3, 10, 20, 30, 40, 255, 254, 253, 252])
    #expect(digits.labels == [7, 0, 9])
    #expect(digits.trainCount == 3)
    #expect(digits.origin == .files(folder.path))
    #expect(digits.warnings == ["\(folder.path): there is no test split"])
  }

  @Test("Train comes first, then test")
  func bothSplits() throws {
    try folder.split(pictures: pictureFile, labels: labelFile)
    try folder.file("t10k-images-idx3-ubyte.gz", gzipped(idx([2, 2, 2], [9, 9, 9, 9, 8, 8, 8, 8])))
    try folder.file("t10k-labels-idx1-ubyte", idx([2], [1, 2]))
    let digits = try loadDigits(from: folder.path)
    #expect(digits.labels == [7, 0, 9, 1, 2])
    #expect(digits.trainCount == 3)
    #expect(Array(digits.picture(4)) == [8, 8, 8, 8])
    #expect(digits.warnings.isEmpty)
  }

  @Test("The test split alone is read with a warning, and is no training split")
  func testOnly() throws {
    try folder.file("t10k-images-idx3-ubyte", pictureFile)
    try folder.file("t10k-labels-idx1-ubyte", labelFile)
    let digits = try loadDigits(from: folder.path)
    #expect(digits.trainCount == 0)
    #expect(digits.warnings == ["\(folder.path): there is no training split"])
  }

  @Test("A damaged picture file is refused with field, offset, what was found and what is allowed", arguments: damagedPictures.indices)
  func pictures(_ index: Int) throws {
    let (bytes, words) = IDXTests.damagedPictures[index]
    try folder.split(pictures: bytes, labels: labelFile)
    let error = try #require(fileError { _ = try loadDigits(from: folder.path) })
    #expect(error.category == FileError.Category.badData)
    #expect(error.description.hasPrefix("\(folder.path)/train-images-idx3-ubyte: \(words)"), "\(error)")
    #expect(error.description.unicodeScalars.count <= 300)
    #expect(fileError { _ = try loadDigits(from: folder.path) } == error)
    // The same place is named where the file is compressed.
    try folder.split(pictures: gzipped(bytes), labels: labelFile)
    let compressed = try #require(fileError { _ = try loadDigits(from: folder.path) })
    #expect(compressed.field == error.field && compressed.offset == error.offset)
  }

  private static let damagedPictures: [([UInt8], String)] = [
    ([], "magic (offset 0) is missing: the file is empty; 0 0 8 3 is expected"),
    ([0], "magic (offset 0) is cut short after 1 bytes"),
    ([0, 0, 8], "magic (offset 0) is cut short after 3 bytes"),
    ([0, 0, 8, 3], "dimension 0 (offset 4) is cut short after 0 bytes; 4 bytes are needed"),
    ([1, 2, 3, 4, 0, 0, 0, 1], "magic (offset 0) is 1 2 3 4; 0 0 8 3 is expected"),
    ([3, 8, 0, 0] + pictureFile.dropFirst(4), "magic (offset 0) is byte-swapped"),
    ([0, 0, 7, 3] + pictureFile.dropFirst(4), "type (offset 2) is unknown (0x7); 0x08 (unsigned bytes) is allowed"),
    ([0, 0, 13, 3] + pictureFile.dropFirst(4), "type (offset 2) is 0x0d (float32)"),
    ([0, 0, 8, 0], "rank (offset 3) is 0; pictures have 3"),
    ([0, 0, 8, 255] + pictureFile.dropFirst(4), "rank (offset 3) is 255; pictures have 3"),
    (labelFile, "rank (offset 3) is 1 (labels); pictures have 3"),
    (Array(pictureFile.prefix(10)), "dimension 1 (offset 8) is cut short after 2 bytes"),
    ([0, 0, 8, 3, 3, 0, 0, 0, 2, 0, 0, 0, 2, 0, 0, 0], "dimension 1 (offset 8) is 33554432; at most 16384 is allowed"),
    (idx([3, 0xffff_ffff, 2], []), "dimension 1 (offset 8) is 4294967295; at most 16384 is allowed"),
    (idx([0xffff_ffff, 0xffff_ffff, 0xffff_ffff], []), "dimension 1 (offset 8) is 4294967295; at most 16384 is allowed"),
    (idx([0x8000_0000, 16_384, 16_384], []), "dimension 0 (offset 4) is 2147483648; at most 4 is allowed"),
    (idx([0xffff_ffff, 1, 1], []), "dimension 0 (offset 4) is 4294967295; at most 1073741824 is allowed"),
    (idx([1, 513, 2], [UInt8](repeating: 0, count: 1026)), "dimension 1 (offset 8) is 513; at most 512 is allowed"),
    (idx([0, 2, 2], []), "dimension 0 (offset 4) is 0; at least 1 is allowed"),
    (idx([3, 0, 2], []), "dimension 1 (offset 8) is 0; at least 1 is allowed"),
    (idx([3, 2, 0], []), "dimension 2 (offset 12) is 0; at least 1 is allowed"),
    (Array(pictureFile.dropLast()), "data (offset 16) is 11 bytes long; 12 bytes are declared"),
    (Array(pictureFile.prefix(16)), "data (offset 16) is 0 bytes long; 12 bytes are declared"),
    (pictureFile + [0], "data (offset 16) is longer than declared; exactly 12 bytes are declared"),
    (Array("<!DOCTYPE html><html>404</html>".utf8), "magic (offset 0) is that of a web page"),
    (Array("version https://git-lfs.github.com/spec/v1\noid sha256:00".utf8), "magic (offset 0) is that of a git-lfs pointer"),
    ([0x50, 0x4b, 3, 4, 20, 0, 0, 0], "magic (offset 0) is that of a zip archive"),
  ]

  @Test("A damaged label file is refused", arguments: damagedLabels.indices)
  func labels(_ index: Int) throws {
    let (bytes, words) = IDXTests.damagedLabels[index]
    try folder.split(pictures: pictureFile, labels: bytes)
    let error = try #require(fileError { _ = try loadDigits(from: folder.path) })
    #expect(error.description.hasPrefix("\(folder.path)/train-labels-idx1-ubyte: \(words)"), "\(error)")
  }

  private static let damagedLabels: [([UInt8], String)] = [
    (pictureFile, "rank (offset 3) is 3 (pictures); labels have 1"),
    (idx([3], [7, 10, 9]), "label 1 (offset 9) is 10; 0 to 9 are allowed"),
    (idx([3], [7, 0, 255]), "label 2 (offset 10) is 255; 0 to 9 are allowed"),
    (idx([3], [7, 0]), "data (offset 8) is 2 bytes long; 3 bytes are declared"),
    (idx([3], [7, 0, 1, 1]), "data (offset 8) is longer than declared"),
    (idx([0x4000_0001], []), "dimension 0 (offset 4) is 1073741825; at most 1073741824 is allowed"),
  ]

  @Test("Different numbers of pictures and labels are refused with the names of both files")
  func differentCounts() throws {
    try folder.split(pictures: idx([60_000, 28, 28], []), labels: idx([10_000], []))
    let error = try #require(fileError { _ = try loadDigits(from: folder.path) })
    #expect(error.description.contains("/train-images-idx3-ubyte: dimension 0 (offset 4) is 60000; "))
    #expect(error.description.hasSuffix("/train-labels-idx1-ubyte has 10000 labels"))
  }

  @Test("Splits of different picture sizes are refused")
  func differentSizes() throws {
    try folder.split(pictures: pictureFile, labels: labelFile)
    try folder.file("t10k-images-idx3-ubyte", idx([1, 2, 3], [1, 2, 3, 4, 5, 6]))
    try folder.file("t10k-labels-idx1-ubyte", idx([1], [1]))
    let error = try #require(fileError { _ = try loadDigits(from: folder.path) })
    #expect(error.description.contains("/t10k-images-idx3-ubyte: picture size is 3 x 2; "))
    #expect(error.description.hasSuffix("/train-images-idx3-ubyte has 2 x 2"))
  }

  @Test("Odd content is accepted with a warning")
  func warnings() throws {
    try folder.split(pictures: idx([2, 1, 1], [0, 0]), labels: idx([2], [4, 4]))
    let images = folder.path + "/train-images-idx3-ubyte"
    #expect(try loadDigits(from: folder.path).warnings.starts(with: ["\(images): all labels are 4", "\(images): all pixels are 0"]))
    try folder.split(pictures: idx([1, 1, 1], [5]), labels: idx([1], [4]))
    #expect(try loadDigits(from: folder.path).warnings.first == "\(images): there is only one picture")
  }

  @Test("A gigabyte that is declared but not there, or there but not declared, is not read")
  func huge() throws {
    try folder.split(pictures: idx([1 << 20, 32, 32], []), labels: idx([1 << 20], []))
    let missing = fileError { _ = try loadDigits(from: folder.path) }
    #expect(missing?.description.contains("train-labels-idx1-ubyte: data (offset 8) is 0 bytes long; 1048576 bytes are declared") == true)
    try folder.split(pictures: pictureFile, labels: labelFile)
    #expect(truncate(folder.path + "/train-images-idx3-ubyte", 1 << 30) == 0)
    let long = fileError { _ = try loadDigits(from: folder.path) }
    #expect(long?.description.hasSuffix("data (offset 16) is longer than declared; exactly 12 bytes are declared") == true)
  }

  @Test("A file that is missing, unreachable or no file is named")
  func unreachable() throws {
    #expect(fileError { _ = try loadDigits(from: folder.path + "/none") }?.category == .noInput)
    let empty = fileError { _ = try loadDigits(from: folder.path) }
    #expect(empty?.category == .noInput)
    #expect(empty?.description.contains(": holds no digits; train-images-idx3-ubyte") == true)
    try folder.file("train-images-idx3-ubyte", pictureFile)
    let half = fileError { _ = try loadDigits(from: folder.path) }
    #expect(half?.category == .noInput)
    #expect(half?.description.hasPrefix("\(folder.path)/train-labels-idx1-ubyte: is missing; it belongs to") == true)
    #expect(mkfifo(folder.path + "/train-labels-idx1-ubyte", 0o600) == 0)
    #expect(fileError { _ = try loadDigits(from: folder.path) }?.description.contains("train-labels-idx1-ubyte: is a pipe") == true)
    #expect(unlink(folder.path + "/train-labels-idx1-ubyte") == 0)
    #expect(symlink("nowhere", folder.path + "/train-labels-idx1-ubyte") == 0)
    #expect(fileError { _ = try loadDigits(from: folder.path) }?.description.contains("no such file or folder") == true)
    let one = fileError { _ = try loadDigits(from: folder.path + "/train-images-idx3-ubyte") }
    #expect(one?.description.hasSuffix("is one IDX file; name the folder that holds the pictures and the labels") == true)
  }
}
