import AppCore
import ArgumentParser
import Files
import Foundation
import Geometry
import Platform
import Relevance
import Workers

struct View: ParsableCommand {
  static let configuration = CommandConfiguration(abstract: "Open the window (the default).")

  @OptionGroup var data: DataOption
  @OptionGroup var model: ModelOption
  @OptionGroup var preprocessing: PreprocessOption
  @OptionGroup var method: WindowMethodOptions
  @OptionGroup var map: MapOption
  @OptionGroup var points: PointOptions
  @Flag(name: .customLong("no-restore"), help: "Begin anew, not as the last session ended, and leave what is kept of that one.")
  var beginsAnew = false
  @Flag(help: "Without motion: view and points jump to where they go.") var reducedMotion = false
  @Option(help: ArgumentHelp("Explain this digit at the start.", valueName: "n")) var index: Int?
  @Option(help: ArgumentHelp("Write the program's state as JSON whenever it changes.", valueName: "file"), completion: .file())
  var stateFile: String?

  /// Whether anything says that there is one.
  static var hasDisplay: Bool {
    let environment = ProcessInfo.processInfo.environment
    return ["DISPLAY", "WAYLAND_DISPLAY", "XDG_RUNTIME_DIR", "SDL_VIDEODRIVER"].contains { environment[$0] ?? "" != "" }
  }

  func run() throws {
    // Without any sign of a display nothing is tried: the libraries underneath would complain on standard error in their own words.
    guard Self.hasDisplay else {
      throw PlatformError.noDisplay(reason: "neither DISPLAY nor WAYLAND_DISPLAY is set")
    }
    // Who begins anew keeps what was kept before.
    var file = SessionFile(path: beginsAnew ? nil : Places().session)
    let saved = SessionFile.read(file.path)
    let window = try Window(size: saved?.size ?? Size(1280, 800))
    let session = try Session(
      window: window,
      options: AppOptions(
        initialIndex: index, dataPath: data.path, modelPath: model.path, preprocessing: try preprocessing.read(),
        query: try method.query(), comparison: method.compare, showsAllClasses: method.allClasses, mapPath: try map.checked(),
        reducesMotion: reducedMotion, coloring: points.colorBy, search: points.search, session: saved))
    var reporter = stateFile.map { StateReporter(path: $0) }
    while !session.isOver {
      _ = session.step()
      do {
        try reporter?.report(stateReport(of: session.state, frame: session.frame))
      } catch {
        // The window goes on without it; what failed is said once.
        reporter = nil
        session.send(.failed(.saving, message: "\(error)"))
        note("heatlens: \(error)")
      }
      file.keep(session.state.savedSession)
    }
    file.write(session.state.savedSession)
    session.close()
  }
}

/// Keeps a file that says what the window shows.
struct StateReporter {
  let path: String
  private var last: StateReport?

  init(path: String) { self.path = path }

  /// Replaces the file as a whole when something changed. It describes this moment only, so it is not forced onto the disk.
  mutating func report(_ report: StateReport) throws {
    guard report != last else { return }
    last = report
    let temporary = path + ".partial"
    do {
      try Data((report.json + "\n").utf8).write(to: URL(fileURLWithPath: temporary))
      guard rename(temporary, path) == 0 else { throw CocoaError(.fileWriteUnknown) }
    } catch {
      throw FileError(.cannotCreate, path: path, found: "cannot be written", allowed: "the state file needs a folder that can be written")
    }
  }
}

extension SavedSession {
  /// The window's, within reason.
  fileprivate var size: Size? {
    guard let windowWidth, let windowHeight, windowWidth >= 320, windowHeight >= 200, windowWidth <= 16_384, windowHeight <= 16_384 else {
      return nil
    }
    return Size(windowWidth, windowHeight)
  }
}
