import Datasets
import Geometry
import Relevance
import Scene
import Testing

@testable import AppCore

@Suite("Themes, scale, pictures, sessions")
struct AppearanceTests {
  @Test("Ctrl with plus, minus and 0 scales everything by steps; a window that has no room for it says how much it has")
  func scale() throws {
    var state = Fixture.loaded()
    Fixture.send(&state, .keyPressed(.character("+"), .control))
    #expect(state.appearance.scale == 1.1 && abs(state.layout.unit - 1.1) < 1e-9)
    for _ in 0..<20 { Fixture.send(&state, .keyPressed(.character("="), .control)) }
    #expect(state.appearance.scale == 3 && state.layout.unit < 1.7)
    #expect(state.message?.text.contains("this window has room for") == true)
    for _ in 0..<20 { Fixture.send(&state, .keyPressed(.character("-"), .control)) }
    #expect(state.appearance.scale == 0.75 && state.layout.unit == 0.75)
    Fixture.send(&state, .keyPressed(.character("0"), .control))
    #expect(state.appearance.scale == 1 && state.layout.unit == 1)
    let large = Layout(size: Size(3840, 2160), shares: Shares(), scale: 3)
    #expect(large.unit > 4 && large.unit <= 3840 / Layout.smallest.width)
  }

  @Test("words have a contrast of 4.5 on every ground that they may stand on, in both themes", arguments: Appearance.Ground.allCases)
  func contrast(ground: Appearance.Ground) {
    let theme = Appearance(ground: ground).theme
    let grounds = [theme.window, theme.panel, theme.header, theme.raised]
    for words in [theme.text, theme.secondary, theme.faint, theme.accent, theme.good, theme.warning, theme.bad] {
      for under in grounds { #expect(words.contrast(to: under) >= 4.5, "\(words) on \(under)") }
    }
    for words in [theme.text, theme.secondary] { #expect(words.contrast(to: theme.hovered) >= 4.5) }
    #expect(theme.text.contrast(to: theme.accentFill) >= 4.5 && theme.bad.contrast(to: theme.badFill) >= 4.5)
    for color in theme.palette { #expect(theme.ink(on: color).contrast(to: color) >= 4.5) }
    // Points and bars need less than words (WCAG 1.4.11).
    for color in theme.palette { #expect(color.contrast(to: theme.panel) >= 2.2) }
  }

  @Test("another theme changes colours only: every item stays where it is")
  func theme() {
    var state = Fixture.loaded()
    Fixture.send(&state, .keyPressed(.tab, []))
    let before = scene(of: state)
    Fixture.send(&state, .keyPressed(.character("t"), .control))
    let after = scene(of: state)
    #expect(before.items.count == after.items.count && before.background != after.background)
    #expect(zip(before.texts, after.texts).allSatisfy { $0.string == $1.string && $0.anchor == $1.anchor && $0.size == $1.size })
    #expect(state.map.look.palette == Theme.light.palette)
  }

  @Test("a picture is drawn without pointer, lists and messages; of the window, or of a panel though it is not on screen")
  func pictures() throws {
    var state = Fixture.loaded()
    Fixture.send(&state, .keyPressed(.tab, []))
    let plain = scene(of: state)
    _ = update(&state, .pointerMoved(state.window(of: 44), []))
    Fixture.press(&state, "l")
    guard case .saveScene(let name, let picture, let part)? = state.perform(.savePicture(nil)).first else {
      Issue.record("no picture")
      return
    }
    #expect(name == "heatlens-window" && picture == plain && part == Rect(0, 0, 1280, 800))
    state.overlay = nil
    guard case .saveScene(_, _, let map)? = update(&state, .keyPressed(.character("s"), [.control, .alt])).first else { return }
    #expect(map == state.layout.map?.frame, "the pointer is over the map")
    state.shares.maximized = .map
    guard case .saveScene(_, _, let network)? = state.perform(.savePicture(.network)).first else { return }
    #expect(network.width > 1200)
    _ = update(&state, .pictureSaved(path: "/data/heatlens-map.png"))
    #expect(state.message?.text == "Saved as /data/heatlens-map.png")
  }

  @Test("F11 fills the screen and gives it back")
  func fullScreen() {
    var state = Fixture.loaded()
    for isFull in [true, false] {
      guard case .fillScreen(isFull)? = update(&state, .keyPressed(.function(11), [])).first else {
        Issue.record("\(isFull)")
        return
      }
    }
  }

  /// A state in which everything that is kept differs from what it is at first.
  private func changed() -> AppState {
    var state = Fixture.loaded()
    for _ in 0..<5 { Fixture.send(&state, .keyPressed(.tab, [])) }
    Fixture.press(&state, "4mokxc..")
    Fixture.send(&state, .keyPressed(.character("t"), .control))
    Fixture.send(&state, .keyPressed(.character("+"), .control))
    Fixture.press(&state, "ttq")
    state.shares = Shares(map: 0.5, network: 0.4)
    state.appearance.reducesMotion = true
    Fixture.send(&state, .keyPressed(.character("+"), []))
    return state
  }

  @Test("a session that is kept and restored is the same session")
  func session() throws {
    let before = changed()
    var after = Fixture.empty(options: AppOptions(session: before.savedSession))
    _ = update(&after, .dataLoaded(Fixture.data))
    _ = update(&after, .networkLoaded(Fixture.network, path: "/models/resnet50-mnist.safetensors"))
    for request in update(&after, Fixture.finished(after)).requests {
      _ = update(&after, .explained(request.id, Fixture.explanations(of: request)))
    }
    #expect(after.savedSession == before.savedSession)
    #expect(after.selected == 4 && after.digit.target == .class(4) && after.attribution == before.attribution)
    #expect(after.map.camera.centre.distance(to: before.map.camera.centre) < 1e-6)
    #expect(stateReport(of: after, frame: 0).explained == .point(4))
  }

  @Test("what the command line says goes before what was kept; other data keep their own selection; nonsense is passed over")
  func precedence() {
    let kept = changed().savedSession
    var asked = Query()
    asked.target = .runnerUp
    var state = AppState(windowSize: Size(1280, 800), options: AppOptions(query: asked, coloring: .split, session: kept))
    #expect(state.attribution == .standard && state.map.look.coloring == .split && state.appearance.ground == .light)
    _ = start(&state)
    let other = DigitCollection(
      width: 28, height: 28, pixels: [UInt8](repeating: 0, count: 784), labels: [3], trainCount: 1, origin: .files("/x"))
    _ = update(&state, .dataLoaded(other))
    _ = update(&state, .networkLoaded(Fixture.network, path: "/n"))
    _ = update(&state, Fixture.finished(state, [1, 1]))
    #expect(state.selected == nil)
    var wild = SavedSession()
    (wild.scale, wild.mapShare, wild.ground, wild.method, wild.overlayStrength) = (.nan, 1e300, "pink", "magic", -5)
    let plain = AppState(windowSize: Size(1280, 800), options: AppOptions(session: wild))
    #expect(plain.appearance.scale == 1 && plain.shares.map == 0.9 && plain.appearance.ground == .dark)
    #expect(plain.attribution == .standard && plain.heatLook.strength == HeatLook.strengths.lowerBound)
  }

  @Test("F3 shows the times of frames; noting one is no reason for another frame when they are not shown")
  func frameTimes() {
    var state = Fixture.loaded()
    let before = scene(of: state)
    for time in 1...200 { state.note(frame: .milliseconds(time)) }
    #expect(scene(of: state) == before)
    #expect(state.frameTimes.quantile(0.95) == 190 && state.frameTimes.quantile(0.5) == 100 && state.frameTimes.last == 200)
    Fixture.send(&state, .keyPressed(.function(3), []))
    #expect(scene(of: state).texts.contains { $0.string == "200.0 ms  median 100.0  95 % 190.0" })
  }
}

@Suite("Pictures on the pad")
struct PadPictureTests {
  @Test("Shift+D puts the selected digit on the pad, byte for byte; erasing changes only what the eraser touches; undo brings it back")
  func editing() throws {
    var state = Fixture.loaded()
    for _ in 0..<8 { Fixture.send(&state, .keyPressed(.tab, [])) }
    Fixture.send(&state, .keyPressed(.character("d"), .shift))
    let original = Fixture.data.picture(7)
    #expect(state.tab == .draw && state.sketch.picture.pixels == Array(original))
    #expect(state.drawing.shown?.subject == .drawing)
    #expect(scene(of: state).texts.contains { $0.string == "#7: logits" })
    let pad = try #require(state.padFrame)
    let start = Point(pad.x + pad.width * 0.5, pad.y + pad.height * 0.5)
    Fixture.send(&state, .pointerPressed(.right, start, clicks: 1, []))
    Fixture.send(&state, .pointerMoved(start + Point(20, 0), []))
    Fixture.send(&state, .pointerReleased(.right, start + Point(20, 0), []))
    let erased = state.sketch.picture.pixels
    let touched = erased.indices.filter { erased[$0] != Array(original)[$0] }
    #expect(!touched.isEmpty && touched.count < 80 && touched.allSatisfy { (10...17).contains($0 / 28) && (11...18).contains($0 % 28) })
    Fixture.send(&state, .keyPressed(.character("z"), .control))
    #expect(state.sketch.picture.pixels == Array(original))
    Fixture.send(&state, .keyPressed(.delete, []))
    #expect(state.sketch.isEmpty)
    Fixture.send(&state, .keyPressed(.character("z"), .control))
    #expect(state.sketch.picture.pixels == Array(original) && state.sketch.ground?.title == "#7")
  }

  @Test("a picture that was dropped comes onto the pad; Ctrl+S saves what the network sees")
  func dropping() throws {
    var state = Fixture.loaded()
    let picture = GrayPicture(width: 28, height: 28, pixels: (0..<784).map { UInt8($0 % 256) })
    Fixture.send(&state, .pictureLoaded(path: "/a/seven.png", picture))
    #expect(state.tab == .draw && state.sketch.picture == picture && state.sketch.ground?.title == "seven.png")
    guard case .savePNG("drawing", let pixels)? = update(&state, .keyPressed(.character("s"), .control)).first else {
      Issue.record("not saved")
      return
    }
    #expect(pixels.width == 28 && pixels.rgba[4 * 300] == UInt8(300 % 256))
    Fixture.send(&state, .pictureLoaded(path: "/a/wide.png", GrayPicture(width: 2, height: 1, pixels: [0, 1])))
    #expect(state.errorMessage?.contains("wide.png") == true && state.sketch.picture == picture)
  }

  @Test("without a selected digit there is nothing to change, and that is said")
  func nothing() {
    var state = Fixture.loaded()
    Fixture.send(&state, .keyPressed(.character("d"), .shift))
    #expect(state.tab == .explanation && state.message?.kind == .notice)
  }

  @Test("the logits' curve keeps twelve seconds; those that lead now come first, then those that led before")
  func trail() {
    var trail = LogitTrail()
    for second in 0..<20 {
      trail.add([second < 15 ? 9 : 1, second < 15 ? 2 : 8, 3], at: .seconds(second))
    }
    #expect(trail.entries.first?.time == .seconds(7) && trail.entries.count == 13)
    #expect(trail.leaders(3) == [1, 0, 2])
    trail.add([1, 2], at: .seconds(21))
    #expect(trail.entries.count == 1, "another network's logits are no continuation")
  }
}
