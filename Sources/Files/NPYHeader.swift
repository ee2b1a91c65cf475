/// The element type of an array file, as far as it is read.
struct NPYType {
  let size: Int
  let bigEndian: Bool
  var name: String { size == 4 ? "float32" : "float64" }

  /// nil: a type that is not read.
  init?(_ description: String) {
    switch description {
    case "<f4": (size, bigEndian) = (4, false)
    case ">f4": (size, bigEndian) = (4, true)
    case "<f8": (size, bigEndian) = (8, false)
    case ">f8": (size, bigEndian) = (8, true)
    default: return nil
    }
  }

  @inline(__always)
  func value(_ raw: UnsafeRawBufferPointer, at index: Int) -> Float {
    if size == 4 {
      let bits = raw.loadUnaligned(fromByteOffset: 4 * index, as: UInt32.self)
      return Float(bitPattern: bigEndian ? UInt32(bigEndian: bits) : UInt32(littleEndian: bits))
    }
    let bits = raw.loadUnaligned(fromByteOffset: 8 * index, as: UInt64.self)
    return Float(Double(bitPattern: bigEndian ? UInt64(bigEndian: bits) : UInt64(littleEndian: bits)))
  }
}

/// The first part of an array file: magic, version, and a Python dictionary of exactly `descr`, `fortran_order` and `shape`.
struct NPYHeader {
  let type: NPYType
  let fortranOrder: Bool
  let shape: [Int]
  /// The product of the shape, at most `NPYLimits.payloadBytes / type.size`.
  let count: Int

  var shapeText: String { "(" + shape.map(String.init).joined(separator: ", ") + ")" }

  init(readingFrom file: InputFile) throws(FileError) {
    func refuse(_ field: String, _ offset: Int, _ found: String, _ allowed: String) -> FileError {
      FileError(path: file.path, format: "npy", field: field, offset: offset, found: found, allowed: allowed)
    }
    let magic = try file.read(6)
    guard magic == [0x93] + Array("NUMPY".utf8) else {
      if magic.starts(with: [0x80]) {
        throw refuse("magic", 0, "a pickle's", "in Python: np.save(\"x.npy\", np.asarray(x, \"float32\"))")
      }
      throw refuse("magic", 0, "not that of an array file", "\\x93NUMPY is expected")
    }
    let version = try file.read(2)
    guard version.count == 2 else { throw refuse("version", 6, "cut short", "2 bytes are expected") }
    guard (1...3).contains(version[0]), version[1] == 0 else {
      throw refuse("version", 6, "\(version[0]).\(version[1])", "1.0, 2.0 and 3.0 are allowed")
    }
    let lengthSize = version[0] == 1 ? 2 : 4
    let lengthBytes = try file.read(lengthSize)
    guard lengthBytes.count == lengthSize else { throw refuse("header length", 8, "cut short", "\(lengthSize) bytes are expected") }
    let length = lengthBytes.reversed().reduce(0) { $0 << 8 | Int($1) }
    guard length <= NPYLimits.headerBytes else {
      throw refuse("header length", 8, "\(length)", "at most \(NPYLimits.headerBytes) is allowed")
    }
    let start = file.offset
    let text = try file.read(length)
    guard text.count == length else { throw refuse("header", start, "cut short", "\(length) bytes are announced") }

    var dictionary = NPYDictionary(text)
    do {
      try dictionary.parse()
    } catch {
      throw refuse("header", start + error.position, "not readable", error.expected)
    }
    let description = dictionary.description
    guard let type = NPYType(description) else {
      let kind = description.contains("O") ? "\(description) (pickled objects)" : description
      throw refuse("type (descr)", start, kind, "float32 and float64 are allowed; in Python: x.astype(\"float32\")")
    }
    guard dictionary.shape.count <= NPYLimits.rank else {
      throw refuse("rank", start, "\(dictionary.shape.count)", "at most \(NPYLimits.rank) is allowed")
    }
    var product = 1
    for (axis, size) in dictionary.shape.enumerated() {
      guard size > 0 else { throw refuse("dimension \(axis)", start, "0", "at least 1 is allowed") }
      let (next, overflow) = product.multipliedReportingOverflow(by: size)
      guard !overflow, next <= NPYLimits.payloadBytes / type.size else {
        throw refuse("dimension \(axis)", start, "\(size)", "at most \(NPYLimits.payloadBytes) bytes of data are allowed")
      }
      product = next
    }
    self.type = type
    fortranOrder = dictionary.fortranOrder
    shape = dictionary.shape
    count = product
  }
}

/// Reads the three fields, in any order, out of the Python literal; nothing else is a part of the format.
private struct NPYDictionary {
  struct Fault: Error {
    let position: Int
    let expected: String
  }

  private let text: [UInt8]
  private var position = 0
  private(set) var description = ""
  private(set) var fortranOrder = false
  private(set) var shape: [Int] = []

  init(_ text: [UInt8]) { self.text = text }

  mutating func parse() throws(Fault) {
    var seen: Set<String> = []
    try expect("{")
    while !accept("}") {
      if !seen.isEmpty {
        try expect(",")
        if accept("}") { break }
      }
      let key = try string()
      guard seen.insert(key).inserted else { throw Fault(position: position, expected: "each field may stand only once") }
      try expect(":")
      switch key {
      case "descr": description = try typeDescription()
      case "fortran_order": fortranOrder = try boolean()
      case "shape": shape = try tuple()
      default: throw Fault(position: position, expected: "only descr, fortran_order and shape are allowed")
      }
    }
    skipSpace()
    guard position == text.count else { throw Fault(position: position, expected: "nothing may follow the dictionary") }
    guard seen.count == 3 else { throw Fault(position: 0, expected: "descr, fortran_order and shape are needed") }
  }

  private mutating func skipSpace() {
    while position < text.count, [0x20, 0x09, 0x0a, 0x0d].contains(text[position]) { position += 1 }
  }

  private mutating func accept(_ token: StaticString) -> Bool {
    skipSpace()
    let wanted = token.withUTF8Buffer { Array($0) }
    guard text[position...].starts(with: wanted) else { return false }
    position += wanted.count
    return true
  }

  private mutating func expect(_ token: StaticString) throws(Fault) {
    guard accept(token) else { throw Fault(position: position, expected: "\(token) is expected") }
  }

  private mutating func string() throws(Fault) -> String {
    skipSpace()
    guard position < text.count, text[position] == 0x27 || text[position] == 0x22,
      let end = text[(position + 1)...].firstIndex(of: text[position])
    else { throw Fault(position: position, expected: "a quoted name is expected") }
    defer { position = end + 1 }
    return String(decoding: text[(position + 1)..<end], as: UTF8.self)
  }

  private mutating func typeDescription() throws(Fault) -> String {
    if accept("[") { throw Fault(position: position, expected: "an array of records cannot be read; float32 is allowed") }
    return try string()
  }

  private mutating func boolean() throws(Fault) -> Bool {
    if accept("True") { return true }
    if accept("False") { return false }
    throw Fault(position: position, expected: "True or False is expected")
  }

  private mutating func tuple() throws(Fault) -> [Int] {
    var sizes: [Int] = []
    try expect("(")
    while !accept(")") {
      if !sizes.isEmpty {
        try expect(",")
        if accept(")") { break }
      }
      skipSpace()
      let start = position
      while position < text.count, (0x30...0x39).contains(text[position]) { position += 1 }
      guard let size = Int(String(decoding: text[start..<position], as: UTF8.self)) else {
        throw Fault(position: start, expected: "a dimension below 2^63 is expected")
      }
      sizes.append(size)
    }
    return sizes
  }
}
