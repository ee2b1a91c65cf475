import ArgumentParser
import Files
import Foundation
import Networks
import Platform
import Relevance
import Renderer

@main
struct Heatlens: ParsableCommand {
  static let version = "0.1.0"
  static let configuration = CommandConfiguration(
    commandName: "heatlens",
    abstract: "Shows why a convolutional network decides as it does.",
    discussion: "Without a command the window opens: the t-SNE map of the data, the network, and relevance for what you click or draw.",
    version: version,
    subcommands: [View.self, Explain.self, Embed.self, Evaluate.self, Info.self, Render.self, DataSummary.self, Bench.self],
    defaultSubcommand: View.self)

  /// Parses and runs; whatever goes wrong becomes one sentence on standard error and the exit code for its kind.
  static func main() {
    do {
      var command = try parseAsRoot()
      try command.run()
    } catch let error as FileError {
      // What stands on the command line itself is no file.
      stop(error.description, error.path == PreprocessingOverride.optionName ? EX_USAGE : error.category.exitCode)
    } catch let error as PlatformError {
      stop(error.description, error.exitCode)
    } catch let error as RendererError {
      stop(error.description, error.exitCode)
    } catch let error as RelevanceError {
      if case .cannotRun = error { stop(error.description, EX_DATAERR) }
      stop(error.description, EX_USAGE)
    } catch let error as CommandFailure {
      stop(error.message, error.exitCode)
    } catch {
      exit(withError: error)
    }
  }

  private static func stop(_ message: String, _ code: Int32) -> Never {
    FileHandle.standardError.write(Data("heatlens: \(message)\n".utf8))
    Foundation.exit(code)
  }
}

/// A failure that belongs to no module, with its code from sysexits.h.
struct CommandFailure: Error {
  let message: String
  let exitCode: Int32

  static func usage(_ message: String) -> CommandFailure { CommandFailure(message: message, exitCode: EX_USAGE) }
}
