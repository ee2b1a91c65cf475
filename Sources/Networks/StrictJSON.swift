/// JSON as its standard (RFC 8259) has it, and nothing else: a name that appears twice in an object is an error,
/// where Foundation's readers keep one of the two and disagree about which.
package enum JSONValue: Equatable {
  case null
  case bool(Bool)
  /// As written: whether it is a whole number is for the reader of the field to judge.
  case number(String)
  case string(String)
  case array([JSONValue])
  case object([(name: String, value: JSONValue)])

  package static func == (a: JSONValue, b: JSONValue) -> Bool {
    switch (a, b) {
    case (.null, .null): true
    case (.bool(let a), .bool(let b)): a == b
    case (.number(let a), .number(let b)): a == b
    case (.string(let a), .string(let b)): a == b
    case (.array(let a), .array(let b)): a == b
    case (.object(let a), .object(let b)): a.elementsEqual(b) { $0.name == $1.name && $0.value == $1.value }
    default: false
    }
  }

  /// A whole number of at most 18 digits without sign, fraction or exponent.
  package var wholeNumber: Int? {
    guard case .number(let text) = self, text.utf8.count <= 18, text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
    return Int(text)
  }

  /// A number that a Double can hold.
  package var finiteNumber: Double? {
    guard case .number(let text) = self, let number = Double(text), number.isFinite else { return nil }
    return number
  }
}

package struct JSONError: Error {
  package let offset: Int
  package let problem: String
}

