import Foundation
import ProgramDriver
import Testing

extension WindowTests {
  @Suite("Methods") struct Methods {
    /// A window in which a digit is explained.
    private func explained() throws -> (HeatlensWindow, WindowState) {
      let window = try WindowTests.openWindow()
      try window.key("Tab")
      let state = try window.wait(for: "an explanation", seconds: 120) { $0.explained == .point(0) }
      return (window, state)
    }

    @Test("a method is chosen from the list by typing, its parameter is stepped, and the heatmap follows")
    func choosing() throws {
      let (window, _) = try explained()
      let before = try window.settledPicture(of: HeatlensWindow.explanation)
      try window.key("l")
      try window.wait(for: "the list") { $0.overlay == "methods" }
      try window.display.run("xdotool", ["type", "--delay", "30", "gamma-box"])
      try window.key("Return")
      try window.wait(for: "the method") { $0.attribution == "epsilon-gamma-box" && $0.overlay == nil }
      try window.waitForPicture("another heatmap", of: HeatlensWindow.explanation) { $0 != before }
      try window.key("p")
      try window.wait(for: "the parameters") { $0.overlay == "parameters" }
      for key in ["Down", "Down", "Down", "Down", "Down"] { try window.key(key) }
      try window.key("Right")
      try window.wait(for: "a larger gamma") { $0.parameters["Gamma"] == "0.5" && $0.composite == "my-epsilon-gamma-box" }
      try window.key("Escape")
      try window.wait(for: "a closed editor") { $0.overlay == nil }
    }

    @Test("a contrast, all ten classes and a comparison are a key away, and so is the way back")
    func targets() throws {
      let (window, state) = try explained()
      let prediction = try #require(state.prediction)
      let other = prediction == 9 ? 4 : 9
      try window.key("w")
      try window.wait(for: "a contrast") { $0.targetDescription?.contains("\(prediction) and not ") == true }
      try window.key("\(other)")
      try window.wait(for: "another contrast") { $0.targetDescription == "\(prediction) and not \(other)" }
      try window.key("h")
      try window.wait(for: "the predicted class") { $0.targetDescription == "\(prediction) (predicted)" }
      try window.key("a")
      try window.wait(for: "all classes") { $0.classes == Array(0...9) }
      try window.key("a")
      try window.wait(for: "one class") { $0.classes == [] }
      try window.key("b")
      try window.display.run("xdotool", ["type", "--delay", "30", "input-x"])
      try window.key("Return")
      try window.wait(for: "two methods") { $0.comparison == "input-x-gradient" && $0.correlation != nil }
      try window.key("shift+b")
      try window.wait(for: "one method") { $0.comparison == nil }
    }

    @Test("a rule for a stage changes the heatmap; undo brings back the same pixels")
    func rules() throws {
      let (window, _) = try explained()
      try window.move(to: HeatlensWindow.aside)
      try window.key("r")
      try window.wait(for: "the rules") { $0.overlay == "rules" }
      let before = try window.settledPicture(of: HeatlensWindow.explanation)
      for key in ["Down", "Down", "Down", "Down", "5"] { try window.key(key) }
      try window.wait(for: "rules of one's own") { $0.composite == "my-epsilon-alpha2-beta1-flat" }
      try window.waitForPicture("another heatmap", of: HeatlensWindow.explanation) { $0 != before }
      try window.key("ctrl+z")
      try window.wait(for: "the composite as it was") { $0.composite == "epsilon-alpha2-beta1-flat" }
      try window.waitForPicture("the heatmap as it was", of: HeatlensWindow.explanation) { $0 == before }
    }

    @Test("a method that takes long shows how far it is, and Esc stops it without losing the digit")
    func cancelling() throws {
      let (window, _) = try explained()
      try window.key("l")
      try window.display.run("xdotool", ["type", "--delay", "30", "prediction"])
      try window.key("Return")
      try window.wait(for: "progress") { $0.progress != nil && $0.attribution == "prediction-difference" }
      try window.key("Escape")
      // Stopped, not finished: the method needs far longer.
      let state = try window.wait(for: "no progress", seconds: 5) { $0.progress == nil }
      #expect(state.explained == .point(0) && state.selected == 0)
    }
  }
}
