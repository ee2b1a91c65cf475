import Foundation
import ProgramDriver
import Testing

extension WindowTests {
  @Suite("Network") struct NetworkTests {
    @Test("sixteen blocks are shown at first, all of them in the panel, readable and apart from each other")
    func blocks() throws {
      let window = try WindowTests.openWindow()
      let network = try window.settledGraph("a graph").network
      #expect(network.level == "blocks" && network.open.sorted() == ["layer1", "layer2", "layer3", "layer4"])
      expectApart(network, in: HeatlensWindow.network)
    }

    @Test("on a screen of 800 x 500 blocks are apart, those in sight can be chosen and opened, and keys lead to the rest")
    func smallScreen() throws {
      let data = try SmallData.shared.get()
      let window = try HeatlensWindow(
        data.arguments, cache: data.folder.file("cache"), display: try VirtualDisplay(width: 800, height: 500))
      try window.waitUntilReady(points: data.points)
      let network = try window.settledGraph("a graph").network
      expectApart(network, in: nil)
      let block = try network.node("layer1.0")
      #expect(block.left >= 6 && block.right <= 794 && block.top >= 250 && block.bottom <= 475)
      try window.click(at: block.point())
      try window.wait(for: "a chosen block") { $0.layer == "layer1.0" && $0.network.isActive }
      let chosen = try window.settledGraph("the block").network.node("layer1.0")
      try window.click(at: chosen.plus)
      let open = try window.settledGraph("its layers") { $0.network.open.contains("layer1.0") }
      try expectInside("layer1.0", open.network, corner: chosen)
      try window.click(at: chosen.plus)
      let closed = try window.settledGraph("the block again") { !$0.network.open.contains("layer1.0") }
      let moved = try chosen.distance(to: closed.network.node("layer1.0"))
      #expect(moved < 2)
      // Keys bring into sight what lies outside.
      for _ in 0..<60 where try window.state().layer != "layer4.2" { try window.key("Right") }
      let last = try window.settledGraph("the last block") { $0.layer == "layer4.2" }.network.node("layer4.2")
      #expect(last.left >= 6 && last.right <= 794)
    }

    @Test("plus opens a block and minus closes it at the same place; its corner stays; a double click does the same")
    func opening() throws {
      let window = try WindowTests.openWindow()
      let layers = try NetworkLayer.all(in: window.home)
      for name in ["layer1.0", "layer3.2", "layer4.2"] {
        let before = try window.settledGraph("a graph").network.node(name)
        try window.click(at: before.plus)
        let open = try window.settledGraph("an open \(name)") { $0.network.open.contains(name) }
        #expect(open.layer == nil, "what opens a block does not choose it")
        try expectInside(name, open.network, corner: before)
        // Units of a layer and what follows it may stay together: at least the convolutions are seen.
        let inside = open.network.nodes.filter { $0.name.hasPrefix(name + ".") }
        #expect(inside.count { $0.kind == "convolution" } == layers.count { $0.name.hasPrefix(name + ".") && $0.kind == "convolution" })
        try window.click()
        let closed = try window.settledGraph("a closed \(name)") { !$0.network.open.contains(name) }
        let moved = try before.distance(to: closed.network.node(name))
        #expect(moved < 2, "\(name)")
      }
      let block = try window.state().network.node("layer2.1")
      try window.doubleClick(at: block.point(0.5, 0.6))
      let open = try window.settledGraph("an open block") { $0.network.open.contains("layer2.1") }
      #expect(open.layer == "layer2.1")
      try expectInside("layer2.1", open.network, corner: block)
      // Right of the minus, on the name.
      try window.doubleClick(at: ScreenPoint(x: block.plus.x + 20, y: block.plus.y))
      let closed = try window.settledGraph("a closed block") { !$0.network.open.contains("layer2.1") }
      let moved = try block.distance(to: closed.network.node("layer2.1"))
      #expect(moved < 2)
      // By the keyboard, while it is chosen.
      try window.key("Return")
      try window.wait(for: "an open block") { $0.network.open.contains("layer2.1") }
    }

    @Test(
      "when the pointer has left the sign that opened a block, its layers stand on the line where its node was",
      arguments: ["layer1.1", "layer3.2"])
    func line(_ name: String) throws {
      let window = try WindowTests.openWindow()
      let network = try window.settledGraph("a graph").network
      let before = try network.node(name)
      try window.click(at: before.plus)
      try window.settledGraph("an open block") { $0.network.open.contains(name) }
      try window.move(to: HeatlensWindow.aside)
      let line = (before.top + before.bottom) / 2
      try window.wait(for: "the layers on their line") { state in
        guard let layer = state.network.nodes.first(where: { $0.name == name + ".conv1" }) else { return false }
        return abs((layer.top + layer.bottom) / 2 - line) < 2
      }
      // What stands before it is where it was.
      let input = try network.node("input")
      let after = try window.settledGraph("a graph at rest").network.node("input")
      #expect(abs(input.top - after.top) < 2 && abs(input.left - after.left) < 6, "but for the frame's margin")
    }

