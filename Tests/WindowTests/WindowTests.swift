import Foundation
import ProgramDriver
import Testing

/// The program through a real window: X input in, state file and pixels out. One at a time: they share the processor.
@Suite(.serialized, .enabled(if: VirtualDisplay.isPossible, "needs Xvfb, xdotool and ImageMagick"))
struct WindowTests {
  /// A window with few digits, their map complete. The first one computes the map, the others find it in the cache.
  static func openWindow(_ arguments: [String] = []) throws -> HeatlensWindow {
    let data = try SmallData.shared.get()
    let window = try HeatlensWindow(data.arguments + arguments, cache: data.folder.file("cache"))
    try window.waitUntilReady(points: data.points)
    return window
  }

  @Test("from nothing but the program: the whole map is on screen")
  func instant() throws {
    let expected = try TestDigits.countOfDefaultData()
    let start = Date()
    let window = try HeatlensWindow()
    let state = try window.wait(for: "\(expected) points", seconds: 300) { $0.points > 0 }
    print("window after \(window.secondsToFirstState) s, \(state.points) points after \(Date().timeIntervalSince(start)) s")
    #expect(state.points == expected)
    #expect(state.message == nil)
    try window.waitForPicture("dots in many colours", of: HeatlensWindow.map) { picture in
      var colours: Set<[UInt8]> = []
      for start in stride(from: 0, to: picture.rgb.count, by: 3) { colours.insert(picture.rgb[start..<start + 3].map { $0 / 64 }) }
      return colours.count >= 10
    }
  }

  @Test("on a screen smaller than the usual window all of the window is on the screen")
  func smallScreen() throws {
    let data = try SmallData.shared.get()
    let display = try VirtualDisplay(width: 800, height: 500)
    let window = try HeatlensWindow(data.arguments, cache: data.folder.file("cache"), display: display)
    try window.waitUntilReady(points: data.points)
    let found = try display.run("xdotool", ["search", "--onlyvisible", "--name", "Heatlens", "getwindowgeometry", "--shell"])
    let geometry = String(decoding: found, as: UTF8.self).split(separator: "\n")
    for line in ["X=0", "Y=0", "WIDTH=800", "HEIGHT=500"] { #expect(geometry.contains(Substring(line)), "\(geometry)") }
  }

  @Test("the window has the class by which the menu's entry knows it")
  func windowClass() throws {
    let entry = try String(contentsOfFile: "\(checkout)/Assets/desktop/io.github.heatlens.Heatlens.desktop", encoding: .utf8)
    let named = try #require(entry.firstMatch(of: /\nStartupWMClass=(.+)\n/)).1
    let window = try Self.openWindow()
    let found = try window.display.run("xdotool", ["search", "--onlyvisible", "--class", "^\(named.replacing(".", with: "\\."))$"])
    #expect(!found.isEmpty)
  }

  @Test("? shows the keys, Esc takes them away and leaves everything as it was")
  func help() throws {
    let window = try Self.openWindow()
    let before = try window.settledPicture()
    try window.key("question")
    try window.waitForPicture("the keys") { $0 != before }
    try window.key("Escape")
    try window.waitForPicture("what was there before the keys") { $0 == before }
  }

  @Test("Ctrl+Q ends the program with 0")
  func quit() throws {
    let window = try Self.openWindow()
    try window.key("ctrl+q")
    #expect(try window.exitStatus() == 0)
    #expect(window.errors == "")
  }

  @Test("a network that is cut short is named; the window stays with its map and answers")
  func corruptNetwork() throws {
    let folder = try TemporaryFolder()
    // A header of 4,096 bytes is promised, eight are there.
    let path = try folder.write("cut.safetensors", [0, 16, 0, 0, 0, 0, 0, 0] + Array("{\"fc.wei".utf8))
    let data = try SmallData.shared.get()
    let window = try HeatlensWindow(data.arguments + ["--model", path], cache: data.folder.file("cache"))
    try window.wait(for: "a message about the network", seconds: 120) {
      $0.points == data.points && $0.message?.contains("cut.safetensors") == true
    }
    let frame = try window.state().frame
    try window.key("question")
    try window.wait(for: "a frame with the keys") { $0.frame > frame }
    #expect(window.isRunning)
  }

  @Test("data that is cut short is named; the window stays, and a drawing is still explained")
  func corruptData() throws {
    let folder = try TemporaryFolder()
    let zeros = [String](repeating: "0", count: 784).joined(separator: ",")
    let path = try folder.write("cut.csv", "7,\(zeros)\n3,0,0,0,25".utf8)
    let window = try HeatlensWindow(["--data", path])
    try window.wait(for: "a message about the data") { $0.message?.contains("cut.csv") == true }
    #expect(try window.state().points == 0)
    try window.key("d")
    let pad = try window.findPad()
    try window.draw([pad.point(0.5, 0.2), pad.point(0.5, 0.8)], in: 0.2)
    try window.wait(for: "an explanation of the drawing", seconds: 120) { $0.explained == .drawing }
  }
}
