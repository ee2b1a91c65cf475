import Foundation
import ProgramDriver
import Testing

#if canImport(FoundationXML)
  import FoundationXML
#endif

/// What the network panel says of one layer, the story, and pictures of the graph.
extension WindowTests.NetworkTests {
  @Test("feature maps come in pages, sorted by relevance, activation or index; their numbers are those that explain writes")
  func maps() throws {
    let window = try WindowTests.openWindow()
    try window.explainFirstDigit()
    let first = try window.choose("layer2.0").network
    let layer = try #require(first.shownLayer)
    let kept = try #require(try Self.keptLayers(of: window)[layer])
    let planes = kept.planes
    #expect(first.order == "by relevance" && first.mapScale == "scale per layer")
    let sums = planes.map { abs($0.reduce(0) { $0 + Double($1) }) }
    let ranked = sums.indices.sorted { (sums[$0], $1) > (sums[$1], $0) }
    #expect(first.channels.count > 3 && first.channels == Array(ranked.prefix(first.channels.count)))

    try window.key("braceright")
    let second = try window.wait(for: "the next page") { $0.network.channels != first.channels }.network
    #expect(second.channels == Array(ranked.dropFirst(first.channels.count).prefix(second.channels.count)))
    try window.key("braceleft")
    try window.wait(for: "the first page") { $0.network.channels == first.channels }

    for channel in ranked.prefix(2) {
      try window.key("greater")
      let state = try window.wait(for: "channel \(channel)") { $0.network.channel == channel }
      let largest = Double(kept.values.reduce(0) { max($0, abs($1)) })
      #expect(largest > 0 && state.network.relevance.count == planes[channel].count)
      let difference = zip(state.network.relevance, planes[channel]).map { abs($0 - Double($1)) }.max() ?? .infinity
      #expect(difference <= 1e-6 * largest, "\(difference) of \(largest)")
      // Relevance that starts at a channel starts with its activation: the sum, or one position.
      let numbers = state.network.activation
      let strongest = try #require(numbers.indices.max { numbers[$0] < numbers[$1] })
      let (row, column) = (strongest / kept.shape[2], strongest % kept.shape[2])
      let whole = try Self.start(at: layer, channel, of: window)
      let one = try Self.start(at: layer, channel, "--position", "\(row),\(column)", of: window)
      #expect(abs(numbers.reduce(0, +) - whole) <= 1e-5 * abs(whole) && abs(numbers[strongest] - one) <= 1e-6 * abs(one))
      #expect(whole > 0)
    }
    try window.key("less")
    try window.wait(for: "the channel before") { $0.network.channel == ranked[0] }
  }

  @Test("Z sorts the maps by activation, then by index; Shift+X changes what the ends of their colours stand for")
  func order() throws {
    let window = try WindowTests.openWindow()
    try window.explainFirstDigit()
    let first = try window.choose("layer3.1").network
    try window.key("z")
    let active = try window.wait(for: "by activation") { $0.network.order == "by activation" }.network
    #expect(active.channels != first.channels)
    var sums: [Double] = []
    for channel in active.channels.prefix(3) {
      try window.key("greater")
      sums.append(try window.wait(for: "channel \(channel)") { $0.network.channel == channel }.network.activation.reduce(0, +))
    }
    #expect(sums == sums.sorted(by: >) && sums[2] > 0)
    try window.key("z")
    let indexed = try window.wait(for: "by index") { $0.network.order == "by index" }.network
    #expect(indexed.channels == Array(0..<indexed.channels.count))
    try window.key("z")
    try window.wait(for: "by relevance") {
      $0.network.order == "by relevance" && $0.network.channels == indexed.channels.indices.map { first.channels[$0] }
    }
    for scale in ["one scale for all", "scale per map", "scale per layer"] {
      let before = try window.settledPicture(of: HeatlensWindow.maps)
      try window.key("shift+x")
      try window.wait(for: scale) { $0.network.mapScale == scale }
      try window.waitForPicture("other colours: \(scale)", of: HeatlensWindow.maps) { $0 != before }
    }
  }

