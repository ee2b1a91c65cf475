import Foundation

/// How a program ended and what it said.
package struct Outcome {
  package let status: Int32
  package let output: Data
  package let errors: String

  package var text: String { String(decoding: output, as: UTF8.self) }
  /// The lines on standard error.
  package var complaints: [String] { errors.split(separator: "\n").map(String.init) }
}

/// Runs a program by path, or by name along `PATH`, until it ends; one that takes longer than `seconds` is ended.
///
/// - Parameter output: where its standard output goes instead of into the outcome.
@discardableResult
package func runTool(
  _ tool: String, _ arguments: [String], environment: [String: String], output: String? = nil, in folder: TemporaryFolder,
  seconds: Double = 300
) throws -> Outcome {
  guard let executable = locate(tool) else { throw DriverFailure("\(tool) is not installed") }
  // Files take any amount without a reader.
  let name = UUID().uuidString
  let outputPath = output ?? folder.file("\(name).out")
  let errorPath = folder.file("\(name).err")
  let process = try RunningProcess(executable, arguments, environment: environment, output: outputPath, errors: errorPath)
  guard let status = process.wait(seconds: seconds) else {
    process.end()
    throw DriverFailure("\(tool) \(arguments.joined(separator: " ")) took longer than \(seconds) s")
  }
  let said = output == nil ? try Data(contentsOf: URL(fileURLWithPath: outputPath)) : Data()
  let errors = try Data(contentsOf: URL(fileURLWithPath: errorPath))
  if output == nil { try FileManager.default.removeItem(atPath: outputPath) }
  try FileManager.default.removeItem(atPath: errorPath)
  return Outcome(status: status, output: said, errors: String(decoding: errors, as: UTF8.self))
}

/// Where a program lies, by path or along `PATH`.
package func locate(_ tool: String) -> String? {
  if tool.contains("/") { return FileManager.default.isExecutableFile(atPath: tool) ? tool : nil }
  let folders = (ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin").split(separator: ":")
  return folders.map { "\($0)/\(tool)" }.first { FileManager.default.isExecutableFile(atPath: $0) }
}

/// For writing, from its start.
package func opened(_ path: String) throws -> FileHandle {
  let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
  guard descriptor >= 0 else { throw DriverFailure("\(path) cannot be opened") }
  return FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
}

/// For reports: `relevance_in` becomes `relevanceIn`.
package var snakeCaseDecoder: JSONDecoder {
  let decoder = JSONDecoder()
  decoder.keyDecodingStrategy = .convertFromSnakeCase
  return decoder
}

/// The folder with `Scripts`, `Assets` and `Sources`.
package let checkout = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
  .path
