import ArgumentParser
import Datasets

struct DataSummary: ParsableCommand {
  static let configuration = CommandConfiguration(commandName: "data", abstract: "Say which data the program finds and what is in it.")

  @OptionGroup var data: DataOption
  @Option(help: "How to print.") var format: ReportFormat = .text
  @OptionGroup var output: OutputOption

  func run() throws {
    let report = DataReport(try data.load())
    try output.write(format == .json ? jsonText(report) : report.text)
  }
}

private struct DataReport: Encodable {
  let origin: String
  let count: Int
  let train: Int
  let test: Int
  let width: Int
  let height: Int
  let labels: [Int]
  let warnings: [String]

  init(_ digits: DigitCollection) {
    origin =
      switch digits.origin {
      case .files(let path): path
      case .synthetic(let seed): "synthetic digits, drawn by the program from seed \(seed)"
      }
    count = digits.count
    train = digits.trainCount
    test = digits.count - digits.trainCount
    width = digits.width
    height = digits.height
    var counts = [Int](repeating: 0, count: Int(digits.labels.max() ?? 0) + 1)
    for label in digits.labels { counts[Int(label)] += 1 }
    labels = counts
    warnings = digits.warnings
  }

  var text: String {
    let perLabel = labels.enumerated().map { "\($0.offset): \($0.element)" }.joined(separator: "  ")
    return
      ([origin, "\(count) pictures of \(width) x \(height): \(train) train, \(test) test", perLabel] + warnings.map { "warning: \($0)" })
      .joined(separator: "\n")
  }
}
