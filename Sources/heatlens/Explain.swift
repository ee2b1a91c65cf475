import ArgumentParser
import Datasets
import Files
import Foundation
import Networks
import FusedKernels
import Relevance
import Scene
import Tensors

struct Explain: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Explain predictions by layer-wise relevance propagation.",
    discussion: """
      INPUT is a picture (PNG of any size, prepared as the network's metadata says) or an array (.npy, float32 [N, C, H, W], taken as \
      the network's input as it is). Instead, --index names digits of the data set: train first, then test.
      """)

  enum Format: String, CaseIterable, ExpressibleByArgument { case png, npy, json }

  @Argument(help: "A .png or .npy file.") var input: String?
  @Option(help: ArgumentHelp("Digit n, or digits a to b, of the data set.", valueName: "n|a-b")) var index: IndexRange?
  @OptionGroup var data: DataOption
  @OptionGroup var model: ModelOption
  @Option(help: "Composite: which rule each layer gets.") var composite: Composite = .standard
  @Option(help: ArgumentHelp("Relevance starts at the logit of this class.", valueName: "predicted|class")) var target = TargetArgument(
    .predicted)
  @Option(
    help: ArgumentHelp(
      "png: input, relevance, overlay; npy: relevance in the input's shape; json: sums of every layer. By the name of the output file where it is not given, json otherwise."
    )) var format: Format?
  @OptionGroup var output: OutputOption

  func validate() throws {
    guard (input == nil) != (index == nil) else { throw ValidationError("Name either an INPUT file or digits with --index.") }
  }

  func run() throws {
    let network = try model.load()
    let explainer = Explainer(network, kernels: FusedKernels())
    let inputs = try readInputs(for: network)
    let count = inputs.shape[0]
    var explanations: [Explanation] = []
    // Batches bound the memory: an explanation keeps the relevance of every layer.
    for start in stride(from: 0, to: count, by: Self.batch) {
      let rows = start..<min(start + Self.batch, count)
      let size = inputs.count / count
      let batch = Tensor(
        shape: [rows.count] + inputs.shape.dropFirst(), values: Array(inputs.values[rows.lowerBound * size..<rows.upperBound * size]))
      for explanation in try explainer.explain(
        batch: batch, Query(composite, target: target.target)) ?? [] {
        explanations.append(chosenFormat == .json || count == 1 ? explanation : explanation.withoutLayers)
      }
    }
    switch chosenFormat {
    case .npy:
      let relevance = Tensor(shape: inputs.shape, values: explanations.flatMap(\.relevance.values))
      try output.write(npyBytes(of: relevance), isText: false)
    case .png:
      let picture = HeatmapStrip(explanations).picture
      try output.write(pngBytes(width: picture.width, height: picture.height, rgba: picture.rgba), isText: false)
    case .json:
      let reports = explanations.map { ExplanationReport($0, composite: composite, network: network) }
      try output.write(reports.count == 1 ? jsonText(reports[0]) : jsonText(reports))
    }
  }

  private static let batch = 16

  private var chosenFormat: Format {
    format ?? Format(rawValue: URL(fileURLWithPath: output.path).pathExtension.lowercased()) ?? .json
  }

  private func readInputs(for network: Network) throws -> Tensor {
    let preprocessing = network.preprocessing
    if let index {
      let digits = try data.load()
      let chosen = try index.checked(against: digits)
      let inputs = chosen.map { preprocessing.input(fromGray: Array(digits.picture($0)), width: digits.width, height: digits.height) }
      return Tensor(shape: [inputs.count] + network.layers[0].outputShape, values: inputs.flatMap(\.values))
    }
    guard let path = input else { throw CommandFailure.usage("name an input") }
    if try Self.startsLikeNPY(path) {
      let array = try readNPY(path)
      guard array.shape.count == 4, array.shape[0] > 0, Array(array.shape.dropFirst()) == network.layers[0].outputShape else {
        throw FileError(
          .badData, path: path, format: "npy", field: "shape", found: "\(array.shape)",
          allowed: "[N] + \(network.layers[0].outputShape) is expected")
      }
      if let bad = array.values.firstIndex(where: { !$0.isFinite }) {
        throw FileError(
          .badData, path: path, format: "npy", field: "element \(bad)", found: "\(array.values[bad])", allowed: "inputs must be finite")
      }
      return array
    }
    let picture = try readPNG(path)
    let prepared =
      preprocessing.channels == 3 && picture.channels == 3
      ? preprocessing.input(fromRGB: picture.pixels, width: picture.width, height: picture.height)
      : preprocessing.input(fromGray: picture.gray.pixels, width: picture.width, height: picture.height)
    return prepared.reshaped([1] + prepared.shape)
  }

  private static func startsLikeNPY(_ path: String) throws -> Bool {
    try InputFile(path).read(6) == [0x93] + Array("NUMPY".utf8)
  }
}

extension Explanation {
  /// The same without what only a report about layers needs.
  fileprivate var withoutLayers: Explanation {
    Explanation(
      logits: logits, probabilities: probabilities, target: target, targetClass: targetClass, input: input, relevance: relevance,
      start: start, layers: [])
  }
}

/// What `explain --format json` says about a picture.
private struct ExplanationReport: Encodable {
  struct LayerReport: Encodable {
    let name: String
    let kind: String
    let rule: String
    let relevanceIn: Double
    let relevanceOut: Double

    enum CodingKeys: String, CodingKey {
      case name, kind, rule
      case relevanceIn = "relevance_in"
      case relevanceOut = "relevance_out"
    }
  }

  let prediction: Int
  let predictedClass: String
  let logits: [Float]
  let probabilities: [Float]
  let target: Int
  let composite: String
  let relevanceSum: Double
  let layers: [LayerReport]

  enum CodingKeys: String, CodingKey {
    case prediction, logits, probabilities, target, composite, layers
    case predictedClass = "predicted_class"
    case relevanceSum = "relevance_sum"
  }

  init(_ explanation: Explanation, composite: Composite, network: Network) {
    prediction = explanation.prediction
    predictedClass = network.classNames[explanation.prediction]
    logits = explanation.logits
    probabilities = explanation.probabilities
    target = explanation.targetClass
    self.composite = composite.name
    relevanceSum = explanation.relevance.sum
    layers = explanation.layers.map {
      LayerReport(name: $0.name, kind: $0.kind, rule: $0.rule, relevanceIn: $0.relevanceIn, relevanceOut: $0.relevanceOut)
    }
  }
}
