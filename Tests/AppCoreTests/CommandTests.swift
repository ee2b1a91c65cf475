import Geometry
import Scene
import Testing

@testable import AppCore

@Suite("Commands, files and buttons")
struct CommandTests {
  private func type(_ state: inout AppState, _ text: String) {
    for character in text { Fixture.send(&state, .keyPressed(character == " " ? .space : .character(character), [])) }
  }

  @Test("Ctrl+P lists everything that a key of the window does, once, with its key; typing narrows it, Enter does it")
  func palette() throws {
    var state = Fixture.loaded()
    Fixture.send(&state, .keyPressed(.character("p"), .control))
    guard case .list(let chooser)? = state.overlay else {
      Issue.record("no list")
      return
    }
    let commands = state.rows(chooser).compactMap { if case .command(let command)? = $0.choice { command } else { nil } }
    #expect(Set(commands.map(\.action)).count == commands.count && Set(commands.map(\.title)).count == commands.count)
    #expect(Set(KeyTable.actions.values).subtracting(commands.map(\.action)).isEmpty, "every bound action is listed")
    type(&state, "light or")
    Fixture.send(&state, .keyPressed(.enter, []))
    #expect(state.overlay == nil && state.appearance.ground == .light)
  }

  @Test("a folder is listed, gone into and out of; a file is looked into; what is typed as a path is opened")
  func files() throws {
    var state = Fixture.loaded()
    guard case .listFolder(path: nil)? = update(&state, .keyPressed(.character("o"), .control)).first else {
      Issue.record("no folder is asked for")
      return
    }
    let home = FolderListing(
      path: "/home/ann",
      entries: [
        .init(name: "notes.txt", isFolder: false, size: 12), .init(name: "digits", isFolder: true, size: 0),
        .init(name: "seven.png", isFolder: false, size: 1_234_567),
      ])
    _ = update(&state, .folderListed(home))
    #expect(scene(of: state).texts.contains { $0.string == "1.2 MB" })
    // The first that is not the folder above has the focus.
    guard case .listFolder(path: "/home/ann/digits")? = update(&state, .keyPressed(.enter, [])).first else {
      Issue.record("not gone into")
      return
    }
    _ = update(&state, .folderListed(FolderListing(path: "/home/ann/digits", entries: [.init(name: "a.csv", isFolder: false, size: 1)])))
    guard case .listFolder(path: "/home/ann")? = update(&state, .keyPressed(.backspace, [])).first else {
      Issue.record("not gone out of")
      return
    }
    _ = update(&state, .folderListed(home))
    type(&state, "seven")
    guard case .identify(path: "/home/ann/seven.png")? = update(&state, .keyPressed(.enter, [])).first else {
      Issue.record("not opened")
      return
    }
    #expect(state.overlay == nil)
    _ = update(&state, .keyPressed(.character("o"), .control))
    type(&state, "/data/")
    Fixture.send(&state, .keyPressed(.character("m"), .shift))
    type(&state, "nist")
    guard case .identify(path: "/data/Mnist")? = update(&state, .keyPressed(.enter, [])).first else {
      Issue.record("a path is not opened")
      return
    }
  }

  @Test("a folder with tables or IDX files offers to be opened as data")
  func dataFolder() {
    func offers(_ name: String) -> Bool {
      FileList.groups(FolderListing(path: "/d", entries: [.init(name: name, isFolder: false, size: 1)])).contains {
        $0.choices.contains(.folder("/d"))
      }
    }
    #expect(offers("train-images-idx3-ubyte.gz") && offers("digits.CSV") && !offers("readme.md"))
    #expect(FolderListing(path: "/a", entries: []).parent == "/" && FolderListing(path: "/a/b", entries: []).parent == "/a")
  }

