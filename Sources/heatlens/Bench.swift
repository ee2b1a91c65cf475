import ArgumentParser
import Datasets
import Embedding
import FusedKernels
import Networks
import Relevance
import Tensors

struct Bench: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Measure what the program computes, on this machine, now.", subcommands: [FrameBench.self])

  @OptionGroup var data: DataOption
  @OptionGroup var model: ModelOption
  @Option(help: "How often each is measured; the median is told.") var runs: Int = 9
  @Flag(help: "Leave out what needs a window.") var arithmeticOnly = false
  @Flag(help: "Only what watching a run of the map costs, in pairs of runs with and without a window.") var live = false
  @Flag(help: "Only the products, layer by layer, beside what this processor can do at most.") var layers = false
  @Option(help: ArgumentHelp("With --layers: pictures at once.", valueName: "n")) var batch: Int = 1
  @OptionGroup var output: BenchOutput

  func validate() throws {
    guard (1...1000).contains(runs) else { throw ValidationError("--runs must be 1 to 1000.") }
    guard (1...256).contains(batch) else { throw ValidationError("--batch must be 1 to 256.") }
  }

  func run() throws {
    var rows: [BenchRow] = []
    if layers { return print(try layerBench().table()) }
    if live { return try report(try LiveBench(dataPath: data.path, modelPath: model.path, pairs: min(runs, 9)).rows()) }
    let digits = try data.load()
    let network = try model.load()
    rows += try measure("read the data", runs: 3) { _ = try data.load() }
    rows += try measure("read the network", runs: 3) { _ = try model.load() }
    let explainer = Explainer(network, kernels: FusedKernels())
    func inputs(_ count: Int) -> Tensor {
      network.inputs((0..<count).map { Array(digits.picture($0)) }, width: digits.width, height: digits.height)
    }
    let one = inputs(1)
    rows += try measure("predict one picture", runs: runs) { _ = explainer.logits(of: one) }
    for composite in Composite.main {
      rows += try measure("explain one picture, \(composite.name)", runs: runs) {
        _ = try explainer.explain(batch: one, Query(composite))
      }
    }
    let many = inputs(16)
    rows += try measure("explain 16 pictures, epsilon-plus-flat", runs: runs) {
      _ = try explainer.explain(batch: many, Query(.epsilonPlusFlat), keepsLayers: false)
    }
    let classes = (0..<network.classCount).map { Target.class($0) }
    rows += try measure("explain one picture for every class, epsilon-plus-flat", runs: runs) {
      _ = try explainer.explain(one.element(0), Query(.epsilonPlusFlat), targets: classes, keepsLayers: false)
    }
    if !arithmeticOnly { rows += try WindowBench(dataPath: data.path, modelPath: model.path).rows() }
    try report(rows)
  }

  private func report(_ rows: [BenchRow]) throws {
    print(output.format == .json ? try jsonText(rows) : rows.map(\.text).joined(separator: "\n"))
  }

  private func layerBench() throws -> LayerBench {
    let (network, digits) = (try model.load(), try data.load())
    let pictures = (0..<batch).map { Array(digits.picture($0 % digits.count)) }
    let inputs = FeatureMaps(network.inputs(pictures, width: digits.width, height: digits.height))
    guard let trace = ForwardPass(network, kernels: FusedKernels()).trace(of: inputs) else { preconditionFailure("nobody cancels") }
    return LayerBench(network: network, trace: trace, runs: runs)
  }

  /// The median time of `runs` calls after one that is not counted.
  private func measure(_ name: String, runs: Int, _ work: () throws -> Void) throws -> [BenchRow] {
    guard output.only.map(name.contains) ?? true else { return [] }
    let clock = ContinuousClock()
    try work()
    var seconds: [Double] = []
    for _ in 0..<runs {
      let start = clock.now
      try work()
      seconds.append((clock.now - start).seconds)
    }
    return [BenchRow(name: name, milliseconds: 1000 * seconds.sorted()[runs / 2])]
  }
}

/// What `bench` and its subcommand share.
struct BenchOutput: ParsableArguments {
  @Option(help: ArgumentHelp("Only what has this in its name.", valueName: "text")) var only: String?
  @Option(help: "How to print.") var format: ReportFormat = .text
}

struct BenchRow: Encodable {
  let name: String
  let value: Double
  let unit: String

  init(name: String, value: Double, unit: String) {
    self.name = name
    self.value = value
    self.unit = unit
  }

  init(name: String, milliseconds: Double) { self.init(name: name, value: milliseconds, unit: "ms") }

  var text: String { "\(name): \(decimal(value, unit == "ms" ? 1 : 2)) \(unit)" }
}