    @Test("Alt+1 shows the stages, Alt+3 every layer as a node, Alt+2 the blocks")
    func levels() throws {
      let window = try WindowTests.openWindow()
      let blocks = try window.settledGraph("blocks").network
      try window.key("alt+1")
      let stages = try window.settledGraph("stages") { $0.network.level == "stages" }.network
      #expect(stages.nodes.filter { $0.kind == "stage" }.map(\.name) == ["layer1", "layer2", "layer3", "layer4"])
      #expect((8...11).contains(stages.nodes.count) && stages.open.isEmpty, "\(stages.nodes.map(\.name))")
      try window.key("alt+3")
      let operations = try window.settledGraph("operations") { $0.network.level == "operations" }.network
      let layers = try NetworkLayer.all(in: window.home)
      #expect(operations.nodes.map(\.name).sorted() == layers.map(\.name).sorted())
      #expect(operations.nodes.allSatisfy { node in layers.contains { $0.name == node.name && $0.kind == node.kind } })
      for (place, node) in operations.nodes.enumerated() {
        for other in operations.nodes[..<place] where node.overlaps(other) { Issue.record("\(node.name) and \(other.name) overlap") }
      }
      try window.key("alt+2")
      let again = try window.settledGraph("blocks") { $0.network.level == "blocks" }.network
      #expect(again == blocks)
    }

    @Test("a click on a node chooses it and shows its maps; a click on nothing in the graph, or Esc, closes them")
    func choosing() throws {
      let window = try WindowTests.openWindow()
      try window.explainFirstDigit()
      let chosen = try window.choose("layer2.0")
      #expect(chosen.network.tab == "maps" && !chosen.network.channels.isEmpty && chosen.network.isActive && chosen.network.channel == nil)
      let nothing = try window.emptyPlaceInGraph()
      try window.click(at: nothing)
      try window.wait(for: "nothing chosen") { $0.layer == nil && $0.network.channels.isEmpty && $0.network.shownLayer == nil }
      try window.choose("layer2.0")
      try window.key("Escape")
      let after = try window.wait(for: "nothing chosen") { $0.layer == nil }
      #expect(after.selected == 0 && after.explained == .point(0), "Esc closes what was opened last and no more")
    }

    @Test("a drag of 200 pixels moves the graph by 200 pixels and chooses nothing, even from a node")
    func pan() throws {
      let window = try WindowTests.openWindow()
      let before = try window.settledGraph("a graph").network
      try window.drag(from: before.node("layer3.4").point(), right: -200, down: 0)
      let after = try window.settledGraph("a moved graph") { $0.network.nodes != before.nodes }
      #expect(after.layer == nil && after.network.scale == before.scale && after.network.open == before.open)
      for (old, new) in zip(before.nodes, after.network.nodes) {
        #expect(abs(new.left - old.left + 200) <= 1 && abs(new.top - old.top) <= 1, "\(old.name)")
      }
      // A press that slips by two pixels is a click.
      let node = try after.network.node("layer3.2")
      try window.drag(from: node.point(), right: 2, down: 0)
      let clicked = try window.wait(for: "a chosen node") { $0.layer == "layer3.2" }
      let moved = try node.distance(to: clicked.network.node("layer3.2"))
      #expect(moved == 0)
    }

    @Test("five notches of the wheel enlarge by 1.25 each, and what is under the pointer stays within a pixel; F shows all again")
    func zoom() throws {
      let window = try WindowTests.openWindow()
      let start = try window.settledGraph("a graph")
      let before = start.network
      let node = try before.node("layer2.2")
      let cursor = node.point(0.3, 0.4)
      try window.move(to: cursor)
      try window.turnWheel(notches: 5)
      let factor = 1.25 * 1.25 * 1.25 * 1.25 * 1.25
      let after = try window.settledGraph("a larger graph") { abs($0.network.scale / before.scale / factor - 1) <= 0.02 }
      let larger = try after.network.node("layer2.2")
      #expect(abs(larger.width / node.width / factor - 1) <= 0.02)
      let (x, y) = (Double(cursor.x), Double(cursor.y))
      #expect(abs(larger.left + (x - node.left) / node.width * larger.width - x) < 1)
      #expect(abs(larger.top + (y - node.top) / node.height * larger.height - y) < 1)
      #expect(after.layer == nil && after.view == start.view, "the map stays")
      // Its key goes to the map until the network was clicked.
      try window.click(at: window.emptyPlaceInGraph())
      try window.key("f")
      let whole = try window.settledGraph("all of it") { $0.network.scale < before.scale * 1.3 }.network
      expectApart(whole, in: HeatlensWindow.network)
    }

