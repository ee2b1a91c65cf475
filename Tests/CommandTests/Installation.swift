import Foundation
import ProgramDriver

/// A prefix that `Scripts/install` fills with the built program.
struct Installation {
  static let id = "io.github.heatlens.Heatlens"
  /// One for all tests that only look at it, in a prefix with whatever characters a path may have.
  static let shared = Result { try Installation.complete(named: "it's 5 % of \"$HOME\" \\ more") }

  /// Holds the prefix, and is the home of whoever installs.
  let folder: TemporaryFolder
  let prefix: String

  init(named name: String = "prefix") throws {
    folder = try TemporaryFolder()
    prefix = folder.file(name)
    try FileManager.default.createDirectory(atPath: prefix, withIntermediateDirectories: true)
  }

  private static func complete(named name: String) throws -> Installation {
    let installation = try Installation(named: name)
    try installation.mustInstall()
    // What is shared is never released: the end of the process removes it.
    atexit { if let shared = try? Installation.shared.get() { try? FileManager.default.removeItem(atPath: shared.folder.path) } }
    return installation
  }

  /// Runs `Scripts/install` with this prefix.
  func script(_ arguments: String..., destination: String? = nil) throws -> Outcome {
    var environment = programEnvironment(home: folder)
    environment["DESTDIR"] = destination
    return try runTool("\(checkout)/Scripts/install", ["--prefix", prefix] + arguments, environment: environment, in: folder)
  }

  func install(destination: String? = nil) throws -> Outcome {
    try script("--program", Program().path, destination: destination)
  }

  func mustInstall() throws {
    let outcome = try install()
    guard outcome.status == 0 else { throw DriverFailure("Scripts/install: status \(outcome.status), \(outcome.errors)") }
  }

  func file(_ name: String) -> String { "\(prefix)/\(name)" }

  func text(_ name: String) throws -> String { try String(contentsOfFile: file(name), encoding: .utf8) }

  @discardableResult
  func write(_ name: String, _ text: String) throws -> String {
    let url = URL(fileURLWithPath: file(name))
    try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data(text.utf8).write(to: url)
    return url.path
  }

  /// All files with what is in them, and all folders, below the prefix.
  func contents() throws -> [String: Data] {
    var found: [String: Data] = [:]
    for name in try FileManager.default.subpathsOfDirectory(atPath: prefix) {
      var isFolder: ObjCBool = false
      if FileManager.default.fileExists(atPath: file(name), isDirectory: &isFolder), isFolder.boolValue {
        found[name + "/"] = Data()
      } else {
        found[name] = try Data(contentsOf: URL(fileURLWithPath: file(name)))
      }
    }
    return found
  }

  /// Runs the installed program with an empty home and nothing else that could tell it where its files are.
  func run(_ arguments: [String], in home: TemporaryFolder) throws -> Outcome {
    try runTool(file("bin/heatlens"), arguments, environment: ["HOME": home.path, "PATH": "/usr/bin:/bin"], in: home)
  }
}

/// The manual page as it was written for roff, its sections by title.
struct ManualPage {
  private(set) var sections: [String: [String]] = [:]

  init(_ installation: Installation) throws {
    let scratch = try TemporaryFolder()
    let outcome = try runTool(
      "gzip", ["-dc", installation.file("share/man/man1/heatlens.1.gz")], environment: programEnvironment(home: scratch), in: scratch)
    guard outcome.status == 0 else { throw DriverFailure(outcome.errors) }
    var title = ""
    for line in outcome.text.split(separator: "\n") {
      if line.hasPrefix(".SH ") {
        title = String(line.dropFirst(4).replacing("\"", with: ""))
      } else {
        sections[title, default: []].append(String(line))
      }
    }
  }

  /// What a section has entries for: `--data`, `-o`, `64`.
  func terms(of title: String) -> Set<String> {
    let lines = sections[title] ?? []
    return Set(
      zip(lines, lines.dropFirst()).filter { $0.0 == ".TP" }.flatMap { _, term in
        term.matches(of: /\\fB(.*?)\\fR/).flatMap { String($0.1).replacing("\\-", with: "-").components(separatedBy: ", ") }
      })
  }
}
