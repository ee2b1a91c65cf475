import ArgumentParser
import Files
import Foundation

/// Where a command's result goes: a file, replaced as a whole, or standard output (`-`).
struct OutputOption: ParsableArguments {
  @Option(
    name: [.customShort("o"), .customLong("output")], help: ArgumentHelp("Where to write; - is standard output.", valueName: "file"),
    completion: .file())
  var path: String = "-"

  var isStandardOutput: Bool { path == "-" }

  /// - Parameter isText: bytes that are no text are not poured into a terminal.
  func write(_ bytes: [UInt8], isText: Bool) throws {
    let stream = try stream(isText: isText)
    try stream.append(bytes)
    try stream.finish()
  }

  /// For a result that comes in pieces. What cannot be created fails here, before anything is computed for it.
  func stream(isText: Bool) throws -> ResultStream {
    if isStandardOutput && !isText && isatty(STDOUT_FILENO) != 0 {
      throw CommandFailure.usage("the result is not text: name a file with -o, or send standard output into one")
    }
    return isStandardOutput ? .standardOutput : .file(try AtomicFile(path))
  }

  func write(_ text: String) throws { try write(Array((text + "\n").utf8), isText: true) }
}

/// A result that is written in pieces. A file stands under its name when it is finished; standard output takes what comes.
enum ResultStream {
  case file(AtomicFile)
  case standardOutput

  func append(_ bytes: [UInt8]) throws {
    if case .file(let file) = self { return try file.append(bytes) }
    var rest = bytes[...]
    while !rest.isEmpty {
      let written = rest.withUnsafeBytes { Foundation.write(STDOUT_FILENO, $0.baseAddress, $0.count) }
      if written < 0 {
        if errno == EINTR { continue }
        throw CommandFailure(message: "standard output: \(String(cString: strerror(errno)))", exitCode: EX_IOERR)
      }
      rest = rest.dropFirst(written)
    }
  }

  func finish() throws {
    if case .file(let file) = self { try file.finish() }
  }
}

/// A value as JSON with sorted keys; numbers that are not finite, which JSON does not have, as texts.
func jsonText(_ value: some Encodable) throws -> String {
  let encoder = JSONEncoder()
  encoder.nonConformingFloatEncodingStrategy = .convertToString(positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
  encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
  return String(decoding: try encoder.encode(value), as: UTF8.self)
}

/// Diagnostics go to standard error, so that results can be piped on.
func note(_ text: String) { FileHandle.standardError.write(Data("\(text)\n".utf8)) }

func decimal(_ value: Double, _ digits: Int) -> String { String(format: "%.\(digits)f", value) }

extension Duration {
  var seconds: Double { Double(components.seconds) + Double(components.attoseconds) * 1e-18 }
}
