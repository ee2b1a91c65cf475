import Files

/// A place in a message, from which its fields are read one after another.
struct ProtobufMessage {
  let source: ProtobufSource
  /// What the message is, for errors: "the graph", "node 12".
  let name: String
  private var position: Int
  private let end: Int

  init(_ source: ProtobufSource, _ name: String, _ range: Range<Int>) {
    self.source = source
    self.name = name
    position = range.lowerBound
    end = range.upperBound
  }

  struct Field {
    enum Value {
      case varint(UInt64)
      case fixed64(UInt64)
      case fixed32(UInt32)
      /// Where the bytes of a text, a message or packed numbers are in the file.
      case bytes(Range<Int>)
    }

    let number: Int
    let offset: Int
    let value: Value
  }

  /// The next field; nil at the end of the message.
  mutating func next() throws(FileError) -> Field? {
    guard position < end else { return nil }
    let offset = position
    let tag = try varint("a tag", offset)
    guard tag >> 3 > 0, tag >> 3 < 1 << 29 else { throw wrong(offset, "a tag", found: "\(tag)", allowed: "fields count from 1") }
    let number = Int(tag >> 3)
    let value: Field.Value
    switch tag & 7 {
    case 0: value = .varint(try varint("field \(number)", offset))
    case 1: value = .fixed64(try fixed(8, number, offset))
    case 5: value = .fixed32(UInt32(truncatingIfNeeded: try fixed(4, number, offset)))
    case 2:
      let length = try varint("the length of field \(number)", offset)
      guard length <= UInt64(end - position) else {
        throw wrong(offset, "field \(number)", found: "\(length) bytes long", allowed: "only \(end - position) bytes are left")
      }
      value = .bytes(position..<position + Int(length))
      position += Int(length)
    default: throw wrong(offset, "field \(number)", found: "of wire type \(tag & 7)", allowed: "0, 1, 2 and 5 are allowed")
    }
    return Field(number: number, offset: offset, value: value)
  }

  private mutating func varint(_ what: String, _ offset: Int) throws(FileError) -> UInt64 {
    var result: UInt64 = 0
    for index in 0..<10 {
      guard position < end else { throw wrong(offset, what, found: "cut short") }
      let byte = try source.byte(at: position)
      position += 1
      guard index < 9 || byte <= 1 else { break }
      result |= UInt64(byte & 0x7F) << UInt64(7 * index)
      if byte < 0x80 { return result }
    }
    throw wrong(offset, what, found: "longer than 64 bits")
  }

  private mutating func fixed(_ count: Int, _ number: Int, _ offset: Int) throws(FileError) -> UInt64 {
    guard end - position >= count else { throw wrong(offset, "field \(number)", found: "cut short") }
    var result: UInt64 = 0
    for index in 0..<count { result |= UInt64(try source.byte(at: position + index)) << UInt64(8 * index) }
    position += count
    return result
  }

  private func wrong(_ offset: Int, _ what: String, found: String, allowed: String? = nil) -> FileError {
    source.error("\(what) of \(name)", offset, found: found, allowed: allowed)
  }
}

/// What a field holds, where its number says what that must be.
extension ProtobufMessage {
  private func wrongType(_ field: Field, expected: String) -> FileError {
    let found =
      switch field.value {
      case .varint: "a whole number"
      case .fixed64: "a 64-bit number"
      case .fixed32: "a 32-bit number"
      case .bytes: "a text or message"
      }
    return wrong(field.offset, "field \(field.number)", found: found, allowed: "\(expected) is expected")
  }

  func integer(_ field: Field) throws(FileError) -> Int {
    guard case .varint(let bits) = field.value else { throw wrongType(field, expected: "a whole number") }
    return Int(Int64(bitPattern: bits))
  }

  func float(_ field: Field) throws(FileError) -> Float {
    guard case .fixed32(let bits) = field.value else { throw wrongType(field, expected: "a 32-bit number") }
    return Float(bitPattern: bits)
  }

  func bytes(_ field: Field) throws(FileError) -> Range<Int> {
    guard case .bytes(let range) = field.value else { throw wrongType(field, expected: "a text or message") }
    return range
  }

  /// A message in this one.
  func message(_ field: Field, _ name: String) throws(FileError) -> ProtobufMessage {
    ProtobufMessage(source, name, try bytes(field))
  }

  /// A text that is kept; it must be UTF-8.
  func text(_ field: Field) throws(FileError) -> String {
    let range = try bytes(field)
    try source.charge(48 + range.count, at: field.offset)
    guard let text = String(validating: try source.bytes(range), as: UTF8.self) else {
      throw wrong(field.offset, "field \(field.number)", found: "not UTF-8")
    }
    return text
  }

  /// One or more whole numbers: a field of its own, or many packed into one.
  func integers(_ field: Field, into numbers: inout [Int]) throws(FileError) {
    guard case .bytes(let range) = field.value else {
      try source.charge(8, at: field.offset)
      numbers.append(try integer(field))
      return
    }
    try source.charge(8 * range.count, at: field.offset)
    var packed = ProtobufMessage(source, name, range)
    while packed.position < packed.end {
      numbers.append(Int(Int64(bitPattern: try packed.varint("field \(field.number)", field.offset))))
    }
  }

  func floats(_ field: Field, into numbers: inout [Float]) throws(FileError) {
    guard case .bytes(let range) = field.value else {
      try source.charge(4, at: field.offset)
      numbers.append(try float(field))
      return
    }
    guard range.count % 4 == 0 else {
      throw wrong(field.offset, "field \(field.number)", found: "\(range.count) bytes long", allowed: "a multiple of 4 is expected")
    }
    try source.charge(range.count, at: field.offset)
    try source.bytes(range).withUnsafeBytes { FloatFormat.float32.append($0, to: &numbers) }
  }
}
