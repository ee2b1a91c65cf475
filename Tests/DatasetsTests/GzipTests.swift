import CZlib
import Datasets
import Files
import Testing

@Suite struct GzipTests {
  let folder: TemporaryFolder
  private let payload = idx([50, 4, 4], noise(800))
  private let labels = idx([50], (0..<50).map { UInt8($0 % 10) })

  init() throws { folder = try TemporaryFolder() }

  /// The error of reading these bytes as the compressed pictures; nil if they are read.
  private func error(_ pictures: [UInt8]) throws -> FileError? {
    try folder.split(pictures: pictures, labels: labels, suffix: ".gz")
    return fileError { _ = try loadDigits(from: folder.path) }
  }

  @Test("A stream cut anywhere is refused")
  func cut() throws {
    let whole = gzipped(payload)
    for length in Array(2..<20) + Array(stride(from: 20, to: whole.count, by: 37)) + Array(whole.count - 9..<whole.count) {
      let error = try #require(try error(Array(whole.prefix(length))))
      #expect(error.description.contains("cut short"), "\(length): \(error)")
    }
    #expect(try error([0x1f])?.description.contains("magic (offset 0) is cut short after 1 bytes") == true)
  }

  @Test("Each part of the wrapper is checked")
  func wrapper() throws {
    let whole = gzipped(payload)
    func changed(_ index: Int, _ value: UInt8) -> [UInt8] {
      var bytes = whole
      bytes[index] = value
      return bytes
    }
    #expect(try error(changed(2, 7))?.field == "compression method")
    #expect(try error(changed(3, 0x20))?.field == "flags")
    #expect(try error(changed(whole.count - 8, whole[whole.count - 8] ^ 1))?.field == "CRC-32")
    #expect(try error(changed(whole.count - 1, 99))?.field == "length")
    // An extra field, or a name, that does not end within the file.
    #expect(
      try error(Array(whole.prefix(3)) + [4] + whole[4..<10] + [255, 255] + whole[10..<40])?.description.contains("cut short") == true)
    #expect(
      try error(Array(whole.prefix(3)) + [8] + whole[4..<10] + Array(repeating: 65, count: 300))?.description.contains("cut short") == true)
  }

  @Test("An extra field, a name and a comment are passed over")
  func optionalFields() throws {
    let whole = gzipped(payload)
    let fields: [UInt8] = [3, 0, 1, 2, 3] + Array("name\0comment\0".utf8)
    #expect(try error(Array(whole.prefix(3)) + [4 + 8 + 16] + whole[4..<10] + fields + whole[10...]) == nil)
  }

  @Test("A flipped bit gives an error or changes nothing")
  func flippedBits() throws {
    let whole = gzipped(payload)
    try folder.split(pictures: whole, labels: labels, suffix: ".gz")
    let right = try loadDigits(from: folder.path)
    var refused = 0
    for place in 0..<200 {
      let bit = place < 80 ? place : 80 + (place - 80) * (whole.count * 8 - 80) / 120
      var bytes = whole
      bytes[bit / 8] ^= 1 << UInt8(bit % 8)
      try folder.split(pictures: bytes, labels: labels, suffix: ".gz")
      do {
        let digits = try loadDigits(from: folder.path)
        #expect(digits.pixels == right.pixels)
        // Only time stamp, hints and system in the header say nothing about the content.
        #expect((4..<10).contains(bit / 8) || bit / 8 == 3)
      } catch {
        #expect(error.description.unicodeScalars.count <= 300)
        refused += 1
      }
    }
    #expect(refused >= 140)
  }

  @Test("Two members are one stream, trailing zeros a warning, trailing garbage an error")
  func afterTheEnd() throws {
    let halves = gzipped(Array(payload.prefix(300))) + gzipped(Array(payload.dropFirst(300)))
    #expect(try error(halves) == nil)
    #expect(try loadDigits(from: folder.path).pixels == Array(payload.dropFirst(16)))

    #expect(try error(gzipped(payload) + [UInt8](repeating: 0, count: 700)) == nil)
    let warnings = try loadDigits(from: folder.path).warnings
    #expect(warnings.first == "\(folder.path)/train-images-idx3-ubyte.gz: 700 zero bytes follow the compressed data")

    let garbage = try error(gzipped(payload) + [0, 0, 5])
    #expect(garbage?.field == "trailing data")
    #expect(garbage?.offset == gzipped(payload).count + 2)
    #expect(try error(gzipped(payload) + [0x1f, 0x8c, 1, 2, 3, 4, 5, 6, 7, 8])?.field == "magic")
    #expect(try error(gzipped(payload) + gzipped([1]))?.description.contains("longer than declared") == true)
  }

  @Test("Empty members without end are refused")
  func emptyMembers() throws {
    let members = [[UInt8]](repeating: gzipped([]), count: 11_000).flatMap { $0 }
    #expect(try error(gzipped(payload) + members)?.field == "number of members")
  }

  @Test("gzip inside gzip is named")
  func nested() throws {
    #expect(try error(gzipped(gzipped(gzipped(payload))))?.found == "that of gzip inside gzip")
  }

  @Test("Of what inflates to ten gigabytes, only what is declared is inflated")
  func bomb() throws {
    let header = deflated(idx([50, 4, 4], []), windowBits: -15, flush: Z_FULL_FLUSH)
    // After a full flush a block stands for itself, so that it can be repeated.
    let zeros = deflated([UInt8](repeating: 0, count: 1 << 20), windowBits: -15, flush: Z_FULL_FLUSH)
    var bytes: [UInt8] = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3] + header
    for _ in 0..<10_240 { bytes += zeros }
    #expect(try error(bytes)?.description.contains("data (offset 16) is longer than declared; exactly 800 bytes are declared") == true)
  }

  @Test("A payload that so few compressed bytes cannot hold is refused before memory is taken")
  func impossible() throws {
    try folder.split(pictures: gzipped(idx([1 << 18, 64, 64], [])), labels: gzipped(idx([1 << 18], noise(1 << 18).map { $0 % 10 })))
    let error = fileError { _ = try loadDigits(from: folder.path) }
    #expect(error?.description.hasSuffix("data (offset 16) is cut short; 1073741824 bytes are declared") == true)
  }

  @Test("A large damaged payload is refused, a large whole one is read")
  func large() throws {
    let count = 68_000
    let pictures = gzipped(idx([count, 32, 32], [UInt8](repeating: 200, count: count * 1024)))
    let manyLabels = idx([count], noise(count).map { $0 % 10 })
    try folder.split(pictures: pictures, labels: manyLabels)
    #expect(try loadDigits(from: folder.path).pixels.count == count * 1024)
    var damaged = pictures
    damaged[damaged.count - 6] ^= 1
    try folder.split(pictures: damaged, labels: manyLabels)
    #expect(fileError { _ = try loadDigits(from: folder.path) }?.field == "CRC-32")
  }
}
