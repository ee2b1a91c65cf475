import ArgumentParser
import Datasets
import Foundation
import FusedKernels
import Networks
import Relevance
import Tensors

struct Evaluate: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "evaluate", abstract: "Measure accuracy on the test split, or how legible and faithful explanations are.")

  @OptionGroup var data: DataOption
  @OptionGroup var model: ModelOption
  @OptionGroup var preprocessing: PreprocessOption
  @Option(help: ArgumentHelp("Use only the first n test pictures.", valueName: "n")) var limit: Int?
  @Flag(help: "Measure explanations: share of |R| on the digit, largest share in one patch, pixel flipping.") var explanations = false
  @OptionGroup(title: "With --explanations: only this method, instead of the main composites") var method: AttributionOptions
  @Option(help: "How to print.") var format: ReportFormat = .text
  @OptionGroup var output: OutputOption

  func validate() throws {
    if let limit, limit < 1 { throw ValidationError("--limit must be at least 1.") }
    if method.isChosen && !explanations { throw ValidationError("Methods and their parameters go with --explanations.") }
  }

  func run() throws {
    let network = try model.load(preprocessing: try preprocessing.read())
    let digits = try data.load()
    // A collection without a test split is measured whole.
    let first = digits.trainCount < digits.count ? digits.trainCount : 0
    let indices = Array(first..<min(digits.count, first + (limit ?? Int.max / 2)))
    let explainer = Explainer(network, kernels: FusedKernels())
    if explanations {
      let study = ExplanationStudy(explainer: explainer, digits: digits, indices: indices)
      let chosen = try method.chosen()
      try method.prepare(explainer, for: chosen)
      try explainer.fitPatchModel(for: chosen, to: digits)
      let rows = try study.rows(
        for: method.isChosen ? [Query(chosen, through: method.conditions)] : Composite.main.map { Query($0) })
      try output.write(format == .json ? jsonText(rows) : ExplanationStudy.table(rows, count: indices.count))
    } else {
      let report = try accuracy(of: explainer, digits: digits, indices: indices)
      try output.write(format == .json ? jsonText(report) : report.text)
    }
  }

  private func accuracy(of explainer: Explainer, digits: DigitCollection, indices: [Int]) throws -> AccuracyReport {
    let network = explainer.network
    if let label = indices.map({ digits.labels[$0] }).max(), Int(label) >= network.classCount {
      throw CommandFailure(message: "the data has label \(label), the network only \(network.classCount) classes", exitCode: EX_DATAERR)
    }
    var confusion = [[Int]](repeating: [Int](repeating: 0, count: network.classCount), count: network.classCount)
    let clock = ContinuousClock()
    let start = clock.now
    for batch in indices.batches(of: 100) {
      let range = batch[batch.startIndex]..<batch[batch.startIndex] + batch.count
      for (index, prediction) in zip(range, explainer.predictions(range, of: digits)) {
        confusion[Int(digits.labels[index])][prediction.number] += 1
      }
    }
    let seconds = (clock.now - start).seconds
    let correct = confusion.indices.reduce(0) { $0 + confusion[$1][$1] }
    return AccuracyReport(
      accuracy: Double(correct) / Double(indices.count), count: indices.count, correct: correct, confusion: confusion,
      imagesPerSecond: Double(indices.count) / seconds)
  }
}

private struct AccuracyReport: Encodable {
  let accuracy: Double
  let count: Int
  let correct: Int
  /// Rows are labels, columns predictions.
  let confusion: [[Int]]
  let imagesPerSecond: Double

  enum CodingKeys: String, CodingKey {
    case accuracy, count, correct, confusion
    case imagesPerSecond = "images_per_second"
  }

  var text: String {
    let header = "label\\pred" + confusion.indices.map { String(format: "%6d", $0) }.joined()
    let rows = confusion.enumerated().map { label, counts in
      String(format: "%10d", label) + counts.map { String(format: "%6d", $0) }.joined()
    }
    return "accuracy \(decimal(accuracy, 4)) (\(correct) of \(count)), \(decimal(imagesPerSecond, 1)) pictures a second\n"
      + ([header] + rows).joined(separator: "\n")
  }
}

extension Array {
  func batches(of size: Int) -> [ArraySlice<Element>] {
    stride(from: 0, to: count, by: size).map { self[$0..<Swift.min($0 + size, count)] }
  }
}