  @Test("F6 and Tab reach every button there is, Enter presses the one with the ring, Esc leaves")
  func controls() throws {
    var state = Fixture.loaded()
    Fixture.send(&state, .keyPressed(.tab, []))
    Fixture.send(&state, .keyPressed(.function(6), []))
    let all = state.controls.map(\.action)
    #expect(all.count > 30)
    var reached: Set<HitAction> = []
    for _ in all {
      reached.insert(try #require(state.focusedControl?.action))
      Fixture.send(&state, .keyPressed(.tab, []))
    }
    #expect(reached == Set(all))
    let target = try #require(state.controls.first { $0.action == .perform(.runnerUp) })
    state.focusedControl = FocusedControl(action: target.action, centre: target.rect.center)
    let ring = scene(of: state).items.contains { item in
      if case .rectangle(let box) = item.primitive {
        box.border == state.theme.warning && box.frame.contains(target.rect.center)
      } else {
        false
      }
    }
    #expect(ring)
    Fixture.send(&state, .keyPressed(.right, []))
    #expect(state.focusedControl?.action == .perform(.contrast))
    Fixture.send(&state, .keyPressed(.left, []))
    Fixture.send(&state, .keyPressed(.enter, []))
    #expect(state.digit.target == .runnerUp)
    Fixture.send(&state, .keyPressed(.escape, []))
    #expect(state.focusedControl == nil && state.selected == 0)
  }

  @Test("the keyboard chooses digits: one more, all in view, all that are found; and moves the borders")
  func choosing() {
    var state = Fixture.loaded()
    Fixture.send(&state, .keyPressed(.tab, []))
    Fixture.send(&state, .keyPressed(.space, .control))
    #expect(state.selection?.members == [0])
    Fixture.send(&state, .keyPressed(.tab, []))
    Fixture.send(&state, .keyPressed(.space, .control))
    #expect(state.selection?.members == [0, 1])
    Fixture.send(&state, .keyPressed(.space, .control))
    #expect(state.selection?.members == [0])
    Fixture.send(&state, .keyPressed(.character("a"), .control))
    #expect(state.selection?.count == Fixture.count)
    Fixture.send(&state, .keyPressed(.escape, []))
    Fixture.press(&state, "/7")
    Fixture.send(&state, .keyPressed(.character("a"), .control))
    #expect(state.selection?.members == (0..<Fixture.count).filter { $0 % 10 == 7 })
    let before = state.shares
    Fixture.send(&state, .keyPressed(.right, .control))
    Fixture.send(&state, .keyPressed(.up, .control))
    #expect(abs(state.shares.map - before.map - 0.05) < 1e-9 && abs(state.shares.network - before.network - 0.05) < 1e-9)
    for _ in 0..<40 { Fixture.send(&state, .keyPressed(.left, .control)) }
    #expect(state.shares.map == 0.1)
  }

  @Test(
    "a command that can do nothing says what is missing",
    arguments: ["copy what", "runner-up", "save what is drawn", "pause", "explain class 3"])
  func missing(words: String) {
    var state = Fixture.loaded()
    Fixture.send(&state, .keyPressed(.character("p"), .control))
    type(&state, words)
    Fixture.send(&state, .keyPressed(.enter, []))
    #expect(state.overlay == nil && state.message?.kind == .notice, "\(words)")
  }

  @Test("a long message stands in as many lines as it needs, whole, with what can be done")
  func longMessage() {
    var state = Fixture.loaded(Size(800, 500))
    let text =
      "/data/a-long-folder/digits: holds no digits; train-images-idx3-ubyte, train-labels-idx1-ubyte (or t10k-..., with or without .gz) or train.csv are needed"
    _ = update(&state, .failed(.loadingData, message: text))
    let words = scene(of: state).texts.filter { $0.color == state.theme.bad }
    #expect(words.count >= 2 && words.map(\.string).joined(separator: " ") == text && words.allSatisfy { !isCut($0) })
  }

  @Test("F6 goes on to the first button of the next panel")
  func panels() {
    var state = Fixture.loaded()
    Fixture.send(&state, .keyPressed(.tab, []))
    var panels: [Panel?] = []
    for _ in 0..<4 {
      Fixture.send(&state, .keyPressed(.function(6), []))
      let centre = state.focusedControl?.centre ?? .zero
      panels.append(Panel.allCases.first { state.layout.place(of: $0)?.frame.contains(centre) ?? false })
    }
    #expect(panels == [.map, .explanation, .network, nil])
  }
}
