import Geometry
import Relevance
import Testing

@testable import AppCore

@Suite("Rules per layer")
struct RuleEditorTests {
  private func editing() throws -> AppState {
    var state = Fixture.loaded()
    Fixture.send(&state, .keyPressed(.tab, []))
    Fixture.press(&state, "r")
    return state
  }

  private func rows(_ state: AppState) throws -> [RuleTree.Row] {
    guard case .rules(let editor)? = state.overlay else { return [] }
    return try #require(state.ruleRows(editor))
  }

  private func focus(_ state: inout AppState, _ title: String) throws {
    let index = try #require(try rows(state).firstIndex { $0.title == title }, "\(title)")
    Fixture.send(&state, .keyPressed(.home, []))
    for _ in 0..<index { Fixture.send(&state, .keyPressed(.down, [])) }
  }

  @Test("stages come first and open into blocks and layers")
  func tree() throws {
    var state = try editing()
    let closed = try rows(state)
    #expect(
      closed.map(\.title) == [
        "all with weights", "every convolution", "every dense", "conv1", "layer1", "layer2", "layer3", "layer4", "fc",
      ])
    // 3 blocks of 3 convolutions and a projection.
    #expect(closed.map(\.count) == [54, 53, 1, 1, 10, 13, 19, 10, 1])
    #expect(closed[3].rule == .flat && closed[4].rule == .alphaBeta(alpha: 2, beta: 1) && closed[0].rule == nil)
    try focus(&state, "layer1")
    Fixture.send(&state, .keyPressed(.enter, []))
    #expect(try rows(state).map(\.title)[5...7] == ["layer1.0", "layer1.1", "layer1.2"])
    let arrow = try #require(state.place(of: .perform(.toggleGroup("layer1.0"))))
    Fixture.send(&state, .pointerPressed(.left, arrow, clicks: 1, []))
    #expect(
      try rows(state).map(\.title)[6...9] == ["layer1.0.conv1", "layer1.0.conv2", "layer1.0.conv3", "layer1.0.downsample.0"])
    try focus(&state, "layer1")
    Fixture.send(&state, .keyPressed(.enter, []))
    #expect(try rows(state).count == closed.count)
  }

  @Test("a rule for a stage is a row before the composite's, and the heatmap follows at once")
  func stage() throws {
    var state = try editing()
    try focus(&state, "layer3")
    let request = try #require(update(&state, .keyPressed(.character("3"), [])).requests.first)
    let composite = try #require(request.query.attribution.settings?.composite)
    #expect(composite.name == "my-epsilon-alpha2-beta1-flat")
    #expect(composite.rows == [Composite.Row(.name("layer3.*"), .zPlus)] + Composite.standard.rows)
    let applied = try composite.rules(for: Fixture.network)
    for (layer, rule) in zip(Fixture.network.layers, applied) where layer.linear != nil {
      #expect((rule.rule == .zPlus) == layer.name.hasPrefix("layer3."), "\(layer.name)")
    }
    // The newest row counts most: one layer of the stage, then all convolutions.
    try focus(&state, "layer3")
    Fixture.send(&state, .keyPressed(.enter, []))
    try focus(&state, "layer3.1")
    Fixture.press(&state, "5")
    #expect(state.rules.ownRows.map(\.layers) == [.name("layer3.1.*"), .name("layer3.*")])
    try focus(&state, "every convolution")
    Fixture.press(&state, "7")
    #expect(try rows(state).first { $0.title == "layer3.1" }?.rule == .flat)
    // 0 takes one's own row back.
    Fixture.press(&state, "0")
    #expect(try rows(state).first { $0.title == "layer3.1" }?.rule == .gamma(0.25))
  }

  @Test("a row says whose its rule is: the composite's, one's own, or that of another row of one's own")
  func owners() throws {
    var state = try editing()
    func line(_ title: String) throws -> String {
      try focus(&state, title)
      return try #require(scene(of: state).texts.first { $0.string.hasPrefix("\(title): ") }).string
    }
    #expect(try line("layer1").hasSuffix("as \(Composite.standard.name) has it"))
    try focus(&state, "every convolution")
    Fixture.press(&state, "2")
    #expect(try line("every convolution").hasSuffix("yours"))
    #expect(try line("layer1").hasSuffix("by a rule of yours for other rows"))
    #expect(try line("fc").hasSuffix("as \(Composite.standard.name) has it"))
  }

  @Test("buttons give rules too; arrows change a rule's number in that row only")
  func buttons() throws {
    var state = try editing()
    try focus(&state, "layer2")
    let gamma = try #require(state.place(of: .perform(.giveRule(5))))
    Fixture.send(&state, .pointerPressed(.left, gamma, clicks: 1, []))
    Fixture.send(&state, .keyPressed(.right, []))
    #expect(state.rules.ownRows == [Composite.Row(.name("layer2.*"), .gamma(0.5))])
    let less = try #require(state.place(of: .perform(.decrease)))
    Fixture.send(&state, .pointerPressed(.left, less, clicks: 1, []))
    #expect(state.rules.ownRows == [Composite.Row(.name("layer2.*"), .gamma(0.25))])
  }

  @Test("undo and redo go through every change, reset takes all back and can be undone")
  func undo() throws {
    var state = try editing()
    try focus(&state, "fc")
    var seen = [state.rules.current]
    for key in "13570" {
      Fixture.press(&state, String(key))
      seen.append(state.rules.current)
    }
    #expect(seen.last == Composite.standard)
    for earlier in seen.dropLast().reversed() {
      Fixture.send(&state, .keyPressed(.character("z"), .control))
      #expect(state.rules.current == earlier)
      #expect(state.attribution.settings?.composite == earlier)
    }
    for later in seen.dropFirst() {
      Fixture.send(&state, .keyPressed(.character("y"), .control))
      #expect(state.rules.current == later)
    }
    Fixture.press(&state, "8")
    let reset = try #require(state.place(of: .perform(.resetRules)))
    Fixture.send(&state, .pointerPressed(.left, reset, clicks: 1, []))
    #expect(state.attribution.settings?.composite == .standard)
    Fixture.send(&state, .keyPressed(.character("z"), .control))
    #expect(state.rules.ownRows.count == 1)
  }

  @Test("rules of one's own stand in the list of methods; another composite forgets them")
  func own() throws {
    var state = try editing()
    try focus(&state, "fc")
    Fixture.press(&state, "3")
    Fixture.press(&state, "l")
    guard case .list(let chooser)? = state.overlay else { return }
    #expect(state.rows(chooser).prefix(2).last?.method?.name == "my-epsilon-alpha2-beta1-flat")
    Fixture.send(&state, .keyPressed(.escape, []))
    Fixture.press(&state, "m")
    #expect(!state.rules.isChanged)
    #expect(state.attribution.name == Composite.main[1].name)
  }

  @Test("rules are saved by key and button; what comes back under another name is what further changes start from")
  func saving() throws {
    var state = try editing()
    #expect(update(&state, .keyPressed(.character("s"), .control)).isEmpty, "nothing was changed")
    try focus(&state, "fc")
    Fixture.press(&state, "3")
    let place = try #require(state.place(of: .perform(.saveRules)))
    for event in [Event.keyPressed(.character("s"), .control), .pointerPressed(.left, place, clicks: 1, [])] {
      let effects = update(&state, event)
      if case .save(let composite)? = effects.first { #expect(composite == state.rules.current) } else { Issue.record("not saved") }
    }
    var named = state.rules.current
    named.name += "-2"
    #expect(update(&state, .saved(named, path: "/config/composites/\(named.name).json")).isEmpty)
    #expect(stateReport(of: state, frame: 0).composite == named.name)
    #expect(state.message?.kind == .notice && state.message?.text.contains("/config/composites/") == true)
    #expect(!state.rules.isChanged && state.errorMessage == nil)
    Fixture.press(&state, "m")
    #expect(state.attribution.settings?.composite == Composite.main[0])
    let rows = Chooser.rows(MethodList.groups(own: state.savedComposites), filter: named.name)
    #expect(rows.compactMap { $0.method?.name } == [named.name])
  }

  @Test("a composite's file that is dropped is read and used")
  func dropped() throws {
    var state = try editing()
    let effects = update(&state, .identified(path: "/a/mine.JSON", .composite))
    if case .loadComposite(let path)? = effects.first { #expect(path == "/a/mine.JSON") } else { Issue.record("not read") }
    let mine = Composite(name: "mine", rows: [Composite.Row(.all, .zPlus)])
    let request = try #require(update(&state, .compositeLoaded(mine)).requests.first)
    #expect(request.query.attribution.settings?.composite == mine)
    #expect(try rows(state).first?.rule == .zPlus)
  }

  @Test("a drawing follows the rules as well")
  func drawing() throws {
    var state = try editing()
    Fixture.send(&state, .keyPressed(.escape, []))
    Fixture.press(&state, "d")
    let pad = try #require(state.place(of: .pad))
    Fixture.send(&state, .pointerPressed(.left, pad, clicks: 1, []))
    Fixture.send(&state, .pointerReleased(.left, pad + Point(0, 40), []))
    Fixture.press(&state, "r")
    try focus(&state, "every convolution")
    let request = try #require(update(&state, .keyPressed(.character("5"), [])).requests.first)
    #expect(request.picture == state.sketch.picture)
    #expect(request.query.attribution.settings?.composite.rows.first == Composite.Row(.kind("convolution"), .gamma(0.25)))
  }
}
