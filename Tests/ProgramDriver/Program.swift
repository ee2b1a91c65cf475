import Foundation

/// The built `heatlens`, run from outside as a person would run it.
package struct Program {
  package let path: String

  /// The executable that `HEATLENS_EXECUTABLE` names; else the one that was built beside the tests.
  package init() throws {
    if let path = ProcessInfo.processInfo.environment["HEATLENS_EXECUTABLE"], !path.isEmpty {
      self.path = URL(fileURLWithPath: path).path
      return
    }
    let starts = [CommandLine.arguments.first, Bundle.main.executablePath].compactMap { $0 }
    for start in starts {
      var folder = URL(fileURLWithPath: start).resolvingSymlinksInPath().deletingLastPathComponent()
      while folder.path != "/" {
        let candidate = folder.appendingPathComponent("heatlens").path
        var isFolder: ObjCBool = false
        if FileManager.default.fileExists(atPath: candidate, isDirectory: &isFolder), !isFolder.boolValue,
          FileManager.default.isExecutableFile(atPath: candidate)
        {
          path = candidate
          return
        }
        folder.deleteLastPathComponent()
      }
    }
    throw DriverFailure("no heatlens beside \(starts); build it or name it in HEATLENS_EXECUTABLE")
  }

  /// Runs a command without a display, with an empty home, and waits until it ends.
  package func run(_ arguments: String..., in home: TemporaryFolder, output: String? = nil) throws -> Outcome {
    try runTool(path, arguments, environment: programEnvironment(home: home), output: output, in: home)
  }
}

/// What surrounds the program: an empty home, no display, none of the XDG folders of whoever runs the tests; data and assets as given.
package func programEnvironment(home: TemporaryFolder) -> [String: String] {
  var environment = ProcessInfo.processInfo.environment
  for key in environment.keys where key.hasPrefix("XDG_") || ["DISPLAY", "WAYLAND_DISPLAY", "SDL_VIDEODRIVER"].contains(key) {
    environment[key] = nil
  }
  environment["HOME"] = home.path
  return environment
}

/// A sentence about why a test could not be carried out.
package struct DriverFailure: Error, CustomStringConvertible {
  package let description: String
  package init(_ description: String) { self.description = description }
}

/// A folder that goes away with the value that names it.
package final class TemporaryFolder: Sendable {
  package let path: String

  package init() throws {
    let url = FileManager.default.temporaryDirectory.appendingPathComponent("heatlens-tests-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    path = url.path
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  package func file(_ name: String) -> String { "\(path)/\(name)" }

  /// Writes a file and returns its path.
  package func write(_ name: String, _ bytes: some Sequence<UInt8>) throws -> String {
    try Data(bytes).write(to: URL(fileURLWithPath: file(name)))
    return file(name)
  }
}
