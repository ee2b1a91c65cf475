import Testing

@testable import Networks

private func read(_ text: String) throws(JSONError) -> JSONValue { try JSONReader.read(Array(text.utf8)[...]) }

@Suite struct StrictJSONTests {
  @Test(
    "Texts that RFC 8259 allows are read",
    arguments: [
      ("null", JSONValue.null), (" true ", .bool(true)), ("\t\r\nfalse\n", .bool(false)), ("0", .number("0")), ("-0", .number("-0")),
      ("10", .number("10")), ("-1.50e+07", .number("-1.50e+07")), ("2E-3", .number("2E-3")), ("\"\"", .string("")),
      ("\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"", .string("\"\\/\u{8}\u{C}\n\r\t")), ("\"\\u0041\\u00e9\\u20AC\"", .string("Aé€")),
      ("\"\\ud83d\\ude00\"", .string("😀")), ("\"\u{7F}é😀\"", .string("\u{7F}é😀")), ("\"\\u0000\"", .string("\0")),
      ("[]", .array([])), ("[ ]", .array([])), ("{ }", .object([])),
      ("[1, [2], {}]", .array([.number("1"), .array([.number("2")]), .object([])])),
      ("{\"a\": 1 , \"b\" :[]}", .object([("a", .number("1")), ("b", .array([]))])),
      ("{\"a\": {\"a\": 0}}", .object([("a", .object([("a", .number("0"))]))])),
    ] as [(String, JSONValue)])
  func accepted(text: String, value: JSONValue) throws { #expect(try read(text) == value) }

  @Test(
    "Everything else is refused with its place",
    arguments: [
      ("", 0, "ends too early"), ("  ", 2, "ends too early"), ("[1,]", 3, "expected a value"), ("{\"a\":1,}", 7, "expected '\"'"),
      ("[1 2]", 3, "expected ']'"), ("[,1]", 1, "expected a value"), ("{\"a\" 1}", 5, "expected ':'"), ("{a: 1}", 1, "expected '\"'"),
      ("{\"a\": 1, \"b\": 2, \"a\": 3}", 20, "\"a\" appears twice"), ("{\"a\": 1, \"\\u0061\": 3}", 17, "\"a\" appears twice"),
      ("01", 2, "may not start with 0"), ("-01", 3, "may not start with 0"), ("1.", 2, "expected a value"), (".5", 0, "expected a value"),
      ("+1", 0, "expected a value"), ("-", 1, "expected a value"), ("1e", 2, "expected a value"), ("1e+", 3, "expected a value"),
      ("0x10", 1, "text after the end"), ("NaN", 0, "expected a value"), ("Infinity", 0, "expected a value"),
      ("True", 0, "expected a value"),
      ("nul", 0, "expected a value"), ("'a'", 0, "expected a value"), ("1 1", 2, "text after the end"), ("{} x", 3, "text after the end"),
      ("[1] // no", 4, "text after the end"), ("\"a", 2, "does not end"), ("\"a\\", 3, "does not end"), ("[", 1, "ends too early"),
      ("{\"a\":", 5, "ends too early"), ("\"a\nb\"", 2, "control character"), ("\"\u{1F}\"", 1, "control character"),
      ("\"\0\"", 1, "control character"), ("\"\\x41\"", 3, "unknown escape"), ("\"\\u12\"", 5, "four digits"),
      ("\"\\u12G4\"", 5, "four digits"),
      ("\"\\ud83d\"", 7, "surrogate"), ("\"\\ud83dx\"", 7, "surrogate"), ("\"\\ud83d\\n\"", 8, "surrogate"),
      ("\"\\ud83d\\u0041\"", 13, "surrogate"), ("\"\\ude00\"", 7, "surrogate"), ("\u{FEFF}1", 0, "expected a value"),
    ])
  func refused(text: String, offset: Int, problem: String) {
    do {
      let value = try read(text)
      Issue.record("\(text) was read as \(value)")
    } catch {
      #expect(error.problem.contains(problem), "\(text): \(error.problem)")
      #expect(error.offset == offset, "\(text): \(error.problem)")
    }
  }

  @Test("A name that comes back after many others is still found")
  func duplicateAmongMany() throws {
    for count in [7, 8, 9, 10, 1000] {
      let members = (0..<count).map { "\"n\($0)\": \($0)" }
      guard case .object(let read) = try read("{" + members.joined(separator: ",") + "}") else { throw JSONError(offset: 0, problem: "") }
      #expect(read.map(\.name) == (0..<count).map { "n\($0)" })
      for again in [0, count / 2, count - 1] {
        #expect(throws: JSONError.self) { try JSONReader.read(Array("{\(members.joined(separator: ",")),\"n\(again)\":0}".utf8)[...]) }
      }
    }
  }

  @Test(
    "Bytes that are not UTF-8 are refused",
    arguments: [[0xFF], [0xC3], [0xC0, 0xAF], [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80], [0x80]] as [[UInt8]])
  func notUTF8(bytes: [UInt8]) {
    #expect(throws: JSONError.self) { try JSONReader.read(([0x22] + bytes + [0x22])[...]) }
    #expect(throws: JSONError.self) { try JSONReader.read(bytes[...]) }
  }

  @Test("Nesting is allowed 32 deep and no deeper, and a bomb of brackets does not exhaust the stack")
  func depth() throws {
    func nested(_ depth: Int, _ open: String, _ close: String) -> String {
      String(repeating: open, count: depth) + "0" + String(repeating: close, count: depth)
    }
    _ = try read(nested(31, "[", "]"))
    _ = try read(nested(31, "{\"a\":", "}"))
    #expect(throws: JSONError.self) { try JSONReader.read(Array(nested(32, "[", "]").utf8)[...]) }
    #expect(throws: JSONError.self) { try JSONReader.read(Array(nested(40, "{\"a\":", "}").utf8)[...]) }
    #expect(throws: JSONError.self) { try JSONReader.read([UInt8](repeating: UInt8(ascii: "["), count: 4 << 20)[...]) }
  }

  @Test("The number of values and the length of a text are limited")
  func amounts() throws {
    let values = Array(("[" + String(repeating: "0,", count: JSONReader.mostValues) + "0]").utf8)
    #expect(throws: JSONError.self) { try JSONReader.read(values[...]) }
    let names = (0...JSONReader.mostNames).map { "\"\($0)\":0" }.joined(separator: ",")
    #expect(throws: JSONError.self) { try JSONReader.read(Array("{\(names)}".utf8)[...]) }
    let quote = [UInt8(ascii: "\"")]
    let longest = [UInt8](repeating: UInt8(ascii: "x"), count: JSONReader.longestText)
    #expect(try JSONReader.read((quote + longest + quote)[...]) == .string(String(decoding: longest, as: UTF8.self)))
    #expect(throws: JSONError.self) { try JSONReader.read((quote + longest + longest.prefix(1) + quote)[...]) }
  }

  @Test("Offsets count from the start of what is read, not of the array it is a part of")
  func slices() {
    do {
      _ = try JSONReader.read(Array("xxx[1,]".utf8)[3...])
      Issue.record("a trailing comma was accepted")
    } catch { #expect(error.offset == 3) }
  }

  @Test(
    "Whole numbers have at most 18 digits and nothing else",
    arguments: [
      ("0", 0), ("999999999999999999", 999_999_999_999_999_999), ("1000000000000000000", nil), ("-1", nil), ("1.0", nil), ("1e3", nil),
      ("\"1\"", nil), ("18446744073709551616", nil),
    ] as [(String, Int?)])
  func wholeNumbers(text: String, number: Int?) throws { #expect(try read(text).wholeNumber == number) }
}
