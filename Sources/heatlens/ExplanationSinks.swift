import Datasets
import Files
import Networks
import Relevance
import Tensors

/// Takes explanations one after the other, those of one input in a row, and makes a result of them. Only what the result needs is kept.
protocol ExplanationSink {
  mutating func take(_ explanation: Explanation) throws
  mutating func finish() throws
}

/// How many explanations come: of how many inputs, and how many of each (nil: one).
struct ExplanationCounts {
  let inputs: Int
  let classes: Int?

  var perInput: Int { classes ?? 1 }
  /// The dimensions before those of one explanation.
  var shape: [Int] { [inputs] + (classes.map { [$0] } ?? []) }
}

/// Relevance as one array, written as it comes: `[N, C, H, W]`, or `[N, classes, C, H, W]`.
struct RelevanceArraySink: ExplanationSink {
  let counts: ExplanationCounts
  let output: ResultStream
  private var hasStarted = false

  init(_ counts: ExplanationCounts, to output: ResultStream) {
    self.counts = counts
    self.output = output
  }

  mutating func take(_ explanation: Explanation) throws {
    // Some methods have one channel for all: the shape shows with the first.
    if !hasStarted { try output.append(npyHeader(shape: counts.shape + explanation.relevance.shape)) }
    hasStarted = true
    try output.append(littleEndianBytes(of: explanation.relevance.values))
  }

  mutating func finish() throws { try output.finish() }
}

/// Reports: one for one input; else a list of them, and for every class a list for each input.
struct ReportSink: ExplanationSink {
  let counts: ExplanationCounts
  let output: ResultStream
  /// The report of the explanation with this number.
  let report: (_ number: Int, _ explanation: Explanation) -> ExplanationReport
  private var taken = 0

  init(
    _ counts: ExplanationCounts, to output: ResultStream, report: @escaping (_ number: Int, _ explanation: Explanation) -> ExplanationReport
  ) {
    self.counts = counts
    self.output = output
    self.report = report
  }

  mutating func take(_ explanation: Explanation) throws {
    let isFirstOfInput = taken % counts.perInput == 0
    var text = ""
    if taken == 0 { text += listsInputs ? "[\n" : "" } else { text += ",\n" }
    if listsClasses && isFirstOfInput { text += "[\n" }
    text += try jsonText(report(taken, explanation))
    taken += 1
    if listsClasses && taken % counts.perInput == 0 { text += "\n]" }
    try output.append(Array(text.utf8))
  }

  mutating func finish() throws {
    try output.append(Array((listsInputs ? "\n]\n" : "\n").utf8))
    try output.finish()
  }

  private var listsInputs: Bool { counts.inputs > 1 }
  private var listsClasses: Bool { counts.classes != nil }
}

/// A picture with a row for each input.
struct PictureSink: ExplanationSink {
  let output: ResultStream
  private var strip: HeatmapStrip

  init(_ counts: ExplanationCounts, network: Network, to output: ResultStream) throws {
    self.output = output
    strip = try HeatmapStrip(rows: counts.inputs, classes: counts.classes, network: network)
  }

  mutating func take(_ explanation: Explanation) { strip.add(explanation) }

  mutating func finish() throws {
    let picture = strip.picture
    try output.append(pngBytes(width: picture.width, height: picture.height, rgba: picture.rgba))
    try output.finish()
  }
}

/// Relevance of every layer's output, an array for each layer: of its shape, with N and the classes before it where there are several.
struct LayersSink: ExplanationSink {
  private let writer: NPZWriter

  init(_ counts: ExplanationCounts, network: Network, to path: String) throws {
    let shape = counts.inputs == 1 ? Array(counts.shape.dropFirst()) : counts.shape
    writer = try NPZWriter(path, arrays: network.layers.map { ($0.name, shape + $0.outputShape) })
  }

  mutating func take(_ explanation: Explanation) throws {
    for (index, layer) in explanation.layers.enumerated() { try writer.append(layer.relevance.values, to: index) }
  }

  mutating func finish() throws { try writer.finish() }
}
