import CZlib

/// Writes several float32 arrays into one file that `numpy.load` reads: a zip of `.npy` members that are stored as they are.
///
/// Names and shapes are said first; then the numbers of each array come in any number of pieces, in any order among the arrays, so
/// that the file may be larger than the memory. Written as `AtomicFile` does; one that is let go of unfinished leaves nothing behind.
///
/// The format: PKWARE's APPNOTE 6.3, with zip64 where there are 4 GiB or more, or 65,535 arrays or more. The same content gives the same
/// bytes.
public final class NPZWriter {
  /// The names of the arrays in the file: the ones that were asked for, but for what a zip cannot hold.
  public let names: [String]
  private let file: AtomicFile
  let isLarge: Bool
  private var members: [Member]

  private struct Member {
    let name: [UInt8]
    let header: [UInt8]
    /// Of the member's own header in the file.
    let offset: Int
    /// Of the array, header included.
    let size: Int
    let isLarge: Bool
    /// How much of the array has been written.
    var written: Int
    var checksum: UInt

    var dataOffset: Int { offset + ZipRecord.localHeaderSize(isLarge: isLarge) + name.count }
    var end: Int { dataOffset + size }
  }

  public convenience init(_ path: String, arrays: [(name: String, shape: [Int])]) throws(FileError) {
    let size = arrays.reduce(1 << 16) { $0 + 1024 + 4 * $1.shape.reduce(1, *) }
    try self.init(path, arrays: arrays, isLarge: arrays.count >= Int(UInt16.max) || size >= Int(UInt32.max))
  }

  /// - Parameter isLarge: whether sizes and places take 64 bits.
  init(_ path: String, arrays: [(name: String, shape: [Int])], isLarge: Bool) throws(FileError) {
    names = memberNames(arrays.map(\.name))
    var members: [Member] = []
    var offset = 0
    for (name, array) in zip(names, arrays) {
      let header = npyHeader(shape: array.shape)
      let member = Member(
        name: Array("\(name).npy".utf8), header: header, offset: offset, size: header.count + 4 * array.shape.reduce(1, *),
        isLarge: isLarge, written: header.count, checksum: checksum(0, header))
      members.append(member)
      offset = member.end
    }
    self.members = members
    self.isLarge = isLarge
    file = try AtomicFile(path)
    guard file.isSeekable else {
      throw FileError(.cannotCreate, path: path, found: "is no regular file", allowed: "an npz is written at several places at once")
    }
    for member in members { try file.write(member.header, at: member.dataOffset) }
  }

  /// Writes the next numbers of an array.
  ///
  /// - Parameter array: its position among those of `init`.
  public func append(_ values: [Float], to array: Int) throws(FileError) {
    let bytes = littleEndianBytes(of: values)
    let member = members[array]
    precondition(member.written + bytes.count <= member.size, "array \(names[array]) gets more numbers than its shape says")
    try file.write(bytes, at: member.dataOffset + member.written)
    members[array].written += bytes.count
    members[array].checksum = checksum(member.checksum, bytes)
  }

  /// Makes the file what its name stands for. Every array has got all its numbers.
  public func finish() throws(FileError) {
    var directory: [UInt8] = []
    for (member, name) in zip(members, names) {
      precondition(member.written == member.size, "array \(name) lacks numbers")
      let record = ZipRecord(checksum: UInt32(truncatingIfNeeded: member.checksum), size: member.size, name: member.name, isLarge: isLarge)
      try file.write(record.localHeader, at: member.offset)
      directory += record.centralHeader(offset: member.offset)
    }
    let end = members.last?.end ?? 0
    let closing = ZipRecord.end(count: members.count, directorySize: directory.count, directoryOffset: end, isLarge: isLarge)
    try file.write(directory + closing, at: end)
    try file.finish()
  }
}

private func checksum(_ before: UInt, _ bytes: [UInt8]) -> UInt {
  // Of no bytes zlib would make a fresh start.
  if bytes.isEmpty { return before }
  return bytes.withUnsafeBytes { UInt(crc32_z(before, $0.bindMemory(to: UInt8.self).baseAddress, bytes.count)) }
}

