import Geometry
import Relevance
import Testing

@testable import AppCore

@Suite("Methods")
struct MethodTests {
  private func explained(_ size: Size = Size(1280, 800)) -> AppState {
    var state = Fixture.loaded(size)
    Fixture.send(&state, .keyPressed(.tab, []))
    return state
  }

  @Test(
    "a name that is typed in full is the one that Enter takes, else one that begins so",
    arguments: [
      ("edges", "edges"), ("z-box", "z-box"), ("epsilon", "epsilon"), ("gamma", "gamma"), ("flat", "flat"), ("smooth", "smooth-grad"),
      ("EPSILON-G", "epsilon-gamma-box"),
    ])
  func search(typed: String, name: String) {
    var state = Fixture.loaded()
    state.remember(Composite(name: "my epsilon gamma flat z-box", rows: [.init(.all, .epsilon(0.1))]))
    Fixture.send(&state, .keyPressed(.tab, []))
    Fixture.press(&state, "l")
    type(&state, typed)
    Fixture.send(&state, .keyPressed(.enter, []))
    #expect(state.attribution.name == name)
  }

  private func type(_ state: inout AppState, _ text: String) {
    for character in text { Fixture.send(&state, .keyPressed(character == " " ? .space : .character(character), [])) }
  }

  @Test("M and Shift+M go through the six main composites, round the ends")
  func stepping() {
    var state = explained()
    let names = Composite.main.map(\.name)
    #expect(names.count == 6)
    for name in names.dropFirst() + [names[0]] {
      Fixture.press(&state, "m")
      #expect(stateReport(of: state, frame: 0).attribution == name)
    }
    Fixture.send(&state, .keyPressed(.character("M"), .shift))
    #expect(stateReport(of: state, frame: 0).attribution == names[5])
  }

  @Test("the list offers every composite and every other attribution once, in groups")
  func offers() {
    let rows = Chooser.rows(MethodList.groups(own: []), filter: "")
    let names = rows.compactMap { $0.method?.name }
    #expect(Set(names) == Set(Composite.builtIn.map(\.name) + Attribution.others.map(\.name)))
    #expect(names.count == Set(names).count)
    #expect(rows.first?.method == nil)
  }

  @Test(
    "every method can be chosen by typing its name and Enter", arguments: Composite.builtIn.map(\.name) + Attribution.others.map(\.name))
  func typing(name: String) throws {
    var state = explained()
    Fixture.press(&state, "l")
    type(&state, name)
    guard case .list(let chooser)? = state.overlay else {
      Issue.record("no list")
      return
    }
    // A name that is part of another is not alone: arrows reach it.
    let rows = state.rows(chooser)
    let wanted = try #require(rows.firstIndex { $0.method?.name == name })
    for _ in 0..<rows.count {
      guard case .list(let now)? = state.overlay, now.focus != wanted else { break }
      Fixture.send(&state, .keyPressed(.down, []))
    }
    Fixture.send(&state, .keyPressed(.enter, []))
    #expect(state.overlay == nil)
    let report = stateReport(of: state, frame: 0)
    #expect(report.attribution == name)
    #expect((report.composite == nil) == (Composite.named(name) == nil))
    #expect(state.digit.shown?.query.attribution.name == name)
  }

  @Test("a click on a row chooses it, the wheel scrolls the list and not the map, Backspace widens it, Esc closes it")
  func mouse() throws {
    var state = explained()
    let camera = state.map.camera
    let button = try #require(state.place(of: .perform(.openMethods)))
    Fixture.send(&state, .pointerPressed(.left, button, clicks: 1, []))
    #expect(stateReport(of: state, frame: 0).overlay == "methods")
    let place = try #require(state.overlayPlace)
    for _ in 0..<20 { Fixture.send(&state, .wheelTurned(notches: -1, at: place.body.center, [])) }
    #expect(state.map.camera == camera)
    let rows = Chooser.rows(MethodList.groups(own: []), filter: "")
    let last = try #require(rows.lastIndex { $0.method != nil })
    let row = try #require(state.place(of: .perform(.chooseRow(last))))
    Fixture.send(&state, .pointerPressed(.left, row, clicks: 1, []))
    #expect(stateReport(of: state, frame: 0).attribution == rows[last].method?.name)

    Fixture.press(&state, "l")
    type(&state, "occlusionn")
    #expect(Chooser.rows(MethodList.groups(own: []), filter: "occlusionn").isEmpty)
    Fixture.send(&state, .keyPressed(.enter, []))
    #expect(state.overlay != nil, "nothing fits, nothing is chosen")
    Fixture.send(&state, .keyPressed(.backspace, []))
    guard case .list(let chooser)? = state.overlay else { return }
    #expect(state.rows(chooser)[chooser.focus].method?.name == "occlusion")
    Fixture.send(&state, .keyPressed(.escape, []))
    #expect(state.overlay == nil && state.selected != nil)
  }

