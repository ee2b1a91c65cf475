import ArgumentParser
import Datasets
import Foundation
import FusedKernels
import Networks
import Relevance
import Tensors

struct Explain: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Explain predictions by layer-wise relevance propagation, or by another method.",
    discussion: """
      INPUT is a picture (PNG of any size, prepared as the network's metadata says), a folder of pictures, or an array (.npy, float32 \
      [N, C, H, W], taken as the network's input as it is); several may be named. Instead, --index names digits of the data set: train \
      first, then test.
      """)

  enum Format: String, CaseIterable, ExpressibleByArgument { case png, npy, json }

  @Argument(help: "Pictures (.png), folders of them, or arrays (.npy).", completion: .file()) var input: [String] = []
  @Option(parsing: .unconditional, help: ArgumentHelp("Digit n, or digits a to b, of the data set.", valueName: "n|a-b"))
  var index: IndexRange?
  @OptionGroup var data: DataOption
  @OptionGroup var model: ModelOption
  @OptionGroup var preprocessing: PreprocessOption
  @OptionGroup(title: "Target") var target: TargetOptions
  @OptionGroup(title: "Method") var method: AttributionOptions
  @Option(
    help: ArgumentHelp(
      "png: input, relevance, overlay; npy: relevance in the input's shape; json: sums of every layer. By the name of the output file where it is not given, json otherwise."
    )) var format: Format?
  @OptionGroup var output: OutputOption
  @Option(
    help: ArgumentHelp(
      "Also write the relevance of every layer's output, as arrays by the layers' names: [C, H, W] or [F], with [classes] before it for --target all and [N] before that for several inputs.",
      valueName: "file.npz"), completion: .file())
  var keepLayers: String?

  func validate() throws {
    guard input.isEmpty != (index == nil) else { throw ValidationError("Name either INPUT files or digits with --index.") }
    if keepLayers != nil, !method.isRelevance { throw ValidationError("--keep-layers is for relevance: other methods have no layers.") }
  }

  func run() throws {
    Interruption.watch()
    let override = try preprocessing.read()
    let network = try model.load(preprocessing: override)
    let targets = try target.targets(in: network)
    let query = Query(try method.chosen(), target: targets[0], through: method.conditions)
    let explainer = Explainer(network, kernels: FusedKernels())
    try method.prepare(explainer, for: query.attribution)
    let idle = try method.idleChoices(query.attribution, network: network)
    for sentence in idle { note("heatlens: warning: \(sentence)") }
    let digits = index != nil || method.needsData ? try data.load() : nil
    let inputs = try readInputs(for: network, digits: digits)
    if index != nil || input.contains(where: { !$0.hasSuffix(".npy") }), network.guessesPreprocessing(besides: override) {
      note(
        "heatlens: warning: the network's file does not say how pictures are prepared: black is taken as 0, white as 1; see --preprocess")
    }
    if let digits { try explainer.fitPatchModel(for: query.attribution, to: digits) }
    let counts = ExplanationCounts(inputs: inputs.count, classes: target.isEveryClass ? targets.count : nil)
    var sinks = try self.sinks(counts, inputs: inputs, network: network, idle: idle)
    let keepsLayers = chosenFormat == .json || keepLayers != nil
    let progress = ProgressLine("explained", total: inputs.count * (target.isEveryClass ? targets.count : 1))
    var explained = 0
    explainer.progress = { share in progress.show(explained, of: share) }
    var warnings = WarningSummary()
    func take(_ explanation: Explanation, of input: Int) throws {
      warnings.add(explanation.warnings, of: inputs.name(input))
      for index in sinks.indices { try sinks[index].take(explanation) }
      explained += 1
    }
    let batch = network.explainedTogether
    for start in stride(from: 0, to: inputs.count, by: target.isEveryClass ? 1 : batch) {
      if target.isEveryClass {
        let input = try inputs.inputs(start..<start + 1).element(0)
        guard let trace = try explainer.trace(of: input, for: query.attribution, isCancelled: { Interruption.isRequested }) else {
          throw Interruption.failure
        }
        for some in targets.batches(of: batch) {
          let explanations = try explainer.explain(
            trace, query, targets: Array(some), keepsLayers: keepsLayers, isCancelled: { Interruption.isRequested })
          guard let explanations else { throw Interruption.failure }
          for explanation in explanations { try take(explanation, of: start) }
          progress.show(explained)
        }
      } else {
        let range = start..<min(start + batch, inputs.count)
        let explanations = try explainer.explain(
          batch: try inputs.inputs(range), query, keepsLayers: keepsLayers, isCancelled: { Interruption.isRequested })
        guard let explanations else { throw Interruption.failure }
        for (input, explanation) in zip(range, explanations) { try take(explanation, of: input) }
        progress.show(explained)
      }
    }
    for index in sinks.indices { try sinks[index].finish() }
    for sentence in warnings.sentences { note("heatlens: \(sentence)") }
  }

  private var chosenFormat: Format {
    format ?? Format(rawValue: URL(fileURLWithPath: output.path).pathExtension.lowercased()) ?? .json
  }

  private func readInputs(for network: Network, digits: DigitCollection?) throws -> ExplainInputs {
    guard let index, let digits else { return try ExplainInputs(input, for: network) }
    return ExplainInputs(try index.checked(against: digits), of: digits, for: network)
  }

  private func sinks(_ counts: ExplanationCounts, inputs: ExplainInputs, network: Network, idle: [String]) throws -> [any ExplanationSink] {
    let stream = try output.stream(isText: chosenFormat == .json)
    var sinks: [any ExplanationSink] =
      switch chosenFormat {
      case .npy: [RelevanceArraySink(counts, to: stream)]
      case .png: [try PictureSink(counts, network: network, to: stream)]
      case .json:
        [
          ReportSink(counts, to: stream) { number, explanation in
            ExplanationReport(
              explanation, input: inputs.name(number / counts.perInput), conditions: method.conditions, network: network, idle: idle)
          }
        ]
      }
    if let keepLayers { sinks.append(try LayersSink(counts, network: network, to: keepLayers)) }
    return sinks
  }
}

extension Network {
  /// How many pictures are explained at once: 16, fewer where what their layers give out, relevance and what rules need besides would
  /// take more than about 1 GiB.
  fileprivate var explainedTogether: Int {
    let perPicture = 4 * layers.reduce(0) { $0 + $1.outputCount }
    return max(1, min(16, (1 << 28) / max(1, perPicture)))
  }
}
