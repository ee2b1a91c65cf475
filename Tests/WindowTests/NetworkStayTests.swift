import Foundation
import ProgramDriver
import Testing

/// What has to stay where it is, or be seen, while the network panel changes.
extension WindowTests.NetworkTests {
  @Test("on a screen of 800 x 500 a double click opens the block under the pointer and nothing else", arguments: ["layer1.1", "layer2.1"])
  func doubleClickOnSmallScreen(_ name: String) throws {
    let data = try SmallData.shared.get()
    let window = try HeatlensWindow(
      data.arguments, cache: data.folder.file("cache"), display: try VirtualDisplay(width: 800, height: 500))
    try window.waitUntilReady(points: data.points)
    try window.explainFirstDigit()
    let before = try window.state().network
    try window.doubleClick(at: before.node(name).point(0.5, 0.6))
    let after = try window.settledGraph("another graph") { $0.network != before }
    #expect(Set(after.network.open).subtracting(before.open) == [name] && after.layer == name && after.conditions.isEmpty)
  }

  @Test("the story stays at its layer and on its way forward when the network is shown in stages")
  func storyStays() throws {
    let window = try WindowTests.openWindow()
    try window.explainFirstDigit()
    try window.key("F4")
    try window.wait(for: "the beginning") { $0.network.step == 0 }
    while let told = try? window.state(), told.layer != "layer3.1" {
      try window.key("space")
      try window.wait(for: "the next step") { $0.network.step != told.network.step }
    }
    try window.key("alt+1")
    let stages = try window.settledGraph("stages") { $0.network.level == "stages" }.network
    let step = try #require(stages.step)
    #expect(step < (stages.steps ?? 0) / 2, "still forward")
    let place = try #require(stages.nodes.firstIndex { $0.name == "layer3" })
    #expect(step == place, "\(step) of \(stages.nodes.map(\.name))")
  }

  @Test("the digits that speak most for a channel are seen beside its maps in a window of the usual size")
  func rankedPictures() throws {
    let window = try WindowTests.openWindow()
    try window.explainFirstDigit()
    try window.choose("layer3.1")
    try window.key("greater")
    try window.wait(for: "twelve digits each") { $0.network.byRelevance.count == 12 && $0.network.byActivation.count == 12 }
    try window.move(to: HeatlensWindow.aside)
    let beside = HeatlensWindow.network
    let area = Area(x: 790, y: 718, width: beside.x + beside.width - 800, height: beside.y + beside.height - 720)
    // Pen strokes are white; twelve digits have more of it than words.
    try window.waitForPicture("digits", of: area) { picture in
      stride(from: 0, to: picture.rgb.count, by: 3).count { start in picture.rgb[start..<start + 3].allSatisfy { $0 > 240 } } > 100
    }
  }

  @Test("while all of the graph is in sight, keys that choose a node at its end do not move it")
  func keysStay() throws {
    let window = try WindowTests.openWindow()
    let before = try window.settledGraph("a graph").network
    for key in ["period", "comma"] {
      try window.key(key)
      let state = try window.settledGraph("a node") { $0.layer == (key == "period" ? "input" : "fc") }
      #expect(state.network.nodes == before.nodes)
    }
  }

  @Test("a click with the middle button chooses nothing and closes nothing")
  func middleButton() throws {
    let window = try WindowTests.openWindow()
    try window.choose("layer2.2")
    let other = try window.settledGraph("a node").network.node("layer3.3").point()
    try window.display.run("xdotool", ["mousemove", "\(other.x)", "\(other.y)", "click", "2"])
    let frame = try window.state().frame
    try window.key("question")
    try window.wait(for: "the keys, the node still chosen") { $0.frame > frame && $0.layer == "layer2.2" }
  }
}
