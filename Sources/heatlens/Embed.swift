import AppCore
import ArgumentParser
import Datasets
import Embedding
import Files
import Foundation
import FusedKernels
import Relevance
import Workers

struct Embed: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Compute the t-SNE map of the data, judge one that was computed elsewhere, or put pictures into a finished one.",
    discussion: """
      heatlens embed -o map.npy -o map.csv -o map.safetensors
      heatlens embed --map elsewhere.npy --format json
      heatlens embed --into map.safetensors --add mine.png more/
      """)

  @OptionGroup var data: DataOption
  @Option(help: ArgumentHelp("Use only the first n pictures.", valueName: "n")) var limit: Int?
  @OptionGroup var optimization: OptimizationOptions
  @Option(help: ArgumentHelp("Judge and export this map [N, 2] instead of computing one.", valueName: "file.npy"), completion: .file())
  var map: String?
  @Option(
    help: ArgumentHelp("A map with all that new points need, as -o file.safetensors writes it.", valueName: "file.safetensors"),
    completion: .file())
  var into: String?
  @Option(
    parsing: .upToNextOption,
    help: ArgumentHelp(
      "Pictures, folders of pictures, or arrays [N, ...] of grey values from 0 to 255 to put into the map of --into.", valueName: "picture"),
    completion: .file())
  var add: [String] = []
  @Option(help: ArgumentHelp("Neighbours told of each picture that is added.", valueName: "k")) var neighbours: Int = 10
  @Flag(help: "Ask the network what each picture is, for the column of the table.") var predict = false
  @OptionGroup var model: ModelOption
  @Option(help: "How to report.") var format: ReportFormat = .text
  @Option(
    help: ArgumentHelp("Also keep the map as a file that the window finds in a folder of maps.", valueName: "folder"),
    completion: .directory) var mapFolder: String?
  @Option(
    name: [.customShort("o"), .customLong("output")],
    help: ArgumentHelp(
      "Where to write, by its ending: .csv a table, .safetensors a map for --into, else [N, 2] as .npy, - for standard output. May be given several times.",
      valueName: "file"), completion: .file()) var output: [String] = []

  func validate() throws {
    if let limit, limit < 1 { throw ValidationError("--limit must be at least 1.") }
    guard (1...1000).contains(neighbours) else { throw ValidationError("--neighbours must be 1 to 1000.") }
    if into != nil {
      guard !add.isEmpty else { throw ValidationError("--into needs pictures: --add.") }
      guard map == nil && mapFolder == nil else { throw ValidationError("--into goes with neither --map nor --map-folder.") }
    } else {
      guard add.isEmpty else { throw ValidationError("--add needs a map: --into.") }
      guard !output.isEmpty || mapFolder != nil || map != nil else { throw ValidationError("Name the file for the map with -o.") }
      guard !predict || output.contains(where: { $0.hasSuffix(".csv") }) else {
        throw ValidationError("--predict fills a column of the table: name one with -o file.csv.")
      }
    }
  }

  func run() throws {
    do {
      if let into { return try EmbedPlacing(path: into, format: format, outputs: output).run(adding: add, neighbours: neighbours) }
      try makeMap()
    } catch let error as EmbeddingError {
      throw CommandFailure(message: error.description, exitCode: EX_DATAERR)
    }
  }

  private func makeMap() throws {
    Interruption.watch()
    // Before minutes of work: a file that cannot be written.
    for path in output where path != "-" { _ = try AtomicFile(path) }
    let digits = try data.load().prefix(limit)
    guard digits.count > 0 else { throw CommandFailure(message: "there is no map of no pictures", exitCode: EX_DATAERR) }
    let parameters = optimization.parameters
    let given = try map.map { try readMap($0, for: digits).positions }
    let clock = ContinuousClock()
    let start = clock.now
    note("components ...")
    guard
      let rows = try ProjectedRows(
        images: digits.pixels, count: digits.count, dimension: digits.width * digits.height, components: parameters.components,
        matrices: FusedKernels(), progress: { _ in !Interruption.isRequested })
    else { throw Interruption.failure }
    let componentSeconds = (clock.now - start).seconds

    var asked = parameters
    // For a map that is given only its neighbours are needed.
    if given != nil { (asked.earlyIterations, asked.iterations) = (0, 0) }
    let control = EmbeddingControl()
    var lastStage: EmbeddingSnapshot.Stage?
    var stopwatch = LateIterations(total: asked.earlyIterations + asked.iterations)
    var result = try embed(rows, parameters: asked, threads: optimization.threads, control: control) { snapshot in
      if snapshot.stage != lastStage { note("\(snapshot.stage.rawValue) ...") }
      lastStage = snapshot.stage
      stopwatch.note(snapshot)
      if Interruption.isRequested { control.stop() }
    }
    guard !Interruption.isRequested, let neighbours = result.neighbours else { throw Interruption.failure }
    if let given {
      result.positions = given
      result.divergence = try divergence(
        of: given, neighbours: neighbours, perplexity: parameters.perplexity, threads: optimization.threads)
    }
    let quality = MapQuality(positions: result.positions, neighbours: neighbours, labels: digits.labels, threads: optimization.threads)
    let predictions = predict && output.contains { $0.hasSuffix(".csv") } ? try predictions(of: digits) : [:]
    for path in output {
      switch EmbedOutput(path) {
      case .safetensors: try ReferenceMap(rows: rows, positions: result.positions, labels: digits.labels).write(to: path)
      case .table(let format):
        let export = MapExport(
          format: format, name: path, positions: result.positions, labels: digits.labels, predictions: predictions)
        if path == "-" {
          FileHandle.standardOutput.write(Data(export.bytes))
        } else {
          try writeFileAtomically(export.bytes, to: path)
        }
      }
    }
    if let mapFolder {
      try createFolder(mapFolder)
      let key = MapKey(digits: digits, parameters: parameters)
      try MapFile.write(
        EmbeddedMap(
          positions: result.positions, divergence: result.divergence, neighboursKept: quality.neighboursKept,
          labelAgreement: quality.labelAgreement), key: key, to: "\(mapFolder)/\(MapStore.fileName(key))")
    }
    let report = EmbeddingReport(
      result, quality: quality, count: digits.count, componentSeconds: componentSeconds, lateMilliseconds: stopwatch.milliseconds,
      isGiven: given != nil, accuracy: optimization.checkForces ? MeshAccuracy(positions: result.positions) : nil)
    // Where the map goes to standard output the report does not.
    let text = format == .json ? try jsonText(report) : report.text
    if output.contains("-") { note(text) } else { print(text) }
  }

  private func predictions(of digits: DigitCollection) throws -> [Int: Int] {
    let explainer = Explainer(try model.load(), kernels: FusedKernels())
    let progress = ProgressLine("predicting", total: digits.count)
    var found: [Int: Int] = [:]
    for batch in Array(0..<digits.count).batches(of: 100) {
      guard !Interruption.isRequested else { throw Interruption.failure }
      let range = (batch.first ?? 0)..<((batch.last ?? 0) + 1)
      for (index, prediction) in zip(range, explainer.predictions(range, of: digits)) { found[index] = prediction.number }
      progress.show((batch.last ?? 0) + 1)
    }
    return found
  }
}

