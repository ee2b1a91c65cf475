import Geometry
import Relevance
import Testing

@testable import AppCore

@Suite("Parameters")
struct ParameterTests {
  private func editing(_ attribution: Attribution, focus: String) throws -> AppState {
    var state = Fixture.loaded()
    Fixture.send(&state, .keyPressed(.tab, []))
    _ = state.choose(attribution)
    Fixture.press(&state, "p")
    let index = try #require(state.attribution.parameters(Fixture.network).firstIndex { $0.title == focus }, "\(focus)")
    for _ in 0..<index { Fixture.send(&state, .keyPressed(.down, [])) }
    return state
  }

  private static func relevance(_ name: String) -> Attribution {
    Attribution.named(name) ?? .standard
  }

  /// Keys as they are pressed: < and > stand for the arrows, ! for Enter, ~ for Delete.
  private func press(_ state: inout AppState, _ keys: String) {
    for key in keys {
      let pressed: Key =
        switch key {
        case "<": .left
        case ">": .right
        case "!": .enter
        case "~": .delete
        default: .character(key)
        }
      Fixture.send(&state, .keyPressed(pressed, []))
    }
  }

  static let cases: [(method: String, parameter: String, keys: String, value: String)] = [
    ("epsilon-plus", "Stabilizer", ">", "z + epsilon"), ("epsilon-plus", "Stabilizer", ">>", "clipped at epsilon"),
    ("epsilon-plus", "Stabilizer", "<", "clipped at epsilon rms(z)"), ("epsilon-plus", "Stabilizer", ">~", "as each rule has it"),
    ("epsilon-plus", "Sums", ">", "ratio-of-magnitudes"), ("epsilon-plus", "Sums", "<", "branch-only"),
    ("epsilon-plus", "Biases", ">", "taken as 0"), ("epsilon-gamma-box", "Gamma", ">", "0.5"), ("epsilon-gamma-box", "Gamma", "<", "0.125"),
    ("epsilon-gamma-box", "Gamma", "0.07!", "0.07"), ("epsilon-gamma-box", "Gamma", "0.07!~", "0.25"),
    ("epsilon-gamma-box", "Gamma", "7x8!", "78"), ("epsilon-plus", "Epsilon rule", ">", "1e\u{2212}5"),
    ("epsilon-plus", "Epsilon rule", "1e-3!", "0.001"), ("epsilon-alpha2-beta1", "Alpha", ">", "2.5"),
    ("epsilon-alpha2-beta1", "Alpha", "<<<<", "1"), ("epsilon-gamma-box", "Box low", "-0.5!", "\u{2212}0.5"),
    ("epsilon-gamma-box", "Box low", "-0.5!~", "0 (as preprocessed)"), ("epsilon-gamma-box", "Box high", "<", "0.9"),
    ("gradient", "Form", ">", "absolute"), ("smooth-grad", "Noise", ">", "0.15"), ("smooth-grad", "Samples", ">", "25"),
    ("smooth-grad", "Samples", "50!", "50"), ("smooth-grad", "Seed", ">", "2"), ("smooth-grad", "Seed", "<<<", "0"),
    ("integrated-gradients", "Steps", "100!", "100"), ("integrated-gradients", "Baseline", ">", "grey 0.5"),
    ("integrated-gradients", "Baseline", "<", "normalized 0"), ("integrated-gradients", "Brightness", "0.25!", "0.25"),
    ("occlusion", "Window", ">", "9"), ("occlusion", "Stride", "2!", "2"), ("occlusion", "Baseline", ">>", "white"),
    ("occlusion", "Window", "9!~", "8"), ("prediction-difference", "Padding", "<", "1"),
    ("prediction-difference", "Samples", "3!", "3"), ("prediction-difference", "Window", "6!", "6"), ("random", "Seed", "42!", "42"),
    ("grad-cam", "Layer", ">", "conv1"), ("grad-cam", "Layer", "><", "the last with positions"),
  ]

  @Test("steppers, typed numbers and Delete change parameters, and the heatmap follows", arguments: cases)
  func changing(_ change: (method: String, parameter: String, keys: String, value: String)) throws {
    var state = try editing(Self.relevance(change.method), focus: change.parameter)
    press(&state, change.keys)
    let parameters = state.attribution.parameters(Fixture.network)
    #expect(parameters.first { $0.title == change.parameter }?.value == change.value)
    #expect(state.digit.shown?.query.attribution == state.attribution)
    let reported = stateReport(of: state, frame: 0).parameters.first { $0.name == change.parameter }
    #expect(reported?.value == change.value)
  }

  @Test(
    "a number that is not allowed is refused with what is allowed, and nothing changes",
    arguments: [
      ("occlusion", "Window", "0"), ("smooth-grad", "Noise", "3"), ("epsilon-alpha2-beta1", "Alpha", "0.5"), ("random", "Seed", "1.2.3"),
    ])
  func refusing(method: String, parameter: String, typed: String) throws {
    var state = try editing(Self.relevance(method), focus: parameter)
    let before = state.attribution
    press(&state, typed + "!")
    #expect(state.attribution == before)
    guard case .parameters(let editor)? = state.overlay else { return }
    #expect(editor.complaint?.hasPrefix("\(typed) is not allowed: ") == true)
    #expect(scene(of: state).texts.contains { $0.string == editor.complaint })
  }

  @Test("the steppers answer the mouse")
  func mouse() throws {
    var state = try editing(.occlusion(window: 8, stride: 4, baseline: .brightness(0)), focus: "Window")
    let plus = try #require(state.place(of: .perform(.stepParameter(1, 1))))
    Fixture.send(&state, .pointerPressed(.left, plus, clicks: 1, []))
    #expect(state.attribution == .occlusion(window: 8, stride: 5, baseline: .brightness(0)))
  }

  @Test("alpha stays beta + 1, in every row that has it")
  func alpha() throws {
    var state = try editing(Self.relevance("deep-taylor"), focus: "Alpha")
    press(&state, "3!")
    let rules = state.attribution.settings?.composite.rows.map(\.rule)
    #expect(rules == [.alphaBeta(alpha: 3, beta: 2), .alphaBeta(alpha: 3, beta: 2)])
    #expect(state.attribution.name == "my-deep-taylor")
    Fixture.send(&state, .keyPressed(.character("z"), .control))
    #expect(state.attribution.name == "deep-taylor")
  }
}
