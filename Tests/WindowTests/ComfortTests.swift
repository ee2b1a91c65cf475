import Foundation
import ProgramDriver
import Testing

extension WindowTests {
  @Suite("Comfort") struct Comfort {
    @Test("pictures appear as one zooms in; T shows them always and never; a click on one explains its digit")
    func thumbnails() throws {
      let window = try WindowTests.openWindow()
      try window.wait(for: "pictures of few digits") { $0.map.pictures > 0 && $0.map.thumbnails == "automatic" }
      try window.key("t")
      let fitted = try window.wait(for: "pictures always") { $0.map.thumbnails == "on" && $0.map.pictures > 0 }.map.pictures
      try window.move(to: ScreenPoint(x: 386, y: 272))
      try window.turnWheel(notches: 3)
      try window.wait(for: "more of those in view") { $0.map.pictures > 0 && $0.map.pictures != fitted }
      try window.key("t")
      try window.wait(for: "none") { $0.map.thumbnails == "off" && $0.map.pictures == 0 }
    }

    @Test("the ten nearest digits of a selected one are shown, and a click on the first selects it")
    func neighbours() throws {
      let window = try WindowTests.openWindow()
      _ = try window.findDigits(1)
      try window.click()
      let state = try window.wait(for: "neighbours", seconds: 120) { $0.map.nearest.count == 10 }
      #expect(!state.map.nearest.contains(try #require(state.selected)) && Set(state.map.nearest).count == 10)
      // The strip stands in the map's upper left corner.
      try window.move(to: ScreenPoint(x: 36, y: 80))
      try window.click()
      try window.wait(for: "the nearest one", seconds: 120) { $0.selected == state.map.nearest[0] }
      try window.key("q")
      try window.wait(for: "no neighbours") { $0.map.nearest.isEmpty }
    }

    @Test("the mean relevance of what a lasso chose is computed, of all of it")
    func average() throws {
      let window = try WindowTests.openWindow()
      try window.holding("shift") {
        try window.move(to: ScreenPoint(x: 20, y: 45))
        try window.press()
        for corner in [ScreenPoint(x: 745, y: 45), ScreenPoint(x: 745, y: 240), ScreenPoint(x: 20, y: 240)] { try window.move(to: corner) }
        try window.release()
      }
      let chosen = try window.wait(for: "a choice") { $0.map.chosen > 0 }.map.chosen
      try window.wait(for: "their mean", seconds: 240) { $0.map.averaged == min(chosen, 512) }
    }

    @Test("with Space held a drag that begins on the legend pans by as much as the pointer goes, and hides nothing")
    func spaceDrag() throws {
      let window = try WindowTests.openWindow()
      let before = try window.state()
      try window.move(to: ScreenPoint(x: 50, y: 420))
      try window.holding("space") {
        try window.press()
        for step in 1...5 { try window.move(to: ScreenPoint(x: 50 + 40 * step, y: 420)) }
        try window.release()
      }
      let after = try window.wait(for: "the map under the pointer") {
        abs((before.view.centre[0] - $0.view.centre[0]) * before.view.scale - 200) <= 1
      }
      #expect(after.map.hidden.isEmpty && after.selected == nil)
    }

    @Test("the numbers of the pixel under the pointer are told, and are gone when it leaves")
    func pixel() throws {
      let window = try WindowTests.openWindow()
      let find = try window.findDigits(1)[0]
      try window.click()
      try window.wait(for: "an explanation", seconds: 120) { $0.explained == .point(find.index) }
      try window.move(to: ScreenPoint(x: 1022, y: 150))
      let pixel = try #require(try window.wait(for: "a pixel") { $0.pixel != nil }.pixel)
      #expect((0..<64).contains(pixel.row) && (0..<64).contains(pixel.column) && (0...255).contains(pixel.input))
      try window.move(to: HeatlensWindow.aside)
      try window.wait(for: "none") { $0.pixel == nil }
    }

    @Test("K, X and O change colours, scale and outline of the heatmap on screen")
    func look() throws {
      let window = try WindowTests.openWindow()
      let find = try window.findDigits(1)[0]
      try window.click()
      try window.wait(for: "an explanation", seconds: 120) { $0.explained == .point(find.index) }
      try window.move(to: HeatlensWindow.aside)
      var before = try window.settledPicture(of: HeatlensWindow.explanation)
      for key in ["k", "x", "o", "parenright"] {
        try window.key(key)
        before = try window.waitForPicture("a change by \(key)", of: HeatlensWindow.explanation) { $0 != before }
      }
      let state = try window.state()
      #expect(state.normalization == "robust" && state.colormap != "ember-ice" && (state.colorEnd ?? 0) > 0)
    }

