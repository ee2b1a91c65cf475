import Foundation
import ProgramDriver
import Testing

extension WindowTests {
  @Suite("The map's run and what it is of", .serialized) struct MapRuns {
    @Test(
      "a run is paused, goes on and is stopped with its map; with other numbers it runs anew; the map is saved, and loaded as one's own")
    func control() throws {
      let window = try HeatlensWindow(withoutMNIST: true)
      try window.startLongRun()
      try window.key("space")
      let paused = try window.wait(for: "a pause") { $0.map.phase == "paused" }
      #expect(paused.points == 10_000)
      try window.key("space")
      try window.wait(for: "more iterations", seconds: 120) {
        $0.map.phase == "running" && ($0.map.iteration ?? 0) > (paused.map.iteration ?? 0)
      }
      try window.key("Escape")
      let stopped = try window.wait(for: "the end of the run") { $0.map.phase == "stopped" }
      #expect(stopped.points == 10_000)
      try window.key("i")
      try window.wait(for: "the editor") { $0.overlay == "map" }
      try window.display.run("xdotool", ["type", "--delay", "30", "12"])
      try window.key("Return")
      try window.key("Down")
      for _ in 0..<4 { try window.key("Down") }
      try window.key("Right")
      try window.key("ctrl+r")
      let again = try window.wait(for: "another run", seconds: 120) {
        $0.map.phase == "running" && ($0.map.iteration ?? 0) > 5 && $0.map.order != stopped.map.order
      }
      #expect(again.map.isFollowed)
      try window.key("Escape")
      try window.key("Escape")
      try window.wait(for: "the end of the run") { $0.map.phase == "stopped" }
      try window.key("ctrl+e")
      let saved = try window.wait(for: "a file") { $0.message?.hasSuffix("map-of-pixels.npy") == true }
      let path = try #require(saved.message?.split(separator: " ").last.map(String.init))
      #expect(FileManager.default.fileExists(atPath: path))
      let other = try HeatlensWindow(["--map", path], withoutMNIST: true)
      let shown = try other.wait(for: "the map", seconds: 120) { $0.points == 10_000 }
      #expect(shown.map.source == "map-of-pixels.npy" && shown.map.phase == "finished")
    }

    @Test("the drawn digit appears in the map among its neighbours while it is drawn")
    func drawing() throws {
      let window = try WindowTests.openWindow()
      try window.key("d")
      // Into the pad: a stroke downwards.
      try window.move(to: ScreenPoint(x: 930, y: 100))
      try window.press()
      for step in 1...12 { try window.move(to: ScreenPoint(x: 930 + step % 2, y: 100 + 10 * step)) }
      let placed = try window.wait(for: "a place in the map", seconds: 120) { $0.map.drawing.count == 2 && $0.map.neighbours.count == 10 }
      let picture = try window.settledPicture(of: HeatlensWindow.map)
      try window.release()
      try window.key("Delete")
      try window.wait(for: "no place") { $0.map.drawing.isEmpty }
      try window.waitForPicture("the map without it", of: HeatlensWindow.map) { $0 != picture }
      #expect(placed.map.source == "pixels")
    }
  }
}
