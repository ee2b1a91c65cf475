import Foundation
import ProgramDriver

extension HeatlensWindow {
  /// Waits until the graph is as wanted and stands still: no layout is awaited, nothing moves, and what grew from its old place is there.
  @discardableResult
  func settledGraph(
    _ what: String, seconds: Double = 60, until condition: (WindowState) throws -> Bool = { !$0.network.nodes.isEmpty }
  ) throws -> WindowState {
    var since = Date()
    var last: WindowState.Network?
    return try wait(for: what, seconds: seconds) { state in
      guard try condition(state), !state.network.isWaiting, state.network == last else {
        (last, since) = (state.network, Date())
        return false
      }
      // Nodes take a quarter of a second to their new places.
      return Date().timeIntervalSince(since) >= 0.35
    }
  }

  /// Explains the first digit, by the keyboard.
  @discardableResult
  func explainFirstDigit() throws -> WindowState {
    try key("Tab")
    try wait(for: "digit 0 explained", seconds: 120) { $0.explained == .point(0) && $0.network.nodes.contains { $0.sum != nil } }
    return try settledGraph("a graph with sums")
  }

  /// Chooses a node by a click on it.
  @discardableResult
  func choose(_ name: String) throws -> WindowState {
    try click(at: try settledGraph("a graph with \(name)").network.node(name).point())
    return try wait(for: "\(name) chosen") { $0.layer == name && $0.network.shownLayer != nil }
  }

  /// Does what the list of commands calls by this name.
  func perform(_ command: String) throws {
    try key("ctrl+p")
    try wait(for: "the commands") { $0.overlay == "commands" }
    try type(command)
    try key("Return")
    try wait(for: "no list") { $0.overlay == nil }
  }

  /// Presses at a point, moves along a line in steps of a tenth, and lets go.
  func drag(from start: ScreenPoint, right: Int, down: Int) throws {
    try move(to: start)
    try press()
    for step in 1...10 { try move(to: ScreenPoint(x: start.x + right * step / 10, y: start.y + down * step / 10)) }
    try release()
  }
}

extension ScreenPoint {
  /// Whether a pixel's middle is within `margin` of a node.
  func isNear(_ node: WindowState.Network.Node, margin: Double) -> Bool {
    (node.left - margin...node.right + margin).contains(Double(x)) && (node.top - margin...node.bottom + margin).contains(Double(y))
  }
}

/// One layer of what `info --format json` tells.
struct NetworkLayer: Decodable {
  struct Window: Decodable { let kernel: [Int] }
  let name: String
  let kind: String
  let window: Window?

  /// Of the shipped network, which a window shows that is told nothing else.
  static func all(in home: TemporaryFolder) throws -> [NetworkLayer] {
    struct Report: Decodable { let layers: [NetworkLayer] }
    let assets = ProcessInfo.processInfo.environment["HEATLENS_ASSETS"] ?? "\(checkout)/Assets"
    let outcome = try Program().run("info", "\(assets)/resnet50-mnist.safetensors", "--format", "json", in: home)
    guard outcome.status == 0 else { throw DriverFailure("info: \(outcome.errors)") }
    return try snakeCaseDecoder.decode(Report.self, from: outcome.output).layers
  }
}
