import Embedding
import Foundation

/// What `heatlens embed` tells of a map.
struct EmbeddingReport: Encodable {
  let count: Int
  let klDivergence: Double?
  let perplexity: Double
  /// Nil for a map that was computed elsewhere.
  let iterations: Int?
  /// Of the last fifty iterations.
  let millisecondsPerIteration: Double?
  let neighboursKept: Double
  let labelAgreement: Double?
  /// Relative, on a sample of the points; nil unless asked for.
  let forceError: Double?
  let seconds: [String: Double]
  let peakMegabytes: Double
  let messages: [String]

  enum CodingKeys: String, CodingKey {
    case count, perplexity, iterations, seconds, messages
    case klDivergence = "kl_divergence"
    case millisecondsPerIteration = "milliseconds_per_iteration"
    case neighboursKept = "neighbours_kept"
    case labelAgreement = "label_agreement"
    case forceError = "force_error"
    case peakMegabytes = "peak_megabytes"
  }

  init(
    _ result: EmbeddingResult, quality: MapQuality, count: Int, componentSeconds: Double, lateMilliseconds: Double?, isGiven: Bool,
    accuracy: MeshAccuracy?
  ) {
    self.count = count
    klDivergence = result.divergence
    perplexity = result.effectivePerplexity
    iterations = isGiven ? nil : result.iterations
    millisecondsPerIteration = isGiven ? nil : lateMilliseconds
    neighboursKept = quality.neighboursKept
    labelAgreement = quality.labelAgreement
    forceError = accuracy?.forceError
    messages = result.messages
    var seconds = [
      "components": componentSeconds, "neighbours": result.seconds.neighbours, "affinities": result.seconds.affinities,
    ]
    if !isGiven { seconds["optimization"] = result.seconds.optimization }
    seconds["total"] = seconds.values.reduce(0, +)
    self.seconds = seconds
    peakMegabytes = Self.peakMegabytes
  }

  /// The most memory that was resident at a time. Not `getrusage`, which also counts what the process was before it became this program.
  private static var peakMegabytes: Double {
    let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
    let line = status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") }
    let kilobytes = line.flatMap { $0.split(whereSeparator: { !$0.isNumber }).first.flatMap { Double($0) } }
    return (kilobytes ?? 0) / 1024
  }

  var text: String {
    var lines = ["\(count) points, \(iterations.map { "\($0) iterations, " } ?? "")perplexity \(decimal(perplexity, 1))"]
    if let klDivergence { lines.append("KL divergence \(decimal(klDivergence, 4))") }
    lines.append("neighbours kept (k = 10) \(decimal(neighboursKept, 3))")
    if let labelAgreement { lines.append("label agreement (k = 10) \(decimal(labelAgreement, 3))") }
    if let forceError { lines.append("force error \(decimal(forceError, 5))") }
    for stage in ["components", "neighbours", "affinities", "optimization", "total"] {
      if let time = seconds[stage] { lines.append("\(stage): \(decimal(time, 2)) s") }
    }
    if let millisecondsPerIteration { lines.append("late iterations: \(decimal(millisecondsPerIteration, 1)) ms each") }
    lines.append("memory at most \(decimal(peakMegabytes, 0)) MB")
    return (messages + lines).joined(separator: "\n")
  }
}