  @Test("a click on a feature map explains through it alone and finds the digits that speak most for it; again: no longer")
  func through() throws {
    let window = try WindowTests.openWindow()
    try window.explainFirstDigit()
    let chosen = try window.choose("layer4.1")
    let layer = try #require(chosen.network.shownLayer)
    // What is said of the node would lie over the heatmap.
    try window.move(to: HeatlensWindow.aside)
    let before = try window.settledPicture(of: HeatlensWindow.explanation)
    let place = HeatlensWindow.maps.point(0.02, 0.4)
    try window.click(at: place)
    let through = try window.wait(for: "a condition") {
      !$0.conditions.isEmpty && $0.network.nodes.first?.sum != chosen.network.nodes.first?.sum
    }
    let channel = try #require(through.network.channel)
    #expect(channel == chosen.network.channels[0] && through.conditions == ["\(layer): \(channel)"] && through.explained == .point(0))
    try window.waitForPicture("another heatmap", of: HeatlensWindow.explanation) { $0 != before }
    // The others stay, to choose another one.
    #expect(through.network.channels == Array(chosen.network.channels.prefix(through.network.channels.count)))

    let ranked = try window.wait(for: "twelve digits each") { $0.network.byRelevance.count == 12 && $0.network.byActivation.count == 12 }
    for digits in [ranked.network.byRelevance, ranked.network.byActivation] {
      #expect(Set(digits).count == 12 && digits.allSatisfy { (0..<ranked.points).contains($0) })
    }
    try window.click(at: place)
    let whole = try window.wait(for: "no condition") {
      $0.conditions.isEmpty && $0.network.channel == nil && $0.network.nodes.first?.sum == chosen.network.nodes.first?.sum
    }
    #expect(whole.layer == "layer4.1")
    try window.move(to: HeatlensWindow.aside)
    try window.waitForPicture("the first heatmap", of: HeatlensWindow.explanation) { $0 == before }
  }

  @Test("the story goes from the input through every node and back with relevance, by Space and by the slider; Esc ends it")
  func story() throws {
    let window = try WindowTests.openWindow()
    try window.explainFirstDigit()
    try window.key("F4")
    let start = try window.wait(for: "the beginning") { $0.network.step == 0 }
    let steps = try #require(start.network.steps)
    // Each closed block has its sum besides.
    #expect(steps == 2 * (start.network.nodes.count + start.network.blocks.count))
    var layers = [start.network.shownLayer]
    #expect(start.layer == "input")
    for step in 1..<steps {
      try window.key("space")
      layers.append(try window.wait(for: "step \(step)") { $0.network.step == step }.network.shownLayer)
    }
    #expect(layers[steps / 2 - 1] == "fc" && layers == layers.reversed())
    #expect(Set(layers[..<(steps / 2)]).count == steps / 2, "every node once")
    try window.key("shift+space")
    try window.wait(for: "a step back") { $0.network.step == steps - 2 }

    // What begins at the last node is relevance: its colour comes.
    let slider = HeatlensWindow.storySlider
    try window.move(to: slider.point(0.25, 0.5))
    try window.press()
    let quarter = try window.wait(for: "a quarter") { $0.network.step != steps - 2 }
    #expect(abs((quarter.network.step ?? 0) - steps / 4) <= 3)
    try window.move(to: slider.point(-0.06, 0.5))
    try window.wait(for: "the beginning") { $0.network.step == 0 && $0.layer == "input" }
    try window.move(to: slider.point(0.5, 0.5))
    let middle = try window.wait(for: "the middle") { abs(($0.network.step ?? 0) - steps / 2) <= 3 }
    #expect(middle.network.step != 0)
    try window.release()
    let before = try window.state().network.step
    try window.move(to: slider.point(0.9, 0.5))
    try window.key("space")
    try window.wait(for: "one step more, by the key alone") { $0.network.step == before.map { $0 + 1 } }
    try window.key("Escape")
    let ended = try window.wait(for: "no story") { $0.network.step == nil && $0.network.steps == nil }
    #expect(ended.explained == .point(0))
  }

