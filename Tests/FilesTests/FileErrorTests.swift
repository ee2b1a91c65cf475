import Testing

@testable import Files

@Suite struct FileErrorTests {
  @Test("A message names file, field, offset, what was found and what is allowed")
  func sentence() {
    let error = FileError(
      path: "train-images-idx3-ubyte.gz", format: "IDX", field: "dimension 1", offset: 8, found: "4294967295",
      allowed: "at most 16384 is allowed")
    #expect(error.description == "train-images-idx3-ubyte.gz: dimension 1 (offset 8) is 4294967295; at most 16384 is allowed")
  }

  @Test("Each category has the exit code of sysexits.h")
  func exitCodes() {
    #expect(FileError.Category.noInput.exitCode == 66)
    #expect(FileError.Category.badData.exitCode == 65)
    #expect(FileError.Category.cannotCreate.exitCode == 73)
    #expect(FileError.Category.inputOutput.exitCode == 74)
  }

  @Test("Control, direction and line characters are escaped")
  func escapes() {
    let error = FileError(path: "a\n\u{1b}[31m\u{202e}b\u{0}", field: "key \t\u{2028}", found: "\u{7f}")
    #expect(error.description == "a\\n\\u{1b}[31m\\u{202e}b\\u{0}: key \\t\\u{2028} is \\u{7f}")
  }

  @Test("However long its parts are, a message has at most 300 characters and keeps the end of the path")
  func lengthLimit() {
    let long = String(repeating: "\u{1}x", count: 100_000)
    let error = FileError(path: long + "/name.idx", field: long, offset: Int.max, found: long, allowed: long)
    #expect(error.description.unicodeScalars.count <= 300)
    #expect(error.description.contains("/name.idx: "))
    #expect(error.description.hasPrefix("..."))
  }

  @Test("Text is cut only where it is too long")
  func cutting() {
    #expect(displayText("12345", limit: 5) == "12345")
    #expect(displayText("123456", limit: 5) == "12...")
    #expect(displayText("123456", limit: 5, keepingEnd: true) == "...56")
    #expect(displayText("", limit: 5) == "")
    #expect(displayText("abc\n", limit: 4) == "a...")
  }
}
