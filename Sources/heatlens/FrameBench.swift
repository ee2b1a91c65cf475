import ArgumentParser
import Foundation
import Geometry
import Platform
import Renderer

/// How long the window takes to answer: every frame from its event until it is shown.
struct FrameBench: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "frames", abstract: "Measure the window's frames, from each event until it is shown.",
    discussion: """
      A window of 1280 x 800, without a display where there is none, is sent what a person's hand would send. Leave pointer and keyboard \
      alone meanwhile.
      """)

  @OptionGroup var data: DataOption
  @OptionGroup var model: ModelOption
  @OptionGroup var output: BenchOutput
  /// A start in a process of its own, whose parent noted the time: prints when the first frame and the map were shown.
  @Option(help: .private) var startedAt: Double?

  func run() throws {
    let situations = FrameSituations(dataPath: data.path, modelPath: model.path, only: output.only)
    if let startedAt { return print(try situations.start(at: startedAt).map { "\($0)" }.joined(separator: " ")) }
    let (machine, rows) = try situations.measure()
    guard output.format == .text else { return print(try jsonText(FrameReport(window: machine, situations: rows))) }
    print(machine)
    print(FrameRow.table(rows))
  }
}

private struct FrameReport: Encodable {
  let window: String
  let situations: [FrameRow]
}

/// What was measured in one situation.
struct FrameRow: Encodable {
  let situation: String
  let count: Int
  let median: Double
  let p95: Double
  let worst: Double
  let unit: String
  /// What the 95th percentile is to stay below, or above where much is good, and whether it does.
  let goal: Double?
  let isMet: Bool?

  private enum CodingKeys: String, CodingKey {
    case situation, median, p95, worst, unit, goal
    case count = "frames"
    case isMet = "is_met"
  }

  /// - Parameters:
  ///   - isRight: whether what else is asked of the situation was so.
  ///   - isRate: whether much is good: then the 95th percentile is what nineteen of twenty values are above, and the worst the least.
  init(_ situation: String, _ values: [Double], unit: String = "ms", goal: Double?, isRight: Bool = true, isRate: Bool = false) {
    let sorted = isRate ? values.sorted(by: >) : values.sorted()
    func quantile(_ share: Double) -> Double {
      sorted.isEmpty ? 0 : sorted[min(sorted.count - 1, max(0, Int((share * Double(sorted.count)).rounded(.up)) - 1))]
    }
    self.situation = situation
    count = values.count
    (median, p95, worst) = (quantile(0.5), quantile(0.95), sorted.last ?? 0)
    self.unit = unit
    self.goal = goal
    let reached = p95
    isMet = goal.map { isRight && !values.isEmpty && (isRate ? reached >= $0 : reached <= $0) }
  }

  static func table(_ rows: [FrameRow]) -> String {
    let titles = ["situation", "frames", "median", "p95", "worst", "goal", ""]
    let cells = rows.map { row in
      [row.situation, "\(row.count)"] + [row.median, row.p95, row.worst].map { "\(decimal($0, 1)) \(row.unit)" }
        + [row.goal.map { decimal($0, 1) } ?? "", row.isMet.map { $0 ? "met" : "missed" } ?? ""]
    }
    let widths = titles.indices.map { column in ([titles] + cells).map { $0[column].count }.max() ?? 0 }
    return ([titles] + cells).map { line in
      zip(line.indices, zip(line, widths)).map { column, cell in
        let space = String(repeating: " ", count: cell.1 - cell.0.count)
        return column == 0 ? cell.0 + space : column == titles.count - 1 ? cell.0 : space + cell.0
      }.joined(separator: "  ")
    }.joined(separator: "\n")
  }
}
