import AppCore
import ArgumentParser
import Datasets
import Files
import Foundation
import Geometry
import Platform
import Relevance
import Workers

struct Render: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Write the window's picture as PNG, without a display.",
    discussion: """
      Waits until data, map and network are there and, with --index, until that digit is explained. Then what --keys lists is done \
      one after the other, each after the answer to the one before.
      """)

  @OptionGroup var data: DataOption
  @OptionGroup var model: ModelOption
  @OptionGroup var preprocessing: PreprocessOption
  @OptionGroup var output: OutputOption
  @Option(help: ArgumentHelp("Size in pixels.", valueName: "width x height")) var size = SizeArgument(width: 1280, height: 800)
  @OptionGroup var map: MapOption
  @OptionGroup var points: PointOptions
  @Option(help: ArgumentHelp("Explain this digit.", valueName: "n")) var index: Int?
  @OptionGroup var method: WindowMethodOptions
  @Option(help: "Write only this panel.") var panel: Panel?
  @Option(help: "Write the whole graph of the network, as far as it is open, instead of the window.") var graph: GraphFormat?
  @Option(help: ArgumentHelp("Select this node of the network, e.g. layer3.2.", valueName: "name")) var layer: String?
  @Option(
    parsing: .upToNextOption,
    help: ArgumentHelp(
      "Do this, as in the window: a 3 shift+m Down Enter F1; move@300,200 click@300,200 wheel@300,200,5 drag@840,160,930,160,890,300.",
      valueName: "key")) var keys: [InputArgument] = []

  func run() throws {
    // A file that is not there has an exit code of its own; the session would only tell its sentence.
    _ = try InputFile(Places().network(model.path))
    if let path = data.path, !FileManager.default.fileExists(atPath: path) { _ = try InputFile(path) }
    let window = try Window(offscreenSize: Size(Double(size.width), Double(size.height)))
    let session = try Session(
      window: window,
      options: AppOptions(
        initialIndex: index, dataPath: data.path, modelPath: model.path, preprocessing: try preprocessing.read(),
        query: try method.query(), comparison: method.compare, showsAllClasses: method.allClasses, mapPath: try map.checked(),
        reducesMotion: true, initialLayer: layer, coloring: points.colorBy, search: points.search))
    settle(session)
    for event in keys.flatMap(\.events) where session.state.errorMessage == nil {
      session.send(event)
      settle(session)
    }
    session.close()
    if let message = session.state.errorMessage { throw CommandFailure(message: message, exitCode: EX_DATAERR) }
    if let graph {
      try output.write(try session.graphBytes(as: graph), isText: graph == .svg)
      return
    }
    var picture = session.picture()
    if let frame = panel.flatMap({ session.state.frame(of: $0) }) { picture = picture.part(frame) }
    try output.write(pngBytes(width: picture.width, height: picture.height, rgba: picture.rgba), isText: false)
    let report = stateReport(of: session.state, frame: session.frame)
    if let message = report.message { note("heatlens: \(message)") }
    if let index, let prediction = report.prediction {
      note("digit \(index): predicted \(prediction) (\(report.attribution))")
    }
  }

  /// What failed ends it: a map may take minutes.
  private func settle(_ session: Session) {
    while !session.state.isAtRest && !session.isOver && session.state.errorMessage == nil { _ = session.step() }
  }
}

extension Panel: ExpressibleByArgument {}
extension GraphFormat: ExpressibleByArgument {}