  @Test("the focus is always among the rows that are seen", arguments: WindowTests.sizes)
  func scrolling(size: Size) throws {
    var state = explained(size)
    Fixture.press(&state, "l")
    for key in [Key.end, .pageUp, .up, .home, .down, .pageDown, .pageDown, .pageDown, .up] {
      Fixture.send(&state, .keyPressed(key, []))
      guard case .list(let chooser)? = state.overlay, let place = state.overlayPlace else { return }
      #expect((chooser.scroll..<chooser.scroll + place.visibleRows).contains(chooser.focus))
      #expect(state.place(of: .perform(.chooseRow(chooser.focus))) != nil)
    }
  }

  @Test("another composite keeps what is set about stabilizer, sums and biases")
  func settingsStay() {
    var state = explained()
    _ = state.use(.relevance(RelevanceSettings(stabilizer: Stabilizer(epsilon: 0.1, clips: true), zeroBias: true)))
    Fixture.press(&state, "m")
    #expect(state.attribution.settings?.stabilizer == Stabilizer(epsilon: 0.1, clips: true))
    #expect(state.attribution.settings?.zeroBias == true)
    #expect(state.attribution.settings?.composite == Composite.main[1])
  }

  @Test("two methods side by side: the second is chosen from the list, both follow the selection, the difference is of normalized maps")
  func comparing() throws {
    var state = explained()
    Fixture.press(&state, "b")
    #expect(stateReport(of: state, frame: 0).overlay == "comparison")
    type(&state, "gradient-absolute")
    Fixture.send(&state, .keyPressed(.enter, []))
    let report = stateReport(of: state, frame: 0)
    #expect(report.comparison == "gradient-absolute" && report.attribution == Attribution.standard.name)
    let comparison = try #require(state.digit.shown?.comparison)
    // A: 2, -1, 2 by 2; B: 2, -1, 2, 4 by 4.
    let expected: [Float] = [0.5, -0.25, 0.5, -1]
    #expect(Array(try #require(comparison.difference).values[9...12]) == expected)
    #expect(comparison.sum == 7 && comparison.heat.largest == 4)
    // Pearson by its definition: E[ab] - E[a]E[b] over the deviations.
    let (a, b) = ([2.0, -1, 2, 0], [2.0, -1, 2, 4])
    let mean = (a: 3.0 / 64, b: 7.0 / 64)
    let covariance = zip(a, b).map { $0 * $1 }.reduce(0, +) / 64 - mean.a * mean.b
    let variance = (a: 9.0 / 64 - mean.a * mean.a, b: 25.0 / 64 - mean.b * mean.b)
    #expect(abs(try #require(report.correlation) - covariance / (variance.a * variance.b).squareRoot()) < 1e-9)

    let next = try #require(update(&state, .keyPressed(.tab, [])).requests.first)
    #expect(next.compared?.attribution == .gradient(.absolute))
    _ = update(&state, .explained(next.id, Fixture.explanations(of: next)))
    let target = try #require(update(&state, .keyPressed(.character("3"), [])).requests.first)
    #expect(target.compared?.target == .class(3))
    Fixture.send(&state, .keyPressed(.character("B"), .shift))
    #expect(stateReport(of: state, frame: 0).comparison == nil)
  }

