import AppCore
import ArgumentParser
import Datasets
import Embedding
import Files
import Foundation
import OneDNNKernels
import Workers

struct Embed: ParsableCommand {
  static let configuration = CommandConfiguration(abstract: "Compute the t-SNE map of the data.")

  @OptionGroup var data: DataOption
  @Option(help: ArgumentHelp("Use only the first n pictures.", valueName: "n")) var limit: Int?
  @Option(help: "About how many neighbours count.") var perplexity: Double = 30
  @Option(help: "Iterations after the 250 with early exaggeration.") var iterations: Int = 500
  @Option(help: "Seed of what is random.") var seed: UInt64 = 1
  @Option(help: "How to report.") var format: ReportFormat = .text
  @Option(help: ArgumentHelp("Also keep the map as a file that the window finds in a folder of maps.", valueName: "folder")) var mapFolder:
    String?
  @Option(name: [.customShort("o"), .customLong("output")], help: ArgumentHelp("Where to write float32 [N, 2].", valueName: "file.npy"))
  var output: String?

  func validate() throws {
    if let limit, limit < 1 { throw ValidationError("--limit must be at least 1.") }
    guard perplexity.isFinite && perplexity >= 1 else { throw ValidationError("--perplexity must be at least 1.") }
    guard iterations >= 0 && iterations <= 100_000 else { throw ValidationError("--iterations must be 0 to 100000.") }
    guard output != nil || mapFolder != nil else { throw ValidationError("Name the file for the map with -o.") }
  }

  func run() throws {
    let digits = try data.load().prefix(limit)
    let parameters = EmbeddingParameters(perplexity: perplexity, iterations: iterations, seed: seed)
    var lastStage: EmbeddingSnapshot.Stage?
    let result = try Embedding.embed(
      images: digits.pixels, count: digits.count, dimension: digits.width * digits.height, parameters: parameters,
      matrices: OneDNNKernels(), isCancelled: { false },
      report: { snapshot in
        if snapshot.stage != lastStage { note("\(snapshot.stage.rawValue) ...") }
        lastStage = snapshot.stage
      })
    guard let result else { throw CommandFailure(message: "there is no map of no pictures", exitCode: EX_DATAERR) }
    if let output { try writeFileAtomically(npyBytes(shape: [digits.count, 2], values: result.positions), to: output) }
    if let mapFolder {
      try createFolder(mapFolder)
      let key = MapKey(digits: digits, parameters: parameters)
      let map = EmbeddedMap(
        positions: result.positions, divergence: result.divergence, neighboursKept: result.neighboursKept,
        labelAgreement: MapQuality.labelAgreement(positions: result.positions, labels: digits.labels))
      try MapFile.write(map, key: key, to: "\(mapFolder)/\(MapStore.fileName(key))")
    }
    let report = EmbeddingReport(result, count: digits.count)
    print(format == .json ? try jsonText(report) : report.text)
  }
}

private struct EmbeddingReport: Encodable {
  let count: Int
  let klDivergence: Double?
  let perplexity: Double
  let iterations: Int
  let neighboursKept: Double?
  let seconds: [String: Double]
  let messages: [String]

  enum CodingKeys: String, CodingKey {
    case count, perplexity, iterations, seconds, messages
    case klDivergence = "kl_divergence"
    case neighboursKept = "neighbours_kept"
  }

  init(_ result: EmbeddingResult, count: Int) {
    self.count = count
    klDivergence = result.divergence
    perplexity = result.effectivePerplexity
    iterations = result.iterations
    neighboursKept = result.neighboursKept
    messages = result.messages
    let seconds = result.seconds
    self.seconds = [
      "components": seconds.components, "neighbours": seconds.neighbours, "affinities": seconds.affinities,
      "optimization": seconds.optimization, "total": seconds.total,
    ]
  }

  var text: String {
    var lines = ["\(count) points, \(iterations) iterations, perplexity \(decimal(perplexity, 1))"]
    if let klDivergence { lines.append("KL divergence \(decimal(klDivergence, 4))") }
    if let neighboursKept { lines.append("neighbours kept (k = 10) \(decimal(neighboursKept, 3))") }
    for stage in ["components", "neighbours", "affinities", "optimization", "total"] {
      lines.append("\(stage): \(decimal(seconds[stage] ?? 0, 2)) s")
    }
    return (messages + lines).joined(separator: "\n")
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
