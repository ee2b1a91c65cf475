import ArgumentParser
import Datasets
import Embedding
import Networks
import FusedKernels
import Relevance
import Tensors

struct Bench: ParsableCommand {
  static let configuration = CommandConfiguration(abstract: "Measure what the program computes, on this machine, now.")

  @OptionGroup var data: DataOption
  @OptionGroup var model: ModelOption
  @Option(help: "How often each is measured; the median is told.") var runs: Int = 9
  @Flag(help: "Leave out what needs a window.") var arithmeticOnly = false
  @Option(help: "How to print.") var format: ReportFormat = .text

  func validate() throws {
    guard (1...1000).contains(runs) else { throw ValidationError("--runs must be 1 to 1000.") }
  }

  func run() throws {
    var rows: [BenchRow] = []
    var digits: DigitCollection?
    rows.append(try measure("read the data", runs: 3) { digits = try data.load() })
    var network: Network?
    rows.append(try measure("read the network", runs: 3) { network = try model.load() })
    guard let digits, let network else { return }
    let explainer = Explainer(network, kernels: FusedKernels())
    let input = network.inputs([Array(digits.picture(0))], width: digits.width, height: digits.height)
    rows.append(try measure("predict one picture", runs: runs) { _ = explainer.logits(of: input) })
    for composite in Composite.builtIn {
      rows.append(
        try measure("explain one picture, \(composite.name)", runs: runs) {
          _ = try explainer.explain(batch: input, Query(composite))
        })
    }
    if !arithmeticOnly { rows += try WindowBench(dataPath: data.path, modelPath: model.path).rows() }
    print(format == .json ? try jsonText(rows) : rows.map(\.text).joined(separator: "\n"))
  }

  /// The median time of `runs` calls after one that is not counted.
  private func measure(_ name: String, runs: Int, _ work: () throws -> Void) throws -> BenchRow {
    let clock = ContinuousClock()
    try work()
    var seconds: [Double] = []
    for _ in 0..<runs {
      let start = clock.now
      try work()
      seconds.append((clock.now - start).seconds)
    }
    return BenchRow(name: name, milliseconds: 1000 * seconds.sorted()[runs / 2])
  }
}

struct BenchRow: Encodable {
  let name: String
  let milliseconds: Double

  var text: String { "\(name): \(decimal(milliseconds, 1)) ms" }
}