  @Test("the second method has parameters of its own: Shift+P, and a composite's numbers too; the first keeps its own")
  func comparedParameters() throws {
    var state = explained()
    Fixture.send(&state, .keyPressed(.character("p"), .shift))
    #expect(state.overlay == nil, "there is no second method")
    for request in state.compare(with: Attribution.named("integrated-gradients")).requests {
      _ = update(&state, .explained(request.id, Fixture.explanations(of: request)))
    }
    let first = state.attribution
    Fixture.send(&state, .keyPressed(.character("p"), .shift))
    #expect(state.editedParameters.contains { $0.title == "Steps" && $0.value == "20" })
    let steps = try #require(state.editedParameters.firstIndex { $0.title == "Steps" })
    state.focus(row: steps)
    let effects = update(&state, .keyPressed(.right, []))
    #expect(effects.requests.first?.compared?.attribution == state.comparison && state.attribution == first)
    #expect(state.comparison != Attribution.named("integrated-gradients"))
    Fixture.press(&state, "p")
    #expect(state.editedMethod == first)
    _ = state.compare(with: Attribution.named("epsilon-gamma-box"))
    Fixture.send(&state, .keyPressed(.character("p"), .shift))
    let gamma = try #require(state.editedParameters.firstIndex { $0.title == "Gamma" })
    state.focus(row: gamma)
    Fixture.press(&state, "1")
    Fixture.send(&state, .keyPressed(.enter, []))
    let changed = try #require(state.comparison?.settings?.composite)
    #expect(changed.name == "my-epsilon-gamma-box" && changed.rows.contains { $0.rule == .gamma(1) } && state.attribution == first)
    Fixture.send(&state, .keyPressed(.delete, []))
    #expect(state.comparison?.settings?.composite.rows == Composite.epsilonGammaBox.rows)
  }

  @Test("what is equal correlates fully, what is constant with nothing; heatmaps of other sizes have no difference")
  func correlation() throws {
    func plane(_ values: [Float], width: Int) -> HeatPlane {
      HeatPlane(Pictures.Plane(values: values, width: width, height: values.count / width))
    }
    let ramp = plane([1, 2, 3, 4], width: 2)
    #expect(abs(try #require(HeatPlane.correlation(ramp, ramp)) - 1) < 1e-12)
    #expect(abs(try #require(HeatPlane.correlation(ramp, plane([-2, -4, -6, -8], width: 2))) + 1) < 1e-12)
    #expect(HeatPlane.correlation(ramp, plane([5, 5, 5, 5], width: 2)) == nil)
    #expect(HeatPlane.difference(ramp, plane([1, 2, 3, 4], width: 4)) == nil)
    #expect(HeatPlane.difference(ramp, plane([0, 0, 0, 0], width: 2))?.values == [0.25, 0.5, 0.75, 1])
  }

  @Test("a method without layers says so where the network's sums would be")
  func noLayers() throws {
    var state = explained()
    _ = state.use(.gradient(.raw))
    let request = try #require(state.explainSelected().requests.first)
    _ = update(&state, .explained(request.id, Fixture.explanations(of: request)))
    let texts = scene(of: state).texts.map(\.string)
    #expect(texts.contains { $0.contains("gradient knows no layers") })
    Fixture.press(&state, ".")
    #expect(scene(of: state).texts.contains { $0.string.contains("choose relevance to see feature maps") })
  }

  @Test("a warning stands in the panel, below the graph and in the report")
  func warnings() throws {
    var state = explained()
    let request = try #require(state.explainSelected().requests.first)
    let warning = Explanation.Warning.blowUp(layer: "layer2.1.add", sum: -9e8, start: 12)
    _ = update(&state, .explained(request.id, Fixture.explanations(of: request, warnings: [warning])))
    let warned = scene(of: state).texts.filter { $0.string.contains("blows up") && $0.color == Theme.dark.warning }
    #expect(warned.count == 2)
    #expect(stateReport(of: state, frame: 0).warnings.count == 1)
    #expect(state.digit.shown?.layerSums.filter(\.isWarned).map(\.name) == ["layer2.1.add"])
  }

  @Test("the strip has a bar for every layer with weights or a sum; its parts add up to what came in")
  func sums() throws {
    let state = explained()
    let sums = try #require(state.digit.shown?.layerSums)
    // 53 convolutions, 16 sums, one dense layer.
    #expect(sums.count == 70)
    #expect(sums.map(\.layer) == sums.map(\.layer).sorted())
    for sum in sums { #expect(sum.relevanceIn == sum.relevanceOut + sum.absorbedByBias + sum.absorbedByStabilizer) }
    let bar = try #require(draw(state).hits.last { $0.hint.first?.hasPrefix("layer3.0.add") == true })
    #expect(bar.action == .perform(.layer(try #require(Fixture.network.index(ofLayerNamed: "layer3.0.add")))))
    #expect(bar.hint.contains { $0.contains("absorbed by bias 1.50, by stabilizer \u{2212}0.500") })
  }
}