/// A recursive-descent reader over bytes. Depth is limited, so that hostile nesting cannot exhaust the stack; so are the number of
/// values and the length of texts, because a value takes many times the memory of the two bytes that can write it.
package struct JSONReader {
  private let bytes: ArraySlice<UInt8>
  private var position: Int
  private var valueCount = 0
  static let largestDepth = 32
  static let mostValues = 1 << 20
  static let mostNames = 1 << 17
  static let longestText = 1 << 20

  package static func read(_ bytes: ArraySlice<UInt8>) throws(JSONError) -> JSONValue {
    var reader = JSONReader(bytes: bytes, position: bytes.startIndex)
    let value = try reader.value(depth: 0)
    reader.skipSpace()
    if reader.position < bytes.endIndex { throw reader.error("text after the end") }
    return value
  }

  /// How many members an object can have at most, by the commas that are neither in a text nor in what it holds; those whose name begins
  /// like `name` do not count. Cost: one pass.
  package static func mostMembers(_ bytes: [UInt8], besides name: String) -> Int {
    let name = Array(name.utf8)
    var (depth, count, isText, isEscaped) = (0, 1, false, false)
    for (index, byte) in bytes.enumerated() {
      if isText {
        if isEscaped {
          isEscaped = false
        } else {
          isEscaped = byte == UInt8(ascii: "\\")
          isText = byte != UInt8(ascii: "\"")
        }
        continue
      }
      switch byte {
      case UInt8(ascii: "\""):
        isText = true
        if depth == 1, bytes[(index + 1)...].starts(with: name) { count -= 1 }
      case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
      case UInt8(ascii: "}"), UInt8(ascii: "]"): depth -= 1
      case UInt8(ascii: ","): count += depth == 1 ? 1 : 0
      default: break
      }
    }
    return count
  }

  private init(bytes: ArraySlice<UInt8>, position: Int) {
    self.bytes = bytes
    self.position = position
  }

  private func error(_ problem: String) -> JSONError { JSONError(offset: position - bytes.startIndex, problem: problem) }
  private var next: UInt8? { position < bytes.endIndex ? bytes[position] : nil }

  private mutating func skipSpace() {
    while let byte = next, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 { position += 1 }
  }

  private mutating func expect(_ character: Unicode.Scalar) throws(JSONError) {
    guard next == UInt8(ascii: character) else { throw error("expected '\(character)'") }
    position += 1
  }

  private mutating func value(depth: Int) throws(JSONError) -> JSONValue {
    guard depth < Self.largestDepth else { throw error("nested deeper than \(Self.largestDepth)") }
    guard valueCount < Self.mostValues else { throw error("more than \(Self.mostValues) values") }
    valueCount += 1
    skipSpace()
    switch next {
    case UInt8(ascii: "{"): return try object(depth: depth)
    case UInt8(ascii: "["): return try array(depth: depth)
    case UInt8(ascii: "\""): return .string(try string())
    case UInt8(ascii: "t"): return try word("true", .bool(true))
    case UInt8(ascii: "f"): return try word("false", .bool(false))
    case UInt8(ascii: "n"): return try word("null", .null)
    case nil: throw error("ends too early")
    default: return .number(try number())
    }
  }

  private mutating func word(_ word: StaticString, _ value: JSONValue) throws(JSONError) -> JSONValue {
    let text = Array(word.description.utf8)
    guard bytes[position...].starts(with: text) else { throw error("expected a value") }
    position += text.count
    return value
  }

  private mutating func object(depth: Int) throws(JSONError) -> JSONValue {
    try expect("{")
    var members: [(name: String, value: JSONValue)] = []
    // A set is worth its memory only where names are many.
    var names: Set<String> = []
    skipSpace()
    if next == UInt8(ascii: "}") {
      position += 1
      return .object([])
    }
    while true {
      skipSpace()
      let name = try string()
      let isNew: Bool
      if members.count < 8 {
        isNew = !members.contains { $0.name == name }
      } else {
        if members.count == 8 { names = Set(members.map(\.name)) }
        isNew = names.insert(name).inserted
      }
      guard members.count < Self.mostNames else { throw error("more than \(Self.mostNames) names in an object") }
      guard isNew else { throw error("name \"\(name)\" appears twice") }
      skipSpace()
      try expect(":")
      members.append((name, try value(depth: depth + 1)))
      skipSpace()
      if next == UInt8(ascii: ",") {
        position += 1
        continue
      }
      try expect("}")
      return .object(members)
    }
  }

  private mutating func array(depth: Int) throws(JSONError) -> JSONValue {
    try expect("[")
    var elements: [JSONValue] = []
    skipSpace()
    if next == UInt8(ascii: "]") {
      position += 1
      return .array([])
    }
    while true {
      elements.append(try value(depth: depth + 1))
      skipSpace()
      if next == UInt8(ascii: ",") {
        position += 1
        continue
      }
      try expect("]")
      return .array(elements)
    }
  }

  private mutating func number() throws(JSONError) -> String {
    let start = position
    if next == UInt8(ascii: "-") { position += 1 }
    let whole = try digits()
    if whole.count > 1 && whole.first == UInt8(ascii: "0") { throw error("a number may not start with 0") }
    if next == UInt8(ascii: ".") {
      position += 1
      _ = try digits()
    }
    if next == UInt8(ascii: "e") || next == UInt8(ascii: "E") {
      position += 1
      if next == UInt8(ascii: "+") || next == UInt8(ascii: "-") { position += 1 }
      _ = try digits()
    }
    return String(decoding: bytes[start..<position], as: UTF8.self)
  }

  private mutating func digits() throws(JSONError) -> ArraySlice<UInt8> {
    let start = position
    while let byte = next, byte >= 0x30 && byte <= 0x39 { position += 1 }
    if start == position { throw error("expected a value") }
    return bytes[start..<position]
  }

  private mutating func string() throws(JSONError) -> String {
    try expect("\"")
    var text: [UInt8] = []
    while true {
      let start = position
      while let byte = next, byte >= 0x20, byte != UInt8(ascii: "\""), byte != UInt8(ascii: "\\") { position += 1 }
      guard text.count + position - start <= Self.longestText else { throw error("a text longer than \(Self.longestText) bytes") }
      if text.isEmpty, next == UInt8(ascii: "\"") {
        // Without escapes it needs no copy.
        guard let string = String(validating: bytes[start..<position], as: UTF8.self) else { throw error("a text is not UTF-8") }
        position += 1
        return string
      }
      text.append(contentsOf: bytes[start..<position])
      guard let byte = next else { throw error("a text does not end") }
      guard byte >= 0x20 else { throw error("a control character in a text") }
      position += 1
      if byte == UInt8(ascii: "\"") { break }
      try escape(into: &text)
    }
    guard let string = String(validating: text, as: UTF8.self) else { throw error("a text is not UTF-8") }
    return string
  }

  private mutating func escape(into text: inout [UInt8]) throws(JSONError) {
    guard let byte = next else { throw error("a text does not end") }
    position += 1
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): text.append(byte)
    case UInt8(ascii: "b"): text.append(0x08)
    case UInt8(ascii: "f"): text.append(0x0C)
    case UInt8(ascii: "n"): text.append(0x0A)
    case UInt8(ascii: "r"): text.append(0x0D)
    case UInt8(ascii: "t"): text.append(0x09)
    case UInt8(ascii: "u"):
      var code = try hexadecimal()
      if (0xD800..<0xDC00).contains(code) {
        guard next == UInt8(ascii: "\\") else { throw error("half a surrogate pair") }
        position += 1
        guard next == UInt8(ascii: "u") else { throw error("half a surrogate pair") }
        position += 1
        let low = try hexadecimal()
        guard (0xDC00..<0xE000).contains(low) else { throw error("half a surrogate pair") }
        code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00)
      }
      guard let scalar = Unicode.Scalar(code) else { throw error("half a surrogate pair") }
      text.append(contentsOf: Array(String(Character(scalar)).utf8))
    default: throw error("an unknown escape in a text")
    }
  }

  private mutating func hexadecimal() throws(JSONError) -> UInt32 {
    var code: UInt32 = 0
    for _ in 0..<4 {
      guard let byte = next, let digit = Character(Unicode.Scalar(byte)).hexDigitValue else { throw error("\\u wants four digits") }
      code = (code << 4) + UInt32(digit)
      position += 1
    }
    return code
  }
}