/// What decides a map.
struct OptimizationOptions: ParsableArguments {
  @Option(help: "About how many neighbours count.") var perplexity: Double = 30
  @Option(help: "Iterations with early exaggeration.") var earlyIterations: Int = 250
  @Option(help: "Iterations after those with early exaggeration.") var iterations: Int = 500
  @Option(help: "Factor on the attraction at first.") var exaggeration: Double = 12
  @Option(help: "Step along the gradient; the number of pictures over the exaggeration otherwise.") var learningRate: Double?
  @Option(help: "Principal components of the pictures that are compared.") var components: Int = 50
  @Option(help: "Seed of what is random.") var seed: UInt64 = 1
  @Option(help: "Threads that compute; two, or as many as there are cores, otherwise. The map does not depend on it.") var threads: Int?
  @Flag(help: "Also compare the forces of the finished map with the direct sum, on 2000 pictures.") var checkForces = false

  var parameters: EmbeddingParameters {
    EmbeddingParameters(
      perplexity: perplexity, earlyIterations: earlyIterations, iterations: iterations, exaggeration: exaggeration,
      learningRate: learningRate, components: components, seed: seed)
  }

  func validate() throws {
    do { try parameters.check() } catch { throw ValidationError("\(error.description).") }
    if let threads, !(1...64).contains(threads) { throw ValidationError("--threads must be 1 to 64.") }
  }
}

/// What a file that is written holds.
enum EmbedOutput {
  case table(MapExport.Format)
  case safetensors

  init(_ path: String) {
    switch path.split(separator: ".").last?.lowercased() {
    case "csv": self = .table(.csv)
    case "safetensors": self = .safetensors
    default: self = .table(.npy)
    }
  }
}

/// The mean time of the last fifty iterations, from the snapshots that there are.
private struct LateIterations {
  let total: Int
  private let clock = ContinuousClock()
  private var first: (iteration: Int, time: ContinuousClock.Instant)?
  private(set) var milliseconds: Double?

  init(total: Int) { self.total = total }

  mutating func note(_ snapshot: EmbeddingSnapshot) {
    guard snapshot.stage == .optimization, snapshot.iteration >= total - 50, milliseconds == nil else { return }
    guard let first else {
      first = (snapshot.iteration, clock.now)
      return
    }
    // The last snapshot comes after the divergence was measured once more: the one before it ends the time.
    if snapshot.iteration >= total - 3, snapshot.iteration > first.iteration {
      milliseconds = 1000 * (clock.now - first.time).seconds / Double(snapshot.iteration - first.iteration)
    }
  }
}

extension DigitCollection {
  /// The first `limit` pictures, or all of them.
  func prefix(_ limit: Int?) -> DigitCollection {
    guard let limit, limit < count else { return self }
    return DigitCollection(
      width: width, height: height, pixels: Array(pixels.prefix(limit * width * height)), labels: Array(labels.prefix(limit)),
      trainCount: min(trainCount, limit), origin: origin, warnings: warnings)
  }
}