  @Test("relevance is seen in the story when it has come: the last node is coloured a step after the picture has arrived there")
  func colour() throws {
    let window = try WindowTests.openWindow()
    try window.explainFirstDigit()
    try window.key("F4")
    let steps = try #require(try window.wait(for: "the beginning") { $0.network.step == 0 }.network.steps)
    let slider = HeatlensWindow.storySlider
    try window.click(at: slider.point(0.5, 0.5))
    while let step = try window.state().network.step, step != steps / 2 - 1 {
      try window.key(step < steps / 2 - 1 ? "space" : "shift+space")
      try window.wait(for: "another step") { $0.network.step != step }
    }
    try window.move(to: HeatlensWindow.aside)
    let node = try window.settledGraph("the last node").network.node("fc")
    let body = Area(x: node.point(0.2).x, y: node.point(0, 0.3).y, width: Int(node.width * 0.6), height: Int(node.height * 0.6))
    let before = try window.settledPicture(of: body)
    try window.key("space")
    try window.wait(for: "relevance") { $0.network.step == steps / 2 && $0.layer == "fc" }
    try window.waitForPicture("its colour", of: body) { abs($0.meanColour - before.meanColour) > 10 }
  }

  @Test("the whole graph is saved as an SVG that names the blocks, and as a PNG wider than the window")
  func export() throws {
    let window = try WindowTests.openWindow()
    try window.explainFirstDigit()
    try window.perform("Graph as an SVG")
    let vector = try window.wait(for: "an SVG") { $0.message?.hasSuffix(".svg") == true }
    let path = String(try #require(vector.message?.dropFirst("Saved as ".count)))
    #expect(path.hasPrefix(window.home.path))
    let words = try SVGText.read(path)
    for name in ["1.0", "2.3", "3.5", "4.2"] {
      #expect(words.contains { $0 == name || $0 == "layer\(name)" }, "\(name) in \(words.prefix(80))")
    }
    try window.perform("Graph as a PNG")
    let raster = try window.wait(for: "a PNG") { $0.message?.hasSuffix(".png") == true }
    let picture = String(try #require(raster.message?.dropFirst("Saved as ".count)))
    #expect(picture.hasPrefix(window.home.path))
    let size = String(decoding: try window.display.run("identify", ["-format", "%w %h", picture]), as: UTF8.self)
    let sides = size.split(separator: " ").compactMap { Int($0) }
    #expect(sides.count == 2 && sides[0] > 1280 && sides[1] > 100, "\(size)")
  }

  @Test("while the pen draws, the sums and the parts of the two ways follow it")
  func drawing() throws {
    let window = try WindowTests.openWindow()
    try window.key("d")
    let pad = try window.findPad()
    try window.move(to: pad.point(0.28, 0.22))
    try window.press()
    try window.drag([pad.point(0.28, 0.22), pad.point(0.72, 0.22)], in: 0.5)
    let half = try window.wait(for: "sums of half a stroke", seconds: 120) {
      $0.explained == .drawing && $0.network.nodes.contains { $0.sum != nil } && !$0.network.sums.isEmpty
    }
    var seen: [[[Double]]] = [half.network.sums.map(\.parts)]
    for (start, end) in [((0.72, 0.22), (0.6, 0.5)), ((0.6, 0.5), (0.45, 0.82))] {
      try window.drag([pad.point(start.0, start.1), pad.point(end.0, end.1)], in: 0.5)
      let next = try window.wait(for: "other sums, the pen still down") { state in !seen.contains(state.network.sums.map(\.parts)) }
      seen.append(next.network.sums.map(\.parts))
      #expect(next.network.sums.map(\.name) == half.network.sums.map(\.name) && next.network.nodes != half.network.nodes)
    }
    try window.release()
    #expect(half.network.sums.count == 16)
    for parts in seen.joined() {
      #expect(parts.count == 2 && abs(parts[0] + parts[1] - 1) < 1e-6 && parts.allSatisfy { (0...1).contains($0) })
    }
  }

  @Test("at every sum the two ways' parts add up to all of it, and are those of the magnitudes that explain reports")
  func shares() throws {
    struct Report: Decodable {
      struct Input: Decodable { let magnitude: Double }
      struct Layer: Decodable {
        let name: String
        let relevanceIn: Double
        let inputs: [Input]
      }
      let layers: [Layer]
    }
    let window = try WindowTests.openWindow()
    try window.explainFirstDigit()
    let shown = try window.wait(for: "the sums") { $0.network.sums.count == 16 }.network
    let outcome = try Self.explain(["--format", "json"], of: window)
    let report = try snakeCaseDecoder.decode(Report.self, from: outcome.output)
    for sum in shown.sums {
      let magnitudes = try #require(report.layers.first { $0.name == sum.name }).inputs.map(\.magnitude)
      let total = magnitudes.reduce(0, +)
      #expect(sum.parts.count == 2 && abs(sum.parts.reduce(0, +) - 1) < 1e-9)
      for (part, magnitude) in zip(sum.parts, magnitudes) { #expect(abs(part - magnitude / total) < 1e-5, "\(sum.name)") }
    }
    // What stands in a block is what arrives at its output.
    let block = try shown.node("layer3.2").sum
    let relevance = try #require(report.layers.first { $0.name == "layer3.2.relu3" }).relevanceIn
    #expect(abs((block ?? 0) - relevance) <= 1e-5 * abs(relevance))
  }

  /// What `explain` keeps of the first digit.
  private static func keptLayers(of window: HeatlensWindow) throws -> [String: NPYFile] {
    let path = window.home.file("layers.npz")
    _ = try explain(["--keep-layers", path, "--format", "npy", "-o", "/dev/null"], of: window)
    return try readNPZ(path)
  }

  /// What relevance of the first digit starts with at a channel.
  private static func start(at layer: String, _ channel: Int, _ position: String..., of window: HeatlensWindow) throws -> Double {
    struct Report: Decodable { let start: Double }
    let outcome = try explain(["--layer", layer, "--channel", "\(channel)", "--format", "json"] + position, of: window)
    return try snakeCaseDecoder.decode(Report.self, from: outcome.output).start
  }

  private static func explain(_ arguments: [String], of window: HeatlensWindow) throws -> Outcome {
    let outcome = try runTool(
      Program().path, ["explain", "--index", "0"] + SmallData.shared.get().arguments + arguments,
      environment: programEnvironment(home: window.home), in: window.home)
    guard outcome.status == 0 else { throw DriverFailure("explain: \(outcome.errors)") }
    return outcome
  }
}

extension HeatlensWindow {
  /// The feature maps of a chosen node, in the usual window; the first begins at the corner.
  static let maps = Area(x: 16, y: 704, width: 680, height: 66)
  /// The slider's track, roughly.
  static let storySlider = Area(x: 88, y: 646, width: 1060, height: 16)
}

extension NPYFile {
  /// One a channel, row by row.
  fileprivate var planes: [[Float]] {
    let size = values.count / shape[0]
    return (0..<shape[0]).map { Array(values[$0 * size..<($0 + 1) * size]) }
  }
}

extension ScreenPicture {
  /// How far red is above blue on average: warm is positive.
  fileprivate var meanColour: Double {
    stride(from: 0, to: rgb.count, by: 3).reduce(0) { $0 + Double(rgb[$1]) - Double(rgb[$1 + 2]) } / Double(max(1, rgb.count / 3))
  }
}

/// The words of an SVG; the file has to be XML.
private final class SVGText: NSObject, XMLParserDelegate {
  private var words: [String] = []
  private var isText = false
  private var root: String?

  static func read(_ path: String) throws -> [String] {
    let parser = XMLParser(data: try Data(contentsOf: URL(fileURLWithPath: path)))
    let reader = SVGText()
    parser.delegate = reader
    guard parser.parse(), reader.root == "svg" else { throw DriverFailure("no SVG: \(String(describing: parser.parserError))") }
    return reader.words
  }

  func parser(
    _ parser: XMLParser, didStartElement name: String, namespaceURI: String?, qualifiedName: String?, attributes: [String: String] = [:]
  ) {
    root = root ?? name
    isText = name == "text"
    if isText { words.append("") }
  }

  func parser(_ parser: XMLParser, foundCharacters string: String) { if isText { words[words.count - 1] += string } }
  func parser(_ parser: XMLParser, didEndElement name: String, namespaceURI: String?, qualifiedName: String?) { isText = false }
}
