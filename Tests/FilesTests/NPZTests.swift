import Foundation
import Testing

@testable import Files

@Suite struct NPZTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  @Test("Arrays written in pieces and in turn are read back, each under its name with its checksum")
  func pieces() throws {
    let path = folder.path + "/a.npz"
    let writer = try NPZWriter(path, arrays: [("conv1", [2, 3]), ("layer1.0.add", [2, 1, 2]), ("scalar", [])])
    try writer.append([1, 2, 3], to: 0)
    try writer.append([-1, -2], to: 1)
    try writer.append([7], to: 2)
    try writer.append([], to: 0)
    try writer.append([4, 5, 6], to: 0)
    #expect(folder.names.allSatisfy { $0.hasPrefix(".heatlens-") })
    try writer.append([-3, -4], to: 1)
    try writer.finish()
    #expect(folder.names == ["a.npz"])
    let members = try ZipReader(bytes(of: path)).members
    #expect(members.map(\.name) == ["conv1.npy", "layer1.0.add.npy", "scalar.npy"])
    #expect(
      members.map(\.content) == [
        npyBytes(shape: [2, 3], values: [1, 2, 3, 4, 5, 6]), npyBytes(shape: [2, 1, 2], values: [-1, -2, -3, -4]),
        npyBytes(shape: [], values: [7]),
      ])
  }

  @Test("The same arrays give the same bytes, and an npz of none is a zip of none")
  func same() throws {
    for name in ["a", "b"] {
      let writer = try NPZWriter(folder.path + "/" + name, arrays: [("x", [1])])
      try writer.append([2], to: 0)
      try writer.finish()
    }
    #expect(try bytes(of: folder.path + "/a") == bytes(of: folder.path + "/b"))
    try NPZWriter(folder.path + "/none", arrays: []).finish()
    #expect(try ZipReader(bytes(of: folder.path + "/none")).members.isEmpty)
  }

  @Test(
    "Names that a zip cannot hold are changed, and all differ",
    arguments: [
      (["/conv1/Conv", "conv1/Conv"], ["conv1/Conv", "conv1/Conv-2"]),
      (["a\\b\u{0}\n", "a_b__"], ["a_b__", "a_b__-2"]),
      (["../../x", "./y", "a//b"], ["__/__/x", "_/y", "a/b"]),
      (["", "/", "x", "x", "x"], ["_", "_-2", "x", "x-2", "x-3"]),
      (["größe"], ["größe"]),
    ])
  func names(_ wanted: [String], _ given: [String]) throws {
    let path = folder.path + "/a.npz"
    let writer = try NPZWriter(path, arrays: wanted.map { ($0, [1]) })
    #expect(writer.names == given)
    for index in wanted.indices { try writer.append([Float(index)], to: index) }
    try writer.finish()
    #expect(try ZipReader(bytes(of: path)).members.map(\.name) == given.map { "\($0).npy" })
  }

  @Test("What is too large for the format, and what is no regular file, is refused before anything is written")
  func refusals() throws {
    let path = folder.path + "/a.npz"
    let large = fileError { _ = try NPZWriter(path, arrays: [("x", [1 << 29]), ("y", [1 << 29])]) }
    #expect(large?.category == .cannotCreate)
    #expect(large?.description.contains("4294967295 bytes are allowed") == true)
    #expect(fileError { _ = try NPZWriter("/dev/null", arrays: [("x", [1])]) }?.category == .cannotCreate)
    #expect(folder.names.isEmpty)
  }

  @Test("One that is let go of unfinished leaves nothing behind, and what stood there stays")
  func unfinished() throws {
    let path = try folder.file("a.npz", [1, 2, 3])
    do {
      let writer = try NPZWriter(path, arrays: [("x", [2])])
      try writer.append([1], to: 0)
    }
    #expect(folder.names == ["a.npz"])
    #expect(try bytes(of: path) == [1, 2, 3])
  }
}

/// A zip of stored members read by its central directory, as APPNOTE says, checking each header against the other and the checksum.
private struct ZipReader {
  private(set) var members: [(name: String, content: [UInt8])] = []

  init(_ bytes: [UInt8]) throws {
    func number(_ offset: Int, _ size: Int) -> Int { (0..<size).reduce(0) { $0 | Int(bytes[offset + $1]) << (8 * $1) } }
    let end = bytes.count - 22
    try #require(end >= 0 && number(end, 4) == 0x0605_4b50)
    var position = number(end + 16, 4)
    try #require(position + number(end + 12, 4) == end)
    for _ in 0..<number(end + 10, 2) {
      try #require(number(position, 4) == 0x0201_4b50)
      let (checksum, size, stored) = (number(position + 16, 4), number(position + 20, 4), number(position + 24, 4))
      let nameLength = number(position + 28, 2)
      let local = number(position + 42, 4)
      let name = Array(bytes[position + 46..<position + 46 + nameLength])
      try #require(number(position + 10, 2) == 0 && size == stored)
      try #require(number(local, 4) == 0x0403_4b50)
      // Version, flags, method, time, checksum, sizes and lengths stand in both headers.
      try #require(bytes[local + 4..<local + 30] == bytes[position + 6..<position + 32])
      try #require(Array(bytes[local + 30..<local + 30 + nameLength]) == name)
      let start = local + 30 + nameLength + number(local + 28, 2)
      let content = Array(bytes[start..<start + size])
      try #require(checksum == Int(Self.slowCRC32(content)))
      members.append((String(decoding: name, as: UTF8.self), content))
      position += 46 + nameLength + number(position + 30, 2) + number(position + 32, 2)
    }
  }

  /// Bit by bit (ISO 3309).
  private static func slowCRC32(_ bytes: [UInt8]) -> UInt32 {
    var remainder: UInt32 = 0xffff_ffff
    for byte in bytes {
      remainder ^= UInt32(byte)
      for _ in 0..<8 { remainder = remainder & 1 == 1 ? remainder >> 1 ^ 0xedb8_8320 : remainder >> 1 }
    }
    return ~remainder
  }
}