    @Test("the keyboard alone finds a command, presses buttons, opens a folder and a picture, and draws on it")
    func keyboard() throws {
      let window = try WindowTests.openWindow()
      try window.key("ctrl+p")
      try window.wait(for: "the commands") { $0.overlay == "commands" }
      try window.type("light or")
      try window.key("Return")
      try window.wait(for: "a light window") { $0.theme == "light" && $0.overlay == nil }
      try window.key("Tab")
      try window.wait(for: "a digit", seconds: 120) { $0.selected == 0 && $0.explained == .point(0) }
      try window.key("F6")
      try window.key("F6")
      try window.wait(for: "a button of the explanation") { $0.focused?.contains("Explanation") == true }
      try window.key("Right")
      try window.wait(for: "the next one") { $0.focused?.contains("Draw") == true }
      try window.key("Return")
      try window.wait(for: "the pad") { $0.tab == "draw" }
      try window.key("Escape")
      try window.wait(for: "no button") { $0.focused == nil }

      let picture = window.home.file("seven.png")
      try window.display.run(
        "convert",
        [
          "-size", "90x120", "xc:white", "-fill", "none", "-stroke", "black", "-strokewidth", "9", "-draw", "polyline 20,20 70,20 40,100",
          picture,
        ])
      try window.key("ctrl+o")
      try window.wait(for: "the files") { $0.overlay == "files" }
      try window.type(picture)
      try window.key("Return")
      let drawn = try window.wait(for: "the picture explained", seconds: 120) { $0.explained == .drawing && $0.overlay == nil }
      #expect(drawn.tab == "draw")
      try window.key("ctrl+s")
      let saved = try window.wait(for: "a saved drawing") { $0.message?.hasPrefix("Saved as ") == true }
      let path = try #require(saved.message?.dropFirst("Saved as ".count))
      #expect(path.hasPrefix(window.home.path) && FileManager.default.fileExists(atPath: String(path)))
    }

    @Test("Ctrl+Shift+S saves the window's picture with the size of the window")
    func picture() throws {
      let window = try WindowTests.openWindow()
      try window.key("ctrl+shift+s")
      let saved = try window.wait(for: "a picture") { $0.message?.hasSuffix("heatlens-window.png") == true }
      let path = String(try #require(saved.message?.dropFirst("Saved as ".count)))
      let size = try window.display.run("identify", ["-format", "%w %h", path])
      #expect(String(decoding: size, as: UTF8.self) == "1280 800")
    }

    @Test("Ctrl with plus makes everything larger, 0 gives it its usual size, and the window stays whole")
    func scale() throws {
      let window = try WindowTests.openWindow()
      try window.key("ctrl+plus")
      try window.wait(for: "larger") { abs($0.unit - 1.1) < 1e-6 }
      try window.key("ctrl+minus")
      try window.key("ctrl+minus")
      try window.wait(for: "smaller") { abs($0.unit - 0.9) < 1e-6 }
      try window.key("ctrl+0")
      try window.wait(for: "as usual") { $0.unit == 1 }
    }

    @Test("a window that is closed comes back as it was: digit, theme, scale, pictures; with --no-restore it does not")
    func session() throws {
      let data = try SmallData.shared.get()
      let state = try TemporaryFolder()
      func open(_ arguments: [String] = []) throws -> HeatlensWindow {
        let window = try HeatlensWindow(data.arguments + arguments, cache: data.folder.file("cache"), stateHome: state.path)
        try window.waitUntilReady(points: data.points)
        return window
      }
      do {
        let window = try open()
        for _ in 0..<3 { try window.key("Tab") }
        try window.wait(for: "a digit", seconds: 120) { $0.explained == .point(2) }
        for key in ["ctrl+t", "ctrl+plus", "t", "m", "plus"] { try window.key(key) }
        try window.wait(for: "all of it", seconds: 120) {
          $0.theme == "light" && $0.unit > 1.05 && $0.map.thumbnails == "on" && $0.explained == .point(2) && !$0.map.isFollowed
            && $0.composite == "epsilon-alpha2-beta1"
        }
        try window.key("ctrl+q")
        #expect(try window.exitStatus() == 0)
      }
      do {
        let again = try open()
        let back = try again.wait(for: "the same", seconds: 120) { $0.explained == .point(2) }
        #expect(back.theme == "light" && abs(back.unit - 1.1) < 1e-6 && back.map.thumbnails == "on" && !back.map.isFollowed)
        #expect(back.composite == "epsilon-alpha2-beta1")
      }
      let anew = try open(["--no-restore"])
      let state2 = try anew.state()
      #expect(state2.theme == "dark" && state2.selected == nil && state2.unit == 1)
    }

    @Test("a state file whose folder is gone costs the report and a message, not the window")
    func stateFileGone() throws {
      let data = try SmallData.shared.get()
      let folder = try TemporaryFolder()
      let window = try HeatlensWindow(data.arguments, cache: data.folder.file("cache"))
      try window.waitUntilReady(points: data.points)
      let before = try window.settledPicture(of: HeatlensWindow.explanation)
      try FileManager.default.moveItem(atPath: window.home.path, toPath: folder.path + "/home")
      try window.key("Tab")
      try window.waitForPicture("a heatmap all the same", of: HeatlensWindow.explanation) { $0 != before }
      #expect(window.isRunning)
    }

    @Test("an idle window draws nothing and takes no processor time")
    func idle() throws {
      let window = try WindowTests.openWindow()
      try window.move(to: HeatlensWindow.aside)
      _ = try window.settledPicture()
      try window.wait(for: "all predictions", seconds: 240) { $0.map.predicted == $0.points }
      Thread.sleep(forTimeInterval: 1)
      let (frame, before) = (try window.state().frame, try window.processorSeconds())
      Thread.sleep(forTimeInterval: 5)
      #expect(try window.state().frame == frame)
      // Ticks are a hundredth of a second: one of them in five seconds is the least that can be told.
      #expect(try window.processorSeconds() - before <= 0.02)
    }
  }
}
