import Foundation
import ProgramDriver
import Testing

extension WindowTests {
  @Suite("Explanation") struct Explanations {
    @Test("a click explains the digit under the pointer; of ten quick clicks the last one wins, for good")
    func click() throws {
      let window = try WindowTests.openWindow()
      let finds = try window.findDigits(10)
      try window.move(to: finds[0].place)
      try window.click()
      let first = try window.wait(for: "an explanation", seconds: 120) { $0.explained == .point(finds[0].index) }
      #expect(first.selected == finds[0].index)
      #expect((0..<10).contains(try #require(first.prediction)))
      #expect(first.target == first.prediction)

      // From the first to the last in one breath, too fast for each to be explained.
      var script: [String] = []
      for find in finds { script += ["mousemove", "\(find.place.x)", "\(find.place.y)", "click", "1", "sleep", "0.05"] }
      try window.display.run("xdotool", script)
      let last = finds[9].index
      try window.wait(for: "the tenth explanation") { $0.explained == .point(last) }
      for _ in 0..<20 {
        Thread.sleep(forTimeInterval: 0.1)
        let state = try window.state()
        #expect(state.explained == .point(last) && state.selected == last)
      }
    }

    @Test("a class's key explains that class and changes the panel; the same key goes back to the predicted one")
    func target() throws {
      let window = try WindowTests.openWindow()
      let find = try window.findDigits(1)[0]
      try window.click()
      let state = try window.wait(for: "an explanation", seconds: 120) { $0.explained == .point(find.index) }
      let prediction = try #require(state.prediction)
      let other = prediction == 3 ? 4 : 3
      try window.move(to: HeatlensWindow.aside)
      let before = try window.settledPicture(of: HeatlensWindow.explanation)
      try window.key("\(other)")
      let changed = try window.wait(for: "target \(other)") { $0.target == other }
      #expect(changed.explained == .point(find.index) && changed.prediction == prediction)
      try window.waitForPicture("another heatmap", of: HeatlensWindow.explanation) { $0 != before }
      try window.key("\(other)")
      try window.wait(for: "the predicted class") { $0.target == prediction }
      try window.waitForPicture("the first heatmap", of: HeatlensWindow.explanation) { $0 == before }
    }

    @Test("a 7 is explained while it is drawn and then predicted; undo and redo give back the same pixels")
    func drawing() throws {
      let window = try WindowTests.openWindow()
      try window.key("d")
      let pad = try window.findPad()
      let before = try window.state()
      let corner = pad.point(0.72, 0.22)
      try window.move(to: pad.point(0.28, 0.22))
      try window.press()
      try window.drag([pad.point(0.28, 0.22), corner], in: 0.5)
      // The pen is still down.
      try window.wait(for: "an explanation while drawing", seconds: 120) { $0.explained == .drawing }
      let half = try window.state()
      try window.drag([corner, pad.point(0.45, 0.82)], in: 1)
      let drawn = try window.state()
      #expect(half.frame > before.frame)
      #expect(drawn.frame >= half.frame + 5)
      try window.release()
      try window.wait(for: "a 7") { $0.explained == .drawing && $0.prediction == 7 }

      try window.move(to: HeatlensWindow.aside)
      let seven = try window.settledPicture(of: pad)
      try window.draw([pad.point(0.35, 0.52), pad.point(0.65, 0.52)], in: 0.3)
      try window.move(to: HeatlensWindow.aside)
      let crossed = try window.settledPicture(of: pad)
      #expect(crossed != seven)
      try window.key("ctrl+z")
      try window.waitForPicture("the 7 without its bar", of: pad) { $0 == seven }
      try window.key("ctrl+z")
      try window.waitForPicture("an empty pad", of: pad) { $0 != seven && $0 != crossed }
      try window.wait(for: "no explanation of nothing") { $0.explained == nil }
      try window.key("ctrl+shift+z")
      try window.waitForPicture("the 7 again", of: pad) { $0 == seven }
      try window.key("ctrl+shift+z")
      try window.waitForPicture("its bar again", of: pad) { $0 == crossed }
      try window.wait(for: "an explanation again") { $0.explained == .drawing }
    }
  }
}

extension HeatlensWindow {
  /// The drawing pad, found by its black.
  func findPad() throws -> Area {
    var pad: Area?
    try waitForPicture("the drawing pad") { picture in
      pad = picture.blackSquare(in: Self.explanation)
      // The border of a square may be drawn over its outermost pixels.
      return pad.map { abs($0.width - $0.height) <= 4 } ?? false
    }
    guard let pad else { throw DriverFailure("there is no drawing pad") }
    return pad
  }

  /// Moves the pointer along a line in small steps.
  func drag(_ line: [ScreenPoint], in seconds: Double) throws {
    let steps = 20
    var script: [String] = []
    for (start, end) in zip(line, line.dropFirst()) {
      for step in 1...steps {
        let (x, y) = (start.x + (end.x - start.x) * step / steps, start.y + (end.y - start.y) * step / steps)
        script += ["mousemove", "\(x)", "\(y)", "sleep", "\(seconds / Double(steps))"]
      }
    }
    try display.run("xdotool", script)
  }

  /// A whole stroke.
  func draw(_ line: [ScreenPoint], in seconds: Double) throws {
    try move(to: line[0])
    try press()
    try drag(line, in: seconds)
    try release()
  }
}
