import Geometry
import Scene
import Testing

@testable import AppCore

@Suite("Window")
struct WindowTests {
  static let sizes = [Size(800, 500), Size(1280, 800), Size(1920, 1080), Size(3840, 2160)]

  private func disjoint(_ frames: [Rect]) -> Bool {
    for first in frames.indices {
      for second in 0..<first where frames[first].intersects(frames[second]) { return false }
    }
    return true
  }

  @Test("panels fill the window without overlapping, wherever the splitters are", arguments: sizes)
  func panels(size: Size) {
    for (map, network) in [(0.6, 0.31), (0.1, 0.1), (0.9, 0.9), (0.1, 0.9)] {
      let layout = Layout(size: size, shares: Shares(map: map, network: network))
      let frames = Panel.allCases.compactMap { layout.place(of: $0)?.frame } + [layout.status]
      #expect(frames.count == 4)
      #expect(disjoint(frames + [layout.verticalSplitter, layout.horizontalSplitter].compactMap { $0 }))
      for frame in frames {
        #expect(frame.width > 100 && frame.height > 20)
        #expect(frame.minX >= 0 && frame.minY >= 0 && frame.maxX <= size.width && frame.maxY <= size.height)
      }
    }
  }

  @Test("text in the network is at least 9 pixels high", arguments: sizes)
  func textSize(size: Size) {
    var state = Fixture.loaded(size)
    Fixture.send(&state, .keyPressed(.tab, []))
    for item in scene(of: state).items {
      if case .text(let text) = item.primitive { #expect(text.size >= 9, "\(text.string)") }
    }
  }

  @Test("a splitter follows the pointer", arguments: [Splitter.vertical, .horizontal])
  func splitter(which: Splitter) throws {
    var state = Fixture.loaded()
    let place = try #require(state.place(of: .splitter(which)))
    let way = which == .vertical ? Point(-80, 0) : Point(0, 35)
    _ = update(&state, .pointerPressed(.left, place, clicks: 1, []))
    _ = update(&state, .pointerMoved(place + way, []))
    _ = update(&state, .pointerReleased(.left, place + way, []))
    let moved = try #require(state.place(of: .splitter(which)))
    let change = moved - place
    #expect(abs((which == .vertical ? change.x - way.x : change.y - way.y)) <= 1)
    #expect(state.gesture == nil)
  }

  @Test("a double click on a header fills the window with its panel, another one restores", arguments: Panel.allCases)
  func maximize(panel: Panel) throws {
    var state = Fixture.loaded()
    let usual = state.layout
    let header = try #require(usual.place(of: panel)?.header)
    // Right of tabs and title, left of the button.
    let place = Point(header.minX + header.width * 0.6, header.center.y)
    _ = update(&state, .pointerPressed(.left, place, clicks: 2, []))
    #expect(Panel.allCases.filter { state.layout.place(of: $0) != nil } == [panel])
    _ = scene(of: state)
    _ = update(&state, .pointerPressed(.left, Point(640, 15), clicks: 2, []))
    #expect(state.layout == usual)
  }

  @Test("every chord is bound once, and every binding is found by its key")
  func keyTable() {
    for context in [KeyTable.Context.window, .search, .list, .rules, .controls, .network, .networkSearch, .story] {
      let chords = KeyTable.sections.filter { $0.context == context }.flatMap { $0.rows.flatMap(\.bindings) }.map(\.chord)
      #expect(Set(chords).count == chords.count)
    }
    for section in KeyTable.sections {
      let actions =
        switch section.context {
        case .window: KeyTable.actions
        case .search: KeyTable.searchActions
        case .controls: KeyTable.controlActions
        case .network: KeyTable.networkActions
        case .networkSearch: KeyTable.networkSearchActions
        case .story: KeyTable.storyActions
        case .list: KeyTable.actions(in: .parameters(ParameterEditor()))
        case .rules: KeyTable.actions(in: .rules(RuleEditor()))
        }
      for binding in section.rows.flatMap(\.bindings) { #expect(actions[binding.chord] == binding.action) }
    }
    #expect(KeyTable.sections.allSatisfy { $0.rows.allSatisfy { !$0.title.isEmpty && (!$0.keys.isEmpty || $0.bindings.isEmpty) } })
    // As keyboards send them: Shift is already in what is typed, capitals are letters with Shift.
    #expect(KeyTable.actions[Chord(.character("?"), .shift)] == .help)
    #expect(KeyTable.actions[Chord(.character("Z"), [.control, .shift])] == .redo)
  }

  @Test("the help shows every row of the key table", arguments: sizes)
  func help(size: Size) {
    var state = Fixture.loaded(size)
    Fixture.press(&state, "?")
    let texts = scene(of: state).items.compactMap { item in
      if case .text(let text) = item.primitive { text } else { nil }
    }
    for row in KeyTable.sections.flatMap(\.rows) where !row.keys.isEmpty {
      let shown = texts.first { $0.string == row.title }
      #expect(shown.map { Rect(0, 0, size.width, size.height).contains($0.anchor) } == true, "\(row.title)")
      #expect(shown.map { !isCut($0) } == true, "\(row.title)")
      #expect(texts.contains { $0.string == row.keys && !isCut($0) }, "\(row.keys)")
    }
  }

  @Test("Ctrl+Q and the close button quit")
  func quit() {
    for event in [Event.keyPressed(.character("q"), .control), .closeRequested] {
      var state = Fixture.loaded()
      let effects = update(&state, event)
      if case .quit? = effects.first {} else { Issue.record("no effect quits") }
    }
  }

  @Test(
    "a file that is dropped is looked into, and read by what it holds",
    arguments: [FileKind.network, .data, .map, .composite, .picture])
  func drop(kind: FileKind) {
    var state = Fixture.loaded()
    guard case .identify("/a/b")? = update(&state, .filesDropped(["/a/b", "/c"])).first else {
      Issue.record("not looked into")
      return
    }
    let effect = update(&state, .identified(path: "/a/b", kind)).first
    let isRight =
      switch (kind, effect) {
      case (.network, .loadNetwork(path: "/a/b", preprocessing: nil)?): state.progress[.loadingNetwork] != nil
      case (.data, .loadData(path: "/a/b")?): state.progress[.loadingData] != nil
      case (.map, .loadMap(_, path: "/a/b", _, perplexity: _)?), (.composite, .loadComposite(path: "/a/b")?): true
      case (.picture, .loadPicture(path: "/a/b")?): true
      default: false
      }
    #expect(isRight)
  }

  @Test("the same state and event give the same scene")
  func pure() {
    var first = Fixture.loaded()
    var second = Fixture.loaded()
    for event: Event in [.keyPressed(.tab, []), .keyPressed(.character("."), []), .pointerMoved(Point(300, 300), []), .clock(.seconds(3))] {
      Fixture.send(&first, event)
      Fixture.send(&second, event)
    }
    #expect(scene(of: first) == scene(of: second))
  }
}

@Suite("Network graph")
struct NetworkGraphTests {
  @Test("a click on a block selects it and shows its maps by the magnitude of their sums; another click closes them")
  func featureMaps() throws {
    var state = Fixture.loaded()
    Fixture.send(&state, .keyPressed(.tab, []))
    let place = try #require(state.place(ofNode: "layer2.1"))
    Fixture.click(&state, place)
    #expect(stateReport(of: state, frame: 0).layer == "layer2.1")
    let maps = try #require(state.layerMaps)
    // Channel c of 16 has four pixels of +-(c + 1).
    #expect(maps.maps.map(\.channel) == Array((0..<16).reversed()))
    #expect(maps.maps.first?.sum == -64)
    #expect(maps.end == 16)
    Fixture.click(&state, place)
    #expect(stateReport(of: state, frame: 0).layer == nil)
    #expect(state.layerMaps == nil)
  }
}