/// The headers of a stored member (APPNOTE 4.3.7, 4.3.12 and 4.3.16), and what zip64 adds (4.3.14, 4.3.15 and 4.5.3): there the fields of 32
/// and 16 bits hold nothing but ones, and the numbers stand behind.
private struct ZipRecord {
  static func localHeaderSize(isLarge: Bool) -> Int { 30 + (isLarge ? 20 : 0) }

  let checksum: UInt32
  let size: Int
  let name: [UInt8]
  let isLarge: Bool

  /// Version 2.0 to read it, 4.5 with zip64; a name in UTF-8, stored; 1980-01-01, so that a time does not make equal files differ.
  private func common(extra: Int) -> [UInt8] {
    let shown = isLarge ? long(UInt32.max) : long(size)
    return word(isLarge ? 45 : 20) + word(1 << 11) + word(0) + word(0) + word(1 << 5 | 1) + long(checksum) + shown + shown
      + word(name.count) + word(extra)
  }

  var localHeader: [UInt8] {
    guard isLarge else { return long(0x0403_4b50) + common(extra: 0) + name }
    return long(0x0403_4b50) + common(extra: 20) + name + word(1) + word(16) + wide(size) + wide(size)
  }

  func centralHeader(offset: Int) -> [UInt8] {
    // Made by version 2.0 of Unix, which gives the permissions 0644 of a regular file a meaning.
    let attributes = UInt32(0o100644) << 16
    let start = long(0x0201_4b50) + word(3 << 8 | (isLarge ? 45 : 20)) + common(extra: isLarge ? 28 : 0)
    let middle = word(0) + word(0) + word(0) + long(attributes)
    guard isLarge else { return start + middle + long(offset) + name }
    return start + middle + long(UInt32.max) + name + word(1) + word(24) + wide(size) + wide(size) + wide(offset)
  }

  static func end(count: Int, directorySize: Int, directoryOffset: Int, isLarge: Bool) -> [UInt8] {
    guard isLarge else {
      return long(0x0605_4b50) + word(0) + word(0) + word(count) + word(count) + long(directorySize) + long(directoryOffset) + word(0)
    }
    // What follows the record's size field is 44 bytes long.
    let record =
      long(0x0606_4b50) + wide(44) + word(3 << 8 | 45) + word(45) + long(0) + long(0) + wide(count) + wide(count) + wide(directorySize)
      + wide(directoryOffset)
    let locator = long(0x0706_4b50) + long(0) + wide(directoryOffset + directorySize) + long(1)
    return record + locator + long(0x0605_4b50) + word(0) + word(0) + word(0xFFFF) + word(0xFFFF) + long(UInt32.max) + long(UInt32.max)
      + word(0)
  }
}

private func wide(_ value: Int) -> [UInt8] { withUnsafeBytes(of: UInt64(value).littleEndian) { Array($0) } }
private func word(_ value: Int) -> [UInt8] { withUnsafeBytes(of: UInt16(value).littleEndian) { Array($0) } }
private func long(_ value: some BinaryInteger) -> [UInt8] { withUnsafeBytes(of: UInt32(value).littleEndian) { Array($0) } }

/// Names that a zip can hold, all different: no control characters and backslashes, no empty folder names, no way out of the folder.
private func memberNames(_ names: [String]) -> [String] {
  let longest = 200
  var taken: Set<String> = []
  return names.map { name in
    let parts = name.split(separator: "/").map { part in
      part == "." || part == ".."
        ? String(repeating: "_", count: part.count)
        : String(String.UnicodeScalarView(part.unicodeScalars.map { $0.value < 0x20 || $0.value == 0x7f || $0 == "\\" ? "_" : $0 }))
    }
    let wanted = parts.isEmpty ? "_" : String(parts.joined(separator: "/").unicodeScalars.prefix(longest))
    var chosen = wanted
    var number = 2
    while !taken.insert(chosen).inserted {
      chosen = "\(wanted)-\(number)"
      number += 1
    }
    return chosen
  }
}
