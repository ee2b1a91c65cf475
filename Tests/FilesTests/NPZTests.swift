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

  @Test("With sizes and places of 64 bits the same arrays are read back; that is how what has 4 GiB is begun")
  func large() throws {
    let path = folder.path + "/a.npz"
    let writer = try NPZWriter(path, arrays: [("conv1", [2, 3]), ("none", [0]), ("größe", [])], isLarge: true)
    try writer.append([1, 2, 3, 4, 5, 6], to: 0)
    try writer.append([7], to: 2)
    try writer.finish()
    let members = try ZipReader(bytes(of: path), isLarge: true).members
    #expect(members.map(\.name) == ["conv1.npy", "none.npy", "größe.npy"])
    #expect(
      members.map(\.content) == [
        npyBytes(shape: [2, 3], values: [1, 2, 3, 4, 5, 6]), npyBytes(shape: [0], values: []), npyBytes(shape: [], values: [7]),
      ])
    // Let go of before anything but headers is written: a file with holes.
    do { #expect(try NPZWriter(folder.path + "/b.npz", arrays: [("x", [1 << 29]), ("y", [1 << 29])]).isLarge) }
    #expect(folder.names == ["a.npz"])
  }

  @Test("What is no regular file is refused before anything is written")
  func refusals() throws {
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

  /// - Parameter isLarge: whether numbers must stand in what zip64 adds, and ones in the usual fields.
  init(_ bytes: [UInt8], isLarge: Bool = false) throws {
    func number(_ offset: Int, _ size: Int) -> Int { (0..<size).reduce(0) { $0 | Int(bytes[offset + $1]) << (8 * $1) } }
    let end = bytes.count - 22
    try #require(end >= 0 && number(end, 4) == 0x0605_4b50)
    var (count, size, position) = (number(end + 10, 2), number(end + 12, 4), number(end + 16, 4))
    var directoryEnd = end
    if isLarge {
      try #require(count == 0xffff && size == 0xffff_ffff && position == 0xffff_ffff)
      try #require(number(end - 20, 4) == 0x0706_4b50 && number(end - 4, 4) == 1)
      directoryEnd = number(end - 12, 8)
      try #require(number(directoryEnd, 4) == 0x0606_4b50 && directoryEnd + 12 + number(directoryEnd + 4, 8) == end - 20)
      (count, size, position) = (number(directoryEnd + 32, 8), number(directoryEnd + 40, 8), number(directoryEnd + 48, 8))
      try #require(number(directoryEnd + 24, 8) == count)
    }
    try #require(position + size == directoryEnd)
    for _ in 0..<count {
      try #require(number(position, 4) == 0x0201_4b50)
      let nameLength = number(position + 28, 2)
      let name = Array(bytes[position + 46..<position + 46 + nameLength])
      let extra = position + 46 + nameLength
      var (size, stored, local) = (number(position + 24, 4), number(position + 20, 4), number(position + 42, 4))
      if isLarge {
        try #require(size == 0xffff_ffff && stored == 0xffff_ffff && local == 0xffff_ffff && number(position + 30, 2) == 28)
        try #require(number(extra, 2) == 1 && number(extra + 2, 2) == 24)
        (size, stored, local) = (number(extra + 4, 8), number(extra + 12, 8), number(extra + 20, 8))
        let localExtra = local + 30 + nameLength
        try #require(number(local + 28, 2) == 20 && number(localExtra, 2) == 1 && number(localExtra + 2, 2) == 16)
        try #require(number(localExtra + 4, 8) == size && number(localExtra + 12, 8) == stored)
      }
      try #require(number(position + 10, 2) == 0 && size == stored)
      try #require(number(local, 4) == 0x0403_4b50)
      // Version, flags, method, time, checksum, sizes and the name's length stand in both headers.
      try #require(bytes[local + 4..<local + 28] == bytes[position + 6..<position + 30])
      try #require(Array(bytes[local + 30..<local + 30 + nameLength]) == name)
      let start = local + 30 + nameLength + number(local + 28, 2)
      let content = Array(bytes[start..<start + size])
      try #require(number(position + 16, 4) == Int(Self.slowCRC32(content)))
      members.append((String(decoding: name, as: UTF8.self), content))
      position = extra + number(position + 30, 2) + number(position + 32, 2)
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
