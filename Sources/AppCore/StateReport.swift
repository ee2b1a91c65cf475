import Geometry
import Relevance

/// What `--state-file` tells tests and assistive tools; absent things are null.
public struct StateReport: Sendable, Equatable {
  public enum Explained: Sendable, Equatable {
    case point(Int)
    case drawing
  }

  public var frame: Int
  /// How many digits the map shows.
  public var points: Int
  /// In embedding units, and window pixels per unit.
  public var view: Camera
  public var hovered: Int?
  public var selected: Int?
  /// What the heatmap on screen explains.
  public var explained: Explained?
  public var prediction: Int?
  public var target: Int?
  public var composite: String
  public var layer: String?
  /// Of what takes longest now, 0...1.
  public var progress: Double?
  public var message: String?

  /// One JSON object with exactly the names above.
  public var json: String {
    func number(_ value: Double) -> String { value.isFinite ? "\(value)" : "null" }
    func integer(_ value: Int?) -> String { value.map(String.init) ?? "null" }
    func text(_ value: String?) -> String { value.map(Self.quoted) ?? "null" }
    let explainedText =
      switch explained {
      case .point(let index): "\(index)"
      case .drawing: "\"drawing\""
      case nil: "null"
      }
    let fields = [
      "\"frame\": \(frame)", "\"points\": \(points)",
      "\"view\": {\"centre\": [\(number(view.centre.x)), \(number(view.centre.y))], \"scale\": \(number(view.scale))}",
      "\"hovered\": \(integer(hovered))", "\"selected\": \(integer(selected))", "\"explained\": \(explainedText)",
      "\"prediction\": \(integer(prediction))", "\"target\": \(integer(target))", "\"composite\": \(text(composite))",
      "\"layer\": \(text(layer))", "\"progress\": \(progress.map(number) ?? "null")", "\"message\": \(text(message))",
    ]
    return "{" + fields.joined(separator: ", ") + "}"
  }

  private static func quoted(_ text: String) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": result += "\\\""
      case "\\": result += "\\\\"
      case "\n": result += "\\n"
      case "\t": result += "\\t"
      case _ where scalar.value < 0x20:
        let digits = String(scalar.value, radix: 16)
        result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result + "\""
  }
}

/// The state as tests and assistive tools see it, at frame number `frame`.
public func stateReport(of state: AppState, frame: Int) -> StateReport {
  let shown = state.activeSlot.shown
  let explained: StateReport.Explained? =
    switch shown?.subject {
    case .point(let index): .point(index)
    case .drawing: .drawing
    case nil: nil
    }
  let activity = [Activity.embedding, .loadingNetwork, .loadingData].first { state.progress[$0] != nil }
  return StateReport(
    frame: frame, points: state.map.positions.count / 2, view: state.map.camera, hovered: state.hover?.index,
    selected: state.selected, explained: explained, prediction: shown?.explanation.prediction, target: shown?.explanation.targetClass,
    composite: state.composite.name, layer: state.selectedNode, progress: activity.flatMap { state.progress[$0]?.fraction ?? 0 },
    message: state.message?.text)
}