    @Test("after a click in the panel the arrows follow edges, block by block through the sums and back, and not the map")
    func arrows() throws {
      let window = try WindowTests.openWindow()
      try window.explainFirstDigit()
      let start = try window.choose("layer1.0")
      try window.key("Right")
      let sum = try window.wait(for: "the sum of the block") { $0.layer == "layer1.0" && $0.network.shownLayer != start.network.shownLayer }
      let adds = try NetworkLayer.all(in: window.home).filter { $0.kind == "add" }.map(\.name)
      #expect(adds.contains(try #require(sum.network.shownLayer)))
      try window.key("Right")
      try window.wait(for: "the next block") { $0.layer == "layer1.1" }
      try window.key("Left")
      try window.wait(for: "the sum before it") { $0.layer == "layer1.0" && $0.network.shownLayer == sum.network.shownLayer }
      try window.key("Left")
      let back = try window.wait(for: "the first block") { $0.layer == "layer1.0" && $0.network.shownLayer == start.network.shownLayer }
      #expect(back.view == start.view)
      // Around the block: from what it reads to its sum.
      try window.key("Left")
      let before = try window.wait(for: "what the block reads") { $0.layer != "layer1.0" }
      try window.key("shift+Right")
      try window.wait(for: "the sum by the way around") { $0.layer == "layer1.0" && $0.network.shownLayer == sum.network.shownLayer }
      try window.key("shift+Left")
      try window.wait(for: "back by the way around") { $0.layer == before.layer }
      // F2 gives the keys back.
      try window.key("F2")
      try window.wait(for: "keys to the map") { !$0.network.isActive }
      try window.key("Right")
      try window.wait(for: "another part of the map") { $0.view != start.view && $0.layer == before.layer }
    }

    @Test("the search finds every 3x3 convolution, Enter goes to the first and the next, Esc closes it")
    func search() throws {
      let window = try WindowTests.openWindow()
      let found = try NetworkLayer.all(in: window.home).filter { $0.kind == "convolution" && $0.window?.kernel == [3, 3] }.map(\.name)
      #expect(found.count == 16)
      try window.settledGraph("a graph")
      try window.key("ctrl+shift+f")
      try window.wait(for: "the search") { $0.network.search == "" }
      try window.type("conv 3x3")
      let typed = try window.wait(for: "what is found") { $0.network.search == "conv 3x3" && $0.network.found == 16 }
      #expect(typed.selected == nil && typed.layer == nil && typed.target == nil, "what is typed is no key")
      for name in found.prefix(2) {
        try window.key("Return")
        let state = try window.wait(for: name) { $0.network.shownLayer == name }
        #expect(name.hasPrefix((state.layer ?? "-") + "."))
      }
      try window.key("shift+Return")
      try window.wait(for: "the first again") { $0.network.shownLayer == found[0] }
      try window.key("BackSpace")
      try window.wait(for: "one letter less") { $0.network.search == "conv 3x" }
      try window.key("Escape")
      try window.wait(for: "no search") { $0.network.search == nil && $0.network.found == nil && $0.network.shownLayer == found[0] }
    }
  }
}

extension HeatlensWindow {
  /// A pixel of the graph with no node near it and no open group under it that has a name to click.
  func emptyPlaceInGraph() throws -> ScreenPoint {
    let nodes = try settledGraph("a graph").network.nodes
    let height = 120
    for y in stride(from: Self.network.y + 20, to: Self.network.y + height, by: 3).reversed() {
      for x in stride(from: Self.network.x + 30, to: Self.network.x + Self.network.width - 30, by: 7) {
        let place = ScreenPoint(x: x, y: y)
        if !nodes.contains(where: { place.isNear($0, margin: 12) }) { return place }
      }
    }
    throw DriverFailure("the graph has no empty place")
  }
}

/// Sixteen blocks, none of the nodes over another, each wide enough to be read, and all of them in `panel`.
private func expectApart(_ network: WindowState.Network, in panel: Area?, at location: SourceLocation = #_sourceLocation) {
  #expect(network.blocks.count == 16, sourceLocation: location)
  for (place, node) in network.nodes.enumerated() {
    #expect(node.width >= 36, "\(node)", sourceLocation: location)
    if let panel {
      let (right, bottom) = (Double(panel.x + panel.width), Double(panel.y + panel.height))
      let isInside = node.left >= Double(panel.x) && node.top >= Double(panel.y) && node.right <= right && node.bottom <= bottom
      #expect(isInside, "\(node)", sourceLocation: location)
    }
    for other in network.nodes[..<place] { #expect(!node.overlaps(other), "\(node) \(other)", sourceLocation: location) }
  }
}

/// The layers of an open block stand right of the corner where its node was and not above it, and begin near it.
private func expectInside(
  _ block: String, _ network: WindowState.Network, corner: WindowState.Network.Node, at location: SourceLocation = #_sourceLocation
) throws {
  let inside = network.nodes.filter { $0.name.hasPrefix(block + ".") }
  #expect(inside.count > 3 && !network.nodes.contains { $0.name == block }, sourceLocation: location)
  let (left, top) = (inside.map(\.left).min() ?? 0, inside.map(\.top).min() ?? 0)
  #expect(left > corner.left && left < corner.left + 20, "\(left) \(corner)", sourceLocation: location)
  #expect(top > corner.top - 2 && top < corner.top + 40, "\(top) \(corner)", sourceLocation: location)
}
